"""The life of a run: engines, journal and workers around the runner; run.json as it goes; the dataset at the end.

What run.json counts is what this plan has cost in this folder, over all the times the command was started.
"""

import asyncio
import errno
import gc
import platform
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from factory import __version__, audit, card, export, machine, page, report
from factory.board import Board
from factory.cardparts import models
from factory.engine import Engine
from factory.errors import RunError
from factory.finished import missing
from factory.journal import Journaled, Journals
from factory.meter import Metered
from factory.plan import Plan
from factory.retry import Retrying
from factory.runner import Runner
from factory.store import Store
from factory.structured import Structured
from factory.workers import Workers

Show = Callable[[Board], None]
_SAVE_SECONDS = 2.0


def run(
    plan: Plan, root: Path, show: Show, fresh: bool = False, audit_rows: int = 200, journal: Path | None = None
) -> dict[str, Any]:
    """Run the plan into the folder `root`, or go on with what is there; gives what run.json holds in the end.

    Replies are kept in the folder `journal`; without it, in that beside the run's folder, which its neighbours share.
    `show` is called a few times a second with the state of the run. Raises UserError and RunError; whatever the end,
    what is done stays on disk.
    """
    machine.open_files()
    store = Store(root)
    with store.locked(), _disk_errors_told():
        if fresh:
            store.clear()
        before = _earlier(plan, store)
        if before and before["status"] == "done" and missing(root / "dataset") is None:
            return {**before, "last": _spent(Board.of(plan))}
        board = Board.of(plan)
        journals = Journals(journal or store.root.absolute().parent / "journal", fresh)
        try:
            with _seldom_collected(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
                finished = runner.run(_go(plan, store, board, show, before, journals))
        except BaseException:
            with suppress(OSError):  # the disk may be what is wrong
                _save(plan, store, board, before, "failed")
            raise
        if not finished:
            return _save(plan, store, board, before, "stopped")
        share = board.failed / max(board.total, 1)
        status = "done" if share <= plan.pipeline.file.max_failed else "failed"
        return _publish(plan, store, board, before, status, audit_rows)


async def _go(
    plan: Plan, store: Store, board: Board, show: Show, before: dict[str, Any] | None, journals: Journals
) -> bool:
    engines = {name: _wrapped(plan, name, board, journals) for name in plan.engines}
    workers = Workers(plan.pipeline.file.row_timeout)
    runner = Runner(plan, store, engines, workers, board)
    ticking = asyncio.create_task(_tick(plan, store, board, journals, show, before))
    ticking.add_done_callback(lambda _: runner.stop())
    try:
        with _interrupts(runner):
            finished = await runner.run()
        if ticking.done():
            ticking.result()  # raises what ended it
        return finished
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, *(engine.close() for engine in engines.values()), return_exceptions=True)
        workers.close()
        journals.close()
        show(board)


def _wrapped(plan: Plan, name: str, board: Board, journals: Journals) -> Engine:
    spec, meter = plan.engines[name], board.meters[name]
    metered = Metered(spec.build(), meter)
    retrying = Retrying(metered, meter, name, spec.attempts, spec.patience)
    return Journaled(Structured(retrying), journals.of(spec.identity()), spec.identity(), meter)


async def _tick(
    plan: Plan, store: Store, board: Board, journals: Journals, show: Show, before: dict[str, Any] | None
) -> None:
    """Refresh the display, flush the journal and save run.json while the run goes."""
    saved = -_SAVE_SECONDS
    while True:
        show(board)
        if board.seconds - saved >= _SAVE_SECONDS:
            saved = board.seconds
            await asyncio.to_thread(journals.flush)
            _save(plan, store, board, before, "running")
        await asyncio.sleep(0.25)


@contextmanager
def _interrupts(runner: Runner) -> Iterator[None]:
    """Let the first Ctrl-C (or a scheduler's SIGTERM) finish what is in flight, and the second end at once."""
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        runner.stop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@contextmanager
def _disk_errors_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO):
            raise
        raise RunError(f"cannot write: {error.strerror}; what was written before is kept, run again to go on") from None


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let the garbage collector look less often: rows on their way make no cycles, and it took a sixth of a run."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _earlier(plan: Plan, store: Store) -> dict[str, Any] | None:
    """Read what an earlier start of this same plan left."""
    found = store.load_run()
    return found if found and found.get("plan_hash") == plan.hash else None


def _publish(
    plan: Plan, store: Store, board: Board, before: dict[str, Any] | None, status: str, audit_rows: int
) -> dict[str, Any]:
    """Write shards, card, checksums, samples and report; run.json last, since it says that they are there."""
    fresh = store.root / ".dataset.new"
    shutil.rmtree(fresh, ignore_errors=True)  # what a kill in the middle of this left
    fresh.mkdir()
    shards, left_out = export.write_shards(plan, store, fresh)
    found = _state(plan, board, before, status)
    why = report.reasons(plan, store)
    for stage in found["stages"]:
        stage["reasons"] = why[stage["name"]]
    notes = [*report.notes(plan, store), *({"stage": "export", "text": text} for text in left_out)]
    found |= {"shards": shards, "notes": notes}
    card.write(plan, store, found, fresh)
    export.write_checksums(fresh)
    export.swap(fresh, store.root / "dataset")
    audit.write_samples(plan, store, audit_rows)
    page.write(store.root, found)
    store.save_run(found)
    return found


def _save(plan: Plan, store: Store, board: Board, before: dict[str, Any] | None, status: str) -> dict[str, Any]:
    found = _state(plan, board, before, status)
    store.save_run(found)
    return found


def _spent(board: Board) -> dict[str, Any]:
    meters = board.meters.values()
    return {
        "requests": {
            "sent": sum(meter.sent for meter in meters),
            "reused": sum(meter.reused for meter in meters),
            "retried": sum(meter.retried for meter in meters),
            "faults": dict(sum((meter.faults for meter in meters), Counter())),
        },
        "tokens": {
            "prompt": sum(meter.prompt_tokens for meter in meters),
            "completion": sum(meter.completion_tokens for meter in meters),
        },
        "seconds": round(board.seconds, 1),
    }


def _state(plan: Plan, board: Board, before: dict[str, Any] | None, status: str) -> dict[str, Any]:
    spent = _spent(board)
    whole = {key: _sum(value, before[key]) for key, value in spent.items()} if before else spent
    return {
        "pipeline": plan.name,
        "file": str(plan.pipeline.source.path),
        "seed": plan.seed,
        "plan_hash": plan.hash,
        "status": status,
        **whole,
        "last": spent,
        "stages": [
            {
                "name": line.label,
                "in": line.done,
                "out": line.out,
                "accepted": line.accepted,
                "rejected": line.rejected,
                "failed": line.failed,
                "folder": step.folder,
            }
            for line, step in zip(board.lines, plan.steps, strict=True)
        ],
        "shards": [],
        "licenses": plan.licenses,
        "models": models(plan),
        "versions": {"factory": __version__, "python": platform.python_version()},
    }


def _sum(mine: Any, theirs: Any) -> Any:
    if isinstance(mine, dict):
        theirs = theirs or {}
        return {key: _sum(mine.get(key, 0), theirs.get(key, 0)) for key in mine | theirs}
    return round(mine + theirs, 1) if isinstance(mine, float) else mine + theirs


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
