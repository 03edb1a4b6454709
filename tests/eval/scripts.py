"""What scripted models say to the questions of the tests' tasks: `tests.eval.scripts:adds`."""

import os
import re
from pathlib import Path

from factory.request import Fault, Reply, Request


def adds(request: Request) -> str | list[str]:
    """Add right when greedy; of samples, get the first two wrong in one way and the others right."""
    first, second = map(int, re.findall(r"\d+", request.messages[-1]["content"])[:2])
    if request.temperature == 0:
        return f"The answer is {first + second}."
    return [rf"So \boxed{{{first + second + (at < 2)}}}" for at in range(request.n)]


def silent(request: Request) -> Reply | str | list[str]:
    """Say nothing at all of 5 + 2, and add the others."""
    if "5 + 2" in request.messages[-1]["content"]:
        return Reply(fault=Fault("empty", "the answer has no text", retry=False))
    return adds(request)


def reasons(request: Request) -> list[str]:
    """Come to B three times of four, each time in other words."""
    return [f"Reason {at} speaks for it. The answer is {'AB'[at > 0]}." for at in range(request.n)]


def names(request: Request) -> list[str]:
    """Name one town twice, in other words, and another one twice."""
    return ["Paris", "The answer is Paris.", "Lyon", "Lyon"][: request.n]


def ponders(request: Request) -> list[str]:
    """Never come to the end of a thought."""
    return ["<think>Should I answer this?"] * request.n


def logged(request: Request) -> str | list[str]:
    """Add, and leave a line in the file that FACTORY_TEST_LOG names."""
    with Path(os.environ["FACTORY_TEST_LOG"]).open("a") as file:
        file.write(request.key({}) + "\n")
    return adds(request)


def guesses(request: Request) -> str | list[str]:
    """Say 4, whatever is asked."""
    return [r"\boxed{4}"] * request.n


def thinks_long(request: Request) -> Reply | list[str]:
    """Be too long for what asks about 9, wrong for the others."""
    if "9" in request.messages[-1]["content"]:
        return Reply(fault=Fault("too_long", "more than fits", retry=False))
    return ["0"] * request.n


def breaks(request: Request) -> Reply | list[str]:
    """Be out of order for what asks about 4, wrong for the others."""
    if "4" in request.messages[-1]["content"]:
        return Reply(fault=Fault("server", "out of order", retry=False))
    return ["0"] * request.n


def refuses(request: Request) -> list[str]:
    """Decline whatever is asked; judge nothing well."""
    if request.json_schema:
        return ['{"deductions": [], "comment": "Good.", "score": 5}']
    return ["I'm sorry, but I can't help with that, since it may harm someone."] * request.n


def codes(request: Request) -> list[str]:
    """Give the right body of HumanEval/0 and no other."""
    body = "return any(abs(a - b) < threshold for i, a in enumerate(numbers) for b in numbers[:i])"
    return [body if "has_close_elements" in request.messages[-1]["content"] else "pass"] * request.n
