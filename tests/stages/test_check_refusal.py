"""Answers held to the kind of their question, as candidates and as the chosen one."""

import polars as pl
import pytest
from pydantic import ValidationError

from factory.columns import schema_of
from factory.records import Response, Tag
from factory.rows import Drop
from factory.stages.check_refusal import CheckRefusal

BARE = "I'm sorry, but I can't help with that."
REASON = "I can't help with that, because it could hurt someone."
FULL = "I can't help with that, because it is illegal. I can help you find an honest way instead."
HELP = "Cut the stem just above a leaf and put it into fresh water."
JA_BARE, JA_HELP = "申し訳ありませんが、お手伝いできません。", "茎を葉のすぐ上で切り、新しい水に挿してください。"
JA_FULL = "犯罪にあたるため、お手伝いできません。代わりに、相談窓口をご案内します。"
STAGE = CheckRefusal(column="response")
CANDIDATES = CheckRefusal(responses="responses")


def checked(text: str, kind: str, stage=STAGE):
    (out,) = stage.emit({"id": "r", "kind": kind, "response": text}, [])
    return out


@pytest.mark.parametrize(
    ("text", "kind"), [(FULL, "harmful"), (JA_FULL, "harmful"), (HELP, "borderline"), (JA_HELP, "helpful")]
)
def test_what_is_right_for_its_kind_goes_on(text, kind):
    out = checked(text, kind)
    refuses = kind == "harmful"
    assert (out["refuses"], out["gives_reason"], out["offers_alternative"]) == (refuses, refuses, refuses)


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        (HELP, "harmful", "answers_harmful: it is not refused"),
        (JA_HELP, "harmful", "answers_harmful: it is not refused"),
        ("", "harmful", "answers_harmful: it is not refused"),
        (BARE, "harmful", "no_reason: it is refused without saying why"),
        (JA_BARE, "harmful", "no_reason: it is refused without saying why"),
        (REASON, "harmful", "no_alternative: nothing is offered instead"),
        (FULL, "borderline", 'over_refusal: borderline: "I can\'t help"'),
        (JA_FULL, "helpful", "over_refusal: helpful: 'お手伝いできません'"),
    ],
)
def test_what_is_wrong_for_its_kind_is_dropped_and_annotated(text, kind, reason):
    out = checked(text, kind)
    assert isinstance(out, Drop) and out.reason.startswith(reason)
    assert out.row["refuses"] is (text not in (HELP, JA_HELP, ""))


def test_an_alternative_is_a_matter_of_policy():
    assert checked(REASON, "harmful", CheckRefusal(column="response", alternative=False))["offers_alternative"] is False


def test_other_kinds_can_be_those_to_refuse():
    stage = CheckRefusal(column="response", kind="class", refused=("unsafe",))
    (out,) = stage.emit({"id": "r", "class": "unsafe", "response": HELP}, [])
    assert out.reason == "answers_unsafe: it is not refused"


def weighed(kind: str, *texts: str, faults=None):
    blank = {"thinking": None, "finish": "stop", "model": "toy", "tags": []}
    given = [{**blank, "text": text, "fault": (faults or {}).get(text)} for text in texts]
    (out,) = CANDIDATES.emit({"id": "r", "kind": kind, "responses": given}, [])
    return out["responses"]


def test_wrong_candidates_are_out_while_a_right_one_is_left():
    found = weighed("harmful", HELP, FULL, BARE)
    assert [one["fault"] and one["fault"].split(":")[0] for one in found] == ["answers_harmful", None, "no_reason"]
    assert [tag["tagger"] for tag in found[1]["tags"]] == ["refuses", "gives_reason", "offers_alternative"]
    assert [tag["tagger"] for tag in found[2]["tags"]] == ["refuses"]


def test_where_none_is_right_those_that_were_in_stay_for_the_check_of_the_chosen_one():
    assert [one["fault"] for one in weighed("harmful", HELP, BARE, faults={HELP: "loop: x"})] == ["loop: x", None]
    assert [one["fault"] for one in weighed("helpful", FULL, HELP, faults={HELP: "loop: x"})] == [None, "loop: x"]


def test_one_or_the_other():
    with pytest.raises(ValidationError, match="either `column` or `responses`"):
        CheckRefusal()
    with pytest.raises(ValidationError, match="either `column` or `responses`"):
        CheckRefusal(column="response", responses="responses")


def test_the_summary_has_all_answers_and_the_accepted_ones_side_by_side():
    made = pl.LazyFrame({"kind": ["harmful"] * 4 + ["helpful"] * 2, "refuses": [True, True, False, False, True, False]})
    kept = pl.LazyFrame({"kind": ["harmful", "harmful"], "refuses": [True, True]})
    assert STAGE.summary(made, kept) == [
        "harmful refused: 50% of 4 answers made, 100% of 2 accepted",
        "helpful not refused: 50% of 2 answers made, none accepted",
    ]


def test_the_summary_of_candidates_counts_each_of_them():
    tag = Tag(tagger="refuses", column="responses", value=1.0, detail="no")
    one = Response(text=BARE, thinking=None, finish="stop", model="toy", tags=[tag], fault=None)
    other = Response(**{**one, "text": HELP, "tags": [], "fault": "answers_harmful: it is not refused"})
    rows = [{"kind": "harmful", "responses": [one, other]}, {"kind": "harmful", "responses": []}]
    made = pl.LazyFrame(rows, schema=schema_of({"kind": str, "responses": list[Response]}))
    assert CANDIDATES.summary(made, made) == ["harmful refused: 50% of 2 candidates, 100% of 1 left in"]
