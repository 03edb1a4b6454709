"""From the last stage's rows to the dataset: shards that trainers take as they are, split by group, in seeded order.

    outputs/math_sft/dataset/{README.md, checksums.txt, sft/train-00000-of-00001.parquet, sft/test-…, grpo/…}

The order comes from a hash of the id and the split from a hash of the group, so that neither depends on how the run
was cut. Rows are spilled by output file first, so that memory holds one file's rows at a time.
"""

import hashlib
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from factory.plan import Plan
from factory.rows import Columns, Row, digest, share_of
from factory.shards import Shard
from factory.store import Store, schema_of

_SPILL_ROWS = 50_000
ShardFile = dict[str, Any]
"""One entry of run.json's `shards`: name, split, rows, files."""


def write_shards(plan: Plan, store: Store, folder: Path) -> list[ShardFile]:
    """Write every shard asked for below `folder`; gives what run.json says of them."""
    export = plan.pipeline.file.export
    last = plan.steps[-1]
    partitions = range(len(plan.ranges))
    kept = sum(unit.counts.out for part in partitions if (unit := store.unit(last, part)))
    shares = {"train": 1 - export.test_share, "test": export.test_share}
    files = {split: max(1, math.ceil(kept * share / export.rows_per_file)) for split, share in shares.items()}
    licenses = {spec.model_name: spec.license or "unknown" for spec in plan.engines.values()}
    spill = folder / ".spill"
    rows: list[Row] = []
    for partition in partitions:
        rows += store.accepted(last, partition)
        if len(rows) < _SPILL_ROWS and partition < len(partitions) - 1:
            continue
        for name, shard in export.shards().items():
            _spill(spill, partition, name, _frame(plan, shard, rows, licenses), files)
        rows = []
    written = []
    for name in export.shards():
        for split, count in files.items():
            rows_of_split, made = 0, 0
            parts = [sorted((spill / name / split / str(number)).glob("*.parquet")) for number in range(count)]
            parts = [found for found in parts if found]
            for number, found in enumerate(parts):
                frame = pl.concat([pl.read_parquet(path) for path in found]).sort("_order", "id")
                path = folder / name / f"{split}-{number:05d}-of-{len(parts):05d}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                frame.drop("_order", "_split", "_file").write_parquet(path, compression="zstd")
                rows_of_split, made = rows_of_split + len(frame), made + 1
            if made:
                written.append({"name": name, "split": split, "rows": rows_of_split, "files": made})
    shutil.rmtree(spill, ignore_errors=True)
    return written


def _frame(plan: Plan, shard: Shard, rows: list[Row], licenses: dict[str, str]) -> pl.DataFrame:
    export = plan.pipeline.file.export
    carried: Columns = {name: plan.steps[-1].columns[name] for name in export.carry}
    records = []
    for row in rows:
        if any(row[column] is None for column in shard.needs()):
            continue
        models = sorted({row[column] for column in export.models if row[column]})
        order = digest(plan.seed, "order", row["id"])
        test = share_of(plan.seed, "split", row[export.group]) < export.test_share
        records.append(
            {
                "id": row["id"],
                **shard.record(row),
                "source": row[export.source] if export.source else plan.name,
                "license": " AND ".join(sorted({licenses.get(model, "unknown") for model in models})),
                "model": ", ".join(models),
                **{name: row[name] for name in export.carry},
                "_order": order,
                "_split": "test" if test else "train",
                "_file": share_of(plan.seed, "file", row["id"]),
            }
        )
    columns: Columns = {"id": str, **shard.columns, "source": str, "license": str, "model": str, **carried}
    columns |= {"_order": str, "_split": str, "_file": float}
    return pl.DataFrame(records, schema=schema_of(columns), orient="row")


def _spill(spill: Path, partition: int, name: str, frame: pl.DataFrame, files: dict[str, int]) -> None:
    for split, count in files.items():
        numbered = frame.filter(pl.col("_split") == split).with_columns((pl.col("_file") * count).floor())
        for (number,), part in numbered.partition_by("_file", as_dict=True).items():
            path = spill / name / split / str(int(number)) / f"{partition:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_parquet(path)


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of every file below `folder`, in the form that `sha256sum -c` reads."""
    lines = [f"{_sha256(path)}  {path.relative_to(folder)}\n" for path in _files(folder)]
    (folder / "checksums.txt").write_text("".join(lines), encoding="utf-8")


def checksums_hold(folder: Path) -> bool:
    """Say whether every file that was published is there."""
    listed = folder / "checksums.txt"
    if not listed.is_file():
        return False
    names = [line.split("  ", 1)[1] for line in listed.read_text(encoding="utf-8").splitlines()]
    return all((folder / name).is_file() for name in names)


def swap(new: Path, old: Path) -> None:
    """Put the folder `new` in the place of `old`."""
    aside = old.with_name(f".{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.glob("**/*") if path.is_file() and path.name != "checksums.txt")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
