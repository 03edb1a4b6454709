"""The records inside a row of mathematics: a worked example, and one candidate solution."""

from typing_extensions import TypedDict

from factory.request import Message


class Example(TypedDict):
    """A worked example of the same family as the row's problem."""

    problem: str
    solution: str
    answer: str


class Solution(TypedDict):
    """One candidate. `thinking` is what the model kept apart from its answer; `reasoning`, `answer` and `how` (which
    of the extraction rules fired) are null until answers are extracted. `transcript` is the same text in turns where
    the model could run programs: up to and with a call, what the program printed (role "tool"), …, the final text.
    """

    text: str
    thinking: str | None
    finish: str
    model: str
    reasoning: str | None
    answer: str | None
    how: str | None
    transcript: list[Message] | None
