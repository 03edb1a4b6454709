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
        """Estimate how much of the row-by-stage work is behind, between 0 and 1: a dropped row has none ahead."""
        ahead = expected = self.total
        for line in self.lines[1:]:
            yield_so_far = self._yield_before(line)
            expected = round(self.total * yield_so_far)
            ahead += max(expected - line.done, 0)
        work = ahead + sum(line.done for line in self.lines[1:])
        return 1 - (ahead - self.lines[0].done) / work if work else 1.0

    def _yield_before(self, line: Line) -> float:
        share = 1.0
        for before in self.lines[: self.lines.index(line)]:
            share *= before.out / before.done if before.done else 1.0
        return share
