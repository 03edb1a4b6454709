"""Draws a seed for each row from records of the user's own: a persona, a topic, a style, a reference.

    - draw:
        file: references/personas.jsonl        # {"language": "ja", "persona": "夜勤の看護師", "weight": 2.0}
        columns: {persona: text}
        match: [language]                      # only from records that agree with the row here
        weight: weight

Prompts that are seeded with personas (Ge et al., arXiv:2406.20094) or topics keep a model's texts apart from each
other. What a row draws depends on its id and the records alone.
"""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from pydantic import Field, model_validator

from factory.errors import UserError
from factory.files import Record
from factory.request import Reply
from factory.rows import Drop, Row, share_of
from factory.stage import Policy, RowStage
from factory.stages._records import FromRecords


class Draw(FromRecords, RowStage):
    """Adds the columns of one record, drawn with replacement by weight."""

    match: tuple[str, ...] = ()
    """Columns of the row that the record must agree with."""
    weight: str | None = None
    """The record's key that holds its weight; all are equal without it."""
    share: float = Field(1.0, ge=0, le=1)
    """Share of the rows that draw one; the others have null in the columns."""
    on_nothing: Policy = "reject"
    """What becomes of a row that no record matches: it ends here, or goes on with null in the columns."""

    @model_validator(mode="after")
    def _disjoint(self) -> "Draw":
        for name in self.match:
            if name in self.columns:
                raise ValueError(f"match: {name!r} is among the columns that are drawn")
        return self

    def needs(self) -> set[str]:
        return set(self.match)

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        names = "+".join(self.columns)
        if share_of(row["id"], "whether to draw", names) >= self.share:
            yield {**row, **dict.fromkeys(self.columns)}
            return
        cell = tuple(row[name] for name in self.match)
        if cell not in self._cells:
            if self.on_nothing == "keep":
                yield {**row, **dict.fromkeys(self.columns)}
                return
            wanted = ", ".join(f"{name} {value}" for name, value in zip(self.match, cell, strict=True))
            yield Drop(row, f"nothing_to_draw: no record for {wanted}")
            return
        records, bounds = self._cells[cell]
        place = bisect_right(bounds, share_of(row["id"], "draw", names) * bounds[-1])
        yield {**row, **records[min(place, len(records) - 1)]}

    @cached_property
    def _cells(self) -> dict[tuple[Any, ...], tuple[list[Record], list[float]]]:
        """The records of each cell of `match`, with the running sums of their weights."""
        drawn: dict[tuple[Any, ...], list[tuple[Record, float]]] = {}
        for number, record in enumerate(self.records()):
            if weight := self._weight(record, number):
                cell = tuple(record.get(name) for name in self.match)
                drawn.setdefault(cell, []).append((self.taken(record, number), weight))
        return {
            cell: ([record for record, _ in pairs], list(itertools.accumulate(weight for _, weight in pairs)))
            for cell, pairs in drawn.items()
        }

    def _weight(self, record: Record, number: int) -> float:
        weight = 1.0 if self.weight is None else record.get(self.weight, 1.0)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or weight < 0:
            raise UserError(
                f"{self.file or self.dataset}: record {number + 1}: {self.weight}: "
                f"expected a weight of 0 or more, found {weight!r:.60}"
            )
        return float(weight)
