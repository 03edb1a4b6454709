"""Facts of a chunk: which are taken, which not and why, and the schema by which they can be picked."""

import json

import polars as pl
import pytest

from factory.request import Choice, Reply
from factory.rows import Drop
from factory.stage import Again
from factory.stages._facts import Fact, fact_fault, picks
from factory.stages.find_facts import FindFacts

SOLD = "Spain sold Palau to Germany in 1899 after losing the Philippines in the Spanish-American War."
ROW = {"id": "r1", "language": "en", "title": "Palau", "heading": "History", "chunk": f"# Palau\n\n{SOLD}\n\nMore."}
GOOD = {"span": SOLD, "answer": "Germany", "question": "To which country did Spain sell Palau?"}
YEAR = {"span": SOLD, "answer": "1899", "question": "In which year did Spain sell Palau to Germany?"}
STAGE = FindFacts(engine="e")


def made(text, row=ROW, stage=STAGE):
    said = text if isinstance(text, str) else json.dumps({"facts": text})
    return list(stage.emit(row, [Reply((Choice(said),), model="toy")]))


def test_a_chunk_becomes_a_row_for_each_of_its_facts():
    bad = {**GOOD, "answer": "Japan"}
    first, second = made([GOOD, bad, YEAR])
    assert (first["answer"], second["answer"], first["fact_model"], first["chunk"]) == (
        "Germany",
        "1899",
        "toy",
        ROW["chunk"],
    )
    assert first["fact_faults"] == ["not_in_span: 'Japan'"], "what was not taken is told once"
    assert second["fact_faults"] == []


@pytest.mark.parametrize("text", [[], "no JSON", '{"facts": [{"span": "x"}]}', '{"facts": 3}', "[]"])
def test_a_chunk_without_facts_ends_here(text):
    (out,) = made(text)
    assert isinstance(out, Drop) and out.reason.startswith("no_facts: ")


def test_a_chunk_is_asked_again_as_long_as_there_are_attempts():
    stage = FindFacts(engine="e", attempts=2)
    (again,) = made([{**GOOD, "answer": "Japan"}], stage=stage)
    assert isinstance(again, Again) and list(again.requests) == stage.ask(ROW)
    (row,) = made([GOOD], {**again.row}, stage)
    assert row["fact_faults"] == ["not_in_span: 'Japan'"]
    (out,) = made([], {**again.row}, stage)
    assert isinstance(out, Drop)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"span": SOLD.replace(" ", "  ").replace("1899", "１８９９")}, None),
        ({"span": "Spain gave Palau to Germany"}, "not_in_text"),
        ({"answer": "France"}, "not_in_span"),
        ({"span": "Germany"}, "bare_span"),
        ({"answer": " "}, "empty"),
        ({"question": "Did Germany buy Palau?"}, "gives_away"),
        ({"question": "According to the text, who bought Palau?"}, "needs_the_text"),
        ({"question": "To whom did they sell it?"}, "needs_the_text"),
        ({"question": "Palau was sold."}, "no_question"),
        ({"question": "What is wrong with the following code: Palau?"}, None),
        ({"question": "スペインはパラオをどの国に売りましたか？"}, "language"),
        ({"question": "How many islands has Palau?"}, "wrong_kind"),
        ({"question": "Who bought Palau?", "answer": "1899"}, "wrong_kind"),
        ({"question": "What did Spain sell?", "answer": "1899"}, "wrong_kind"),
        ({"question": "Which country bought Palau?", "answer": "1899"}, "wrong_kind"),
        ({"question": "To which country did Spain sell Peleliu?"}, "unknown_name"),
        ({"question": "To which country did Spain sell Palau in 1898?"}, "unknown_name"),
    ],
)
def test_the_rules(change, fault):
    found = fact_fault(Fact(**{**GOOD, **change}), ROW["chunk"], "en", "Palau History")
    assert (found and found.split(":")[0]) == fault


@pytest.mark.parametrize(
    ("question", "answer", "fault"),
    [
        ("衆議院が解散されたとき、総選挙は解散から何日以内に行われますか？", "四十日以内", None),
        ("衆議院が解散されたとき、総選挙は何日以内に行われますか？", "総選挙", "gives_away"),
        ("この条文によると、総選挙は何日以内ですか？", "四十日以内", "needs_the_text"),
        ("前項の場合、総選挙は何日以内ですか？", "四十日以内", "needs_the_text"),
        ("総選挙が行われるのは解散から何日以内か。", "衆議院", "wrong_kind"),
        ("総選挙をするのは誰ですか？", "四十日以内", "wrong_kind"),
        ("解散のあとの総選挙", "四十日以内", "no_question"),
    ],
)
def test_the_rules_in_japanese(question, answer, fault):
    chunk = "第五十四条　衆議院が解散されたときは、解散の日から四十日以内に、衆議院議員の総選挙を行ひ、"
    fact = Fact(span="解散の日から四十日以内に、衆議院議員の総選挙を行ひ", answer=answer, question=question)
    if answer == "衆議院":
        fact["span"] = chunk
    found = fact_fault(fact, chunk, "ja", "日本国憲法")
    assert (found and found.split(":")[0]) == fault


def test_sentences_and_answers_can_be_picked_beforehand():
    chunk = (
        "### Elevation\n\n- highest point: Mount Ngerchelchuus 242 m\n\nIn 2020, Palau banned sunscreens. Nothing here."
    )
    assert picks(chunk, 240, 40) == [
        ("highest point: Mount Ngerchelchuus 242 m", ["Mount Ngerchelchuus 242 m"]),
        ("In 2020, Palau banned sunscreens.", ["2020", "Palau"]),
    ]
    (request,) = FindFacts(engine="e", pick=True, most=2).ask({**ROW, "chunk": chunk})
    facts = request.json_schema["properties"]["facts"]
    assert facts["maxItems"] == 2 and [one["properties"]["span"]["const"] for one in facts["items"]["anyOf"]] == [
        "highest point: Mount Ngerchelchuus 242 m",
        "In 2020, Palau banned sunscreens.",
    ]
    nothing = {**ROW, "chunk": "Nothing here."}
    assert FindFacts(engine="e", pick=True).ask(nothing) == []
    (out,) = FindFacts(engine="e", pick=True).emit(nothing, [])
    assert isinstance(out, Drop) and out.reason == "no_facts: there is nothing to pick"


def test_the_summary_counts_facts_and_faults():
    rows = pl.LazyFrame(
        {"_state": ["accepted", "accepted", "rejected"], "fact_faults": [["empty: x"], [], ["empty: y", "language: z"]]}
    )
    assert STAGE.summary(rows, rows) == ["2 facts found; not taken: empty 2, language 1"]
