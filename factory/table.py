"""Runs a TableStage: the whole table in, one file per partition out, each row where it was."""

from typing import Any

import polars as pl

from factory.columns import schema_of
from factory.errors import RunError, UserError
from factory.plan import Step
from factory.rows import MARKS
from factory.stage import TableStage
from factory.store import Counts, Store, Unit


def decide(store: Store, step: Step, before: Step, inputs: str, partitions: int) -> list[Unit]:
    """Ask the stage about the rows that it gets, and write its units.

    Raises RunError if the stage raises or does not decide about every row once.
    """
    assert isinstance(step.stage, TableStage)  # noqa: S101 - the runner cuts segments so
    rows = store.scan(before, partitions).filter(pl.col("_state") == "accepted").drop(list(MARKS))
    try:
        decided = step.stage.decide(rows)
    except (UserError, RunError):
        raise
    except Exception as error:
        raise RunError(f"{step.label}: {type(error).__name__}: {error}") from error
    if "_reason" not in decided.columns:
        decided = decided.with_columns(pl.lit(None, pl.String).alias("_reason"))
    homes = [_ids(store, before, partition) for partition in range(partitions)]
    parts = pl.concat(homes).join(decided, on="id", how="inner").partition_by("_partition", as_dict=True)
    empty = decided.clear()
    return [
        _write(store, step, before, inputs, partition, parts.get((partition,), empty))
        for partition in range(partitions)
    ]


def _ids(store: Store, step: Step, partition: int) -> pl.DataFrame:
    rows = pl.scan_parquet(store.path(step, partition)).filter(pl.col("_state") == "accepted")
    return rows.select("id", pl.lit(partition).alias("_partition")).collect()


def _write(store: Store, step: Step, before: Step, inputs: str, partition: int, decided: pl.DataFrame) -> Unit:
    rows = pl.read_parquet(store.path(before, partition)).filter(pl.col("_state") == "accepted").drop(list(MARKS))
    decided = decided.drop("_partition", strict=False)
    new = [name for name in decided.columns if name != "id"]
    joined = rows.drop(new, strict=False).join(decided, on="id", how="inner", maintain_order="left")
    if len(joined) != len(rows):
        raise RunError(f"{step.label} decided about {len(joined)} of {len(rows)} rows of partition {partition}")
    rejected = pl.col("_reason").is_not_null()
    marks: dict[str, Any] = {
        "_state": pl.when(rejected).then(pl.lit("rejected")).otherwise(pl.lit("accepted")),
        "_stage": pl.when(rejected).then(pl.lit(step.label)),
        "_from": pl.col("id"),
    }
    schema = schema_of(step.columns | MARKS)
    frame = joined.with_columns(**marks).select(pl.col(name).cast(kind) for name, kind in schema.items())
    kept = frame.filter(pl.col("_state") == "accepted").height
    counts = Counts(frame.height, kept, kept, frame.height - kept, 0)
    return store.write_frame(step, partition, inputs, frame, counts)
