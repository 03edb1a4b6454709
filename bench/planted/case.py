"""What a corpus is made of.

    Case("answer", "truncated prose", "en", stem=4, row={"question": "…", "text": "… because the"})

Good rows have no kind. `stem` numbers the text or the spelling that a row was made of: rows of one stem fall into
the same half, so that what was seen during development (even stems) says nothing about the other half.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Case(NamedTuple):
    """One row, and the name of the checks (`planted.checks.CHECKS`) that it goes through."""

    check: str
    kind: str | None
    language: str
    stem: int
    row: dict[str, Any]


def halves(cases: Iterable[Case], half: int | None) -> Iterator[Case]:
    """Keep the cases of one half, 0 or 1, or all for None."""
    return (case for case in cases if half is None or case.stem % 2 == half)
