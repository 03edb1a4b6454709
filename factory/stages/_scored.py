"""What the stages share that score candidates: which are scored, what a fault means, and what to tell of the scores.

    {"text": "…", "fault": null, "scores": [{"name": "reward", "value": 1.72, "spread": null, "detail": ""}]}

Candidates that are out are not scored. A score that could not be had is null, with the reason: never a default.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from factory.records import Response, Score, scored
from factory.request import Message, Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage

NAME = r"^[a-z][a-z0-9_]*$"
"""What a score may be called."""
_OF_THE_TEXT = ("too_long", "empty", "refused")
"""Faults that the same text has each time."""


class Scored(RowStage):
    """Adds scores to the candidates in `responses`."""

    responses: str = "responses"

    def needs(self) -> set[str]:
        return {self.responses}

    def makes(self) -> Columns:
        return {self.responses: list[Response]}

    def names(self) -> list[str]:
        """Name the scores that the stage writes, in the order of the summary."""
        raise NotImplementedError

    def scores(self) -> set[str]:
        return set(self.names())

    def candidates(self, row: Row) -> list[Response]:
        """List the candidates that are in."""
        return [one for one in row[self.responses] if one["fault"] is None]

    def with_scores(self, row: Row, scores: Iterable[Sequence[Score]]) -> Row:
        """Add to each candidate that is in its scores, in order."""
        coming = iter(scores)
        return {
            **row,
            self.responses: [scored(one, next(coming)) if one["fault"] is None else one for one in row[self.responses]],
        }

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Give, of each score, the quartiles, the spread, and how many candidates have none."""
        scores = made.select(pl.col(self.responses).explode().struct.field("scores").explode()).unnest("scores")
        value = pl.col("value")
        lines = []
        for name in self.names():
            mine = scores.filter(pl.col("name") == name)
            quartiles = (value.quantile(share).alias(f"at {share}") for share in (0.25, 0.5, 0.75))
            measured = mine.select(
                pl.len(), value.null_count().alias("unscored"), value.mean().alias("mean"),
                pl.col("spread").mean(), *quartiles,
            )  # fmt: skip
            count, unscored, mean, spread, low, middle, high = measured.collect().row(0)
            if not count:
                continue
            told = f"{name} of {count:,} candidates"
            if mean is not None:
                told += f": {mean:.3g} on average; {low:.3g}, {middle:.3g}, {high:.3g} at 25, 50 and 75 %"
            told += f"; {unscored:,} unscored" if unscored else ""
            lines.append(told + (f"; judgements are {spread:.2f} apart on average" if spread is not None else ""))
        return lines


def unfinished(row: Row, replies: Sequence[Reply]) -> Drop | None:
    """Fail a row one of whose replies is the engine's trouble and not the text's: another run asks it again."""
    faults = [reply.fault for reply in replies if reply.fault]
    passing = [fault for fault in faults if fault.retry and fault.kind not in _OF_THE_TEXT]
    return Drop(row, str(passing[0])[:500], "failed") if passing else None


def chat_of(question: str | Sequence[Message], system: str | None = None) -> tuple[Message, ...]:
    """Put a question, or a whole chat up to the user's turn, as the turns before an answer."""
    asked = (Message(role="user", content=question),) if isinstance(question, str) else tuple(question)
    return (Message(role="system", content=system), *asked) if system else asked
