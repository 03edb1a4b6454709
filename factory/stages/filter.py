"""Drops what is beyond its limits: by the tags that `tag` wrote, and by numbers that other stages did.

    - filter:
        limits: {characters: [40, 6000], duplicate_lines: 0.2, language: null}   # null switches a default off
        bands: {pass_rate: [0.1, 0.9]}                                           # columns with a number

A limit is the most that is let through, or the least and the most. Limits can be changed without measuring, let alone
generating, again.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Annotated

import polars as pl
from pydantic import Field, field_validator

from factory.errors import nearest
from factory.records import Response
from factory.request import Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage
from factory.taggers import LIMITS, TAGGERS, beyond

Bound = Annotated[float, Field(allow_inf_nan=False)] | None
Limit = Bound | tuple[Bound, Bound]


class Filter(RowStage):
    """Drops rows; of the candidates in `responses` each is judged alone, and the row ends when none is left."""

    limits: dict[str, Limit] = {}  # noqa: RUF012 - pydantic copies it
    responses: str | None = None
    bands: dict[str, tuple[Bound, Bound]] = {}  # noqa: RUF012 - pydantic copies it
    """Columns with a number: the least and the most that is let through, null for no bound. A row without the number
    is dropped as unscored."""

    @field_validator("limits")
    @classmethod
    def _known(cls, limits: dict[str, Limit]) -> dict[str, Limit]:
        for name in limits:
            if name not in TAGGERS:
                raise ValueError(f"{name!r} is not a tagger{nearest(name, TAGGERS)}")
        return limits

    @field_validator("limits", "bands")
    @classmethod
    def _ordered(cls, bounds: dict[str, Limit]) -> dict[str, Limit]:
        for name, bound in bounds.items():
            least, most = bound if isinstance(bound, tuple) else (None, bound)
            if least is not None and most is not None and least > most:
                raise ValueError(f"{name}: nothing is at least {least:g} and at most {most:g}")
        return bounds

    def needs(self) -> set[str]:
        tags = {"tags"} if self.limits or not self.bands else set()
        return {*self.bands, *tags, *([self.responses] if self.responses else [])}

    def makes(self) -> Columns:
        return {self.responses: list[Response]} if self.responses else {}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if reason := self._out_of_band(row) or beyond(row.get("tags") or (), self._limits):
            yield Drop(row, reason)
            return
        if self.responses is None:
            yield row
            return
        judged = [{**one, "fault": one["fault"] or beyond(one["tags"], self._limits)} for one in row[self.responses]]
        left = any(one["fault"] is None for one in judged)
        filtered = {**row, self.responses: judged}
        yield filtered if left else Drop(filtered, judged[0]["fault"] if judged else f"no_answer: {self.responses}")

    def _out_of_band(self, row: Row) -> str | None:
        for name, (least, most) in self.bands.items():
            value = row[name]
            if value is None:
                return f"unscored: {name}"
            if (least is not None and value < least) or (most is not None and value > most):
                return f"out_of_band: {name}: {value:g}"
        return None

    @cached_property
    def _limits(self) -> dict[str, tuple[float, float]]:
        given = {
            name: _bounds(*(limit if isinstance(limit, tuple) else (0.0, limit)))
            for name, limit in self.limits.items()
            if limit is not None
        }
        return {name: limit for name, limit in LIMITS.items() if name not in self.limits} | given

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Say which faults the candidates had."""
        if self.responses is None:
            return []
        faults = made.select(pl.col(self.responses).explode().struct.field("fault").alias("fault")).select(
            pl.col("fault").str.split(":").list.first().fill_null("kept")
        )
        counts = faults.group_by("fault").len().sort("len", "fault", descending=[True, False]).collect()
        told = ", ".join(f"{fault} {count:,}" for fault, count in counts.iter_rows())
        return [f"{self.responses}: {told}"] if told else []


def _bounds(least: float | None, most: float | None) -> tuple[float, float]:
    return float("-inf") if least is None else least, float("inf") if most is None else most
