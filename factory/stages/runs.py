"""The rows of finished runs' shards, to be mixed: without duplicates among them, and in the shares asked for.

stages:
  - runs: {folders: [outputs/math_dpo, outputs/magpie_dpo], shard: dpo, keep: {margin: number}}
  - near_duplicates: {column: question}
  - mix: {by: run, weights: {math_dpo: 1, magpie_dpo: 2}}
export:
  license: license
  dpo: {prompt: prompt, chosen: chosen, rejected: rejected}
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import Field, PrivateAttr, field_validator

from factory.errors import UserError
from factory.finished import Finished, open_run
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
_GIVEN: Columns = {"question": str, "run": str, "row": str, "source": str, "license": str, "model": str}


class Runs(Source):
    """Makes a row of each record: its own columns; `question`, its prompt (or text) as plain text; `run`, the name of
    the run that it is from, and `row`, its id there; `source`, `license` and `model`."""

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

    def identity(self) -> list[Any]:
        sums = [(run.dataset / "checksums.txt").read_text(encoding="utf-8") for run in self._runs]
        names = [_name(folder) for folder in self.folders]
        return [type(self).__name__, self.version, names, self.shard, self.splits, sorted(self.keep.items()), sums]

    def makes(self) -> Columns:
        return _SHARDS[self.shard] | _GIVEN | {name: TYPES[kind] for name, kind in self.keep.items()}

    def licenses(self) -> dict[str, str]:
        """Give the license of each model that rows are from, as their runs say."""
        return {model: license_ for run in self._runs for model, license_ in run.run["licenses"].items()}

    def size(self) -> int:
        return sum(pl.scan_parquet(path).select(pl.len()).collect().item() for _, path in self._files())

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

    def _rows(self) -> Iterator[Row]:
        wanted = [*_SHARDS[self.shard], "source", "license", "model", *self.keep]
        for run, path in self._files():
            frames = pl.scan_parquet(path)
            there = frames.collect_schema().names()
            if missing := [name for name in wanted if name not in there]:
                raise UserError(f"{path}: it has no column {missing[0]!r}; there are {', '.join(there)}")
            for frame in frames.select("id", *wanted).collect_batches(chunk_size=5_000, maintain_order=True):
                for record in frame.iter_rows(named=True):
                    row_id = record.pop("id")
                    yield {**record, "row": row_id, "run": _name(run.root), "question": _question(record)}

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the rows of each run, and those that were accepted in the end."""
        there = dict(made.group_by("run").len().sort("run").collect().iter_rows())
        left = dict(kept.group_by("run").len().collect().iter_rows())
        return [", ".join(f"{run} {count:,}, {left.get(run, 0):,} kept" for run, count in there.items())]


def _name(folder: Path) -> str:
    return folder.resolve().name


def _question(record: dict[str, Any]) -> str:
    turns: list[Message] | None = record.get("prompt")
    if turns is None:
        return str(record["text"])
    return "\n\n".join(turn["content"] for turn in turns if turn["role"] == "user")
