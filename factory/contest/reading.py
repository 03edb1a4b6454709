"""Taking apart what a model writes about a contest problem: a program, a statement, a list of test inputs.

    read_program("Sure:\\n```python\\nprint(int(input()) * 2)\\n```")  # 'print(int(input()) * 2)\\n'

Nothing here raises on junk, and nothing is executed. What is found ends with one line feed, as in `records.Test`.
"""

import ast
import json
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

_FENCE = re.compile(r"^[ \t]{0,3}(```|~~~)[ \t]*([\w+#.-]{0,20})[^\n`]{0,80}$", re.MULTILINE)
_PYTHON = {"python", "python3", "py", "py3", "python2", "pypy3"}
_PLAIN = {"", "text", "txt", "plaintext", "input", "stdin"}
_READS_INPUT = re.compile(r"\binput\s*\(|\bstdin\b|\bopen\(0\)")
_STARTS_CODE = re.compile(
    r"(?:import [\w., ]+|from [\w.]+ import\b.*|def \w+\(.*|class \w+.*:"
    r"|[\w, ]+ = .+|print\(.*|(?:for|while|if) .+:|#.*)$"
)
_MOST_TEXT = 200_000
"""Characters looked at; no program of a contest is longer."""
_MOST_CUTS = 20
"""Lines that are tried as the first or last of a bare program."""


class Block(NamedTuple):
    """A fenced block: its language in lower case ("" without one) and what is inside."""

    language: str
    text: str


def read_blocks(text: str) -> list[Block]:
    """List the fenced blocks of a Markdown text; the last one may lack its end."""
    blocks, language, start, mark = [], "", -1, ""
    for fence in _FENCE.finditer(text):
        if start < 0:
            language, start, mark = fence[2].lower(), fence.end() + 1, fence[1]
        elif fence[1] == mark and not fence[2]:
            blocks.append(Block(language, text[start : fence.start()]))
            start = -1
    if start >= 0:
        blocks.append(Block(language, text[start:]))
    return blocks


def read_program(text: str) -> str | None:
    """Return the Python program in a model's answer, or None when there is none.

    Of several fenced blocks those that parse come first, then those marked as Python, then those that read standard
    input, and of equals the last, because models improve on a first attempt; a block that neither parses nor is marked
    as Python is no program. Without fences the text itself is taken, less the prose before and after the program.
    """
    text = text[:_MOST_TEXT].replace("\r\n", "\n")
    blocks = [block for block in read_blocks(text) if block.text.strip()]
    if not blocks:
        return _ended(_bare_program(text))
    ranked = sorted(blocks, key=_likeness)
    best = ranked[-1]
    if best.language not in _PYTHON and (best.language or not _is_program(best.text)):
        return None
    return _ended(best.text)


def _likeness(block: Block) -> tuple[bool, bool, bool]:
    marked, bare = block.language in _PYTHON, not block.language
    return (marked or bare) and _parses(block.text), marked, bool(_READS_INPUT.search(block.text))


def _ended(code: str | None) -> str | None:
    return code.strip("\n").rstrip() + "\n" if code and code.strip() else None


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code.strip("\n"))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _is_program(code: str) -> bool:
    """Tell code from an output or a sentence, which may parse as well."""
    return ("print(" in code or bool(_READS_INPUT.search(code))) and _parses(code)


def _bare_program(text: str) -> str | None:
    """Return the longest run of lines that is a program, from the first line that looks like code."""
    if _is_program(text):
        return text
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if _STARTS_CODE.match(line[:300])]
    for start in starts[:_MOST_CUTS]:
        ends = [i for i in range(len(lines), start, -1) if i == len(lines) or not lines[i].strip()]
        for end in ends[:_MOST_CUTS]:
            code = "\n".join(lines[start:end])
            if _is_program(code):
                return code
    return None


def read_inputs(text: str) -> list[str]:
    """List the test inputs a model wrote, each ending with a line feed and none twice; [] when there are none.

    Read from a JSON list (of strings, numbers, lists of lines, or objects with an "input") or else from the fenced
    blocks, each of them one input.
    """
    text = text[:_MOST_TEXT].replace("\r\n", "\n")
    found = _from_json(text)
    if not found:
        found = [
            block.text for block in read_blocks(text) if block.language in ("", "text", "txt", "input", "plaintext")
        ]
    return list(dict.fromkeys(one.strip("\n").rstrip() + "\n" for one in found if one.strip()))


def _from_json(text: str) -> list[str]:
    """Return the inputs of the first JSON list that holds any."""
    decoder = json.JSONDecoder(strict=False)
    for bracket in _first(text, "[", _MOST_CUTS):
        try:
            value, _ = decoder.raw_decode(text, bracket)
        except (ValueError, RecursionError):
            continue
        inputs = [_input_of(item) for item in value] if isinstance(value, list) else []
        if inputs and all(one is not None for one in inputs):
            return [one for one in inputs if one is not None]
    return []


def _first(text: str, mark: str, n: int) -> Iterator[int]:
    at = text.find(mark)
    while at >= 0 and n > 0:
        yield at
        at, n = text.find(mark, at + 1), n - 1


def _input_of(item: object) -> str | None:
    if isinstance(item, dict):
        item = item.get("input", item.get("入力", item.get("stdin")))
    if isinstance(item, list) and item and all(isinstance(line, str | int | float) for line in item):
        item = "\n".join(str(line) for line in item)
    return str(item) if isinstance(item, str | int | float) and not isinstance(item, bool) else None
