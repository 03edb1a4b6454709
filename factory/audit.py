"""Rows for a person to read: some of the accepted, and for each stage and each reason some of the rejected.

outputs/math_sft/audit/samples.parquet
"""

from pathlib import Path

import polars as pl

from factory.columns import schema_of
from factory.plan import Plan
from factory.rows import MARKS
from factory.store import Store, publish

_FIRST = ["id", "_state", "_stage", "_reason"]


def write_samples(plan: Plan, store: Store, rows: int) -> Path:
    """Write up to `rows` accepted rows, and as many of the dropped, spread evenly over stages and reasons."""
    partitions = len(plan.ranges)
    accepted = pl.col("_state") == "accepted"
    frames = [_sampled(store.scan(plan.steps[-1], partitions).filter(accepted), rows, plan.seed)]
    for step in plan.steps:
        dropped = store.scan(step, partitions).filter(~accepted)
        frames.append(_sampled(dropped, rows, plan.seed))
    samples = pl.concat(frames, how="diagonal")
    # The n-th of each kind of reason before the (n+1)-th of any: a rare reason is seen beside a common one.
    kind = pl.col("_reason").str.split(":").list.first()
    turn = pl.int_range(pl.len()).over("_state", "_stage", kind)
    kept = samples.filter(accepted)
    others = samples.filter(~accepted).with_columns(turn.alias("_turn")).sort("_turn", maintain_order=True)
    chosen = pl.concat([kept, others.head(rows).drop("_turn").sort("_stage", "_reason", "id")])
    wanted = schema_of(plan.steps[-1].columns | MARKS)
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in wanted.items() if name not in chosen.columns]
    chosen = chosen.with_columns(missing).select(*_FIRST, *(name for name in wanted if name not in _FIRST))
    path = store.root / "audit" / "samples.parquet"
    publish(path, lambda temporary: chosen.drop("_from").write_parquet(temporary, compression="zstd"))
    return path


def _sampled(rows: pl.LazyFrame, count: int, seed: int) -> pl.DataFrame:
    """Take `count` rows of each kind of reason, always the same ones."""
    order = pl.col("id").hash(seed)
    kind = pl.col("_reason").str.split(":").list.first()
    ranked = rows.select("id", order.rank("ordinal").over("_state", kind).alias("_rank"))
    return rows.join(ranked.filter(pl.col("_rank") <= count), on="id", how="semi").sort("id").collect()
