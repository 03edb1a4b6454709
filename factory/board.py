"""What a run shows while it goes: one line per stage, one meter per engine. Written by the runner, read by displays."""

import time
from dataclasses import dataclass, field

from factory.meter import Meter
from factory.plan import Plan
from factory.store import Counts


@dataclass
class Line:
    """One stage: rows that have arrived so far, what became of them, and whether more can come."""

    label: str
    engine: str | None
    arrived: int = 0
    out: int = 0
    accepted: int = 0
    rejected: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """Rows whose fate at this stage is known."""
        return self.accepted + self.rejected + self.failed

    def add(self, counts: Counts) -> None:
        """Add a unit that was on disk already."""
        self.arrived += counts.input
        self.out += counts.out
        self.accepted += counts.accepted
        self.rejected += counts.rejected
        self.failed += counts.failed


@dataclass
class Board:
    """The state of a run. `total` is the number of rows of the source."""

    lines: list[Line]
    meters: dict[str, Meter]
    total: int
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, plan: Plan) -> "Board":
        """Make the board of a run that has not begun."""
        lines = [Line(step.label, step.engine) for step in plan.steps]
        return cls(lines, {name: Meter() for name in plan.engines}, sum(b - a for a, b in plan.ranges))

    @property
    def seconds(self) -> float:
        """Seconds since this process began the run."""
        return time.monotonic() - self.started

    @property
    def failed(self) -> int:
        """Rows that failed, at any stage."""
        return sum(line.failed for line in self.lines)

    def share_done(self) -> float:
        """Estimate how much of the work is behind, between 0 and 1, from the stages that ask an engine, if any do.

        A stage's rows to come are those of the source times the yield, so far, of the stages before it.
        """
        asking = [line for line in self.lines if line.engine]
        done = ahead = 0.0
        for line in asking or self.lines:
            done += line.done
            ahead += max(self.total * self._yield_before(line) - line.done, line.arrived - line.done)
        return done / (done + ahead) if done + ahead else 1.0

    def _yield_before(self, line: Line) -> float:
        share = 1.0
        for before in self.lines[: self.lines.index(line)]:
            share *= before.out / before.done if before.done else 1.0
        return share
