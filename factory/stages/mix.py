"""Brings the groups of a table into the shares asked for, by leaving rows out: runs in a mixture, languages, fields.

    - mix: {by: run, weights: {math_dpo: 2, magpie_dpo: 1}, rows: 30000}

Stands behind the stages that remove duplicates, so that the shares are those of what is left. Nothing is repeated: a
group with too few rows is told in the summary.
"""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl
from pydantic import Field, field_validator

from factory.errors import UserError, nearest
from factory.rows import Columns, digest
from factory.stage import TableStage


class Mix(TableStage):
    """Keeps of each group its share, always the same rows."""

    version: ClassVar[int] = 2
    by: str
    """The column whose values are the groups."""
    weights: dict[str, float] = Field(min_length=1)
    """Value → its weight; rows with another value are left out."""
    rows: int | None = Field(None, ge=1)
    """Rows to keep in all; without it, as many as the shares allow."""

    @field_validator("weights", mode="before")
    @classmethod
    def _as_texts(cls, weights: Any) -> Any:
        """Write YAML's numbers and booleans as the column's values are written."""
        if not isinstance(weights, dict):
            return weights
        return {_text(value) if isinstance(value, int | float) else value: share for value, share in weights.items()}

    @field_validator("weights")
    @classmethod
    def _some_weight(cls, weights: dict[str, float]) -> dict[str, float]:
        if min(weights.values()) < 0 or not any(weights.values()):
            raise ValueError("expected weights from 0 on, and one above it")
        return weights

    def needs(self) -> set[str]:
        return {self.by}

    def makes(self) -> Columns:
        return {}

    def decide(self, table: pl.LazyFrame) -> pl.DataFrame:
        rows = table.select("id", group=pl.col(self.by).cast(pl.String)).collect()
        counts: dict[str | None, int] = dict(rows.group_by("group").len().iter_rows())
        for name, weight in self.weights.items():
            if weight > 0 and name not in counts:
                known = [group for group in counts if group is not None]
                raise UserError(f"mix: no row that reaches it has {self.by} = {name!r}{nearest(name, known)}")
        quotas = self.quotas(counts)
        order = pl.Series([digest("mix", row_id) for row_id in rows["id"]], dtype=pl.String)
        ranked = rows.with_columns(order=order).with_columns(place=pl.col("order").rank("ordinal").over("group"))
        quota = pl.col("group").replace_strict(quotas, default=0, return_dtype=pl.Int64)
        weighted = pl.col("group").is_in(list(self.weights))
        reason = (
            pl.when(~weighted.fill_null(value=False))
            .then(pl.format("no_weight: {} {}", pl.lit(self.by), pl.col("group").fill_null("null")))
            .when(pl.col("place") > quota)
            .then(pl.format("over_share: {} {}", pl.lit(self.by), pl.col("group")))
        )
        return ranked.select("id", _reason=reason)

    def quotas(self, counts: Mapping[str | None, int]) -> dict[str, int]:
        """Say how many rows of each group are kept, of the `counts` that there are."""
        weights = {name: weight for name, weight in self.weights.items() if weight > 0}
        whole = sum(weights.values())
        unit = min(counts.get(name, 0) / weight for name, weight in weights.items())
        rows = round(unit * whole) if self.rows is None else self.rows
        exact = {name: rows * weight / whole for name, weight in weights.items()}
        quotas = {name: math.floor(share) for name, share in exact.items()}
        # What rounding down leaves goes to the largest remainders, so that the quotas add up to `rows`.
        by_remainder = sorted(exact, key=lambda name: quotas[name] - exact[name])
        for name in by_remainder[: rows - sum(quotas.values())]:
            quotas[name] += 1
        return {name: min(quota, counts.get(name, 0)) for name, quota in quotas.items()}

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Set the shares asked for beside those obtained."""
        state = pl.col("_state") == "accepted"
        counts = made.group_by(pl.col(self.by).cast(pl.String).alias("group")).agg(state.sum(), n=pl.len()).collect()
        got = {name: (taken, there) for name, taken, there in counts.iter_rows()}
        whole, total = sum(self.weights.values()), sum(taken for taken, _ in got.values())
        told = [
            f"{name} {taken:,} of {there:,} ({taken / max(total, 1):.0%}, {weight / whole:.0%} asked for)"
            for name, weight in self.weights.items()
            for taken, there in [got.get(name, (0, 0))]
        ]
        return [", ".join(told)]


def _text(value: float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
