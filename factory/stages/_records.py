"""What `read` and `draw` share: records from a file or a dataset of the user's own, and the columns taken of them."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, model_validator

from factory.errors import UserError, nearest
from factory.files import Record, read_dataset, read_records
from factory.rows import Columns
from factory.stage import DataFile, Stage

Kind = Literal["text", "integer", "number", "boolean", "texts"]
TYPES: dict[Kind, Any] = {"text": str, "integer": int, "number": float, "boolean": bool, "texts": list[str]}
_ACCEPTS: dict[Kind, Any] = {"text": str, "integer": int, "number": (int, float), "boolean": bool, "texts": list}


class FromRecords(Stage):
    """Takes the named columns of each record; one that is missing is null."""

    file: DataFile | None = None
    """JSON Lines or Parquet."""
    dataset: str | None = None
    """A dataset's name on the Hub, or its folder."""
    config: str | None = None
    split: str = "train"
    columns: dict[str, Kind] = Field(min_length=1)
    """The columns to take, each with what it holds."""
    keys: dict[str, str] = Field(default_factory=dict)
    """Column → the record's key, where it has another name."""

    @model_validator(mode="after")
    def _one_origin(self) -> "FromRecords":
        if (self.file is None) == (self.dataset is None):
            raise ValueError("expected either `file` or `dataset`")
        for name in self.keys:
            if name not in self.columns:
                raise ValueError(f"keys: {name!r} is not among the columns{nearest(name, self.columns)}")
        for name in self.makes():
            if name == "id" or name.startswith("_"):
                raise ValueError(f"{name!r} is the factory's own; each row gets an id from its place in the source")
        return self

    def makes(self) -> Columns:
        return {name: TYPES[kind] for name, kind in self.columns.items()}

    def records(self) -> Iterator[Record]:
        """Yield what is in the file or the dataset. Raises UserError."""
        if self.file is not None:
            return read_records(self.file)
        assert self.dataset is not None  # noqa: S101 - the validator has seen to it
        return read_dataset(self.dataset, self.split, self.config)

    def taken(self, record: Record, number: int) -> Record:
        """Take the columns of record `number`, counted from 0. Raises UserError if one holds something else."""
        return {name: self._checked(record.get(self.keys.get(name, name)), name, number) for name in self.columns}

    def _checked(self, value: Any, name: str, number: int) -> Any:
        kind = self.columns[name]
        if value is not None and not isinstance(value, _ACCEPTS[kind]):
            raise UserError(
                f"{self.file or self.dataset}: record {number + 1}: {name}: expected {kind}, found {value!r:.60}"
            )
        return float(value) if kind == "number" and value is not None else value
