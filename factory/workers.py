"""CPU-bound stages run on all cores, in processes: a row that hangs or crashes one costs that row and no more."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError

from pebble import ProcessExpired, ProcessPool

from factory.errors import UserError
from factory.rows import Drop, Row
from factory.stage import RowStage

Outcome = list[Row | Drop]


def emit(stage: RowStage, row: Row, replies: Sequence[object] = ()) -> Outcome:
    """Let a stage make what it makes of a row; a bug in it fails the row."""
    try:
        outcome = list(stage.emit(row, replies))  # type: ignore[arg-type]
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a stage raises belongs to its row
        return [Drop(row, f"bug: {type(error).__name__}: {error}"[:500], "failed")]
    if not outcome:
        return [Drop(row, "nothing made")]
    if len(outcome) > 1 and any(isinstance(item, Drop) for item in outcome):
        return [Drop(row, "bug: the stage gave a drop beside other rows", "failed")]
    return outcome


def _emit_all(stage: RowStage, rows: Sequence[Row]) -> list[Outcome]:
    return [emit(stage, row) for row in rows]


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """A pool of processes, started by the first chunk of rows. `row_timeout` is in seconds."""

    def __init__(self, row_timeout: float, processes: int | None = None) -> None:
        self.processes = processes or cores()
        self._row_timeout = row_timeout
        self._pool: ProcessPool | None = None

    async def run(self, stage: RowStage, rows: Sequence[Row]) -> list[Outcome]:
        """Give the outcome of each row. A chunk that hangs or crashes its process is tried row by row."""
        if self._pool is None:
            # Threads of polars and asyncio are running here: a forked child could inherit a held lock.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(self.processes, context=context, initializer=_leave_interrupts_to_the_parent)
        future = self._pool.schedule(_emit_all, args=(stage, rows), timeout=self._row_timeout)
        try:
            return await asyncio.wrap_future(future)
        except FutureTimeoutError:
            reason = f"timeout: no result in {self._row_timeout:g} s"
        except ProcessExpired as error:
            reason = f"crash: the process ended with code {error.exitcode}"
        if len(rows) == 1:
            return [[Drop(rows[0], reason, "failed")]]
        alone = await asyncio.gather(*(self.run(stage, [row]) for row in rows))
        return [outcome for (outcome,) in alone]

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join(timeout=10)
            self._pool = None
