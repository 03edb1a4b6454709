"""From the last stage's rows to the dataset: shards that trainers take as they are, split by group, in seeded order.

    outputs/math_sft/dataset/{README.md, checksums.txt, sft/train-00000-of-00001.parquet, sft/test-…, grpo/…}

The order comes from a hash of the id and the split from a hash of the group, so that neither depends on how the run
was cut. Rows are spilled by output file first, so that memory holds one file's rows at a time, beside a few
numbers for each row.
"""

import hashlib
import math
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from factory.columns import schema_of
from factory.fields import FieldOf, columns_of, expression, not_empty, said_by_user
from factory.groups import Groups, normalised
from factory.plan import Plan
from factory.rows import Columns, digest, share_of
from factory.shards import Shard, is_chat
from factory.store import Store

_SPILL_ROWS = 50_000
_SPLITS = ("train", "test")
ShardFile = dict[str, Any]
"""One entry of run.json's `shards`: name, split, rows, files."""


def write_shards(plan: Plan, store: Store, folder: Path) -> tuple[list[ShardFile], list[str]]:
    """Write every shard asked for below `folder`; gives what run.json says of them, and what was left out of them."""
    made = _Records(plan, store)
    shards = plan.pipeline.file.export.shards()
    spill = folder / ".spill"
    sizes: Counter[tuple[str, str]] = Counter()
    for number, rows in enumerate(made.rows()):
        for name, shard in shards.items():
            records = made.of(name, shard, rows)
            for split in _SPLITS:
                part = records.filter(pl.col("_split") == split)
                sizes[name, split] += int(part.estimated_size())
                _put(part, spill / name / split / "all" / f"{number:05d}.parquet")
    written = []
    for name, shard in shards.items():
        for split in _SPLITS:
            counts = []
            buckets = _buckets(spill / name / split, plan, sizes[name, split])
            for number, bucket in enumerate(buckets):
                frame = pl.concat([pl.read_parquet(path) for path in sorted(bucket.glob("*.parquet"))])
                frame = shard.arrange(frame.sort("_order", "id").drop("_order", "_split"), plan.seed)
                _put(frame, folder / name / f"{split}-{number:05d}-of-{len(buckets):05d}.parquet", "zstd")
                counts.append(len(frame))
            if counts or split == "train":
                written.append({"name": name, "split": split, "rows": sum(counts), "files": len(counts)})
    shutil.rmtree(spill, ignore_errors=True)
    return written, [f"{name}: {made.told(name)}" for name in shards if made.left_out[name].total()]


def _put(frame: pl.DataFrame, path: Path, compression: Literal["zstd", "lz4"] = "lz4") -> None:
    if len(frame):
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path, compression=compression)


def _buckets(spill: Path, plan: Plan, size: int) -> list[Path]:
    """Deal what was spilled of a split out to as many folders as there are to be files, by the records' order."""
    export = plan.pipeline.file.export
    paths = sorted((spill / "all").glob("*.parquet"))
    rows = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in paths)
    count = math.ceil(size / export.bytes_per_file if export.bytes_per_file else rows / export.rows_per_file)
    if count <= 1:
        return [spill / "all"] if paths else []
    for path in paths:
        frame = pl.read_parquet(path)
        numbers = [int(order, 16) * count >> 64 for order in frame["_order"]]
        for (number,), part in frame.with_columns(_file=pl.Series(numbers)).partition_by("_file", as_dict=True).items():
            _put(part.drop("_file"), spill / str(number) / path.name)
        path.unlink()
    return [folder for number in range(count) if (folder := spill / str(number)).is_dir()]


