"""CPU-bound stages run on all cores, in processes: a row that hangs or crashes one costs that row and no more."""

import asyncio
import ctypes
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.context import BaseContext

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from factory.errors import RunError, UserError
from factory.prompts import NoPromptError
from factory.request import Reply
from factory.rows import Drop, Row
from factory.stage import Again, RowStage, engine_of

_NO_PROCESSES = (
    "the processes that work on rows cannot be started, or were ended; is there memory, and `ulimit -u`? The same "
    "command goes on from here"
)
Outcome = list[Row | Drop]
Task = tuple[Row, Sequence[Reply]]
"""What a stage is to make something of: a row, and the replies about it."""


def dropped(row: Row, error: Exception) -> Drop:
    """Give what becomes of a row on which its stage raised; a language that nobody wrote a prompt for is no bug."""
    if isinstance(error, NoPromptError):
        return Drop(row, f"no_prompt: {error}"[:500])
    return Drop(row, f"bug: {type(error).__name__}: {error}"[:500], "failed")


def emit(stage: RowStage, row: Row, replies: Sequence[Reply]) -> Outcome | Again:
    """Let a stage make what it makes of a row; a bug in it fails the row."""
    try:
        outcome = list(stage.emit(row, replies))
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a stage raises belongs to its row
        return [dropped(row, error)]
    if not outcome:
        return [Drop(row, "nothing made")]
    if len(outcome) == 1 and isinstance(outcome[0], Again):
        able = outcome[0].requests and engine_of(stage)
        return outcome[0] if able else [Drop(row, "bug: an Again that asks nothing", "failed")]
    made = [item for item in outcome if not isinstance(item, Again)]
    if len(made) < len(outcome) or (len(made) > 1 and any(isinstance(item, Drop) for item in made)):
        return [Drop(row, "bug: the stage gave a Drop or an Again beside other rows", "failed")]
    return made


_unpickled = lru_cache(64)(pickle.loads)
"""A stage keeps what it has read in a process, however often it comes with rows."""


def _emit_all(pickled: bytes, tasks: Sequence[Task]) -> list[Outcome | Again]:
    stage: RowStage = _unpickled(pickled)
    return [emit(stage, row, replies) for row, replies in tasks]


def _context() -> BaseContext:
    """Say how processes are started: as forks of one that has imported this module, and leaves a Ctrl-C to the run.

    Threads of polars and asyncio are running here, whose held locks a fork of this process would inherit.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    resource_tracker.ensure_running()  # its start unblocks the signal
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    except OSError:  # no socket can be where TMPDIR is: its path is too long, or its file system has none
        return multiprocessing.get_context("spawn")
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return context


def _end_with_the_run() -> None:
    """Wait in a thread for the run to be gone, killed perhaps: a row that hangs would outlive it."""
    run = multiprocessing.parent_process()
    assert run  # noqa: S101 - only its children call this

    def end() -> None:
        connection.wait([run.sentinel])
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """A pool of processes, started by the first chunk of rows. `row_timeout` is in seconds."""

    def __init__(self, row_timeout: float, processes: int | None = None) -> None:
        self.processes = processes or cores()
        self._row_timeout = row_timeout
        self._pool: ProcessPool | None = None

    async def run(self, stage: RowStage, tasks: Sequence[Task]) -> list[Outcome | Again]:
        """Give the outcome of each row. A chunk that hangs or crashes its process is tried row by row.

        Raises RunError if there can be no processes, or they were ended from outside.
        """
        try:
            return await asyncio.wrap_future(self._scheduled(pickle.dumps(stage), tasks))
        except BrokenProcessPool:
            raise RunError(_NO_PROCESSES) from None
        except FutureTimeoutError:
            reason = f"timeout: no result in {self._row_timeout:g} s"
        except ProcessExpired as error:
            reason = f"crash: the process ended with code {error.exitcode}"
        if len(tasks) == 1:
            return [[Drop(tasks[0][0], reason, "failed")]]
        alone = await asyncio.gather(*(self.run(stage, [task]) for task in tasks))
        return [outcome for (outcome,) in alone]

    def _scheduled(self, pickled: bytes, tasks: Sequence[Task]) -> ProcessFuture:
        try:
            if self._pool is None:
                self._pool = ProcessPool(self.processes, context=_context(), initializer=_end_with_the_run)
            return self._pool.schedule(_emit_all, args=(pickled, tasks), timeout=self._row_timeout)
        except (OSError, RuntimeError):  # none can be forked; one that had nothing to do is gone
            raise RunError(_NO_PROCESSES) from None

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join(timeout=10)
            self._pool = None


_LIBC = ctypes.CDLL(None)
_DEATH_SIGNAL = 1
"""prctl's PR_SET_PDEATHSIG."""


def die_with_parent() -> None:
    """Let the kernel end a child when the run is killed. Runs between fork and exec, where little is safe."""
    _LIBC.prctl(_DEATH_SIGNAL, signal.SIGTERM)
