"""What the runner keeps of a partition on its way: the units not yet written, and the queues that its rows wait in."""

import asyncio
import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.plan import Step
from factory.request import Reply, Request
from factory.rows import Row
from factory.stage import RowStage
from factory.workers import Outcome

_Group = tuple[int, int, str]
"""Stage, partition, opening."""
_IN_A_ROW = 64
_NEWS = 0.1
"""Weight of the newest length in the mean of its kin."""
_MOST_OPENINGS = 4096
"""Beginnings whose lengths are kept: prompts that share none teach nothing, and there may be millions of them."""


@dataclass
class Unfinished:
    """A unit on its way. `order` is the ids of its rows, known once the unit before it is complete."""

    step: Step
    order: list[str] | None = None
    inputs: str = ""
    done: dict[str, Outcome] = field(default_factory=dict)

    def complete(self) -> list[tuple[str, Outcome]] | None:
        """Give the outcome of every row in order, once; None while one is missing."""
        if self.order is None or len(self.done) < len(self.order):
            return None
        outcomes = [(origin, self.done[origin]) for origin in self.order]
        self.order, self.done = None, {}
        return outcomes


class Lane:
    """A partition on its way through the units that are left of a segment."""

    def __init__(self, partition: int, units: list[Unfinished], moved: asyncio.Event) -> None:
        self.partition = partition
        self.units = units
        self.rows = 0
        self.writing: set[asyncio.Future[Any]] = set()
        self._moved = moved
        self._written = 0

    def expect(self, at: int, order: Sequence[str], inputs: str) -> None:
        """Tell a unit which rows it will have. Raises ValueError if two have the same id."""
        if len(set(order)) < len(order):
            raise ValueError(f"{self.units[at].step.label}: two rows have the same id")
        self.units[at].order = list(order)
        self.rows = self.rows or len(order)
        self.units[at].inputs = inputs

    def write(self, future: "asyncio.Future[Any]") -> None:
        """Keep a unit's write in sight until it is done."""
        self.writing.add(future)
        self._written += 1
        future.add_done_callback(self._done)

    def _done(self, future: "asyncio.Future[Any]") -> None:
        # Looked at here too: of several writes that fail, as on a full disk, only the first ends the run.
        _ = future.cancelled() or future.exception()
        self._moved.set()

    def left(self) -> list[Unfinished]:
        """Give the units whose rows are not all known; units are written in order."""
        return self.units[self._written :]

    def finished(self) -> bool:
        """Say whether every unit is on disk. Raises what a write raised."""
        for future in [future for future in self.writing if future.done()]:
            self.writing.remove(future)
            future.result()
        return self._written == len(self.units) and not self.writing


@dataclass(slots=True)
class Job:
    """A row that waits at unit `at` of its lane, for a process or for the replies to its requests.

    `asked` counts the requests of the rounds before this one.
    """

    lane: Lane
    at: int
    row: Row
    requests: Sequence[Request] = ()
    replies: dict[int, Reply] = field(default_factory=dict)
    asked: int = 0

    @property
    def step(self) -> Step:
        """The stage that the row waits at."""
        return self.lane.units[self.at].step

    @property
    def stage(self) -> RowStage:
        """The same, without its place in the plan."""
        stage = self.step.stage
        assert isinstance(stage, RowStage)  # noqa: S101 - segments are cut so
        return stage


class Queue:
    """Later stages first, or `earlier` ones; then earlier partitions; requests that begin alike one after the other.

    Later first keeps few rows on their way. Earlier first is for the end, when all rows that are left are there: the
    rows with the most stages before them then do not end up alone (highest level first: Hu, Parallel Sequencing and
    Assembly Line Problems, 1961). Of one stage, those come first then whose kin have been answered at greatest length
    (longest processing time first: Graham, Bounds on Multiprocessing Timing Anomalies, 1969).

    Once begun, such a group goes on for a while even if a later stage has work: an engine that keeps the last
    prompts' beginnings then reads each of them once, and not once a request.
    """

    def __init__(self) -> None:
        self._groups: dict[_Group, deque[tuple[Job, int]]] = {}
        self._order: list[tuple[int, float, _Group]] = []
        self._earlier = False
        self._lengths: dict[tuple[int, str], float] = {}
        self._current: _Group | None = None
        self._in_a_row = 0
        self._size = 0
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return self._size

    def put(self, job: Job, number: int = 0) -> None:
        """Add a row, or request `number` of it."""
        index = job.step.index
        opening = job.requests[number].opening if job.requests else ""
        group = (index, job.lane.partition, opening)
        if group not in self._groups:
            self._groups[group] = deque()
            heapq.heappush(self._order, self._ranked(group))
        self._groups[group].append((job, number))
        self._size += 1
        self._filled.set()

    def prefer(self, earlier: bool) -> None:
        """Take earlier stages first from now on, or later ones, as at the start."""
        if earlier != self._earlier:
            self._earlier = earlier
            self._order = [self._ranked(group) for group in self._groups]
            heapq.heapify(self._order)

    def learn(self, stage: int, opening: str, tokens: int) -> None:
        """Take note of how long the answer was to a request of this stage that begins so."""
        kin = (stage, opening)
        if kin in self._lengths:
            self._lengths[kin] += _NEWS * (tokens - self._lengths[kin])
        elif len(self._lengths) < _MOST_OPENINGS:
            self._lengths[kin] = tokens

    def _ranked(self, group: _Group) -> tuple[int, float, _Group]:
        stage, _, opening = group
        return (stage, -self._lengths.get((stage, opening), 0.0), group) if self._earlier else (-stage, 0.0, group)

    async def wait(self) -> None:
        """Wait while there is nothing to take."""
        while not self._size:
            self._filled.clear()
            await self._filled.wait()

    def take(self) -> tuple[Job, int, str]:
        """Take the first, with its opening."""
        if self._current not in self._groups or self._in_a_row >= _IN_A_ROW:
            while self._order[0][2] not in self._groups:  # emptied since it was pushed
                heapq.heappop(self._order)
            self._current, self._in_a_row = self._order[0][2], 0
        return (*self._take(self._current), self._current[2])

    async def get_chunk(self, most: int) -> list[Job]:
        """Take up to `most` rows that wait for one and the same stage; of a slow one a single row."""
        await self.wait()
        jobs = [self.take()[0]]
        most = 1 if jobs[0].stage.slow else most
        while self._current in self._groups and len(jobs) < most:
            jobs.append(self._take(self._current)[0])
        return jobs

    def _take(self, group: _Group) -> tuple[Job, int]:
        taken = self._groups[group].popleft()
        if not self._groups[group]:
            del self._groups[group]
        self._size -= 1
        self._in_a_row += 1
        return taken
