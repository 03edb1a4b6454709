"""Repair: rows rejected for a reason that can be mended are asked again, and go through the same checks again.

    - tag: {columns: [answer]}
    - filter
    - judge: {engine: generator, on_unscored: reject}
    - repair: {engine: generator, since: tag, column: answer, reasons: [language, judged_no], attempts: 2}

stands for `tag filter judge repair tag filter judge repair tag filter judge`: the first checks put a mendable row's
reason into `defect` instead of dropping it, and pass such a row on untouched; `repair` rewrites it; the checks that
follow see the rewritten rows alone, and the last ones drop. So the pipeline stays a straight line, in which every row
is counted once at every stage.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field, PrivateAttr

from factory.prompts import Prompt
from factory.records import Mend
from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Again, RowStage, Stage, engine_of

if TYPE_CHECKING:
    import polars as pl

DEFECT: Columns = {"defect": str | None}
MENDS: Columns = {"mends": list[Mend]}


class Mender(RowStage):
    """What `repair` is to the pipeline: it mends rows with a `defect` and adds to their `mends`."""

    since: str
    """The first of the checks that a mended row goes through again; all stages between must be row stages."""
    reasons: tuple[str, ...] = Field(min_length=1)
    """The kinds of reason that can be mended; rows rejected for others are gone."""
    attempts: int = Field(1, ge=1, le=5)

    _label: str = PrivateAttr("repair")

    def at(self, label: str) -> "Mender":
        """Give the same stage in one of its places."""
        there = self.model_copy()
        there._label = label
        return there


class Check(RowStage):
    """A stage that is passed more than once: by every row, and again by each row that was mended.

    It handles the rows that were mended `turn` times, and defers drops whose reason is among `defers`.
    """

    inner: RowStage
    label: str
    among: tuple[str, ...]
    """The labels of all the checks that lead to the same repair."""
    turn: int
    defers: tuple[str, ...]

    def identity(self) -> list[Any]:
        return ["check", self.inner.identity(), self.turn, self.defers]

    @property
    def engine(self) -> str | None:
        """The inner stage's."""
        return engine_of(self.inner)

    @property
    def slow(self) -> bool:  # type: ignore[override]
        """The inner stage's."""
        return self.inner.slow

    @property
    def hears_faults(self) -> bool:  # type: ignore[override]
        """The inner stage's."""
        return self.inner.hears_faults

    @property
    def extras(self) -> frozenset[str]:  # type: ignore[override]
        """The inner stage's."""
        return self.inner.extras

    def needs(self) -> set[str]:
        return self.inner.needs()

    def makes(self) -> Columns:
        return self.inner.makes() | DEFECT

    def scores(self) -> set[str]:
        return self.inner.scores()

    def needs_scores(self) -> set[str]:
        return self.inner.needs_scores()

    def prompts(self) -> list[Prompt]:
        return self.inner.prompts()

    def uses(self) -> set[Ability]:
        return self.inner.uses()

    def summary(self, made: "pl.LazyFrame", kept: "pl.LazyFrame") -> list[str]:
        return [] if self.turn else self.inner.summary(made, kept)

    def ask(self, row: Row) -> list[Request]:
        return [] if self._passes(row) else self.inner.ask(row)

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop | Again]:
        if self._passes(row):
            yield row
            return
        for made in self.inner.emit(row, replies):
            if isinstance(made, Drop) and made.state == "rejected" and made.reason.split(":")[0] in self.defers:
                yield {**made.row, "defect": f"{self.label}: {made.reason}"}
            else:
                yield made

    def _passes(self, row: Row) -> bool:
        mended = sum(mend["stage"] in self.among for mend in row.get("mends") or ())
        return row.get("defect") is not None or mended != self.turn


def unfold(labels: Sequence[str], stages: Sequence[Stage]) -> list[tuple[int, str, Stage]]:
    """Give the stages as they are run, each with its place in the file and its label.

    Raises ValueError, with the place of the `repair` as its second argument, if there is no such way back.
    """
    steps: list[tuple[int, str, Stage]] = []
    for place, (label, stage) in enumerate(zip(labels, stages, strict=True)):
        if not isinstance(stage, Mender):
            steps.append((place, label, stage))
            continue
        start = _start(stage, [label for _, label, _ in steps], place)
        checks = steps[start:]
        among = tuple(name for _, name, _ in checks)
        del steps[start:]
        for turn in range(stage.attempts + 1):
            defers = stage.reasons if turn < stage.attempts else ()
            for where, name, check in checks:
                if not isinstance(check, RowStage) or isinstance(check, Check | Mender):
                    raise ValueError(f"{name}, between {stage.since} and {label}, cannot be passed again", place)
                again = Check(inner=check, label=name, among=among, turn=turn, defers=defers)
                steps.append((where, name + _nth(turn), again))
            if turn < stage.attempts:
                steps.append((place, label + _nth(turn), stage.at(label + _nth(turn))))
    return steps


def _nth(turn: int) -> str:
    return f"-again-{turn}" if turn else ""


def _start(stage: Mender, labels: list[str], place: int) -> int:
    if stage.since not in labels:
        known: Any = ", ".join(labels[1:])
        raise ValueError(f"since: {stage.since!r} is not a stage before it; there are {known}", place)
    return labels.index(stage.since)
