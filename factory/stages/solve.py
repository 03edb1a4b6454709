"""n solutions of each problem, drawn from a model; what it thinks is kept apart from what it answers.

The candidates stay inside the row, `solutions`, behind those that are there already.
"""

from collections.abc import Iterable, Sequence

from pydantic import Field

from factory.maths.records import Solution
from factory.prompts import PromptName
from factory.request import Choice, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage, Sampling


class Solve(RowStage):
    """Asks for all of a row's solutions in one request, so that its prompt is read once."""

    engine: str
    prompt: PromptName = Field(default="maths/{language}/solve", validate_default=True)
    n: int = Field(4, ge=1)
    sampling: Sampling = Sampling()

    def needs(self) -> set[str]:
        return {"problem", "solutions"}

    def makes(self) -> Columns:
        return {"solutions": list[Solution]}

    def ask(self, row: Row) -> list[Request]:
        return [Request(**self.prompt.render(row), n=self.n, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        (reply,) = replies
        yield {**row, "solutions": [*row["solutions"], *(solution(choice, reply.model) for choice in reply.choices)]}


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
