"""The three core types: a Source makes rows, a RowStage turns a row into rows, a TableStage sees the table.

A stage's fields are its YAML parameters; it is frozen, pure, and knows nothing of storage, retries, concurrency
or progress. `factory/stages/shout.py` is a whole stage, named `shout` in the YAML:

    class Shout(RowStage):
        column: str = "text"

        def needs(self): return {self.column}
        def makes(self): return {self.column: str}
        def emit(self, row, replies): yield {**row, self.column: row[self.column].upper()}
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
)

from factory.prompts import Prompt
from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Again:
    """A row that is not done: ask these requests too, and call `emit` again with this row and their replies.

    What the row holds beside the declared columns is there until the stage is done with it.
    """

    row: Row
    requests: Sequence[Request]


class Stage(BaseModel):
    """One step of a pipeline. `version` goes up when the code's results change: what follows is recomputed."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    version: ClassVar[int] = 1
    extras: ClassVar[frozenset[str]] = frozenset()
    """Names that the stage itself passes to its prompts, beside the row's columns."""
    amount: ClassVar[frozenset[str]] = frozenset()
    """Fields that say how much to make and not what: changing them recomputes nothing that is there."""

    def identity(self) -> list[Any]:
        """Say what decides the rows that are made, but for the engine's model and what is upstream."""
        kind = f"{type(self).__module__}:{type(self).__name__}"
        return [kind, self.version, sorted(self.model_dump(mode="json", exclude={"engine"}).items())]

    def needs(self) -> set[str]:
        """Name the columns read, beside those that the prompts use."""
        return set()

    def makes(self) -> Columns:
        """Name the columns written, with their types."""
        return {}

    def scores(self) -> set[str]:
        """Name the scores written on candidates."""
        return set()

    def needs_scores(self) -> set[str]:
        """Name the scores on candidates that are read."""
        return set()

    def prompts(self) -> list[Prompt]:
        """List the prompts among the fields."""
        return [value for _, value in self if isinstance(value, Prompt)]

    def summary(self, made: "pl.LazyFrame", kept: "pl.LazyFrame") -> list[str]:
        """Say in a few lines what a reader of the data should know.

        `made` is all that this stage made, with `_state` and `_reason`; `kept` is what the run accepted in the end.
        """
        return []

    @model_serializer(mode="wrap")
    def _parameters(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = dump(self)
        return {name: value for name, value in fields.items() if name not in self.amount}


class Source(Stage):
    """Makes rows. Row `i` is the same however many are made and however they are cut into partitions."""

    def size(self) -> int:
        """Count the rows that there are."""
        raise NotImplementedError

    def licenses(self) -> dict[str, str]:
        """Give the models whose text the rows hold from the start, each with its license."""
        return {}

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        """Make the rows `start` … `stop`, without their ids; `seed` is the run's."""
        raise NotImplementedError


class RowStage(Stage):
    """Row → rows, whatever the other rows are. A stage that asks a model has a field `engine`; others are CPU-bound."""

    slow: ClassVar[bool] = False
    """Whether `emit` takes long, as where it runs a program: it is then called in a process, one row at a time."""
    hears_faults: ClassVar[bool] = False
    """Whether `emit` is called too where the model could take or say nothing: what was made before is then not lost."""

    def uses(self) -> set[Ability]:
        """Name what the engine must be able to do; beside what is named here, what the prompts need."""
        return {ability for prompt in self.prompts() for ability in prompt.abilities}

    def ask(self, row: Row) -> list[Request]:
        """Say what to ask the engine about this row. Pure; requests without a seed get one from the row's id."""
        return []

    def emit(self, row: Row, replies: Sequence[Reply]) -> "Iterable[Row | Drop | Again]":
        """Make of the row and the replies either rows, one Drop, or one Again; not called if every reply is a fault."""
        raise NotImplementedError


class TableStage(Stage):
    """Needs the whole table: duplicates, quotas. The only barrier in a run."""

    def decide(self, table: "pl.LazyFrame") -> "pl.DataFrame":
        """Give `id` and the new columns; a `_reason` that is not null rejects the row. The order is free."""
        raise NotImplementedError


class Sampling(BaseModel):
    """How an engine draws its answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    temperature: float = Field(0.7, ge=0)
    top_p: float = Field(1.0, gt=0, le=1)
    max_tokens: int = Field(512, gt=0)
    stop: tuple[str, ...] = ()


Policy = Literal["reject", "keep"]
"""What becomes of a row that a judge says no to, or that has no score."""


def engine_of(stage: Stage) -> str | None:
    """Name the engine that answers the stage's requests; None for a stage that asks nothing."""
    return getattr(stage, "engine", None) if isinstance(stage, RowStage) else None


def _resolve(value: Path, info: ValidationInfo) -> Path:
    for folder in (Path(), *(info.context or {}).get("file_folders", ())):
        path: Path = folder / value
        if path.is_file():
            return path
        if path.is_dir():
            raise ValueError(f"{value} is a folder; name its files")
    raise ValueError(f"{value} does not exist")


def _content_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


DataFile = Annotated[Path, AfterValidator(_resolve), PlainSerializer(_content_hash, return_type=str)]
"""A stage's field that names a file to read, found from here or from the pipeline's folder; known by its content."""
