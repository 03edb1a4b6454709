"""Problems whose answer is known, for the share of the rows that is to be verifiable.

Families of our own come with worked examples, which small models need; reasoning-gym's generators
(https://github.com/open-thought/reasoning-gym, Apache-2.0) reach further up. Both are taken only at the field and
difficulty that the row asks for; a row that neither can serve, like the share that is to be invented, goes on
without a problem, for `invent_problems` to fill.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Literal

import polars as pl
from pydantic import Field, model_validator

from factory.errors import UserError, nearest
from factory.files import read_records
from factory.maths import families, gym
from factory.maths.kinds import Family, Worked
from factory.maths.records import Example
from factory.request import Reply
from factory.rows import Columns, Drop, Row, seed_of, share_of
from factory.stage import DataFile, RowStage

_ASKED = ("problem", "question", "prompt")
_ATTEMPTS = 50
Origin = Literal["family", "gym", "invented"]


class SeedProblems(RowStage):
    """Sets `origin` on every row, and `problem` and `known_answer` on those with a known one."""

    shares: dict[Origin, float] = Field(default={"family": 0.4, "gym": 0.2, "invented": 0.4}, min_length=1)
    """The weight of each origin."""
    examples: int = Field(4, ge=0, le=50)
    """Worked examples of the same kind to go with each problem; 0 for models that need none."""
    only: tuple[str, ...] = ()
    """Names of the families to use; all without it."""
    avoid: tuple[DataFile, ...] = ()
    """Files (JSON Lines or Parquet) whose `problem`, `question` or `prompt` no family may give: what a model that is
    trained on the rows will be tried on."""

    @model_validator(mode="after")
    def _known_families(self) -> "SeedProblems":
        for name in self.only:
            if name not in families.FAMILIES:
                raise ValueError(f"only: no family {name!r}{nearest(name, families.FAMILIES)}")
        return self

    def needs(self) -> set[str]:
        return {"field", "difficulty"}

    def makes(self) -> Columns:
        return {
            "origin": str,
            "source": str,
            "problem": str | None,
            "known_answer": str | None,
            "examples": list[Example],
        }

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        origin = self._drawn(row["id"])
        family = self._family(row) if origin != "gym" else None
        generators = gym.choose(row["field"], row["difficulty"], 0) if origin == "gym" else []
        if origin == "family" and family:
            made = self._make(family, row["id"])
            if made is None:
                named = _problem("family", f"family:{family.name}", None, None)
                yield Drop({**row, **named, "examples": []}, "held_out: the family has no other problem")
                return
            yield {
                **row,
                **_problem("family", f"family:{family.name}", made.problem, made.answer),
                **self._shown(row, family, made.problem),
            }
        elif generators:
            chosen = generators[seed_of(row["id"], "generator") % len(generators)]
            task = gym.make(chosen.name, chosen.difficulty, seed_of(row["id"], "gym"))
            yield {**row, **_problem("gym", task.source, task.problem, task.answer), "examples": []}
        else:
            nearest = family or next(iter(self._families(row, 9)), None)
            yield {**row, **_problem("invented", "invented", None, None), **self._shown(row, nearest, "")}

    def _make(self, family: Family, row_id: str) -> Worked | None:
        """Draw a problem that is not to be avoided; None of a family that seems to have no other."""
        drawn = (family.make(f"{row_id}/{again}" if again else row_id) for again in range(_ATTEMPTS))
        return next((made for made in drawn if made.problem not in self._avoided), None)

    @cached_property
    def _avoided(self) -> frozenset[str]:
        found = set()
        for file in self.avoid:
            for number, record in enumerate(read_records(file), 1):
                asked = [str(record[key]) for key in _ASKED if record.get(key)]
                if not asked:
                    raise UserError(f"{file}: record {number} has no {', '.join(_ASKED[:-1])} or {_ASKED[-1]}")
                found.update(asked)
        return frozenset(found)

    def _drawn(self, row_id: str) -> str:
        bounds = list(accumulate(self.shares.values()))
        point = share_of(row_id, "origin") * bounds[-1]
        return next((name for name, bound in zip(self.shares, bounds, strict=True) if point < bound), "invented")

    def _families(self, row: Row, within: int) -> list[Family]:
        found = families.choose(row["field"], row["difficulty"], within)
        return [family for family in found if not self.only or family.name in self.only]

    def _family(self, row: Row) -> Family | None:
        found = self._families(row, 0)
        return found[seed_of(row["id"], "family") % len(found)] if found else None

    def _shown(self, row: Row, family: Family | None, avoid: str) -> dict[str, list[Example]]:
        if family is None:
            return {"examples": []}
        # All rows of a family see the same examples: the engine reads their common beginning once.
        worked = families.worked_examples(family.name, self.examples, "shown", avoid)
        return {"examples": [Example(problem=one.problem, solution=one.solution, answer=one.answer) for one in worked]}

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count where the problems came from, and where those that were kept did."""
        asked = dict(made.group_by("origin").len().collect().iter_rows())
        got = dict(kept.group_by("origin").len().collect().iter_rows())
        return [
            "origin, made → accepted: "
            + ", ".join(f"{name} {n} → {got.get(name, 0)}" for name, n in sorted(asked.items()))
        ]


def _problem(origin: Origin, source: str, problem: str | None, answer: str | None) -> Row:
    return {"origin": origin, "source": source, "problem": problem, "known_answer": answer}
