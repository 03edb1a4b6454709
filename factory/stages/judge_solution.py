"""A model judges whether the solution answers the problem and agrees with the final answer.

It works the problem out for itself first, and its own answer is compared here: asked only whether it agrees, a small
model says yes to everything. The verdict is JSON by a schema. A reply that is not, or that never came, is `unscored`:
a state of its own, with a policy of its own, never a default score.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from factory.maths import quantities
from factory.prompts import PromptName
from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Policy, RowStage, Sampling


class Verdict(BaseModel):
    """What the judge must fill in, in this order: it works before it decides."""

    model_config = ConfigDict(extra="forbid")
    work: str = Field(max_length=1000)
    answer: str = Field(max_length=60)
    answers_the_problem: bool
    agrees_with_the_answer: bool


_SCHEMA = Verdict.model_json_schema()


class JudgeSolution(RowStage):
    """Annotates the row with `verdict` (pass, fail or unscored) and its reason, and drops it by policy."""

    extras: ClassVar[frozenset[str]] = frozenset({"examples"})
    engine: str
    prompt: PromptName = Field(default="maths/{language}/judge_solution", validate_default=True)
    sampling: Sampling = Sampling(temperature=0, max_tokens=600)
    on_fail: Policy = "reject"
    on_unscored: Policy
    """There is no default: whether an unjudged row is good enough is for the pipeline to say."""

    def needs(self) -> set[str]:
        return {"answer"}

    def makes(self) -> Columns:
        return {"verdict": str, "verdict_reason": str}

    def uses(self) -> set[Ability]:
        return super().uses() | {"json_schema"}

    def ask(self, row: Row) -> list[Request]:
        shown = {**row, "examples": row.get("examples") or []}
        return [Request(**self.prompt.render(shown), json_schema=_SCHEMA, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        text = replies[0].text
        try:
            verdict = Verdict.model_validate_json(text)
        except ValidationError as error:
            detail = error.errors()[0]["msg"]
            judged = {**row, "verdict": "unscored", "verdict_reason": f"{detail}: {text[:100]!r}"}
            yield Drop(judged, f"unscored: {detail}") if self.on_unscored == "reject" else judged
            return
        agrees = _agrees(verdict, row["answer"])
        passed = verdict.answers_the_problem and agrees
        reason = f"{verdict.work} → {verdict.answer}"
        judged = {**row, "verdict": "pass" if passed else "fail", "verdict_reason": reason}
        if passed or self.on_fail == "keep":
            yield judged
        elif not verdict.answers_the_problem:
            yield Drop(judged, f"judged_off_problem: {reason}"[:300])
        else:
            yield Drop(judged, f"judged_inconsistent: {reason}"[:300])

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the verdicts."""
        counts = made.group_by("verdict").len().drop_nulls().sort("verdict").collect()
        return [", ".join(f"{verdict} {count}" for verdict, count in counts.iter_rows())]


def _agrees(verdict: Verdict, answer: str) -> bool:
    """Compare the judge's answer where both are numbers; take its word where they are not."""
    mine, theirs = quantities.read(verdict.answer), quantities.read(answer)
    if mine is None or theirs is None:
        return verdict.agrees_with_the_answer
    return quantities.equal(mine, theirs)
