"""Reads the final answer out of each candidate solution, and keeps the reasoning before it apart.

Which rule found the answer (`\\boxed{}`, a phrase, `####`, a tag, the last number) is recorded as `how`. Of a solution
that ran programs only what comes after the last output is read: a number that a program printed is no answer yet.
"""

from collections.abc import Iterable, Sequence

from factory.maths.answers import extract
from factory.maths.records import Solution
from factory.request import Message, Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage

_MARKS = {"boxed": "\\boxed", "hashes": "####", "tag": "<answer>"}
"""Where the answer begins; found by a phrase or as the last number, it is part of the reasoning's own sentence."""


class ExtractAnswers(RowStage):
    """Fills in `reasoning`, `answer` and `how` of each of the row's solutions."""

    def needs(self) -> set[str]:
        return {"solutions"}

    def makes(self) -> Columns:
        return {"solutions": list[Solution]}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        yield {**row, "solutions": [_read(solution) for solution in row["solutions"]]}


def _ends(turns: list[Message]) -> bool:
    return turns[-1]["role"] == "assistant"


def _read(solution: Solution) -> Solution:
    turns = solution.get("transcript")
    found = extract(solution["text"] if turns is None else turns[-1]["content"] if _ends(turns) else "")
    if found is None:
        return {**solution, "reasoning": solution["text"], "answer": None, "how": None}
    reasoning = solution["text"]
    if mark := _MARKS.get(found.how):
        reasoning = reasoning[: max(reasoning.rfind(mark), 0)] or reasoning
    return {**solution, "reasoning": reasoning.strip(), "answer": found.text, "how": found.how}
