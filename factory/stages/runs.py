"""The rows of finished runs' shards, to be mixed: without duplicates among them, and in the shares asked for.

stages:
  - runs: {folders: [outputs/math_dpo, outputs/magpie_dpo], shard: dpo, keep: {margin: number}}
  - near_duplicates: {column: whole}
  - mix: {by: run, weights: {math_dpo: 1, magpie_dpo: 2}}
export:
  license: license
  dpo: {prompt: prompt, chosen: chosen, rejected: rejected}

Compared by `question`, the pairs of one prompt would count as the same: compare `whole`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field, PrivateAttr, field_validator, model_validator

from factory.errors import UserError
from factory.finished import Finished, joined, open_run
from factory.request import Message
from factory.rows import Columns, Row
from factory.stage import Source
from factory.stages._records import TYPES, Kind

_CHATS = list[Message]
_SHARDS: dict[str, Columns] = {
    "sft": {"messages": _CHATS, "prompt": _CHATS, "completion": _CHATS},
    "dpo": {"prompt": _CHATS, "chosen": _CHATS, "rejected": _CHATS},
    "grpo": {"prompt": _CHATS, "answer": str},
    "cpt": {"text": str},
}
_WHOLE = {
    "sft": ("prompt", "completion"),
    "dpo": ("prompt", "chosen", "rejected"),
    "grpo": ("prompt", "answer"),
    "cpt": ("text",),
}
_HELD: dict[Kind, Any] = {
    "text": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "texts": pl.List(pl.String),
}
_GIVEN: Columns = {"question": str, "whole": str, "run": str, "row": str, "source": str, "license": str, "model": str}


class Runs(Source):
    """Makes a row of each record: its own columns; `question`, what its user says (or its text), and `whole`, all that
    is said in it, as plain text; `run`, the name of the run that it is from, and `row`, its id there; `source`,
    `license` and `model`."""

    version: ClassVar[int] = 2

    folders: tuple[Path, ...] = Field(min_length=1)
    """The folders of finished runs."""
    shard: Literal["sft", "dpo", "grpo", "cpt"]
    splits: tuple[Literal["train", "test"], ...] = ("train",)
    """A new split is drawn at the export: with `test`, rows that one run held out come into training."""
    keep: dict[str, Kind] = Field(default_factory=dict)
    """Further columns of the records, with what they hold."""

    _cursor: tuple[int, Iterator[Row]] = PrivateAttr(default=(-1, iter(())))

    @field_validator("folders")
    @classmethod
    def _different(cls, folders: tuple[Path, ...]) -> tuple[Path, ...]:
        names = Counter(_name(folder) for folder in folders)
        name, count = names.most_common(1)[0]
        if count > 1:
            raise ValueError(f"two runs are called {name!r}; rows are told apart by the names of their folders")
        return folders

    @model_validator(mode="after")
    def _not_given(self) -> "Runs":
        for name in self.keep:
            if name in ("id", *_SHARDS[self.shard], *_GIVEN) or name.startswith("_"):
                raise ValueError(f"keep: {name!r} is there without it; name columns that the runs carried")
        return self

    def identity(self) -> list[Any]:
        sums = [(run.dataset / "checksums.txt").read_text(encoding="utf-8") for run in self._runs]
        names = [_name(folder) for folder in self.folders]
        return [type(self).__name__, self.version, names, self.shard, self.splits, sorted(self.keep.items()), sums]

    def makes(self) -> Columns:
        return _SHARDS[self.shard] | _GIVEN | {name: TYPES[kind] for name, kind in self.keep.items()}

    def licenses(self) -> dict[str, str]:
        """Give the license of each model that rows are from, as their runs say."""
        return joined(said for run in self._runs for said in run.run["licenses"].items())

    def size(self) -> int:
        count = 0
        for _, path in self._files():
            frames = pl.scan_parquet(path)
            self._check(path, frames.collect_schema())
            count += frames.select(pl.len()).collect().item()
        return count

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        place, records = self._cursor
        if place != start:  # partitions mostly come in order: the files are then read once and not once for each
            records = islice(self._rows(), start, None)
        rows = list(islice(records, stop - start))
        self._cursor = (stop, records)
        return rows

    @cached_property
    def _runs(self) -> list[Finished]:
        runs = [open_run(folder) for folder in self.folders]
        for run in runs:
            run.chosen([self.shard])
        return runs

    def _files(self) -> Iterator[tuple[Finished, Path]]:
        for run in self._runs:
            for split in self.splits:
                for path in run.files(self.shard, split):
                    yield run, path

    def _check(self, path: Path, there: pl.Schema) -> None:
        """Raise UserError unless a file's columns are as declared, so that nothing of a record is lost."""
        if missing := [name for name in self._wanted if name not in there]:
            raise UserError(f"{path}: it has no column {missing[0]!r}; there are {', '.join(there)}")
        for name, kind in self.keep.items():
            if there[name] != _HELD[kind]:
                found = next((other for other, held in _HELD.items() if held == there[name]), str(there[name]))
                raise UserError(f"{path}: the column {name!r} holds {found}, and `keep` declares it as {kind}")
        lost = sorted({field for name in _SHARDS[self.shard] for field in _fields(there[name])} - {"role", "content"})
        if lost:
            how = "thinking: block" if "reasoning_content" in lost else "tools: text"
            raise UserError(
                f"{path}: its turns have {' and '.join(lost)}, which a mixture cannot keep; "
                f"make the run again with `{how}` under `export.{self.shard}`"
            )

    @property
    def _wanted(self) -> list[str]:
        return [*_SHARDS[self.shard], "source", "license", "model", *self.keep]

    def _rows(self) -> Iterator[Row]:
        for run, path in self._files():
            for frame in (
                pl.scan_parquet(path).select("id", *self._wanted).collect_batches(chunk_size=5_000, maintain_order=True)
            ):
                for record in frame.iter_rows(named=True):
                    row_id = record.pop("id")
                    whole = [record[name] for name in _WHOLE[self.shard]]
                    given = {"question": _said(whole[:1], {"user"}), "whole": _said(whole)}
                    yield {**record, **given, "row": row_id, "run": _name(run.root)}

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the rows of each run, and those that were accepted in the end."""
        there = dict(made.group_by("run").len().sort("run").collect().iter_rows())
        left = dict(kept.group_by("run").len().collect().iter_rows())
        return [", ".join(f"{run} {count:,}, {left.get(run, 0):,} kept" for run, count in there.items())]


def _name(folder: Path) -> str:
    return folder.resolve().name


def _fields(kind: Any) -> list[str]:
    """Name the fields of a chat's turns; none for a column of another type."""
    turn = kind.inner if isinstance(kind, pl.List) else None
    return [field.name for field in turn.fields] if isinstance(turn, pl.Struct) else []


def _said(parts: list[str | list[Message]], roles: set[str] | None = None) -> str:
    """Join what is said in texts and chats, by everyone or by those with these roles."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        else:
            texts += [turn["content"] for turn in part if roles is None or turn["role"] in roles]
    return "\n\n".join(texts)
