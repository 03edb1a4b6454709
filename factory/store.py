"""The only code that touches a run's folder: one unit (stage × partition) is one Parquet file, published whole.

    outputs/math_sft/stages/03-solve-9f2c41ab/part-00007.parquet

Progress is what is on disk. Each file carries, in its metadata, its own digest and that of what it was made from;
a file counts only while its inputs are still what the plan says.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from factory.columns import schema_of
from factory.errors import RunError, UserError
from factory.plan import Step
from factory.rows import MARKS, Drop, Row, digest

_OURS = ("stages", "dataset", "audit", "run.json", ".dataset.new", ".dataset.old")


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows that went in: accepted + rejected + failed = in; `out` is how many rows came of it."""

    input: int = 0
    out: int = 0
    accepted: int = 0
    rejected: int = 0
    failed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        mine, theirs = asdict(self), asdict(other)
        return Counts(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True, slots=True)
class Unit:
    """What the metadata of a unit's file says. `digest` names its content: the same inputs give the same digest."""

    inputs: str
    digest: str
    counts: Counts = field(default_factory=Counts)


def publish(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write(temporary path)` write a file, then put it in place in one step that survives a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        temporary.unlink(missing_ok=True)


class Store:
    """The folder of one run, `outputs/<pipeline>`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one process. Raises UserError if it is held already or cannot be written."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = (self.root / ".lock").open("w")
        except OSError as error:
            raise UserError(f"{self.root}: the output folder is not writable: {error.strerror}") from None
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(f"{self.root}: another run is writing here; give this one another --out") from None
            for leftover in self.root.glob("**/.*.tmp"):
                leftover.unlink(missing_ok=True)
            yield

    def clear(self) -> None:
        """Remove all that a run wrote, and nothing else."""
        for name in _OURS:
            path = self.root / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def path(self, step: Step, partition: int) -> Path:
        """Give the file of a unit."""
        return self.root / "stages" / step.folder / f"part-{partition:05d}.parquet"

    def unit(self, step: Step, partition: int) -> Unit | None:
        """Read what is on disk for a unit; None if it is not there or not whole."""
        path = self.path(step, partition)
        if not path.exists():
            return None
        try:
            data = orjson.loads(pl.read_parquet_metadata(path)["factory"])
        except (pl.exceptions.PolarsError, KeyError, orjson.JSONDecodeError):
            return None
        return Unit(data["inputs"], data["digest"], Counts(**data["counts"]))

    def complete(self, steps: Iterable[Step], partitions: int) -> bool:
        """Say whether every unit of a plan is there."""
        return all(self.unit(step, number) for step in steps for number in range(partitions))

    def write(
        self, step: Step, partition: int, inputs: str, outcomes: Sequence[tuple[str, Sequence[Row | Drop]]]
    ) -> Unit:
        """Publish a unit: for each input row, by its id, the rows or the one drop that it became."""
        rows = [_marked(item, origin, step.label) for origin, outcome in outcomes for item in outcome]
        firsts = [outcome[0] for _, outcome in outcomes]
        failed = sum(isinstance(first, Drop) and first.state == "failed" for first in firsts)
        rejected = sum(isinstance(first, Drop) and first.state == "rejected" for first in firsts)
        accepted = len(firsts) - rejected - failed
        counts = Counts(len(firsts), len(rows) - rejected - failed, accepted, rejected, failed)
        try:
            frame = pl.DataFrame(rows, schema=schema_of(step.columns | MARKS), orient="row", strict=True)
        except (TypeError, pl.exceptions.PolarsError) as error:
            raise RunError(f"{step.label} made a row that does not fit its columns: {error}") from error
        made = unit_digest(step, inputs, outcomes)
        return self.write_frame(step, partition, inputs, frame, counts, made)

    def write_frame(
        self, step: Step, partition: int, inputs: str, frame: pl.DataFrame, counts: Counts, made: str = ""
    ) -> Unit:
        """Publish a unit whose rows, with their marks, are in `frame` already."""
        unit = Unit(inputs, made or unit_digest(step, inputs, ()), counts)
        metadata = {"factory": orjson.dumps(unit).decode()}
        publish(
            self.path(step, partition),
            lambda path: frame.write_parquet(path, compression="zstd", metadata=metadata),
        )
        return unit

    def accepted(self, step: Step, partition: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Read the rows that go on to the next stage, all their columns or those named, without their marks."""
        rows = pl.scan_parquet(self.path(step, partition)).filter(pl.col("_state") == "accepted")
        return (rows.drop(list(MARKS)) if columns is None else rows.select(columns)).collect()

    def scan(self, step: Step, partitions: int) -> pl.LazyFrame:
        """Scan all rows of a stage, marks included."""
        return pl.scan_parquet([self.path(step, number) for number in range(partitions)])

    def save_run(self, run: dict[str, Any]) -> None:
        """Replace run.json in one step."""
        content = orjson.dumps(run, option=orjson.OPT_INDENT_2)
        publish(self.root / "run.json", lambda path: path.write_bytes(content))

    def load_run(self) -> dict[str, Any] | None:
        """Read run.json; None if there is none."""
        path = self.root / "run.json"
        if not path.exists():
            return None
        try:
            run: dict[str, Any] = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError:
            raise RunError(f"{path} is not readable as JSON; remove it, the rows are kept elsewhere") from None
        return run


def unit_digest(step: Step, inputs: str, outcomes: Iterable[tuple[str, Sequence[Row | Drop]]]) -> str:
    """Name a unit's content by what decides it: the stage, its inputs, and which rows an engine failed."""
    firsts = ((origin, outcome[0]) for origin, outcome in outcomes)
    failed = (origin for origin, first in firsts if isinstance(first, Drop) and first.state == "failed")
    return digest(step.fingerprint, inputs, *failed)


def _marked(item: Row | Drop, origin: str, label: str) -> Row:
    if isinstance(item, Drop):
        return {**item.row, "_state": item.state, "_stage": label, "_reason": item.reason, "_from": origin}
    return {**item, "_state": "accepted", "_stage": None, "_reason": None, "_from": origin}
