"""The target model's own loss on each text: what it finds easy teaches it little, what it finds absurd is often noise.

    - measure_loss: {engine: target, on_unscored: reject}
    - band: {column: loss, between: [0.1, 0.8], within: [language], on_unscored: reject}

Perplexity under a model as a measure to select training data by is that of Marion et al. (arXiv:2309.04564), who find
the middle of the range best. The loss is in nats a token: the exponential of it is the perplexity.
"""

import math
from collections.abc import Iterable, Sequence

import polars as pl

from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Policy, RowStage


class MeasureLoss(RowStage):
    """Writes `loss`, the mean negative log-likelihood of a token of `column`, and `loss_tokens`, over how many."""

    engine: str
    column: str = "text"
    on_unscored: Policy
    """What becomes of a text without a loss, as one of a single token; there is no default."""

    def needs(self) -> set[str]:
        return {self.column}

    def makes(self) -> Columns:
        return {"loss": float | None, "loss_tokens": int}

    def uses(self) -> set[Ability]:
        return {"likelihood"}

    def ask(self, row: Row) -> list[Request]:
        return [Request(prompt=row[self.column], task="likelihood")]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        numbers = replies[0].numbers
        loss = -sum(numbers) / len(numbers) if numbers else math.nan
        measured = {**row, "loss": loss if math.isfinite(loss) else None, "loss_tokens": len(numbers)}
        if measured["loss"] is None and self.on_unscored == "reject":
            yield Drop(measured, f"unscored: no loss over {len(numbers)} tokens")
        else:
            yield measured

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Give the quartiles of the losses."""
        losses = made.select("loss").drop_nulls().collect()["loss"]
        if losses.is_empty():
            return []
        shares = [losses.quantile(share, "nearest") for share in (0.05, 0.25, 0.5, 0.75, 0.95)]
        told = ", ".join(f"{value:.2f}" for value in shares if value is not None)
        return [f"loss a token of {len(losses):,} texts at 5, 25, 50, 75 and 95 %: {told}"]
