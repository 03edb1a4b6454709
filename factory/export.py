"""From the last stage's rows to the dataset: shards that trainers take as they are, split by group, in seeded order.

    outputs/math_sft/dataset/{README.md, checksums.txt, sft/train-00000-of-00001.parquet, sft/test-…, grpo/…}

The order comes from a hash of the id and the split from a hash of the group, so that neither depends on how the run
was cut. Rows are spilled by output file first, so that memory holds one file's rows at a time, beside the ids and
groups of all.
"""

import hashlib
import math
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from factory.columns import schema_of
from factory.fields import columns_of, expression, not_empty, said_by_user
from factory.groups import Groups, normalised
from factory.plan import Plan
from factory.rows import Columns, digest, share_of
from factory.shards import Shard, is_chat
from factory.store import Store

_SPILL_ROWS = 50_000
ShardFile = dict[str, Any]
"""One entry of run.json's `shards`: name, split, rows, files."""


def write_shards(plan: Plan, store: Store, folder: Path) -> list[ShardFile]:
    """Write every shard asked for below `folder`; gives what run.json says of them."""
    writer = _Writer(plan, store)
    shards = plan.pipeline.file.export.shards()
    files = {name: writer.files(shard) for name, shard in shards.items()}
    spill = folder / ".spill"
    for number, rows in enumerate(writer.batches()):
        for name, shard in shards.items():
            _spill(spill / name, number, writer.records(shard, rows), files[name])
    written = []
    for name, shard in shards.items():
        for split in files[name]:
            found = sorted((spill / name / split).glob("*"), key=lambda path: int(path.name))
            counts = []
            for number, bucket in enumerate(found):
                frame = pl.concat([pl.read_parquet(path) for path in sorted(bucket.glob("*.parquet"))])
                frame = frame.sort("_order", "id").drop("_order", "_split", "_file")
                frame = shard.arrange(frame, plan.seed)
                path = folder / name / f"{split}-{number:05d}-of-{len(found):05d}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                frame.write_parquet(path, compression="zstd")
                counts.append(len(frame))
            if counts or split == "train":
                written.append({"name": name, "split": split, "rows": sum(counts), "files": len(counts)})
    shutil.rmtree(spill, ignore_errors=True)
    return written


