"""A judge that says yes or no to what the prompt asks."""

import polars as pl
import pytest

from factory.prompts import Prompt
from factory.request import Choice, Reply
from factory.rows import Drop
from factory.stages.judge import Judge

ROW = {
    "id": "r1", "language": "en", "title": "Palau", "heading": "", "span": "highest point: 242 m",
    "question": "How high is Palau?", "answer": "242 m", "text": "It is 242 m high.", "style": "news",
}  # fmt: skip
PROMPT = Prompt("knowledge/{language}/grounded")
YES, NO = '{"reason": "It is so.", "verdict": true}', '{"reason": "It is not so.", "verdict": false}'


def judge(**fields):
    return Judge(**{"engine": "e", "prompt": PROMPT, "on_unscored": "reject", **fields})


def made(text, **fields):
    (out,) = judge(**fields).emit(ROW, [Reply((Choice(text),))])
    return out


def test_it_asks_for_a_reason_before_the_verdict():
    (request,) = judge().ask(ROW)
    assert list(request.json_schema["properties"]) == ["reason", "verdict"] and request.temperature == 0
    assert "It is 242 m high." in request.messages[-1]["content"]


def test_yes_goes_on_and_no_ends_under_the_reason_s_name():
    row = made(YES)
    assert (row["verdict"], row["verdict_reason"]) == ("pass", "It is so.")
    assert made(NO).reason == "judged_no: It is not so."
    assert made(NO, kind="ungrounded").reason == "ungrounded: It is not so."
    assert made(NO, on_fail="keep")["verdict"] == "fail"


@pytest.mark.parametrize("text", ["Yes.", "", '{"verdict": true}', '{"reason": "x", "verdict": "yes"}', "[]"])
def test_what_cannot_be_read_is_no_verdict(text):
    out = made(text)
    assert isinstance(out, Drop) and out.reason.startswith("unscored: ") and out.row["verdict"] == "unscored"
    assert made(text, on_unscored="keep")["verdict"] == "unscored"


@pytest.mark.parametrize(
    ("skip", "skipped"),
    [
        ({"style": "news"}, True),
        ({"style": ["story", "news"]}, True),
        ({"style": "story"}, False),
        ({"persona": None}, True),
        ({"style": "story", "persona": None}, True),
        ({"style": ["story"]}, False),
    ],
)
def test_rows_can_be_skipped_by_a_column(skip, skipped):
    stage = judge(skip=skip)
    row = {**ROW, "persona": None}
    assert (stage.ask(row) == []) is skipped and stage.needs() == set(skip)
    if skipped:
        assert next(iter(stage.emit(row, [])))["verdict"] == "skipped"


def test_a_second_judge_has_a_column_of_its_own():
    assert set(judge(column="fact_verdict").makes()) == {"fact_verdict", "fact_verdict_reason"}
    assert made(YES, column="fact_verdict")["fact_verdict"] == "pass"


def test_policies_and_lists_must_be_given():
    with pytest.raises(ValueError, match="on_unscored"):
        Judge(engine="e", prompt=PROMPT)
    with pytest.raises(ValueError, match="style"):
        judge(skip={"style": []})


def test_the_summary_counts_the_verdicts():
    frame = pl.LazyFrame({"verdict": ["pass", "fail", "pass", None]})
    assert judge().summary(frame, frame) == ["fail 1, pass 2"]
