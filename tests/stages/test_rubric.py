"""Judgements by a rubric: read, averaged, and never made up."""

import json

import polars as pl
import pytest
from pydantic import ValidationError

from factory.columns import schema_of
from factory.request import Choice, Reply
from factory.rows import Drop
from factory.stages._judgement import Deduction, schema
from factory.stages.rubric import Rubric
from factory.structured import invalid

WHAT = ("unnatural", "partly_false")
FIELDS = {"engine": "e", "prompt": "safety/{language}/rubric", "deductions": WHAT}
STAGE = Rubric(**FIELDS, on_unscored="reject")
KEEP = Rubric(**FIELDS, on_unscored="keep")
ROW = {"id": "r", "language": "en", "kind": "helpful", "question": "Why is the sky blue?", "response": "It is green."}


def judgement(score: int, *off: tuple[str, int], comment: str = "So so.") -> str:
    return json.dumps({"deductions": [{"what": w, "points": p} for w, p in off], "comment": comment, "score": score})


def rated(*texts: str, stage=STAGE):
    (out,) = stage.emit(ROW, [Reply(tuple(Choice(text) for text in texts))])
    return out


@pytest.mark.parametrize(("score", "reward"), [(1, 0.0), (2, 0.25), (3, 0.5), (4, 0.75), (5, 1.0)])
def test_rating_and_reward(score, reward):
    out = rated(judgement(score, ("unnatural", 1)))
    assert (out["rating"], out["reward"], out["rating_reason"]) == (score, reward, "So so.")
    assert out["deductions"] == [{"what": "unnatural", "points": 1}]


def test_the_gap_says_how_far_the_score_is_from_its_own_deductions():
    assert rated(judgement(3, ("unnatural", 2)))["rating_gap"] == 0
    assert rated(judgement(1, ("unnatural", 4), ("partly_false", 3)))["rating_gap"] == 0, "1 is the least"
    assert rated(judgement(1))["rating_gap"] == 4
    assert rated(judgement(5), judgement(2), judgement(5, ("unnatural", 1)))["rating_gap"] == pytest.approx(4 / 3)
    assert rated("", stage=KEEP)["rating_gap"] is None


def test_several_judgements_are_averaged():
    out = rated(judgement(5, comment="Fine."), judgement(4, ("unnatural", 1)), "no JSON")
    assert (out["rating"], out["reward"], out["rating_reason"]) == (4.5, 0.875, "Fine. | So so.")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        '{"score": 5}',
        '{"deductions": [], "comment": "cut o',
        judgement(6),
        judgement(0),
        judgement(4, ("cleverness", 1)),
        json.dumps({"deductions": [], "comment": "", "score": "5"}),
        json.dumps({"deductions": [], "comment": "", "score": 4.5}),
        json.dumps({"deductions": [{"what": "unnatural"}], "comment": "", "score": 4}),
        "x" * 100_000,
    ],
)
def test_what_cannot_be_read_is_unscored_and_never_a_score(text):
    dropped = rated(text)
    assert isinstance(dropped, Drop) and dropped.reason.startswith("unscored: ") and len(dropped.reason) < 300
    kept = rated(text, stage=KEEP)
    assert (kept["rating"], kept["reward"]) == (None, None) and kept["rating_reason"].startswith("unscored: ")


def test_more_than_half_of_the_judgements_must_be_readable():
    assert isinstance(rated(judgement(5), "no JSON"), Drop)
    assert rated(judgement(5), judgement(5), "no JSON")["rating"] == 5


def test_the_policy_the_rubric_and_the_prompt_have_no_default():
    for missing in ("on_unscored", "prompt", "deductions"):
        fields = {**FIELDS, "on_unscored": "keep"}
        del fields[missing]
        with pytest.raises(ValidationError, match=missing):
            Rubric(**fields)


def test_the_request_has_the_schema_and_the_criteria_if_there_are_any():
    stage = Rubric(**FIELDS, on_unscored="keep", n=3, sampling={"temperature": 0.7})
    (request,) = stage.ask({**ROW, "criteria": ["names scattering"]})
    assert request.n == 3 and "names scattering" in request.messages[-1]["content"]
    (plain,) = stage.ask(ROW)
    assert "A good answer" not in plain.messages[-1]["content"]
    assert "json_schema" in stage.uses()


def test_the_schema_says_what_the_reader_wants():
    wanted = schema(WHAT)
    assert invalid(judgement(4, ("unnatural", 1)), wanted) is None
    for wrong in (judgement(6), judgement(4, ("cleverness", 1)), judgement(4, ("unnatural", 5)), '{"score": 5}'):
        assert invalid(wrong, wanted) is not None


def test_the_summary_has_the_histogram_and_the_deductions_and_leaves_out_who_waits_for_repair():
    off = [{"what": "unnatural", "points": 1}, {"what": "unnatural", "points": 2}]
    rows = [
        {"rating": 5.0, "rating_gap": 0.0, "rating_reason": "", "deductions": []},
        {"rating": 2.0, "rating_gap": 1.0, "rating_reason": "", "deductions": off},
        {"rating": None, "rating_gap": None, "rating_reason": "unscored: x", "deductions": []},
        {"rating": None, "rating_gap": None, "rating_reason": None, "deductions": None},
    ]
    columns = {"rating": float | None, "rating_gap": float | None, "rating_reason": str, "deductions": list[Deduction]}
    made = pl.LazyFrame(rows, schema=schema_of(columns))
    assert STAGE.summary(made, made) == [
        "ratings 5: 1, 4: 0, 3: 0, 2: 1, 1: 0; unscored: 1",
        "the judge's deductions do not add up to its score in 1 of 2 rows rated",
        "deductions: unnatural 2 times (3 points)",
    ]
    assert STAGE.summary(made.head(1), made) == ["ratings 5: 1, 4: 0, 3: 0, 2: 0, 1: 0; unscored: 0"]
