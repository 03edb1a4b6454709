"""Moves rows through the stages so that no engine ever waits for work that could be there.

A pipeline falls into segments, each opened by its Source, by a TableStage, or by a stage whose engine has no room
beside the engines before it: the only barriers. Within a segment a row goes on to the next stage as soon as it is
through one; requests wait in one queue per engine, later stages
first, and a new partition comes in whenever an engine is about to run dry. A unit (stage × partition) is written
when its last row is known; rows keep the order they had, whatever order the answers came in.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from factory import table
from factory.board import Board
from factory.engine import Engine, fit
from factory.lanes import Job, Lane, Queue, Unfinished
from factory.plan import Plan, Step
from factory.request import Request
from factory.rows import Drop, Row, digest, seed_of
from factory.stage import Again, TableStage
from factory.store import Store, Unit, unit_digest
from factory.workers import Outcome, Task, Workers, dropped, emit

_CHUNK = 64
_MAX_ROWS = 16_000
_ROWS_A_SLOT = 8
"""A row is there until the slowest of its partition is through: with a long tail of lengths, 4 rows for each slot. The
more there are at the end, the longer all slots stay full."""


class Runner:
    """Runs a plan. The `engines` answer for themselves: retries, journal and counters are wrapped around them."""

    def __init__(self, plan: Plan, store: Store, engines: Mapping[str, Engine], workers: Workers, board: Board) -> None:
        self._plan = plan
        self._store = store
        self._engines = engines
        self._workers = workers
        self._board = board
        self._digests: dict[tuple[int, int], str] = {}
        self._queues = {name: Queue() for name in engines}
        self._used: set[str] = set()
        self._rows = Queue()
        self._writers = ThreadPoolExecutor(2, thread_name_prefix="writer")
        self._moved = asyncio.Event()
        self._in_flight = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._main: asyncio.Task[bool] | None = None
        self._error: BaseException | None = None
        self._stopping = False

    def stop(self) -> None:
        """Ask nothing new; `run` returns when what is in flight has come in."""
        self._stopping = True
        self._moved.set()

    async def run(self) -> bool:
        """Run to the end, or until `stop`; says whether the end was reached.

        Raises UserError or RunError when an engine cannot be opened or is gone for good.
        """
        self._main = asyncio.create_task(self._segments())
        for name in self._engines:
            self._start(self._serve(name))
        for _ in range(self._workers.processes + 1):
            self._start(self._compute())
        try:
            return await self._main
        except asyncio.CancelledError:
            if self._error is None:
                raise
            raise self._error from None
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._writers.shutdown()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run beside the others; what it raises ends the run."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and self._main:
            self._error = self._error or error
            self._main.cancel()

    async def _segments(self) -> bool:
        segments = _segments(self._plan)
        for number, (head, *rest) in enumerate(segments):
            later = _engines(step for segment in segments[number + 1 :] for step in segment)
            await self._make_way(_engines([head, *rest]), later)
            if isinstance(head.stage, TableStage):
                await self._decide(head)
                await self._stream(rest, head, later)
            elif head.index > 0:
                await self._stream([head, *rest], self._plan.steps[head.index - 1], later)
            else:
                await self._stream([head, *rest], None, later)
            if self._stopping:
                return False
        return True

    async def _make_way(self, needed: set[str], later: set[str]) -> None:
        """Free the engines that nothing needs any more, and those that leave no room for the needed ones."""
        kept = set(needed)
        for name in sorted(self._used - needed):
            if name in later and fit(self._plan.engines[other] for other in {*kept, name}):
                kept.add(name)
            else:
                self._used.remove(name)
                await self._engines[name].close()

    async def _decide(self, step: Step) -> None:
        """Run a TableStage, unless what is on disk was made from the same table."""
        before = self._plan.steps[step.index - 1]
        partitions = range(len(self._plan.ranges))
        inputs = digest(*(self._digests[before.index, partition] for partition in partitions))
        units: Sequence[Unit | None] = [self._store.unit(step, partition) for partition in partitions]
        line = self._board.lines[step.index]
        if not all(unit and unit.inputs == inputs for unit in units):
            line.arrived = self._board.lines[before.index].out
            units = await asyncio.to_thread(table.decide, self._store, step, before, inputs, len(partitions))
            line.arrived = 0
        for partition, unit in enumerate(units):
            assert unit is not None  # noqa: S101 - checked or just written
            line.add(unit.counts)
            self._digests[step.index, partition] = unit.digest

    async def _stream(self, steps: Sequence[Step], head: Step | None, later: set[str]) -> None:
        """Take all partitions through the RowStages of a segment."""
        waiting = list(reversed(range(len(self._plan.ranges))))
        lanes: list[Lane] = []
        engines = _engines(steps)
        while True:
            self._moved.clear()
            # Before the look at how much is held: else, with all lanes done by now, nothing would ever move again.
            lanes = [lane for lane in lanes if not lane.finished()]
            enough = _ROWS_A_SLOT * sum(self._engines[name].slots for name in engines)
            while waiting and not self._stopping and self._room(lanes, waiting[-1], engines, enough):
                if lane := await self._admit(waiting.pop(), steps, head):
                    lanes.append(lane)
            for name in engines:
                self._queues[name].prefer(earlier=not waiting and sum(lane.rows for lane in lanes) <= enough)
            if self._stopping and not self._in_flight and not any(lane.writing for lane in lanes):
                return
            if not waiting and not lanes:
                return
            if not waiting:
                await self._make_way(_engines(unit.step for lane in lanes for unit in lane.left()), later)
            await self._moved.wait()

    def _room(self, lanes: Sequence[Lane], partition: int, engines: Iterable[str], enough: int) -> bool:
        """Say whether this partition is wanted: an engine is about to run dry, or the rows left are few."""
        held = sum(lane.rows for lane in lanes)
        if len(self._rows) > 8 * _CHUNK * self._workers.processes or (
            len(lanes) > 1 and held >= max(enough, _MAX_ROWS)
        ):
            return False
        if held + self._plan.ranges[-1][1] - self._plan.ranges[partition][0] <= enough:
            return True
        hungry = [len(self._queues[name]) < self._engines[name].slots for name in engines]
        return any(hungry) or not hungry

    async def _admit(self, partition: int, steps: Sequence[Step], head: Step | None) -> Lane | None:
        """Skip what is on disk; start a lane with the rows that go into the first unit that is not."""
        start, stop = self._plan.ranges[partition]
        inputs = self._digests[head.index, partition] if head else f"{start}-{stop}"
        before, ahead = head, list(steps)
        while ahead:
            unit = self._store.unit(ahead[0], partition)
            if unit is None or unit.inputs != inputs or unit.counts.failed:
                break
            before = ahead.pop(0)
            self._board.lines[before.index].add(unit.counts)
            self._digests[before.index, partition] = inputs = unit.digest
        if not ahead:
            return None
        lane = Lane(partition, [Unfinished(step) for step in ahead], self._moved)
        if before is None:
            rows = await asyncio.to_thread(self._make_rows, start, stop)
            self._board.lines[0].arrived += len(rows)
            lane.expect(0, [row["id"] for row in rows], inputs)
            for row in rows:
                self._finish(lane, 0, row["id"], [row])
        else:
            rows = await asyncio.to_thread(self._read_rows, before, partition)
            lane.expect(0, [row["id"] for row in rows], inputs)
            for row in rows:
                self._enter(lane, 0, row)
        self._settle(lane, 0)
        return lane

    def _make_rows(self, start: int, stop: int) -> list[Row]:
        name = f"{self._plan.name}-{self._plan.seed}"
        made = self._plan.source.rows(start, stop, self._plan.seed)
        return [{**row, "id": f"{name}-{number:08d}"} for number, row in enumerate(made, start)]

    def _read_rows(self, step: Step, partition: int) -> list[Row]:
        return self._store.accepted(step, partition).to_dicts()

    def _enter(self, lane: Lane, at: int, row: Row) -> None:
        """Let a row arrive at a unit: its requests, or the row itself, go into a queue."""
        if at == len(lane.units):
            return
        step = lane.units[at].step
        self._board.lines[step.index].arrived += 1
        job = Job(lane, at, row)
        if step.engine is None:
            self._rows.put(job)
            return
        try:
            requests = job.stage.ask(row)
        except Exception as error:  # noqa: BLE001 - whatever a stage raises belongs to its row
            self._finish(lane, at, row["id"], [dropped(row, error)])
            return
        self._ask(job, requests)

    def _ask(self, job: Job, requests: Sequence[Request]) -> None:
        """Let the row wait for the replies to these requests, if there are any."""
        job.asked += len(job.requests)
        job.replies = {}
        job.requests = [
            _seeded(request, job.row, job.step, number, self._plan.name)
            for number, request in enumerate(requests, job.asked)
        ]
        if not job.requests:
            self._answered(job)
        assert job.step.engine is not None  # noqa: S101 - a stage without an engine has nothing to ask
        for number in range(len(job.requests)):
            self._queues[job.step.engine].put(job, number)

    async def _serve(self, name: str) -> None:
        """Keep an engine's slots full."""
        queue, engine = self._queues[name], self._engines[name]
        asking = 0
        freed = asyncio.Event()

        async def ask(job: Job, number: int, opening: str) -> None:
            nonlocal asking
            try:
                reply = job.replies[number] = await engine.ask(job.requests[number])
            finally:
                asking -= 1
                self._in_flight -= 1
                freed.set()
            queue.learn(job.step.index, opening, reply.completion_tokens)
            if len(job.replies) == len(job.requests):
                self._answered(job)
            if self._stopping:
                self._moved.set()

        while True:
            await queue.wait()
            if self._stopping:
                return
            if asking >= engine.slots:
                freed.clear()
                await freed.wait()
                continue
            self._used.add(name)
            asking += 1
            self._in_flight += 1
            self._start(ask(*queue.take()))
            if len(queue) < engine.slots:
                self._moved.set()

    def _answered(self, job: Job) -> None:
        if outcome := _faulted(job):
            self._finish(job.lane, job.at, job.row["id"], outcome)
        elif job.stage.slow and job.requests:
            self._rows.put(job)
        else:
            self._became(job, emit(job.stage, *_task(job)))

    def _became(self, job: Job, outcome: Outcome | Again) -> None:
        """Go on with what a stage made of a row."""
        if isinstance(outcome, Again):
            job.row = {**outcome.row, "id": job.row["id"]}
            self._ask(job, outcome.requests)
        else:
            self._finish(job.lane, job.at, job.row["id"], outcome)

    async def _compute(self) -> None:
        """Feed one process of the pool with rows of CPU-bound stages."""
        while True:
            jobs = await self._rows.get_chunk(_CHUNK)
            if self._stopping:
                return
            self._in_flight += 1
            try:
                outcomes = await self._workers.run(jobs[0].stage, [_task(job) for job in jobs])
            finally:
                self._in_flight -= 1
            for job, outcome in zip(jobs, outcomes, strict=True):
                self._became(job, outcome)
            self._moved.set()

    def _finish(self, lane: Lane, at: int, origin: str, outcome: Outcome) -> None:
        """Record what a row became, send what it became on, and write the unit if this row was its last."""
        line = self._board.lines[lane.units[at].step.index]
        first = outcome[0]
        if isinstance(first, Drop):
            setattr(line, first.state, getattr(line, first.state) + 1)
        else:
            line.accepted += 1
            line.out += len(outcome)
            ids = [origin] if len(outcome) == 1 else [f"{origin}.{number}" for number in range(len(outcome))]
            # Exactly the declared columns: what a later run reads back from disk is what goes on now.
            columns = lane.units[at].step.columns
            outcome = [
                {**{name: row.get(name) for name in columns}, "id": row_id}
                for row_id, row in zip(ids, outcome, strict=True)
                if not isinstance(row, Drop)
            ]
        lane.units[at].done[origin] = outcome
        for row in outcome:
            if not isinstance(row, Drop):
                self._enter(lane, at + 1, row)
        self._settle(lane, at)

    def _settle(self, lane: Lane, at: int) -> None:
        """Write each unit from `at` on whose rows are all known."""
        while at < len(lane.units) and (outcomes := lane.units[at].complete()) is not None:
            unit = lane.units[at]
            made = unit_digest(unit.step, unit.inputs, outcomes)
            self._digests[unit.step.index, lane.partition] = made
            write = partial(self._store.write, unit.step, lane.partition, unit.inputs, outcomes)
            lane.write(asyncio.get_running_loop().run_in_executor(self._writers, write))
            at += 1
            if at < len(lane.units):
                kept = (row["id"] for _, outcome in outcomes for row in outcome if not isinstance(row, Drop))
                lane.expect(at, list(kept), made)


