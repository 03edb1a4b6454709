"""From the last stage's rows to the dataset: shards that trainers take as they are, split by group, in seeded order.

    outputs/math_sft/dataset/{README.md, checksums.txt, sft/train-00000-of-00001.parquet, sft/test-…, grpo/…}

The order comes from a hash of the id and the split from a hash of the group, so that neither depends on how the run
was cut. Rows are spilled by output file first, so that memory holds one file's rows at a time.
"""

import hashlib
import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from factory.plan import Plan
from factory.rows import Columns, digest, share_of
from factory.shards import FieldOf, Part, Shard, Turn
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
    held: list[pl.DataFrame] = []
    for partition in partitions:
        held.append(store.accepted(last, partition))
        if sum(map(len, held)) < _SPILL_ROWS and partition < len(partitions) - 1:
            continue
        rows = pl.concat(held)
        for name, shard in export.shards().items():
            _spill(spill, partition, name, _records(plan, shard, rows, licenses), files)
        held = []
    written = []
    for name, shard in export.shards().items():
        for split, count in files.items():
            rows_of_split, made = 0, 0
            parts = [sorted((spill / name / split / str(number)).glob("*.parquet")) for number in range(count)]
            parts = [found for found in parts if found]
            for number, found in enumerate(parts):
                frame = pl.concat([pl.read_parquet(path) for path in found]).sort("_order", "id")
                path = folder / name / f"{split}-{number:05d}-of-{len(parts):05d}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                frame = shard.arrange(frame.drop("_order", "_split", "_file"), plan.seed)
                frame.write_parquet(path, compression="zstd")
                rows_of_split, made = rows_of_split + len(frame), made + 1
            if made:
                written.append({"name": name, "split": split, "rows": rows_of_split, "files": made})
    shutil.rmtree(spill, ignore_errors=True)
    return written


def _records(plan: Plan, shard: Shard, rows: pl.DataFrame, licenses: dict[str, str]) -> pl.DataFrame:
    """Make a shard's records, each with its place: `_order`, `_split`, and `_file` as a share of the files."""
    export = plan.pipeline.file.export
    rows = rows.drop_nulls(sorted(shard.needs()))
    for field in shard.fields().values():
        if isinstance(field, Part) and field.which == "completion":
            rows = rows.filter(_field(field).list.len() > 0)  # a chat that ends with the user has nothing to learn
    orders = [digest(plan.seed, "order", row_id) for row_id in rows["id"]]
    tests = [share_of(plan.seed, "split", group) < export.test_share for group in rows[export.group]]
    carried: Columns = {name: plan.steps[-1].columns[name] for name in export.carry}
    columns: Columns = {"id": str, **shard.columns, "source": str, "license": str, "model": str, **carried}
    made = rows.select(
        "id",
        **{name: _field(field) for name, field in shard.fields().items()},
        source=pl.col(export.source) if export.source else pl.lit(plan.name),
        **_provenance(export.models, licenses),
        **{name: pl.col(name) for name in export.carry},
    ).select(pl.col(name).cast(kind) for name, kind in schema_of(columns).items())
    return made.with_columns(
        _order=pl.Series(orders, dtype=pl.String),
        _split=pl.Series(["test" if test else "train" for test in tests], dtype=pl.String),
        _file=pl.Series([int(order, 16) / 2**64 for order in orders], dtype=pl.Float64),
    )


def _field(field: FieldOf) -> pl.Expr:
    if isinstance(field, str):
        return pl.col(field)
    if isinstance(field, Part):
        chat = pl.col(field.column)
        by_user = chat.list.eval(pl.element().struct.field("role") == "user")
        after = by_user.list.reverse().list.arg_max()  # turns behind the user's last one
        parts = {"all": chat, "prompt": chat.list.head(chat.list.len() - after), "completion": chat.list.tail(after)}
        return parts[field.which]
    return pl.concat_list(pl.struct(role=pl.lit(turn.role), content=_content(turn)) for turn in field)


def _content(turn: Turn) -> pl.Expr:
    return pl.concat_str(pl.col(turn.column), pl.lit(turn.text)) if turn.column else pl.lit(turn.text)


def _provenance(columns: Sequence[str], licenses: dict[str, str]) -> dict[str, pl.Expr]:
    """Name the models whose text is in a row, and the licenses that follow."""
    if not columns:
        return {"license": pl.lit(""), "model": pl.lit("")}
    models = pl.concat_list(columns).list.drop_nulls().list.unique()
    models = models.list.filter(pl.element() != "")
    license_of = pl.element().replace_strict(list(licenses), list(licenses.values()), default="unknown")
    found = {"license": (models.list.eval(license_of).list.unique(), " AND "), "model": (models, ", ")}
    return {name: texts.list.sort().list.join(between) for name, (texts, between) in found.items()}


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
