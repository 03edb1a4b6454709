"""Keeps the rows whose number lies in a band of the table's own distribution, where no fixed limit is known before.

    - band: {column: loss, between: [0.1, 0.9], within: [language], on_unscored: reject}
    - band: {column: reward, top: 0.3, on_unscored: reject}

`filter` has fixed `bands`; these are quantiles, as for a loss, whose scale depends on the model and the language.
"""

import polars as pl
from pydantic import Field, model_validator

from factory.rows import Columns
from factory.stage import Policy, TableStage


class Band(TableStage):
    """Writes `quantile`, the place of the row's number among all (or among those of its group) between 0 and 1.

    Rows with equal numbers are ranked by their ids.
    """

    column: str
    between: tuple[float, float] | None = None
    """The quantiles between which rows are kept."""
    top: float | None = Field(None, gt=0, le=1)
    """The share with the highest numbers, which is kept."""
    within: tuple[str, ...] = ()
    """Columns whose values make groups, each with quantiles of its own."""
    on_unscored: Policy
    """What becomes of a row without the number; there is no default."""

    @model_validator(mode="after")
    def _one_band(self) -> "Band":
        if (self.between is None) == (self.top is None):
            raise ValueError("expected either `between` or `top`")
        least, most = self._bounds
        if not 0 <= least < most <= 1:
            raise ValueError(f"between: expected two quantiles, as in [0.1, 0.9], found [{least:g}, {most:g}]")
        return self

    @property
    def _bounds(self) -> tuple[float, float]:
        return self.between if self.between is not None else (1 - (self.top or 0), 1.0)

    def needs(self) -> set[str]:
        return {self.column, *self.within}

    def makes(self) -> Columns:
        return {"quantile": float | None}

    def decide(self, table: pl.LazyFrame) -> pl.DataFrame:
        least, most = self._bounds
        value = pl.col(self.column).cast(pl.Float64).fill_nan(None)
        rows = table.select("id", *self.within, value=value).sort("value", "id", nulls_last=True)
        groups = self.within or (pl.lit(0),)
        place = (pl.col("value").cum_count() - 0.5) / pl.col("value").count()
        ranked = rows.with_columns(quantile=pl.when(pl.col("value").is_not_null()).then(place.over(groups)))
        where = pl.format("out_of_band: {}: {} is at {} %", pl.lit(self.column), pl.col("value").round(4),
                          (pl.col("quantile") * 100).round(1))  # fmt: skip
        unscored = pl.lit(f"unscored: {self.column}" if self.on_unscored == "reject" else None, pl.String)
        inside = pl.col("quantile").is_between(least, most)
        reason = pl.when(pl.col("value").is_null()).then(unscored).when(~inside).then(where)
        return ranked.select("id", "quantile", _reason=reason).collect()

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Give the numbers at the edges of the band."""
        inside = made.filter(pl.col("_state") == "accepted").drop_nulls(self.column)
        edges = inside.select(least=pl.col(self.column).min(), most=pl.col(self.column).max()).collect().row(0)
        return [f"kept {self.column} from {edges[0]:.4g} to {edges[1]:.4g}"] if edges[0] is not None else []
