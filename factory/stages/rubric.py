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
from typing import Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypedDict

from factory.prompts import PromptName
from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Policy, RowStage, Sampling

_BEST, _WORST = 5, 1
_MOST = 5
"""Deductions of one judgement."""
_COMMENT = 200
"""Characters of its comment: where a schema sets no bound, small models write on until they are cut off."""


class Deduction(TypedDict):
    """What points were taken off for, and how many of them (1 to 4)."""

    what: str
    points: int


class Judgement(BaseModel):
    """What the judge must fill in, in this order: it looks for faults before it gives the score."""

    model_config = ConfigDict(extra="forbid", strict=True)
    deductions: list[Deduction] = Field(max_length=_MOST)
    comment: str = Field(max_length=_COMMENT)
    score: int = Field(ge=_WORST, le=_BEST)

    @property
    def gap(self) -> int:
        """How far the score is from what its own deductions leave."""
        return abs(self.score - max(_WORST, _BEST - sum(one["points"] for one in self.deductions)))


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
    """Judgements to average; more than half of them must be readable."""
    on_unscored: Policy
    """There is no default: whether an unjudged row is good enough is for the pipeline to say."""
    sampling: Sampling = Sampling(temperature=0, max_tokens=600)

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
        return [Request(**shown, n=self.n, json_schema=self.schema_of_judgement, **self.sampling.model_dump())]

    @property
    def schema_of_judgement(self) -> dict[str, Any]:
        """Give the JSON Schema of a judgement, with nothing in it that some server's grammar cannot follow."""
        points = {"type": "integer", "minimum": 1, "maximum": _BEST - _WORST}
        deduction = _object(what={"type": "string", "enum": list(self.deductions)}, points=points)
        return _object(
            deductions={"type": "array", "items": deduction, "maxItems": _MOST},
            comment={"type": "string", "maxLength": _COMMENT},
            score={"type": "integer", "minimum": _WORST, "maximum": _BEST},
        )

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        read = [self._read(choice.text) for choice in replies[0].choices]
        judgements = [one for one in read if isinstance(one, Judgement)]
        deductions = [deduction for one in judgements for deduction in one.deductions]
        judged = {**row, "rating": None, "reward": None, "rating_gap": None, "deductions": deductions}
        if 2 * len(judgements) <= len(read):
            problem = next((one for one in read if isinstance(one, str)), "no judgement")
            told = {**judged, "rating_reason": f"unscored: {problem}"}
            yield Drop(told, f"unscored: {problem}") if self.on_unscored == "reject" else told
            return
        rating = sum(one.score for one in judgements) / len(judgements)
        yield {
            **judged,
            "rating": rating,
            "reward": (rating - _WORST) / (_BEST - _WORST),
            "rating_gap": sum(one.gap for one in judgements) / len(judgements),
            "rating_reason": " | ".join(one.comment.strip() for one in judgements),
        }

    def _read(self, text: str) -> Judgement | str:
        """Read a judgement, or say why it cannot be read."""
        try:
            judgement = Judgement.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            return f"{'.'.join(map(str, first['loc'])) or 'reply'}: {first['msg']}"[:200]
        unknown = [one["what"] for one in judgement.deductions if one["what"] not in self.deductions]
        return f"deductions: {unknown[0]!r} is not in the rubric"[:200] if unknown else judgement

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Give the histogram of the ratings, and what points were taken off for."""
        made = made.filter(pl.col("rating_reason").is_not_null())  # a row that waits for its repair is not judged yet
        whole = pl.col("rating").round(0).cast(pl.Int64).alias("rating")
        counts: dict[int | None, int] = dict(made.group_by(whole).len().collect().iter_rows())
        bars = ", ".join(f"{score}: {counts.get(score, 0):,}" for score in range(_BEST, _WORST - 1, -1))
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


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
