"""Rows from a file or a dataset of the user's own.

- read:
    file: problems.jsonl
    columns: {problem: text, known_answer: text}
    constants: {language: en}
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from factory.errors import UserError
from factory.files import Record, read_dataset, read_records
from factory.rows import Columns, Row
from factory.stage import DataFile, Source

Kind = Literal["text", "integer", "number", "boolean", "texts"]
_TYPES: dict[Kind, Any] = {"text": str, "integer": int, "number": float, "boolean": bool, "texts": list[str]}
_ACCEPTS: dict[Kind, Any] = {"text": str, "integer": int, "number": (int, float), "boolean": bool, "texts": list}


class Read(Source):
    """Takes the named columns of each record; one that is missing is null."""

    file: DataFile | None = None
    """JSON Lines or Parquet."""
    dataset: str | None = None
    """A dataset's name on the Hub, or its folder."""
    config: str | None = None
    split: str = "train"
    columns: dict[str, Kind] = Field(min_length=1)
    """The columns to take, each with what it holds."""
    constants: dict[str, str | bool | int | float] = Field(default_factory=dict)
    """Columns that have the same value in every row."""

    _cursor: tuple[int, Iterator[Record]] = PrivateAttr(default=(-1, iter(())))

    @model_validator(mode="after")
    def _one_source(self) -> "Read":
        if (self.file is None) == (self.dataset is None):
            raise ValueError("expected either `file` or `dataset`")
        for name in (*self.columns, *self.constants):
            if name == "id" or name.startswith("_"):
                raise ValueError(f"{name!r} is the factory's own; each row gets an id from its place in the source")
        return self

    def size(self) -> int:
        return self._count

    @cached_property
    def _count(self) -> int:
        return sum(1 for _ in self._records())

    def makes(self) -> Columns:
        read = {name: _TYPES[kind] for name, kind in self.columns.items()}
        return read | {name: type(value) for name, value in self.constants.items()}

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        place, records = self._cursor
        if place != start:  # partitions mostly come in order: a file is then read once and not once for each
            records = islice(self._records(), start, None)
        rows = [
            {**{name: self._checked(record, name, number) for name in self.columns}, **self.constants}
            for number, record in enumerate(islice(records, stop - start), start)
        ]
        self._cursor = (stop, records)
        return rows

    def _records(self) -> Iterator[Record]:
        if self.file is not None:
            return read_records(self.file)
        assert self.dataset is not None  # noqa: S101 - the validator has seen to it
        return read_dataset(self.dataset, self.split, self.config)

    def _checked(self, record: Record, name: str, number: int) -> Any:
        value, kind = record.get(name), self.columns[name]
        if value is not None and not isinstance(value, _ACCEPTS[kind]):
            raise UserError(
                f"{self.file or self.dataset}: record {number + 1}: {name}: expected {kind}, found {value!r:.60}"
            )
        return float(value) if kind == "number" and value is not None else value
