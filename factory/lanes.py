"""What the runner keeps of a partition on its way: the units not yet written, and the queues that its rows wait in."""

import asyncio
import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.plan import Step
from factory.request import Reply, Request
from factory.rows import Row
from factory.workers import Outcome


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
        self.writing: set[asyncio.Future[Any]] = set()
        self._moved = moved
        self._written = 0

    def expect(self, at: int, order: Sequence[str], inputs: str) -> None:
        """Tell a unit which rows it will have. Raises ValueError if two have the same id."""
        if len(set(order)) < len(order):
            raise ValueError(f"{self.units[at].step.label}: two rows have the same id")
        self.units[at].order = list(order)
        self.units[at].inputs = inputs

    def write(self, future: "asyncio.Future[Any]") -> None:
        """Keep a unit's write in sight until it is done."""
        self.writing.add(future)
        self._written += 1
        future.add_done_callback(lambda _: self._moved.set())

    def finished(self) -> bool:
        """Say whether every unit is on disk. Raises what a write raised."""
        for future in [future for future in self.writing if future.done()]:
            self.writing.remove(future)
            future.result()
        return self._written == len(self.units) and not self.writing


@dataclass(slots=True)
class Job:
    """A row that waits at unit `at` of its lane, for a process or for the replies to its requests."""

    lane: Lane
    at: int
    row: Row
    requests: Sequence[Request] = ()
    replies: dict[int, Reply] = field(default_factory=dict)


class Queue:
    """Later stages first, then earlier partitions; requests that begin alike together, for prefix caches."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str, int, Job, int]] = []
        self._count = itertools.count()
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, job: Job, number: int = 0) -> None:
        """Add a row, or request `number` of it."""
        index = job.lane.units[job.at].step.index
        opening = job.requests[number].opening if job.requests else ""
        heapq.heappush(self._heap, (-index, job.lane.partition, opening, next(self._count), job, number))
        self._filled.set()

    async def get(self) -> tuple[Job, int]:
        """Take the first; wait while there is none."""
        while not self._heap:
            self._filled.clear()
            await self._filled.wait()
        *_, job, number = heapq.heappop(self._heap)
        return job, number

    async def get_chunk(self, most: int) -> list[Job]:
        """Take up to `most` rows that wait for one and the same stage."""
        first, _ = await self.get()
        jobs, stage = [first], first.lane.units[first.at].step.stage
        while self._heap and len(jobs) < most:
            job = self._heap[0][4]
            if job.lane.units[job.at].step.stage is not stage:
                break
            jobs.append(heapq.heappop(self._heap)[4])
        return jobs
