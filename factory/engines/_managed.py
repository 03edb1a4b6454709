"""A model server of our own in a child process: a crash of native code ends the child and not the run.

The child listens on loopback under a random key. When it dies it is started again, a bounded number of times, and
what it held is asked again.
"""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable
from typing import IO

from factory.engines._http import HttpEngine
from factory.errors import RunError, UserError
from factory.request import Fault, Reply, Request

Launch = Callable[[IO[bytes]], Awaitable[tuple[asyncio.subprocess.Process, HttpEngine | None]]]
"""Starts the child, its output going to the file; gives it with a client, or with None if it did not come up."""
_DYING_SECONDS = 2.0
_CLOSING_SECONDS = 20.0


class ManagedServer:
    """The child called `name` and the client that asks it, `slots` requests at once."""

    def __init__(self, name: str, launch: Launch, slots: int, restarts: int) -> None:
        self.slots = slots
        self._name = name
        self._launch = launch
        self._restarts = restarts
        self._starts = 0
        self._child: asyncio.subprocess.Process | None = None
        self._client: HttpEngine | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._child.pid if self._child else None

    async def open(self) -> None:
        """Start the server. Raises UserError with its last word if it does not come up."""
        with tempfile.TemporaryFile() as log:
            self._child, self._client = await self._launch(log)
            if self._client is None:
                await self.close()
                raise UserError(f"{self._name} does not start: {_last_word(log)}")
        self._starts += 1

    async def close(self) -> None:
        """End the server and all that it started."""
        if self._client is not None:
            await self._client.close()
            self._client = None
        if self._child is not None:
            child, self._child = self._child, None
            _signal(child, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), _CLOSING_SECONDS)
            _signal(child, signal.SIGKILL)
            await child.wait()

    async def ask(self, request: Request) -> Reply:
        """Ask the server; start it again if it is gone."""
        child, client = self._child, self._client
        if client is None or child is None:
            return Reply(fault=Fault("crashed", f"{self._name} is not running"))
        reply = await client.ask(request)
        if reply.fault is not None and reply.fault.kind in ("connection", "server"):
            return await self._look_after(child, client, reply)
        return reply

    async def _look_after(self, child: asyncio.subprocess.Process, client: HttpEngine, reply: Reply) -> Reply:
        """Start a dead server again, once for all the requests that found it dead."""
        async with self._starting:
            if self._child is child:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), _DYING_SECONDS)
                if child.returncode is None and await client.alive():
                    return reply
                if self._starts > self._restarts:
                    raise RunError(f"{self._name} ended {self._starts} times, last with code {child.returncode}")
                await self.close()
                await self.open()
        return Reply(fault=Fault("crashed", f"{self._name} ended and was started again", after=0.0))


def _signal(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Signal the child's whole group: a server's workers must not outlive it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _last_word(log: IO[bytes]) -> str:
    """Give the last line that names an error, or the last line."""
    log.seek(0)
    said = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in said if "rror" in line]
    return (errors or said or ["it ended without a word"])[-1][-400:]
