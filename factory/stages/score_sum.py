"""One score of several: a weighted sum of different measures, or the mean of judges of the same thing.

    - score_sum: {name: total, sum: {correct: 1, format: 1, length: 0.5}}
    - score_sum: {name: judged, mean: [judge_a, judge_b]}

A mean keeps how far the judges are apart as `spread`. Where a part is unscored, so is the whole.
"""

from collections.abc import Iterable, Sequence

from pydantic import Field, model_validator

from factory.records import Response, Score, score, value_of
from factory.request import Reply
from factory.rows import Row
from factory.stages._scored import NAME, Scored


class ScoreSum(Scored):
    """Writes the score `name` on each candidate."""

    name: str = Field("total", pattern=NAME)
    sum: dict[str, float] = Field(default_factory=dict)
    """Score → its weight."""
    mean: tuple[str, ...] = ()
    """Scores on the same scale."""

    @model_validator(mode="after")
    def _either(self) -> "ScoreSum":
        if bool(self.sum) == bool(self.mean):
            raise ValueError("expected either `sum` or `mean`")
        if self.name in (*self.sum, *self.mean):
            raise ValueError(f"name: {self.name!r} is one of its own parts; give it another name")
        return self

    def names(self) -> list[str]:
        return [self.name]

    def needs_scores(self) -> set[str]:
        return {*self.sum, *self.mean}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        yield self.with_scores(row, ([self._score(one)] for one in self.candidates(row)))

    def _score(self, one: Response) -> Score:
        found = {name: value_of(one, name) for name in (*self.sum, *self.mean)}
        missing = [name for name, value in found.items() if value is None]
        values = {name: value for name, value in found.items() if value is not None}
        if missing:
            return score(self.name, None, f"unscored: {', '.join(missing)}")
        if self.sum:
            parts = {name: weight * values[name] for name, weight in self.sum.items()}
            return score(
                self.name, sum(parts.values()), ", ".join(f"{name} {part:.4g}" for name, part in parts.items())
            )
        marks = list(values.values())
        return score(self.name, sum(marks) / len(marks), spread=max(marks) - min(marks))
