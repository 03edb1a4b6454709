"""A model says which of two candidates is the better one, each pair in both orders; the score is the share of wins.

    - score_pairwise: {engine: judge, prompt: "judge/{language}/better"}

    {"reason": "The second one answers the question.", "better": "second"}

Judges prefer what they are shown first (Zheng et al., arXiv:2306.05685, who ask in both orders as here): a win counts
only where both orders agree, and where they contradict each other the pair is even. How often they do, and how often
the first one shown is said to be the better, is in the run's summary: a judge for whom that is often is none.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypedDict

from factory.prompts import PromptName
from factory.records import Score, score
from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Sampling
from factory.stages._scored import NAME, Scored, unfinished


class Comparison(BaseModel):
    """What the judge must fill in, in this order."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = Field(max_length=300)
    better: Literal["first", "second", "same"]


class Duel(TypedDict):
    """Two candidates, by their place among those that are in, in the order shown; `better` is null if unreadable."""

    first: int
    second: int
    better: str | None


_SCHEMA = Comparison.model_json_schema()


class ScorePairwise(Scored):
    """Writes the score `name` on each candidate, from 0 to 1, and `duels`, all that was judged."""

    extras: ClassVar[frozenset[str]] = frozenset({"first", "second"})
    hears_faults: ClassVar[bool] = True
    engine: str
    prompt: PromptName = Field(default="judge/{language}/better", validate_default=True)
    opponents: int | None = Field(None, ge=1)
    """With how many others each is compared, at least; with all of them without it. It takes two requests a pair."""
    name: str = Field("wins", pattern=NAME)
    sampling: Sampling = Sampling(temperature=0, max_tokens=300)

    def names(self) -> list[str]:
        return [self.name]

    def makes(self) -> Columns:
        return super().makes() | {"duels": list[Duel]}

    def uses(self) -> set[Ability]:
        return super().uses() | {"json_schema"}

    def ask(self, row: Row) -> list[Request]:
        texts = [one["text"] for one in self.candidates(row)]
        wanted = {"json_schema": _SCHEMA, **self.sampling.model_dump()}
        return [
            Request(**self.prompt.render(row, first=texts[first], second=texts[second]), **wanted)
            for first, second in self._orders(len(texts))
        ]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if drop := unfinished(row, replies):
            yield drop
            return
        count = len(self.candidates(row))
        verdicts = [_read(reply) for reply in replies]
        duels = [
            Duel(first=first, second=second, better=better)
            for (first, second), better in zip(self._orders(count), verdicts, strict=True)
        ]
        points = _points(count, duels)
        yield {**self.with_scores(row, ([self._score(mine)] for mine in points)), "duels": duels}

    def _orders(self, count: int) -> list[tuple[int, int]]:
        """List who is shown with whom, each pair in both orders, one behind the other."""
        most = count // 2 if self.opponents is None else min(count // 2, (self.opponents + 1) // 2)
        pairs = {tuple(sorted((at, (at + step) % count))) for step in range(1, most + 1) for at in range(count)}
        return [order for low, high in sorted(pairs) for order in ((low, high), (high, low))]

    def _score(self, points: Sequence[float]) -> Score:
        if not points:
            return score(self.name, None, "no comparison")
        told = ", ".join(f"{points.count(point)} {how}" for point, how in ((1, "won"), (0.5, "even"), (0, "lost")))
        return score(self.name, sum(points) / len(points), told)

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Say how much the judge goes by the order."""
        duels = made.select(pl.col("duels").explode()).drop_nulls().unnest("duels")
        low = pl.min_horizontal("first", "second") == pl.col("first")
        better = pl.col("better")
        judged = duels.select(better, low=low, torn=better.is_in(["first", "second"]) & (better == better.shift(-1)),
                              both=low & better.is_not_null() & better.shift(-1).is_not_null())  # fmt: skip
        read, first, torn, both = (
            judged.select(better.count().alias("read"), (better == "first").sum().alias("first"),
                          (pl.col("torn") & pl.col("low")).sum(), pl.col("both").sum())
            .collect().row(0)
        )  # fmt: skip
        lines = super().summary(made, kept)
        if not read:
            return lines
        told = f"the judge prefers the first shown in {first / read:.0%} of {read:,} comparisons"
        return [*lines, f"{told}, and contradicts itself in {torn:,} of {both:,} pairs shown in both orders"]


def _read(reply: Reply) -> str | None:
    try:
        return Comparison.model_validate_json(reply.text).better
    except ValidationError:
        return None


def _points(count: int, duels: Sequence[Duel]) -> list[list[float]]:
    """Give each candidate its points: 1 for a pair won in both orders, 0.5 for an even one, 0 for one lost."""
    points: list[list[float]] = [[] for _ in range(count)]
    for one, other in zip(duels[::2], duels[1::2], strict=True):
        if one["better"] is None or other["better"] is None:
            continue
        won = (one["better"], other["better"])
        low = 1.0 if won == ("first", "second") else 0.0 if won == ("second", "first") else 0.5
        points[one["first"]].append(low)
        points[one["second"]].append(1 - low)
    return points
