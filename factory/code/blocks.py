"""Fenced code blocks of Markdown, as models write them: ```` ```python title="x.py" ````, `~~~`, inside a list.

CommonMark 0.31 §4.5 with two liberties: a fence may stand at any indentation (models nest them in lists), and
inside a block of Markdown a fence with a label opens a nested block although both fences are equally long.
"""

import re
from dataclasses import dataclass

from factory.code.languages import by_fence

_FENCE = re.compile(r"^([ \t>]*)(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(`{3,}|~{3,})[ \t]*([^\n]*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language or None, its code without the fence's indentation, and where it stands."""

    language: str | None
    code: str
    closed: bool
    info: str
    start: int
    """Offset of the opening fence's line in the text."""
    end: int
    """Offset past the closing fence's line, or the length of the text."""


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of `text` in order; nested ones stay in the code of the one around them."""
    text = text.replace("\r\n", "\n")
    found: list[Block] = []
    opening: re.Match[str] | None = None
    depth = 0
    for fence in _FENCE.finditer(text):
        marks, info = fence[2], fence[3].strip()
        if opening is None:
            if marks[0] == "~" or "`" not in info:
                opening, depth = fence, 0
        elif marks[0] == opening[2][0]:
            if info:
                # CommonMark calls this a line of code; in Markdown about Markdown it opens what the next one closes.
                same = len(marks) == len(opening[2]) and by_fence(opening[3]) == "markdown"
                depth += same and "`" not in info
            elif len(marks) >= len(opening[2]):
                if depth:
                    depth -= 1
                else:
                    found.append(_block(text, opening, fence))
                    opening = None
    if opening is not None:
        found.append(_block(text, opening, None))
    return found


def main_block(text: str, language: str | None = None) -> Block | None:
    """Return the program of an answer: its longest block in `language`, else its longest one, else None."""
    found = blocks(text)
    asked = [block for block in found if language is not None and block.language == language]
    return max(asked or found, key=lambda block: len(block.code), default=None)


def prose(text: str) -> str:
    """Return `text` without its fenced blocks."""
    text = text.replace("\r\n", "\n")
    kept, position = [], 0
    for block in blocks(text):
        kept.append(text[position : block.start])
        position = block.end
    return "".join([*kept, text[position:]])


def _block(text: str, opening: re.Match[str], closing: re.Match[str] | None) -> Block:
    code = text[opening.end() + 1 : closing.start() if closing else len(text)]
    indent = opening[1]
    if indent:
        lines = (line.removeprefix(indent) if line.strip() else "" for line in code.split("\n"))
        code = "\n".join(lines)
    info = opening[3].strip()
    return Block(
        by_fence(info),
        code.strip("\n"),
        closing is not None,
        info,
        opening.start(),
        closing.end() if closing else len(text),
    )
