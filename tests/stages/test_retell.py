"""Tellings of a fact: what is taken, drawn again, told of it, and what the rows are."""

from collections import Counter

import polars as pl
import pytest

from factory.request import Choice, Fault, Reply
from factory.rows import Drop
from factory.stage import Again
from factory.stages.check_telling import CheckTelling
from factory.stages.retell import Retell

SPAN = "highest point: Mount Ngerchelchuus 242 m above the level of the Pacific Ocean, on the island of Babelthuap"
ROW = {
    "id": "r1", "language": "en", "title": "Palau", "heading": "Land", "chunk": f"Elevation\n{SPAN}.", "span": SPAN,
    "question": "How high is Mount Ngerchelchuus?", "answer": "242 m",
}  # fmt: skip
STAGE = Retell(engine="e", tellings=2, draws=3, styles={"textbook": 1})
ONE = "Nothing in Palau rises above Mount Ngerchelchuus. Its summit is 242 m high, and that is worth knowing."
TWO = "Ana: What is the height of that mountain over there?\nTom: Mount Ngerchelchuus? It is 242 metres up to its top."
EXAMPLE = (
    "The summit is at 242 m. It is a figure worth remembering, because it tells us how far the mountain stands above "
    "the sea."
)
JA = "パラオでいちばん高い山はゲルチェルチュース山といいます。その高さは242メートルで、島の中央にそびえています。"


def replies(*texts, finish="stop"):
    return [Reply((Choice(text, finish),), model="toy") for text in texts]


def fault(text, finish="stop"):
    """Say why a draw is not taken that follows on a good one."""
    taken = [{"text": TWO, "style": "x", "language": "en", "model": ""}]
    again, *rows = STAGE.emit({**ROW, "_taken": taken}, replies(text, finish=finish))
    return None if rows else again.row["_faults"][0]


def test_a_fact_becomes_a_row_for_each_telling_and_one_for_its_question():
    first, second, asked = STAGE.emit(ROW, replies(ONE, TWO))
    assert (first["text"], second["text"], first["telling_model"], first["tellings"]) == (ONE, TWO, "toy", 2)
    assert (first["style"], second["style"], first["asked"]) == ("textbook", "textbook", None)
    assert (asked["style"], asked["text"]) == ("question", "Q: How high is Mount Ngerchelchuus?\nA: 242 m")
    assert (asked["asked"], asked["answered"], asked["telling_model"]) == (ROW["question"], "242 m", None)


def test_what_is_none_is_drawn_again_until_the_draws_are_used_up():
    (again,) = STAGE.emit(ROW, replies(ONE, "It is very high, as everyone says who has ever been up there."))
    assert isinstance(again, Again) and len(again.requests) == 1
    rows = list(STAGE.emit(again.row, replies(ONE)))
    assert [row["tellings"] for row in rows] == [1, 1]
    assert rows[0]["telling_faults"] == ["no_answer: '242 m' is not said", rows[0]["telling_faults"][1]]
    assert rows[0]["telling_faults"][1].startswith("copy_of_sibling: ") and rows[1]["telling_faults"] == []


def test_a_fact_that_is_never_told_has_its_question_or_ends_here():
    (row,) = STAGE.emit({**ROW, "_drawn": 2}, replies("No."))
    assert (row["style"], row["tellings"]) == ("question", 0)
    stage = Retell(engine="e", tellings=2, draws=3, styles={"textbook": 1}, questions=False)
    (out,) = stage.emit({**ROW, "_drawn": 2}, replies("No."))
    assert isinstance(out, Drop) and out.reason == "never_told: characters: text: 3"


def test_a_draw_without_a_reply_is_one_of_the_draws():
    (again,) = STAGE.emit(ROW, [*replies(ONE), Reply(fault=Fault("empty", "no text"))])
    assert again.row["_faults"] == ["no_reply: empty: no text"] and again.row["_drawn"] == 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ONE, None),
        ("It is 242 m.", "characters"),
        (f"Remember this for your next trip: the {SPAN}.", "copy_of_source"),
        (f"{TWO} It is so.", "copy_of_sibling"),
        (ONE.replace("242 m", "224 m"), "no_answer"),
        (EXAMPLE, "copy_of_example"),
        (JA, "language"),
        (ONE[:-1] + ", and the", "truncated"),
        (f"{ONE}\nThe fact: How high?", "leakage"),
        (f"Sure! Here is the paragraph that you asked for. {ONE}", "assistant_talk"),
        ("I'm sorry, but I can't help with writing about 242 m mountains.", "refusal"),
        (f"{ONE} [insert name here]", "placeholder"),
        ("It is 242 m high. " * 30, "loop"),
    ],
)
def test_the_cheap_checks(text, kind):
    found = fault(text)
    assert (found and found.split(":")[0]) == kind


