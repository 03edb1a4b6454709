"""A model judges an answer from 1 to 5 by a rubric, and says what it takes points off for.

    - rubric:
        engine: judge
        prompt: safety/{language}/rubric
        deductions: [unnatural, partly_false, over_refusal]     # the prompt says what each of them is
        n: 3
        on_unscored: reject

    {"deductions": [{"what": "partly_false", "points": 2}], "comment": "Bleach is no acid.", "score": 3}

An LLM as a judge with a scale, asked for its reasons before the score (Zheng et al., arXiv:2306.05685), with criteria
of the question's own where there are any, as in AnswerCarefully's annotation and Prometheus (Kim et al.,
arXiv:2310.08491). Several judgements of one answer are averaged. A judgement that cannot be read is none: a row with
too few is `unscored`, a state of its own with a policy of its own, never a default score.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field, model_validator

from factory.prompts import PromptName
from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Policy, RowStage, Sampling
from factory.stages._judgement import BEST, WORST, Deduction, panel, schema


class Rubric(RowStage):
    """Writes `rating` (1 to 5, null where unscored), `reward` ((rating - 1) / 4), its reason and the deductions.

    `rating_gap` is how far the scores are from 5 less the points deducted, on average: a judge that is up to its task
    keeps near 0, and a band of `filter` can ask for it.
    """

    extras: ClassVar[frozenset[str]] = frozenset({"criteria"})
    engine: str
    prompt: PromptName
    deductions: tuple[str, ...] = Field(min_length=1)
    """The names of what points may be taken off for."""
    n: int = Field(1, ge=1)
    """Judgements to average; more than half of them must be readable. At temperature 0 they would all be one."""
    on_unscored: Policy
    """There is no default: whether an unjudged row is good enough is for the pipeline to say."""
    sampling: Sampling = Sampling(temperature=0, max_tokens=600)

    @model_validator(mode="after")
    def _drawn(self) -> "Rubric":
        if self.n > 1 and self.sampling.temperature == 0:
            raise ValueError(f"n: {self.n} judgements at temperature 0 are the same; set sampling.temperature")
        return self

    def makes(self) -> Columns:
        return {
            "rating": float | None,
            "reward": float | None,
            "rating_gap": float | None,
            "rating_reason": str,
            "deductions": list[Deduction],
        }

    def uses(self) -> set[Ability]:
        return super().uses() | {"json_schema"}

    def ask(self, row: Row) -> list[Request]:
        shown = self.prompt.render({**row, "criteria": row.get("criteria") or []})
        return [Request(**shown, n=self.n, json_schema=schema(self.deductions), **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        found = panel([choice.text for choice in replies[0].choices], self.deductions)
        judged = {**row, "rating": None, "reward": None, "rating_gap": None, "deductions": found.deductions}
        if found.problem is not None:
            told = {**judged, "rating_reason": f"unscored: {found.problem}"}
            yield Drop(told, f"unscored: {found.problem}") if self.on_unscored == "reject" else told
            return
        yield {
            **judged,
            "rating": found.rating,
            "reward": found.reward,
            "rating_gap": found.gap,
            "rating_reason": found.comments,
        }

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Give the histogram of the ratings, and what points were taken off for."""
        made = made.filter(pl.col("rating_reason").is_not_null())  # a row that waits for its repair is not judged yet
        whole = pl.col("rating").round(0).cast(pl.Int64).alias("rating")
        counts: dict[int | None, int] = dict(made.group_by(whole).len().collect().iter_rows())
        bars = ", ".join(f"{score}: {counts.get(score, 0):,}" for score in range(BEST, WORST - 1, -1))
        lines = [f"ratings {bars}; unscored: {counts.get(None, 0):,}"]
        rated, off = (
            made.select(pl.len() - pl.col("rating").null_count(), (pl.col("rating_gap") >= 1).sum()).collect().row(0)
        )
        if off:
            lines.append(f"the judge's deductions do not add up to its score in {off:,} of {rated:,} rows rated")
        faults = made.select(pl.col("deductions").explode()).unnest("deductions").drop_nulls()
        totals = faults.group_by("what").agg(pl.len(), pl.col("points").sum()).sort("what").collect().rows()
        told = ", ".join(f"{what} {count:,} times ({points:,} points)" for what, count, points in totals)
        return [*lines, f"deductions: {told}"] if told else lines
