"""The candidates vote on the answer (self-consistency, Wang et al., arXiv:2203.11171); a known answer overrules them.

Where the answer is known, the row is kept if a candidate reached it (rejection sampling, Yuan et al.,
arXiv:2308.01825), or only if the majority did. Where it is not, agreement is all there is: how much it proves is
measured on the rows of the same run whose answer is known, and told in the summary.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from factory.maths.compare import majority, same
from factory.maths.records import Solution
from factory.maths.statistics import wilson
from factory.request import Message, Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage


class Agree(RowStage):
    """Chooses the row's `answer` and the `solution` that ends in it, with its `transcript` if it ran programs."""

    version: ClassVar[int] = 2
    min_agreement: float = Field(0.5, ge=0, le=1)
    """Share of the candidates that must end in the majority's answer, where none is known."""
    known: Literal["any", "majority"] = "any"
    """Who must reach a known answer: any one candidate, or the majority."""

    def needs(self) -> set[str]:
        return {"solutions"}

    def makes(self) -> Columns:
        return {
            "known_answer": str | None,
            "answer": str,
            "agreement": float,
            "margin": float,
            "correct": bool | None,
            "solution": str,
            "transcript": list[Message] | None,
            "thinking": str | None,
            "how": str,
            "model": str,
        }

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        solutions: list[Solution] = row["solutions"]
        vote = majority([solution["answer"] for solution in solutions])
        known = row.get("known_answer")
        voted = {**row, "known_answer": known, "answer": vote.answer, "agreement": vote.share, "margin": vote.margin}
        if vote.answer is None:
            yield Drop(voted, f"no_answer: none in {len(solutions)} solutions")
            return
        voted["correct"] = None if known is None else same(vote.answer, known)
        if known is not None and not voted["correct"] and self.known == "majority":
            yield Drop(voted, f"wrong: most end in {vote.answer}, the answer is {known}"[:300])
            return
        if known is None and vote.share < self.min_agreement:
            yield Drop(voted, f"disagreement: {vote.share:.0%} end in {vote.answer}"[:300])
            return
        right = [solution for solution in solutions if _ends_in(solution, vote.answer if known is None else known)]
        if not right:
            yield Drop(voted, f"wrong: most end in {vote.answer}, the answer is {known}"[:300])
            return
        whole = [solution for solution in right if solution["finish"] != "length"]
        if not whole:
            yield Drop(voted, "unfinished: every solution with the answer was cut off")
            return
        best = min(whole, key=lambda solution: solution["how"] != "boxed")
        yield {
            **voted,
            "answer": vote.answer if known is None else known,
            "solution": best["text"],
            "transcript": best.get("transcript"),
            "thinking": best["thinking"],
            "how": best["how"],
            "model": best["model"],
        }

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Say how often the majority was right where that is known, and how many rows rest on it alone."""
        voted = made.filter(pl.col("agreement").is_not_null()).select("agreement", "correct")
        known = voted.filter(pl.col("correct").is_not_null()).collect()
        lines = [_trust(known, floor) for floor in sorted({self.min_agreement, 1.0})]
        unknown = kept.filter(pl.col("known_answer").is_null()).select("agreement").collect()["agreement"]
        checked = kept.filter(pl.col("known_answer").is_not_null()).select(pl.len()).collect().item()
        told = f"{checked} accepted rows end in their known answer"
        if len(unknown):
            told += f"; {len(unknown)} rest on agreement alone (mean {sum(unknown) / len(unknown):.0%})"
        return [told, *(line for line in lines if line)]


def _ends_in(solution: Solution, answer: str) -> bool:
    return solution["answer"] is not None and same(solution["answer"], answer)


def _trust(known: pl.DataFrame, floor: float) -> str:
    agreed = known.filter(pl.col("agreement") >= floor)["correct"]
    if not len(agreed):
        return ""
    right = int(agreed.sum())
    low, high = wilson(right, len(agreed))
    return (
        f"where the answer is known, an agreement of {floor:.0%} or more was right {right} times in {len(agreed)} "
        f"({right / len(agreed):.0%}, 95 % interval {low:.0%} to {high:.0%}); for invented problems take it as an "
        f"upper bound, since the problem itself may be wrong"
    )
