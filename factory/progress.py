"""Shows a run while it goes: a live table on a terminal, a plain line now and then elsewhere."""

import sys
import time
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from factory.board import Board
from factory.report import duration

_FIRST_LINE_SECONDS = 3.0
_LINE_SECONDS = 15.0


def left(board: Board) -> str:
    """Estimate the time left from the share of the work done; nothing before there is enough to go by."""
    share = board.share_done()
    if share < 0.02 or board.seconds < 5:
        return "?"
    return duration(board.seconds * (1 - share) / share)


def engine_line(board: Board) -> str:
    """Say for each engine how full it is and how fast."""
    parts = [
        f"{name} {meter.in_flight}/{meter.slots} busy, {meter.tokens_per_second():,.0f} tokens/s, "
        f"{meter.sent:,} asked"
        + (f", {meter.reused:,} reused" if meter.reused else "")
        + (f", {meter.retried:,} retried" if meter.retried else "")
        for name, meter in board.meters.items()
    ]
    return " | ".join(parts)


class Lines:
    """Plain lines for a log: one soon after the start, then one every quarter of a minute."""

    def __init__(self) -> None:
        self._next = _FIRST_LINE_SECONDS

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put away."""

    def show(self, board: Board) -> None:
        """Print a line if it is time for one."""
        if board.seconds < self._next:
            return
        self._next = board.seconds + _LINE_SECONDS
        stages = " ".join(f"{line.label}={line.accepted}/{line.done}" for line in board.lines if line.arrived)
        clock = time.strftime("%H:%M:%S")
        where = f"{board.share_done():.0%} done, {left(board)} left"
        sys.stdout.write(f"{clock} {where} | {stages} | {engine_line(board)}\n")
        sys.stdout.flush()


class Screen:
    """A table that is redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._drawn = 0.0

    def __enter__(self) -> "Screen":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        self._live.stop()

    def show(self, board: Board) -> None:
        """Redraw."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("stage")
        table.add_column("", width=16)
        for name in ("done", "accepted", "rejected", "failed"):
            table.add_column(name, justify="right")
        for line in board.lines:
            numbers = (line.accepted, line.rejected, line.failed)
            bar = ProgressBar(total=max(line.arrived, 1), completed=line.done, width=16)
            done = f"{line.done:,}/{line.arrived:,}"
            table.add_row(line.label, bar, done, *(f"{number:,}" if number else "·" for number in numbers))
        share = f"{board.share_done():.0%} done, {duration(board.seconds)} so far, {left(board)} left"
        engines = Text(engine_line(board), style="dim")
        self._live.update(Group(table, engines, Text(share)), refresh=True)


def display(console: Console) -> Lines | Screen:
    """Choose by where the output goes."""
    return Screen(console) if console.is_terminal else Lines()