def _segments(plan: Plan) -> list[list[Step]]:
    """Cut before each TableStage, and before a stage whose engine does not fit beside those of the segment."""
    segments: list[list[Step]] = []
    for step in plan.steps:
        engines = _engines([*segments[-1], step]) if segments else set()
        if not segments or isinstance(step.stage, TableStage) or not fit(plan.engines[name] for name in engines):
            segments.append([])
        segments[-1].append(step)
    return segments


def _engines(steps: Iterable[Step]) -> set[str]:
    return {step.engine for step in steps if step.engine}


def _seeded(request: Request, row: Row, step: Step, number: int, pipeline: str) -> Request:
    if request.seed is not None:
        return request
    # Without the pipeline's name: a copy of the pipeline under another name asks the same and pays for nothing twice.
    return replace(request, seed=seed_of(row["id"].removeprefix(pipeline), step.label, number))


def _task(job: Job) -> Task:
    return job.row, [job.replies[number] for number in range(len(job.requests))]


def _faulted(job: Job) -> Outcome | None:
    """Drop a row none of whose requests was answered; one that the model cannot take or say anything to is rejected."""
    faults = [fault for number in range(len(job.requests)) if (fault := job.replies[number].fault)]
    if not faults or len(faults) < len(job.requests):
        return None
    passing = [fault for fault in faults if fault.kind not in ("too_long", "empty")]
    if not passing and job.stage.hears_faults:
        return None
    return [Drop(job.row, str((passing or faults)[0])[:500], "failed" if passing else "rejected")]