class _Records:
    """Makes the records of a plan's accepted rows, some partitions at a time; `left_out` counts by shard and cause."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self._plan = plan
        self._store = store
        self._export = plan.pipeline.file.export
        self._columns = plan.steps[-1].columns
        self._licenses = plan.licenses
        self.left_out: dict[str, Counter[str]] = {name: Counter() for name in self._export.shards()}

    def rows(self) -> Iterator[pl.DataFrame]:
        """Give the accepted rows with what the export needs of them, and `_split`."""
        sides, start = self._sides(), 0
        for batch in self._batches(self._export.needs()):
            yield batch.with_columns(_split=sides[start : start + len(batch)])
            start += len(batch)

    def _batches(self, columns: Iterable[str]) -> Iterator[pl.DataFrame]:
        """Give these columns of the accepted rows, a few partitions together, always in the same order."""
        wanted = list(dict.fromkeys(["id", *columns]))
        held: list[pl.DataFrame] = []
        for partition in range(len(self._plan.ranges)):
            held.append(self._store.accepted(self._plan.steps[-1], partition, wanted))
            if sum(map(len, held)) >= _SPILL_ROWS:
                yield pl.concat(held)
                held = []
        if held:
            yield pl.concat(held)

    def _sides(self) -> pl.Series:
        """Say on which side each row is: with all that share a prompt, a source's row or a value of `group` with it."""
        export, groups = self._export, Groups()
        asked = {shard.asked for shard in export.shards().values()}
        for batch in self._batches([*asked, *([export.group] if export.group else [])]):
            said = batch.select(
                "id", **{f"_{name}": said_by_user(name, is_chat(self._columns[name])) for name in asked}
            )
            values = batch[export.group].to_list() if export.group else [None] * len(batch)
            for row, value in zip(said.iter_rows(named=True), values, strict=True):
                keys = [f"from {self._root(row['id'])}"]
                keys += [f"prompt {normalised(row[f'_{name}'])}" for name in asked if row[f"_{name}"] is not None]
                groups.add([*keys, f"group {value}"] if value is not None else keys)
        names, numbers = np.unique(groups.named(), return_inverse=True)
        share = export.test_share
        seed = self._plan.seed if export.split_seed is None else export.split_seed
        tests = [share_of(seed, "split", int(name)) < share for name in names]
        sides = pl.Series(["test" if test else "train" for test in tests], dtype=pl.Categorical)
        return sides.gather(numbers) if len(sides) else sides

    def _root(self, row_id: str) -> str:
        """Give the number of the source's row that a row was made from."""
        return row_id.removeprefix(f"{self._plan.name}-{self._plan.seed}-").split(".")[0]

    def of(self, name: str, shard: Shard, rows: pl.DataFrame) -> pl.DataFrame:
        """Make a shard's records, each with its place: `_order`, 16 hex digits, and `_split`."""
        left_out = self.left_out[name]
        versions = []
        for number, fields in enumerate(shard.versions(self._columns)):
            needed = sorted({column for field in fields.values() for column in columns_of(field)})
            there = rows.drop_nulls(needed)
            answers = [column for column in needed if column != shard.asked] or needed
            left_out[f"without {' and '.join(answers)}"] += len(rows) - len(there)
            versions.append(self._version(shard, number, fields, there))
        made = pl.concat(versions)
        chats = [column for column, kind in schema_of(shard.made).items() if isinstance(kind, pl.List)]
        whole = made.filter(not_empty(chats)) if chats else made  # a chat that ends with the user teaches nothing
        left_out["without a turn of the user, or an answer to it"] += len(made) - len(whole)
        once = self._once(whole, list(shard.made))
        left_out["that say the same as another of their row"] += len(whole) - len(once)
        return once

    def _version(self, shard: Shard, number: int, fields: dict[str, FieldOf], rows: pl.DataFrame) -> pl.DataFrame:
        export = self._export
        carried: Columns = {name: self._columns[name] for name in export.carry if name not in shard.uncarried}
        kinds: Columns = {"id": str, **shard.made, "source": str, "license": str, "model": str, **carried}
        made = rows.select(
            "id",
            **{name: expression(field, shard.reasoning) for name, field in fields.items()},
            source=pl.col(export.source) if export.source else pl.lit(self._plan.name),
            **_provenance(shard.models(export.models, number), export.license, self._licenses),
            **{name: pl.col(name) for name in carried},
        ).select(pl.col(name).cast(kind) for name, kind in schema_of(kinds).items())
        made = made.with_columns(rows["_split"])
        orders = [digest(self._plan.seed, "order", number, row_id) for row_id in made["id"]]
        return made.with_columns(_order=pl.Series(orders, dtype=pl.String))

    def _once(self, frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        """Take a record once that several rows made of one row of the source have: pairs share their prompt."""
        roots = pl.Series("_root", [self._root(row_id) for row_id in frame["id"]], dtype=pl.String)
        if roots.n_unique() == len(frame):
            return frame
        return frame.with_columns(roots).unique(["_root", *columns], keep="first", maintain_order=True).drop("_root")

    def told(self, name: str) -> str:
        """Say what is not in a shard, and why."""
        return "left out " + ", ".join(f"{count:,} {why}" for why, count in self.left_out[name].items() if count)


def _provenance(models: Sequence[str], given: str | None, licenses: dict[str, str]) -> dict[str, pl.Expr]:
    """Name the models whose text is in a row, and the licenses that follow, with the one that the row came with.

    A row of another run may name several of each already, as they are written here: "m0, m1", "mit AND apache-2.0".
    """
    none = pl.lit([], pl.List(pl.String))
    named = [pl.col(name).fill_null("").str.split(", ") for name in models]
    model = pl.concat_list(named) if named else none
    license_of = pl.element().replace_strict(list(licenses), list(licenses.values()), default="unknown")
    found = [
        _parted(model, ", ").list.eval(license_of),
        *([pl.concat_list(pl.col(given).fill_null(""))] if given else []),
    ]
    texts = {"license": (_parted(pl.concat_list(found), " AND "), " AND "), "model": (_parted(model, ", "), ", ")}
    return {name: text.list.join(between) for name, (text, between) in texts.items()}


def _parted(texts: pl.Expr, between: str) -> pl.Expr:
    """Take each part of the texts once, in order, and none that is empty."""
    parts = texts.list.join(between).str.split(between)
    return parts.list.eval(pl.element().filter(pl.element() != "")).list.unique().list.sort()


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of every file below `folder`, in the form that `sha256sum -c` reads."""
    lines = [f"{_sha256(path)}  {path.relative_to(folder)}\n" for path in _files(folder)]
    (folder / "checksums.txt").write_text("".join(lines), encoding="utf-8")


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
