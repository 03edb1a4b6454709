"""The records inside a row of mathematics: a worked example, and one candidate solution."""

from typing_extensions import TypedDict


class Example(TypedDict):
    """A worked example of the same family as the row's problem."""

    problem: str
    solution: str
    answer: str


class Solution(TypedDict):
    """One candidate. `thinking` is what the model kept apart from its answer; `reasoning`, `answer` and `how` (which
    of the extraction rules fired) are null until answers are extracted.
    """

    text: str
    thinking: str | None
    finish: str
    model: str
    reasoning: str | None
    answer: str | None
    how: str | None
