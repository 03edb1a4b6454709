"""How hard a problem is for the models at hand: the share of their solutions that end in its answer.

What was asked for as "difficulty 3" need not be; the pass rate is measured, can be a `filter` band, and is set beside
the difficulty asked for. Where two engines solved the problem, the gap between the stronger and the weaker says what
there is to learn from it.
"""

from collections.abc import Iterable, Sequence

import polars as pl
from typing_extensions import TypedDict

from factory.maths.compare import same
from factory.maths.records import Solution
from factory.request import Reply
from factory.rows import Columns, Row
from factory.stage import RowStage


class Rate(TypedDict):
    """The share of one model's solutions that are right."""

    model: str
    rate: float


class MeasureDifficulty(RowStage):
    """Writes `pass_rate` over all candidates, `pass_rates` by model, and `gap` where there are two models or more."""

    def needs(self) -> set[str]:
        return {"solutions", "answer"}

    def makes(self) -> Columns:
        return {"pass_rate": float, "pass_rates": list[Rate], "gap": float | None}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        right: dict[str, list[bool]] = {}
        for one in row["solutions"]:
            right.setdefault(one["model"], []).append(_is_right(one, row["answer"]))
        everyone = [passed for answers in right.values() for passed in answers]
        rates = [Rate(model=model, rate=sum(answers) / len(answers)) for model, answers in sorted(right.items())]
        values = [rate["rate"] for rate in rates]
        yield {
            **row,
            "pass_rate": sum(everyone) / len(everyone) if everyone else 0.0,
            "pass_rates": rates,
            "gap": max(values) - min(values) if len(values) > 1 else None,
        }

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Set the measured difficulty beside the one asked for, where rows have one."""
        if "difficulty" not in made.collect_schema():
            return []
        rates = made.group_by("difficulty").agg(pl.col("pass_rate").mean()).drop_nulls().sort("difficulty").collect()
        shares = ", ".join(f"{level}: {rate:.0%}" for level, rate in rates.iter_rows())
        return [f"solutions that are right, by the difficulty asked for: {shares}"] if shares else []


def _is_right(solution: Solution, answer: str) -> bool:
    return solution["answer"] is not None and same(solution["answer"], answer)
