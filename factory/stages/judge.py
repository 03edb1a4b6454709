"""A model answers yes or no to whatever the prompt asks about the row, with its reason first.

    - judge:
        engine: judge
        prompt: knowledge/{language}/grounded
        kind: ungrounded              # the reason of what it says no to; "judged_no" without it
        skip: {style: question}       # rows that need no judgement
        on_unscored: reject

    {"reason": "The span does not say who built it.", "verdict": false}

An LLM as a judge that explains itself before its verdict (Zheng et al., arXiv:2306.05685). A reply that cannot be read
is `unscored`: a state of its own, with a policy of its own, never a default verdict.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from factory.prompts import PromptName
from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Policy, RowStage, Sampling

Plain = str | int | float | bool | None
_REASON = 300
"""Characters: where a schema sets no bound, small models write on until they are cut off."""


class Verdict(BaseModel):
    """What the judge must fill in, in this order: it says why before it decides."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = Field(max_length=_REASON)
    verdict: bool


_SCHEMA = Verdict.model_json_schema()


class Judge(RowStage):
    """Writes `verdict` (pass, fail, unscored or skipped) and its reason, under the name of `column`."""

    engine: str
    prompt: PromptName
    column: str = "verdict"
    """A second judge of the same row needs a name of its own."""
    kind: str = Field("judged_no", pattern=r"^[a-z0-9_]+$")
    """Under which reason those end that it says no to."""
    skip: dict[str, Plain | tuple[Plain, ...]] = Field(default_factory=dict)
    """Column → value, null or a list of values: rows with it go on unjudged."""
    on_fail: Policy = "reject"
    on_unscored: Policy
    """There is no default: whether an unjudged row is good enough is for the pipeline to say."""
    sampling: Sampling = Sampling(temperature=0, max_tokens=300)

    @field_validator("skip")
    @classmethod
    def _not_empty(cls, skip: dict[str, Any]) -> dict[str, Any]:
        for name, values in skip.items():
            if values == ():
                raise ValueError(f"{name}: expected a value, null or a list of values")
        return skip

    def needs(self) -> set[str]:
        return set(self.skip)

    def makes(self) -> Columns:
        return {self.column: str, f"{self.column}_reason": str}

    def uses(self) -> set[Ability]:
        return super().uses() | {"json_schema"}

    def ask(self, row: Row) -> list[Request]:
        if self._skips(row):
            return []
        return [Request(**self.prompt.render(row), json_schema=_SCHEMA, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if not replies:
            yield self._judged(row, "skipped", "")
            return
        text = replies[0].text
        try:
            found = Verdict.model_validate_json(text)
        except ValidationError as error:
            problem = f"{error.errors()[0]['msg']}: {text[:100]!r}"
            judged = self._judged(row, "unscored", problem)
            yield Drop(judged, f"unscored: {problem}"[:300]) if self.on_unscored == "reject" else judged
            return
        judged = self._judged(row, "pass" if found.verdict else "fail", found.reason)
        rejected = not found.verdict and self.on_fail == "reject"
        yield Drop(judged, f"{self.kind}: {found.reason}"[:300]) if rejected else judged

    def _judged(self, row: Row, verdict: str, reason: str) -> Row:
        return {**row, self.column: verdict, f"{self.column}_reason": reason}

    def _skips(self, row: Row) -> bool:
        return any(row[name] in (value if isinstance(value, tuple) else (value,)) for name, value in self.skip.items())

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the verdicts; a row that waits for its repair has none yet."""
        counts = made.group_by(self.column).len().drop_nulls().sort(self.column).collect().rows()
        return [", ".join(f"{verdict} {count:,}" for verdict, count in counts)] if counts else []
