"""A row is a dict with an `id`; a drop is a row that ends here, with its reason.

A row half-way through `math_sft`, and its end:

    {"id": "math_sft-7-00000012", "field": "algebra", "difficulty": 2, "problem": "If x + 4 = 9, what is x?", ...}
    Drop(row, "disagreement: 1 of 4 solutions end in 5")
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

Row = dict[str, Any]
State = Literal["accepted", "rejected", "failed"]
Columns = dict[str, Any]
"""Column name → Python type: str, int, float, bool, list[...], a TypedDict or `T | None`."""

MARKS: Columns = {"_state": str, "_stage": str | None, "_reason": str | None, "_from": str}
"""What the store adds to a row on disk; `_from` is the id of the row that it was made from."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A row that ends here. `reason` is "kind" or "kind: detail"; reports count by kind."""

    row: Row
    reason: str
    state: Literal["rejected", "failed"] = "rejected"


def digest(*parts: object) -> str:
    """Hash the parts to 16 hex digits, the same in every process and on every machine."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def seed_of(*parts: object) -> int:
    """Derive a seed of 31 bits from the parts: results then do not depend on order or partitioning."""
    return int(digest(*parts), 16) & 0x7FFFFFFF


def share_of(*parts: object) -> float:
    """Derive a number in [0, 1) from the parts, to choose by weight without a random generator's state."""
    return int(digest(*parts), 16) / 2**64