class _Writer:
    """Makes the records of a plan's accepted rows, some partitions at a time."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self._plan = plan
        self._store = store
        self._export = plan.pipeline.file.export
        self._columns = plan.steps[-1].columns
        self._licenses = plan.licenses
        self._groups = self._grouped()

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Give the accepted rows, a few partitions together."""
        held: list[pl.DataFrame] = []
        for partition in range(len(self._plan.ranges)):
            held.append(self._store.accepted(self._plan.steps[-1], partition, columns))
            if sum(map(len, held)) >= _SPILL_ROWS:
                yield pl.concat(held)
                held = []
        if held:
            yield pl.concat(held)

    def files(self, shard: Shard) -> dict[str, int]:
        """Say into how many files each split of a shard goes."""
        export = self._export
        rows: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        for batch in self.batches() if export.bytes_per_file else ():
            for (split,), part in self.records(shard, batch).partition_by("_split", as_dict=True).items():
                sizes[str(split)] += int(part.estimated_size())
        if export.bytes_per_file:
            return {split: max(1, math.ceil(sizes[split] / export.bytes_per_file)) for split in ("train", "test")}
        for group in self._groups.values():
            rows[self._split(group)] += len(shard.versions(self._columns))
        return {split: max(1, math.ceil(rows[split] / export.rows_per_file)) for split in ("train", "test")}

    def _grouped(self) -> dict[str, int]:
        """Find the group of each row: rows with a prompt, a source's row or a value of `group` in common."""
        export, groups = self._export, Groups()
        asked = {shard.asked for shard in export.shards().values()}
        wanted = ["id", *asked, *([export.group] if export.group else [])]
        for batch in self.batches(list(dict.fromkeys(wanted))):
            said = batch.select(
                "id", **{f"_{name}": said_by_user(name, is_chat(self._columns[name])) for name in asked}
            )
            values = batch[export.group].to_list() if export.group else [None] * len(batch)
            for row, value in zip(said.iter_rows(named=True), values, strict=True):
                keys = [f"from {self._root(row['id'])}"]
                keys += [f"prompt {normalised(row[f'_{name}'])}" for name in asked if row[f"_{name}"] is not None]
                keys += [f"group {value}"] if value is not None else []
                groups.add(row["id"], keys)
        return groups.named()

    def _once(self, frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        """Take a record once that several rows made of one row of the source have: pairs share their prompt."""
        roots = pl.Series("_root", [self._root(row_id) for row_id in frame["id"]], dtype=pl.String)
        if roots.n_unique() == len(frame):
            return frame
        return frame.with_columns(roots).unique(["_root", *columns], keep="first", maintain_order=True).drop("_root")

    def _root(self, row_id: str) -> str:
        """Give the number of the source's row that a row was made from."""
        return row_id.removeprefix(f"{self._plan.name}-{self._plan.seed}-").split(".")[0]

    def _split(self, group: int) -> str:
        return "test" if share_of(self._plan.seed, "split", group) < self._export.test_share else "train"

    def records(self, shard: Shard, rows: pl.DataFrame) -> pl.DataFrame:
        """Make a shard's records, each with its place: `_order`, `_split`, and `_file` as a share of the files."""
        export, columns = self._export, self._columns
        carried: Columns = {name: columns[name] for name in export.carry}
        kinds: Columns = {"id": str, **shard.made, "source": str, "license": str, "model": str, **carried}
        given = {
            "source": pl.col(export.source) if export.source else pl.lit(self._plan.name),
            **_provenance(export.models, export.license, self._licenses),
            **{name: pl.col(name) for name in export.carry},
        }
        versions = []
        for fields in shard.versions(columns):
            there = rows.drop_nulls(sorted({name for field in fields.values() for name in columns_of(field)}))
            made = {name: expression(field, shard.reasoning) for name, field in fields.items()}
            versions.append(there.select("id", **made, **given))
        frame = pl.concat(versions).select(pl.col(name).cast(kind) for name, kind in schema_of(kinds).items())
        chats = [name for name, kind in schema_of(shard.made).items() if isinstance(kind, pl.List)]
        frame = frame.filter(not_empty(chats)) if chats else frame  # a chat that ends with the user teaches nothing
        frame = self._once(frame, list(shard.made))
        orders = [digest(self._plan.seed, "order", row_id) for row_id in frame["id"]]
        splits = [self._split(self._groups[row_id]) for row_id in frame["id"]]
        return frame.with_columns(
            _order=pl.Series(orders, dtype=pl.String),
            _split=pl.Series(splits, dtype=pl.String),
            _file=pl.Series([int(order, 16) / 2**64 for order in orders], dtype=pl.Float64),
        )


def _provenance(models: Sequence[str], given: str | None, licenses: dict[str, str]) -> dict[str, pl.Expr]:
    """Name the models whose text is in a row, and the licenses that follow, with the one that the row came with."""
    named = pl.concat_list(models).list.drop_nulls().list.unique() if models else pl.lit([], pl.List(pl.String))
    named = named.list.filter(pl.element() != "")
    license_of = pl.element().replace_strict(list(licenses), list(licenses.values()), default="unknown")
    found = named.list.eval(license_of)
    if given is not None:
        found = pl.concat_list(found, pl.col(given)).list.drop_nulls()
    texts = {"license": (found.list.unique(), " AND "), "model": (named, ", ")}
    return {name: text.list.sort().list.join(between) for name, (text, between) in texts.items()}


def _spill(spill: Path, batch: int, frame: pl.DataFrame, files: dict[str, int]) -> None:
    for split, count in files.items():
        numbered = frame.filter(pl.col("_split") == split).with_columns((pl.col("_file") * count).floor())
        for (number,), part in numbered.partition_by("_file", as_dict=True).items():
            path = spill / split / str(int(number)) / f"{batch:05d}.parquet"
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
