"""Replies as they arrive, one line each: a killed run asks again only what was in flight.

    outputs/math_sft/journal/1763640000123456789-4242.jsonl
    {"key": "5ab0…", "reply": {"choices": [{"text": "2 + 3 = …", "finish": "stop"}], …}}

Each process appends to a file of its own, so a line cut off by a kill never spoils the next one. Only answers are
kept; a fault is asked again by the next run.
"""

import asyncio
import errno
import os
import time
from pathlib import Path
from typing import Any

import orjson

from factory.engine import Engine
from factory.meter import Meter
from factory.request import Reply, Request


class Journal:
    """The replies of all runs in a folder, found by their request's key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places: dict[str, tuple[int, int]] = {}
        self._files: list[Path] = []
        self._written = -1
        self._end = 0
        self._dirty = False

    def open(self) -> None:
        """Index what earlier runs left, and start a file for this one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._files = sorted(self.folder.glob("*.jsonl"))
        for number, path in enumerate(self._files):
            with path.open("rb") as file:
                place = 0
                for line in file:
                    if line.endswith(b"\n") and line.startswith(b'{"key":"'):
                        self._places[line[8 : line.index(b'"', 8)].decode()] = (number, place)
                    place += len(line)
        self._files.append(self.folder / f"{time.time_ns()}-{os.getpid()}.jsonl")
        self._written = os.open(self._files[-1], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)

    def get(self, key: str) -> Reply | None:
        """Give the reply to a request asked before; None if there is none."""
        place = self._places.get(key)
        if place is None:
            return None
        with self._files[place[0]].open("rb") as file:
            file.seek(place[1])
            try:
                return Reply.from_json(orjson.loads(file.readline())["reply"])
            except (orjson.JSONDecodeError, KeyError, TypeError):
                return None  # a line that a power cut damaged is asked again

    def add(self, key: str, reply: Reply) -> None:
        """Append a reply. It is the system's, and outlives this process, when this returns."""
        line = orjson.dumps({"key": key, "reply": reply}, option=orjson.OPT_APPEND_NEWLINE)
        if os.write(self._written, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._files[-1]))
        self._places[key] = (len(self._files) - 1, self._end)
        self._end += len(line)
        self._dirty = True

    def flush(self) -> None:
        """Make what was appended outlive the machine too."""
        if self._dirty:
            self._dirty = False
            os.fsync(self._written)

    def close(self) -> None:
        """Flush, and leave no empty file behind."""
        if self._written >= 0:
            self.flush()
            os.close(self._written)
            self._written = -1
            if self._files[-1].stat().st_size == 0:
                self._files[-1].unlink()


class Journaled:
    """An engine that answers from the journal what was asked before, and keeps each new answer."""

    def __init__(self, engine: Engine, journal: Journal, identity: dict[str, Any], meter: Meter) -> None:
        self._engine = engine
        self._journal = journal
        self._identity = identity
        self._meter = meter
        self._asking: dict[str, asyncio.Future[None]] = {}

    @property
    def slots(self) -> int:
        """As many as the engine has."""
        return self._engine.slots

    async def open(self) -> None:
        """Open the engine."""
        await self._engine.open()

    async def close(self) -> None:
        """Close the engine."""
        await self._engine.close()

    async def ask(self, request: Request) -> Reply:
        """Answer from the journal, or ask: one same request is never in flight twice."""
        key = request.key(self._identity)
        while (twin := self._asking.get(key)) is not None:
            await asyncio.wait([twin])
        if (known := self._journal.get(key)) is not None:
            self._meter.reused += 1
            return known
        self._asking[key] = asyncio.get_running_loop().create_future()
        try:
            reply = await self._engine.ask(request)
            if reply.fault is None:
                self._journal.add(key, reply)
            return reply
        finally:
            self._asking.pop(key).set_result(None)
