"""Marks for closed-book answers: by rule, by a model where a rule cannot say, never by default."""

import polars as pl
import pytest

from factory.request import Choice, Fault, Reply
from factory.rows import Drop
from factory.stages.grade import Grade


def row(*said, answer="1994"):
    attempts = [{"text": text, "mark": None, "by": None} for text in said]
    return {"id": "r1", "language": "en", "question": "When?", "answer": answer, "attempts": attempts}


def verdict(text):
    return Reply((Choice(text),), model="judge")


RULES = Grade(on_unscored="keep")
MODEL = Grade(engine="judge", on_unscored="reject")


def test_a_fact_that_is_known_is_set_aside():
    (out,) = RULES.emit(row("1994", "in 1994", "1993", "1992"), [])
    assert isinstance(out, Drop) and out.reason == "known: 2 of 4 answers are right" and out.row["known_share"] == 0.5


def test_a_fact_that_is_not_goes_on_with_the_share():
    (out,) = RULES.emit(row("1994", "1990", "1993", "1992"), [])
    assert out["known_share"] == 0.25
    assert [(one["mark"], one["by"]) for one in out["attempts"]] == [("right", "rule"), *[("wrong", "rule")] * 3]


def test_what_does_not_matter_may_stay_unscored():
    (out,) = RULES.emit(row("1994 or 1993", "1990", "1993", "1992"), [])
    assert out["known_share"] == 0.0 and out["attempts"][0] == {"text": "1994 or 1993", "mark": "unscored", "by": None}


@pytest.mark.parametrize(("policy", "dropped"), [("reject", True), ("keep", False)])
def test_what_matters_is_undecided_and_no_share_is_made_up(policy, dropped):
    (out,) = Grade(on_unscored=policy).emit(row("1994 or 1993", "1994", "1993", "1992"), [])
    assert isinstance(out, Drop) is dropped
    assert (out.row if dropped else out)["known_share"] is None
    assert not dropped or out.reason == "unscored: 1 of 4 answers"


def test_a_model_is_asked_about_each_open_answer_once():
    asked = MODEL.ask(row("1994 or 1993", "1994 or 1993", "1994", "maybe 1994"))
    assert len(asked) == 2 and "Given answer: maybe 1994" in asked[1].messages[-1]["content"]
    assert RULES.ask(row("maybe 1994")) == []


def test_the_model_s_verdict_counts():
    replies = [verdict('{"reason": "Two years.", "same": false}'), verdict('{"reason": "It is.", "same": true}')]
    (out,) = MODEL.emit(row("1994 or 1993", "maybe 1994"), replies)
    assert isinstance(out, Drop) and [one["by"] for one in out.row["attempts"]] == ["model", "model"]


@pytest.mark.parametrize("reply", [verdict("Yes."), verdict('{"same": true}'), Reply(fault=Fault("empty", "no text"))])
def test_a_verdict_that_cannot_be_read_is_none(reply):
    (out,) = MODEL.emit(row("maybe 1994", "1990"), [reply])
    assert out.reason == "unscored: 1 of 2 answers" and out.row["attempts"][0]["mark"] == "unscored"


def test_the_policy_for_unscored_rows_must_be_given():
    with pytest.raises(ValueError, match="on_unscored"):
        Grade()


def test_the_summary_counts_what_is_known():
    made = [RULES.emit(row(*said), []) for said in (["1994"], ["1990"], ["maybe 1994"])]
    rows = [out.row if isinstance(out, Drop) else out for (out,) in made]
    frame = pl.LazyFrame(rows)
    assert RULES.summary(frame, frame) == [
        "3 facts probed: 1 known and set aside, 1 unknown, 1 undecided",
        "closed-book answers: right by rule 1, unscored 1, wrong by rule 1",
    ]
