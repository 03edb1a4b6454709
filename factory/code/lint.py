"""What a linter says of code that parses: undefined names and unused imports in Python, by pyflakes.

lint("import os\\nprint(x)", "python")  ->  ["line 1: 'os' imported but unused", "line 2: undefined name 'x'"]
"""

import ast
import warnings

_LONG = 30_000


def lint(code: str, language: str) -> list[str]:
    """Return the faults of `code` in the order of its lines; none for code that does not parse or is not Python.

    `language` is a key of `LANGUAGES`. In a fragment, what it would get from around it is reported as undefined.
    """
    if language != "python" or len(code) > _LONG:
        return []
    from pyflakes.checker import Checker

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            messages = Checker(ast.parse(code)).messages
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    ordered = sorted(messages, key=lambda message: (message.lineno, message.col))
    return [f"line {message.lineno}: {message.message % message.message_args}" for message in ordered]
