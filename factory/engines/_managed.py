"""A model server of our own in a child process: a crash of native code ends the child and not the run.

Whoever asks it finds out that it is dead as of any server, and brings it back with `revive`: the child is started
again, a bounded number of times.
"""

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from factory.errors import RunError, UserError
from factory.request import Fault, Reply, Request


class Client(Protocol):
    """What asks the child, over HTTP or a pipe; its methods are those of `_fleet.Server`."""

    async def ask(self, request: Request) -> Reply: ...

    async def revive(self) -> bool: ...

    async def close(self) -> None: ...


Start = Callable[[Path, str], Awaitable[asyncio.subprocess.Process]]
"""Starts the child, with a folder that only it and we can read and a key; its output goes to `log` in the folder."""
Connect = Callable[[asyncio.subprocess.Process, Path, str], Awaitable[Client | None]]
"""Waits until the child serves, and gives a client that asks it; None if it does not come up."""
_CLOSING_SECONDS = 20.0


class ManagedServer:
    """The child called `name` and the client that asks it."""

    def __init__(self, name: str, start: Start, connect: Connect, restarts: int) -> None:
        self._name = name
        self._start = start
        self._connect = connect
        self._restarts = restarts
        self._folder: Path | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._client: Client | None = None
        self._answered = False
        """Whether it has answered a request since it was last doubted."""

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._child.pid if self._child else None

    async def open(self) -> None:
        """Start the server. Raises UserError with its last word if it does not come up; then its log is left there."""
        self._folder = Path(tempfile.mkdtemp(prefix="factory-"))
        key = secrets.token_urlsafe(24)
        self._child = await self._start(self._folder, key)
        self._client = await self._connect(self._child, self._folder, key)
        if self._client is None:
            log, self._folder = self._folder / "log", None
            await self.close()
            raise UserError(f"{self._name} does not start: {_last_word(log)}; all it said is in {log}")

    async def revive(self) -> bool:
        """Start the server again, unless it lives and has answered of late. Raises RunError if it died too often."""
        code = self._child.returncode if self._child else None
        if self._answered and code is None and self._client is not None and await self._client.revive():
            self._answered = False
            return True
        if self._restarts == 0:
            said = f": {_last_word(self._folder / 'log')}" if self._folder else ""
            what = "does not answer any more" if code is None else f"has ended again, with code {code}"
            raise RunError(f"{self._name} {what}{said}")
        self._restarts -= 1
        await self.close()
        try:
            await self.open()
        except UserError as error:
            raise RunError(str(error)) from None
        return True

    async def close(self) -> None:
        """End the server and all that it started."""
        if self._client is not None:
            await self._client.close()
            self._client = None
        if self._child is not None:
            child, self._child = self._child, None
            try:
                _signal(child, signal.SIGTERM)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), _CLOSING_SECONDS)
            finally:  # also if there is no time to wait
                _signal(child, signal.SIGKILL)
            await child.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    async def ask(self, request: Request) -> Reply:
        """Ask the server."""
        if self._client is None:
            return Reply(fault=Fault("connection", f"{self._name} is not running"))
        reply = await self._client.ask(request)
        self._answered = self._answered or reply.fault is None
        return reply


def _signal(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Signal the child's whole group: a server's workers must not outlive it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _last_word(log: Path) -> str:
    """Give the last line that names an error, or the last line."""
    said = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in said if re.search(r"[Ee]rror\b[:,] ", line) and "See root cause above" not in line]
    return (errors or said or ["it ended without a word"])[-1][-400:]
