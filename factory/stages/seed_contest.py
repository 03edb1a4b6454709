"""Contest problems whose tests are known, for the share of the rows that is to be verifiable beyond doubt.

    - seed_contest: {shares: {family: 0.7, invented: 0.3}, examples: 3}

The families of `factory.contest.families` draw a statement, its tests and a solution for each row, at the topic and
difficulty that it asks for, in English or Japanese. A row that none can serve, like the share that is to be invented,
goes on without a statement, for `invent_contest` to write.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Literal

import polars as pl
from pydantic import Field, model_validator

from factory.contest import families
from factory.contest.kinds import LANGUAGES, Family
from factory.contest.records import Test, Worked
from factory.errors import nearest
from factory.request import Reply
from factory.rows import Columns, Row, seed_of, share_of
from factory.stage import RowStage

Origin = Literal["family", "invented"]
_SHOWN_INPUTS = 5
_SHORT = 100
"""Characters of an input that is worth showing."""


class SeedContest(RowStage):
    """Sets `origin` on every row, and `statement`, `tests` and `reference`, a right solution, on those of a family."""

    shares: dict[Origin, float] = Field(default={"family": 0.5, "invented": 0.5}, min_length=1)
    """The weight of each origin."""
    examples: int = Field(3, ge=0, le=20)
    """Worked examples of the same family to go with each problem; 0 for models that need none."""
    only: tuple[str, ...] = ()
    """Names of the families to use; all without it."""

    @model_validator(mode="after")
    def _known_families(self) -> "SeedContest":
        for name in self.only:
            if name not in families.FAMILIES:
                raise ValueError(f"only: no family {name!r}{nearest(name, families.FAMILIES)}")
        return self

    def needs(self) -> set[str]:
        return {"topic", "difficulty", "language"}

    def makes(self) -> Columns:
        return {
            "origin": str,
            "source": str,
            "statement": str | None,
            "reference": str | None,
            "tests": list[Test],
            "examples": list[Worked],
        }

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        family = self._family(row) if self._drawn(row["id"]) == "family" and row["language"] in LANGUAGES else None
        if family is None:
            near = next(iter(self._families(row, 9)), None)
            yield {
                **row,
                "origin": "invented",
                "source": "invented",
                "statement": None,
                "reference": None,
                "tests": [],
                "examples": self._worked(near, row["language"], ""),
            }
            return
        made = family.make(row["id"], row["language"])
        yield {
            **row,
            "origin": "family",
            "source": made["source"],
            "statement": made["statement"],
            "reference": made["solution"],
            "tests": made["tests"],
            "examples": self._worked(family, row["language"], made["statement"]),
        }

    def _drawn(self, row_id: str) -> str:
        bounds = list(accumulate(self.shares.values()))
        point = share_of(row_id, "origin") * bounds[-1]
        return next((name for name, bound in zip(self.shares, bounds, strict=True) if point < bound), "invented")

    def _families(self, row: Row, within: int) -> list[Family]:
        found = families.choose(row["topic"], row["difficulty"], within)
        return [family for family in found if not self.only or family.name in self.only]

    def _family(self, row: Row) -> Family | None:
        found = self._families(row, 0)
        return found[seed_of(row["id"], "family") % len(found)] if found else None

    def _worked(self, family: Family | None, language: str, avoid: str) -> list[Worked]:
        if family is None or not self.examples:
            return []
        shown = _shown(family.name, self.examples + 1, language if language in LANGUAGES else "en")
        return [one for one in shown if one["statement"] != avoid][: self.examples]

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count where the problems came from, and where those that were kept did."""
        asked = dict(made.group_by("origin").len().collect().iter_rows())
        got = dict(kept.group_by("origin").len().collect().iter_rows())
        counts = (f"{name} {n} → {got.get(name, 0)}" for name, n in sorted(asked.items()))
        return [f"origin, made → accepted: {', '.join(counts)}"]


@lru_cache(512)
def _shown(name: str, n: int, language: str) -> list[Worked]:
    """Draw worked examples, the same for all rows: the engine then reads their common beginning once."""
    return [
        Worked(
            statement=one["statement"],
            solution=one["solution"],
            inputs=[test["input"] for test in one["tests"] if len(test["input"]) <= _SHORT][:_SHOWN_INPUTS],
        )
        for one in families.worked_examples(name, n, "shown", language)
    ]
