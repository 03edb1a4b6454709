"""n solutions of each problem, drawn from a model; what it thinks is kept apart from what it answers.

The candidates stay inside the row, `solutions`, behind those that are there already.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from factory.maths.records import Solution
from factory.prompts import PromptName
from factory.request import Choice, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage, Sampling


class Solve(RowStage):
    """Asks for all of a row's solutions in one request, so that its prompt is read once."""

    extras: ClassVar[frozenset[str]] = frozenset({"examples"})
    engine: str
    prompt: PromptName = Field(default="maths/{language}/solve", validate_default=True)
    n: int = Field(4, ge=1)
    sampling: Sampling = Sampling()

    def needs(self) -> set[str]:
        return {"problem"}

    def makes(self) -> Columns:
        return {"solutions": list[Solution]}

    def ask(self, row: Row) -> list[Request]:
        shown = {**row, "examples": row.get("examples") or []}
        return [Request(**self.prompt.render(shown), n=self.n, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        (reply,) = replies
        drawn = [solution(choice, reply.model) for choice in reply.choices]
        yield {**row, "solutions": [*(row.get("solutions") or []), *drawn]}


def solution(choice: Choice, model: str) -> Solution:
    """Make a candidate of a choice."""
    return Solution(
        text=choice.text.strip(),
        thinking=choice.reasoning,
        finish=choice.finish,
        model=model,
        reasoning=None,
        answer=None,
        how=None,
    )
