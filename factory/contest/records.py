"""The records inside a row of contest code: a test, a problem whose solution is known, and one candidate program.

    Test(input="3 5\\n", output="8\\n")

Inputs and outputs are whole files, as a program reads and prints them: a line feed ends the last line.
"""

from typing_extensions import TypedDict


class Test(TypedDict):
    """What a program is given on standard input, and what a right one prints."""

    input: str
    output: str


class Problem(TypedDict):
    """A problem of a family. `statement` is the whole text with its `examples`, which are also the first `tests`."""

    statement: str
    language: str
    topic: str
    difficulty: int
    source: str
    examples: list[Test]
    tests: list[Test]
    solution: str


class Worked(TypedDict):
    """A worked example of the same kind as the row's problem, with a few test inputs."""

    statement: str
    solution: str
    inputs: list[str]


class Program(TypedDict):
    """One candidate. `code` is null where none could be read from `text`.

    `passed` of the `total` tests, and the first `fault` ("wrong_output", "timeout", "error: KeyError: 3", …), are null
    until it ran; the fault stays null where all tests were passed.
    """

    text: str
    code: str | None
    finish: str
    model: str
    passed: int | None
    total: int | None
    fault: str | None
