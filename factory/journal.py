"""Replies as they arrive, one line each: a killed run asks again only what was in flight.

    outputs/journal/SmolLM2-135M-Instruct-5f0c12ab/1763640000123456789-4242.jsonl
    {"key": "5ab0…", "reply": {"choices": [{"text": "2 + 3 = …", "finish": "stop"}], …}}

Runs whose folders lie side by side share their journal, a folder for each model: what one has asked, another need
not pay for again. Each process appends to files of its own, so a line cut off by a kill never spoils the next one.
Only answers are kept; a fault is asked again by the next run.
"""

import asyncio
import errno
import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from factory.engine import Engine, Wrapper
from factory.errors import UserError
from factory.meter import Meter
from factory.request import Reply, Request
from factory.rows import digest


class Journals:
    """The journals of a run's engines; engines that run the same model share one.

    With `fresh`, what earlier runs were answered is not looked at.
    """

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        self._folder = folder
        self._fresh = fresh
        self._open: dict[str, Journal] = {}

    def of(self, identity: dict[str, Any]) -> "Journal":
        """Open the journal of a model. Raises UserError if its folder cannot be written."""
        model = re.sub(r"[^A-Za-z0-9._-]+", "-", str(identity["model"])).strip("-.")[-60:]
        name = f"{model}-{digest(*sorted(identity.items()))[:8]}"
        if name not in self._open:
            journal = Journal(self._folder / name)
            try:
                journal.open(index=not self._fresh)
            except OSError as error:
                message = f"{journal.folder}: the journal cannot be written: {error.strerror}"
                raise UserError(f"{message}; it lies beside the run's folder: choose another --out") from None
            self._open[name] = journal
        return self._open[name]

    def flush(self) -> None:
        """Make what was appended outlive the machine too."""
        for journal in self._open.values():
            journal.flush()

    def close(self) -> None:
        """Flush, and leave no empty file behind."""
        for journal in self._open.values():
            journal.close()


class Journal:
    """The replies of one model to all runs, found by their request's key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places: dict[str, tuple[int, int]] = {}
        self._files: list[Path] = []
        self.asking: dict[str, asyncio.Future[None]] = {}
        """The requests in flight, by their keys."""
        self._written = -1
        self._end = 0
        self._dirty = False

    def open(self, index: bool = True) -> None:
        """Index what earlier runs left, and start a file for this one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._files = sorted(self.folder.glob("*.jsonl")) if index else []
        for number, path in enumerate(self._files):
            # One that is gone was empty: the run that made it has ended since.
            with suppress(FileNotFoundError), path.open("rb") as file:
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
            if self._end == 0:
                self._files[-1].unlink(missing_ok=True)


class Journaled(Wrapper):
    """An engine that answers from the journal what was asked before, and keeps each new answer."""

    def __init__(self, engine: Engine, journal: Journal, identity: dict[str, Any], meter: Meter) -> None:
        super().__init__(engine)
        self._journal = journal
        self._identity = identity
        self._meter = meter

    async def ask(self, request: Request) -> Reply:
        """Answer from the journal, or ask: one same request is never in flight twice."""
        key = request.key(self._identity)
        while (twin := self._journal.asking.get(key)) is not None:
            await asyncio.wait([twin])
        if (known := self._journal.get(key)) is not None:
            self._meter.reused += 1
            return known
        self._journal.asking[key] = asyncio.get_running_loop().create_future()
        try:
            reply = await self._engine.ask(request)
            if reply.fault is None:
                self._journal.add(key, reply)
            return reply
        finally:
            self._journal.asking.pop(key).set_result(None)