def test_a_telling_that_was_cut_off_is_none():
    assert fault(ONE, finish="length") == "truncated: text: the answer was cut off"


def test_in_another_language_the_numbers_count():
    stage = Retell(engine="e", tellings=2, draws=4, styles={"textbook": 1}, languages=("ja",))
    (again,) = stage.emit(ROW, replies(JA, JA.replace("242", "224")))
    assert again.row["_faults"] == ["no_answer: '242 m' is not said"]
    (request, *_) = stage.ask(ROW)
    assert "日本語で" in request.messages[0]["content"]
    first, asked = stage.emit({**again.row, "_drawn": 3}, replies("いいえ。"))
    assert (first["language"], first["fact_language"], asked["language"]) == ("ja", "en", "en")


def test_styles_come_by_weight_and_languages_in_turn():
    stage = Retell(engine="e", tellings=4, draws=4, styles={"textbook": 3, "news": 1}, languages=("same", "ja"))
    ways = [stage._way({**ROW, "id": f"r{row}"}, number) for row in range(250) for number in range(4)]
    counts = Counter(ways)
    styles = Counter(style for style, _ in ways)
    assert abs(styles["news"] - 250) < 25 and all(count > 80 for count in counts.values()) and len(counts) == 4
    assert Counter(language for _, language in ways) == {"en": 500, "ja": 500}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"styles": {}}, "styles"),
        ({"styles": {"question": 1}}, "question"),
        ({"styles": {"a": 0}}, "more"),
        ({"draws": 1}, "draws"),
    ],
)
def test_what_cannot_be_meant_is_told(change, message):
    with pytest.raises(ValueError, match=message):
        Retell(**{"engine": "e", "tellings": 2, "draws": 3, "styles": {"textbook": 1}, **change})


def test_a_style_that_the_prompt_does_not_know_is_taken_by_its_name():
    stage = Retell(engine="e", tellings=1, draws=1, styles={"the minutes of a meeting": 1})
    (request,) = stage.ask(ROW)
    assert request.messages[-1]["content"].endswith("Write it as the minutes of a meeting.")


def test_the_summary_counts_facts_tellings_and_draws():
    rows = [
        ("accepted", "a", "textbook", 2, ["copy_of_source: x"]), ("accepted", "a", "dialogue", 2, []),
        ("accepted", "a", "question", 2, []), ("accepted", "b", "textbook", 1, []),
        ("accepted", "b", "question", 1, []), ("accepted", "c", "question", 0, []),
        ("rejected", "d", None, None, ["no_answer: y", "copy_of_source: z"]),
    ]  # fmt: skip
    made = pl.LazyFrame(rows, schema=["_state", "_from", "style", "tellings", "telling_faults"], orient="row")
    made = made.with_columns(language=pl.lit("en"))
    assert STAGE.summary(made, made.filter(pl.col("_state") == "accepted")) == [
        "4 facts: 1 told 2 times, 1 fewer (1 1 times), 2 never",
        "tellings kept, by style: textbook 2, dialogue 1",
        "tellings kept, by language: en 3",
        "draws not taken: copy_of_source 2, no_answer 1",
    ]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, None),
        ({"text": SPAN}, "copy_of_source"),
        ({"text": "It is high."}, "no_answer"),
        ({"text": f"Sure! Here it is: {ONE}"}, "assistant_talk"),
        ({"text": SPAN, "style": "question"}, None),
        ({"text": JA, "language": "ja"}, None),
    ],
)
def test_a_repaired_telling_is_checked_again(change, kind):
    row = {**ROW, "style": "textbook", "text": ONE, "fact_language": "en", **change}
    (out,) = CheckTelling().emit(row, [])
    assert (out.reason.split(":")[0] if isinstance(out, Drop) else None) == kind
