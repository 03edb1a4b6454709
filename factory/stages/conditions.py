"""A grid of conditions: what is asked for, in the shares that are asked for.

    - conditions:
        count: 200
        axes:
          field: {arithmetic: 3, algebra: 2}     # a weight for each value
          difficulty: {1: 2, 2: 1}
          tools: {false: 3, true: 1}
        cells:
          - {field: algebra, difficulty: [1, 2], weight: 0}   # multiplies the product of the weights

Row i takes the cell at the i-th point of an additive recurrence with the golden ratio (Roberts 2018, "The
unreasonable effectiveness of quasirandom sequences"): any first n rows have each cell in its share, give or take a
row or two, where independent draws would stray by the square root.
"""

import itertools
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from factory.rows import Columns, Row, share_of
from factory.stage import Source

Value = bool | int | str
_GOLDEN = (5**0.5 - 1) / 2


class Cell(BaseModel):
    """Some of the axes' values, and the factor for the cells that have them all."""

    model_config = ConfigDict(frozen=True, extra="allow")
    weight: float = Field(ge=0)

    def values(self) -> dict[str, list[Value]]:
        """Give the values that the cell may have on each axis it names."""
        return {name: value if isinstance(value, list) else [value] for name, value in (self.model_extra or {}).items()}


class Conditions(Source):
    """Makes one column for each axis."""

    amount: ClassVar[frozenset[str]] = frozenset({"count"})
    count: int = Field(gt=0)
    axes: dict[str, dict[Value, float]] = Field(min_length=1)
    cells: tuple[Cell, ...] = ()

    @model_validator(mode="after")
    def _checked(self) -> "Conditions":
        for name, weights in self.axes.items():
            if not weights or min(weights.values()) < 0 or not any(weights.values()):
                raise ValueError(f"axis {name}: expected weights of 0 or more, at least one above 0")
            if len({type(value) for value in weights}) > 1:
                raise ValueError(f"axis {name}: its values are of different types: {list(weights)}")
        for cell in self.cells:
            for name, values in cell.values().items():
                for value in values:
                    if value not in self.axes.get(name, {}):
                        raise ValueError(f"cells: {name}: {value!r} is not on an axis")
        if not any(self._weights.values()):
            raise ValueError("every cell has weight 0")
        return self

    def size(self) -> int:
        return self.count

    def makes(self) -> Columns:
        return {name: type(next(iter(weights))) for name, weights in self.axes.items()}

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        cells = list(self._weights)
        bounds = list(itertools.accumulate(self._weights.values()))
        offset = share_of(seed, "conditions")
        for number in range(start, stop):
            point = (offset + (number + 1) * _GOLDEN) % 1.0
            place = min(bisect_right(bounds, point * bounds[-1]), len(cells) - 1)
            yield dict(zip(self.axes, cells[place], strict=True))

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Set what was asked for beside what was kept, axis by axis."""
        lines = []
        for name in self.axes:
            asked = dict(made.group_by(name).len().collect().iter_rows())
            got = dict(kept.group_by(name).len().collect().iter_rows())
            total, kept_total = sum(asked.values()), max(sum(got.values()), 1)
            shares = (
                f"{value} {count / total:.0%} → {got.get(value, 0) / kept_total:.0%}"
                for value, count in sorted(asked.items(), key=lambda pair: -pair[1])
            )
            lines.append(f"{name}, asked → accepted: {', '.join(shares)}")
        return lines

    @cached_property
    def _weights(self) -> dict[tuple[Value, ...], float]:
        """The weight of each cell of the grid."""
        weights = {}
        for values in itertools.product(*self.axes.values()):
            named = dict(zip(self.axes, values, strict=True))
            weight = 1.0
            for name, value in named.items():
                weight *= self.axes[name][value]
            for cell in self.cells:
                if all(named[name] in wanted for name, wanted in cell.values().items()):
                    weight *= cell.weight
            weights[values] = weight
        return weights
