"""What a trainer's layout is: for each kind of shard its records, and how the trainer is told where they are.

A DPO record as LLaMA-Factory takes it, in `<to>/dpo/train/train-00000-of-00001.parquet`:

    {"id": "chat-7-00000012", "source": "chat", "license": "apache-2.0", "model": "SmolLM2...", "system": "Be brief.",
     "conversations": [{"from": "human", "value": "2 + 2?"}],
     "chosen": {"from": "gpt", "value": "4"}, "rejected": {"from": "gpt", "value": "5"}}
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

ROW = "_row"
"""The column with a row's number within its split."""
_OWN = {
    "sft": {"messages", "prompt", "completion", "tools"},
    "dpo": {"prompt", "chosen", "rejected"},
    "kto": {"prompt", "completion", "label"},
    "grpo": {"prompt", "answer"},
    "reward": {"chosen", "rejected"},
    "cpt": {"text"},
}
"""The columns of each kind of shard that hold its data; the others say where a row comes from, or were carried."""


class Rows(NamedTuple):
    """A file of a shard, as a layout meets it."""

    file: Path
    pipeline: str
    kind: str
    split: str
    start: int
    """How many rows of the split are in the files before it."""
    schema: pl.Schema
    tools: tuple[str, ...] = ()
    """The different values of the column `tools` in all the shard's files."""

    @property
    def extras(self) -> list[str]:
        """Name the columns that are kept beside the data: id, source, license, model, and what was carried."""
        return [name for name in self.schema if name not in _OWN[self.kind]]

    def turn_fields(self, chat: str) -> set[str]:
        """Name the fields that the turns of a column of chats have."""
        kind = self.schema[chat]
        inner = kind.inner if isinstance(kind, pl.List) else None
        return {found.name for found in inner.fields} if isinstance(inner, pl.Struct) else set()


class Record(NamedTuple):
    """What a layout makes of a row: the trainer's own columns. Rows that have no place in them do not fit."""

    columns: dict[str, pl.Expr]
    fits: pl.Expr | None = None
    why: str = ""
    """What is said of the rows that do not fit."""
    extras: bool = True
    """Whether the columns beside the data stay columns of their own."""


@dataclass
class Split:
    """What was written of a split: its files below the folder, its rows, and those that had no place in the layout."""

    files: list[str] = field(default_factory=list)
    rows: int = 0
    left_out: int = 0
    why: str = ""


@dataclass(frozen=True)
class Exported:
    """A shard as it lies below `folder`, which is the path that the user gave."""

    name: str
    folder: Path
    splits: dict[str, Split]
    columns: frozenset[str]
    """The columns that the shard had in the run."""

    def has(self, split: str) -> bool:
        """Say whether there is anything of that split."""
        return split in self.splits and self.splits[split].rows > 0

    def paths(self, split: str) -> list[str]:
        """Give the files of a split as the user would name them."""
        return [str(self.folder / file) for file in self.splits[split].files] if self.has(split) else []

    @property
    def place(self) -> str:
        """The folder of the shard as the user would name it."""
        return str(self.folder / self.name)


Make = Callable[[Rows], Record]


def nothing(shards: Sequence[Exported]) -> dict[str, str]:
    """Write no files beside the records and how_to_train.md."""
    return {}


@dataclass(frozen=True)
class Layout:
    """How a trainer wants each kind of shard."""

    name: str
    """The name of the format."""
    trainer: str
    documented: str
    """Where the trainer's documentation says so, and the version that this was held against."""
    kinds: Mapping[str, Make | None]
    """What becomes of a row of each kind that the trainer can take; None leaves the files as they are."""
    guide: Callable[[Exported], str]
    """What how_to_train.md says of a shard: the lines that the trainer is given, in a fenced block."""
    files: Callable[[Sequence[Exported]], dict[str, str]] = nothing
    """What else is written: path below the folder → text."""


def fenced(language: str, *lines: str) -> str:
    """Put lines into a fenced block of Markdown."""
    return "\n".join([f"```{language}", *lines, "```"])


def command(program: str, *flags: str) -> str:
    """Put a command with one flag a line into a fenced block."""
    return fenced("bash", " \\\n  ".join([program, *flags]))
