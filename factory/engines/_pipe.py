"""Asks a child process over its standard input and output: one line of JSON each way, answers in any order.

{"id": 7, "messages": [{"role": "user", "content": "What is 2 + 3?"}, …], "prompt": null}
{"id": 7, "numbers": [1.72], "tokens": 31}
{"id": 8, "fault": ["too_long", "9001 tokens, and the model reads 8192 at most"]}
"""

import asyncio
import contextlib
import itertools
from math import isfinite
from typing import Any

import orjson

from factory.request import Fault, Reply, Request


class Pipe:
    """The client of a child that is ready; `timeout` is the seconds that an answer may take."""

    def __init__(self, child: asyncio.subprocess.Process, model: str, timeout: float) -> None:
        self._child = child
        self._model = model
        self._timeout = timeout
        self._ids = itertools.count()
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def ask(self, request: Request) -> Reply:
        """Write one request, and wait for its answer."""
        number, answer = next(self._ids), asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self._write({"id": number, "messages": request.messages, "prompt": request.prompt})
            async with asyncio.timeout(self._timeout):
                return self._reply(await answer)
        except TimeoutError:
            return Reply(fault=Fault("timeout", f"no answer in {self._timeout:g} s"))
        except ConnectionError as error:
            return Reply(fault=Fault("connection", str(error)))
        finally:
            del self._asked[number]

    async def revive(self) -> bool:
        """Say whether the child lives."""
        return not self._reading.done()

    async def close(self) -> None:
        """Stop listening; the end of its input tells the child to end."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        assert self._child.stdin  # noqa: S101 - it is a pipe
        self._child.stdin.close()
        with contextlib.suppress(ConnectionError):
            await self._child.stdin.wait_closed()

    def _write(self, asked: dict[str, Any]) -> None:
        if self._reading.done():
            raise ConnectionResetError("the process has ended")
        assert self._child.stdin  # noqa: S101 - it is a pipe
        # No `drain`: what may wait in the buffer is bounded, as the engine's slots are.
        self._child.stdin.write(orjson.dumps(asked) + b"\n")

    async def _read(self) -> None:
        assert self._child.stdout  # noqa: S101 - it is a pipe
        try:
            while (line := await self._child.stdout.readline()).endswith(b"\n"):
                answer = orjson.loads(line)
                asked = self._asked.get(answer["id"])
                if asked is not None and not asked.done():
                    asked.set_result(answer)
        finally:
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(ConnectionResetError("the process ended before it had answered"))

    def _reply(self, answer: dict[str, Any]) -> Reply:
        if "fault" in answer:
            kind, why = answer["fault"]
            return Reply(fault=Fault(kind, why, retry=False))
        numbers = tuple(answer["numbers"])
        if not all(number is not None and isfinite(number) for number in numbers):
            return Reply(fault=Fault("malformed", "the model gives what is no number", retry=False))
        return Reply(numbers=numbers, prompt_tokens=answer["tokens"], model=self._model)
