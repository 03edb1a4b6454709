"""The model invents a problem for each row that has none: problem, reasoning and final answer in one reply.

The condition of the row (field, difficulty, whether tools may be used) is in the prompt, and so are worked examples
where there are any. The solution that comes with the problem is the first candidate of the vote.
"""

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from factory.maths.fields import DIFFICULTY, FIELDS, Description
from factory.maths.records import Solution
from factory.prompts import PromptName
from factory.request import Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage, Sampling
from factory.stages.solve import solution

_PARTS = re.compile(
    r"(?:\A|^)\W*(?:problem|問題)\W*?[:：]\W*?(?P<problem>.+?)^\W*(?:solution|解答|解説)\W*?[:：](?P<solution>.+)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_UNKNOWN = Description("", "")


class InventProblems(RowStage):
    """Fills in `problem` where it is null, and starts `solutions` on every row."""

    extras: ClassVar[frozenset[str]] = frozenset({"field_is", "difficulty_is"})
    engine: str
    prompt: PromptName = Field(default="maths/{language}/invent", validate_default=True)
    sampling: Sampling = Sampling(temperature=0.8)

    def needs(self) -> set[str]:
        return {"problem", "field", "difficulty", "language", "examples"}

    def makes(self) -> Columns:
        return {"problem": str, "problem_model": str | None, "solutions": list[Solution]}

    def ask(self, row: Row) -> list[Request]:
        if row["problem"] is not None:
            return []
        japanese = row["language"] == "ja"
        field = FIELDS.get(row["field"], _UNKNOWN)
        difficulty = DIFFICULTY.get(row["difficulty"], _UNKNOWN)
        extra = {
            "field_is": (field.ja if japanese else field.en) or row["field"],
            "difficulty_is": (difficulty.ja if japanese else difficulty.en) or row["difficulty"],
        }
        return [Request(**self.prompt.render(row, **extra), **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if not replies:
            yield {**row, "problem_model": None, "solutions": []}
            return
        choice = replies[0].choices[0]
        told = {**row, "problem": choice.text[:2000], "problem_model": replies[0].model, "solutions": []}
        parts = _PARTS.search(choice.text)
        if parts is None:
            yield Drop(told, "no_problem: the reply is not a problem with its solution")
            return
        problem = parts["problem"].strip(" \n*#")
        if not problem:
            yield Drop(told, "no_problem: it is empty")
        elif any(problem == example["problem"] for example in row["examples"]):
            yield Drop({**told, "problem": problem}, "copied_example")
        else:
            first = solution(choice, replies[0].model)
            yield {**told, "problem": problem, "solutions": [{**first, "text": parts["solution"].strip(" \n*#")}]}
