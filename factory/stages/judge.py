"""A model judges whether the solution answers the problem and agrees with the final answer.

The verdict is JSON by a schema. A reply that is not, or that never came, is `unscored`: a state of its own, with a
policy of its own, never a default score.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from factory.prompts import PromptName
from factory.request import Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage, Sampling

Policy = Literal["reject", "keep"]


class Verdict(BaseModel):
    """What the judge must fill in, in this order: it thinks before it decides."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(max_length=200)
    answers_the_problem: bool
    agrees_with_the_answer: bool


class Judge(RowStage):
    """Annotates the row with `verdict` (pass, fail or unscored) and its reason, and drops it by policy."""

    engine: str
    prompt: PromptName = Field(default="maths/{language}/judge", validate_default=True)
    sampling: Sampling = Sampling(temperature=0, max_tokens=160)
    on_fail: Policy = "reject"
    on_unscored: Policy
    """There is no default: whether an unjudged row is good enough is for the pipeline to say."""

    def makes(self) -> Columns:
        return {"verdict": str, "verdict_reason": str | None}

    def ask(self, row: Row) -> list[Request]:
        schema = Verdict.model_json_schema()
        return [Request(**self.prompt.render(row), json_schema=schema, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        text = replies[0].text
        try:
            verdict = Verdict.model_validate_json(text)
        except ValidationError as error:
            detail = error.errors()[0]["msg"]
            judged = {**row, "verdict": "unscored", "verdict_reason": f"{detail}: {text[:100]!r}"}
            yield Drop(judged, f"unscored: {detail}") if self.on_unscored == "reject" else judged
            return
        passed = verdict.answers_the_problem and verdict.agrees_with_the_answer
        judged = {**row, "verdict": "pass" if passed else "fail", "verdict_reason": verdict.reason}
        if passed or self.on_fail == "keep":
            yield judged
        elif not verdict.answers_the_problem:
            yield Drop(judged, f"judged_off_problem: {verdict.reason}")
        else:
            yield Drop(judged, f"judged_inconsistent: {verdict.reason}")

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the verdicts."""
        counts = made.group_by("verdict").len().sort("verdict").collect()
        return [", ".join(f"{verdict} {count}" for verdict, count in counts.iter_rows())]
