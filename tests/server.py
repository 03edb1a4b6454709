"""A real HTTP server that speaks OpenAI's API and fails as it is told to, in a thread of its own.

with Server(always(FAULTS["no JSON"])) as server:
    server.stop()    # refuses connections, and cuts those that are open
    server.start()   # answers again, at the same address
"""

import asyncio
import hashlib
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Carried = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
"""Carries a fault out, given the request and its body."""
Behave = Callable[[dict[str, Any], int], Awaitable[web.StreamResponse | Carried | None]]


class Server:
    """`behave(body, times asked before)` gives a response or one of FAULTS, or None for a proper answer.

    An answer takes `seconds`. With `room`, more requests at once than that get HTTP 429. While it is `hung` it takes
    every request and answers none.
    """

    def __init__(
        self,
        behave: Behave | None = None,
        key: str | None = None,
        *,
        seconds: float = 0.0,
        room: int | None = None,
        port: int = 0,
        model: str = "toy",
    ) -> None:
        self.asked: Counter[str] = Counter()
        self.answered = 0
        self.keys: set[str | None] = set()
        self.turned_away = 0
        self.most_at_once = 0
        self.port = port
        self.seconds = seconds
        self.hung = False
        self._now = 0
        self._behave = behave
        self._key = key
        self._room = room
        self._model = model

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, at the port it had before if it had one."""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        """Go away in the middle of everything; safe to call twice."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._leave(), self._loop)
            self._thread.join(10)

    async def _leave(self) -> None:
        await self._site.stop()
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0.01)  # for the handlers to be cancelled
        self._loop.stop()

    def _serve(self) -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._answer)
        app.router.add_post("/v1/completions", self._answer)
        self._runner = runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.001)
        self._loop.run_until_complete(runner.setup())
        self._site = site = web.TCPSite(runner, "127.0.0.1", self.port, backlog=1024)
        self._loop.run_until_complete(site.start())
        self.port = runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _models(self, request: web.Request) -> web.Response:
        if self.hung:
            await asyncio.sleep(3600)
        if self._key and request.headers.get("Authorization") != f"Bearer {self._key}":
            return web.json_response({"error": {"message": "no such key"}}, status=401)
        return web.json_response({"object": "list", "data": [{"id": self._model, "object": "model"}]})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        asked = body.get("prompt") or body["messages"][-1]["content"]
        before = self.asked[asked]
        self.asked[asked] += 1
        self.keys.add(request.headers.get("Authorization"))
        if self._room is not None and self._now >= self._room:
            self.turned_away += 1
            return web.json_response({"error": {"message": "too many at once"}}, status=429)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.hung:
                await asyncio.sleep(3600)
            if self.seconds:
                await asyncio.sleep(self.seconds)
            behaviour = await self._behave(body, before) if self._behave else None
            if callable(behaviour):
                return await behaviour(request, body)
            self.answered += 1
            return behaviour if behaviour is not None else web.json_response(answer(body))
        finally:
            self._now -= 1


def answer(body: dict[str, Any], text: str | None = None, **message: Any) -> dict[str, Any]:
    """Make a proper answer: a text that depends on what was asked."""
    asked = body.get("prompt") or body["messages"][-1]["content"]
    said = text if text is not None else f"{asked}: {hashlib.sha256(asked.encode()).hexdigest()[:8]}"
    if "prompt" in body:
        choice = {"text": said, "finish_reason": "stop"}
    else:
        choice = {"message": {"role": "assistant", "content": said, **message}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 7}
    return {"choices": [choice] * body.get("n", 1), "usage": usage}


async def _close(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def _reset(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Send half of an answer, then a TCP reset."""
    data = json.dumps(answer(body)).encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(data))})
    await response.prepare(request)
    await response.write(data[: len(data) // 2])
    assert request.transport is not None
    await asyncio.sleep(0.01)  # for the first half to arrive
    linger = struct.pack("ii", 1, 0)
    request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    request.transport.abort()
    return response


async def _never(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(3600)
    raise AssertionError


def _gives(make: Callable[[dict[str, Any]], web.Response]) -> Carried:
    async def carried(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return make(body)

    return carried


def _problem(status: int, message: str, **headers: str) -> Carried:
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    return _gives(lambda body: web.json_response({"error": {"message": message}}, status=status, headers=found))


FAULTS: dict[str, Carried] = {
    "closed without a word": _close,
    "reset in mid-answer": _reset,
    "never answers": _never,
    "429 with Retry-After": _problem(429, "slow down", Retry_After="1"),
    "500": _problem(500, "boom"),
    "502": _gives(lambda body: web.Response(text="<html>Bad Gateway</html>", status=502)),
    "503": _problem(503, "busy"),
    "truncated body": _gives(
        lambda body: web.Response(text=json.dumps(answer(body))[:40], content_type="application/json")
    ),
    "not JSON": _gives(lambda body: web.Response(text="hello")),
    "wrong shape": _gives(lambda body: web.json_response({"choices": {"text": "hello"}})),
    "wrong n": _gives(lambda body: web.json_response(answer({**body, "n": body.get("n", 1) + 1}))),
    "empty choice": _gives(lambda body: web.json_response(answer(body, ""))),
    "context overflow": _problem(400, "This model's maximum context length is 8 tokens"),
}
"""Every way for a reply to be none, by name."""


def always(fault: Carried) -> Behave:
    """Behave so every time."""

    async def behave(body: dict[str, Any], before: int) -> Carried:
        return fault

    return behave
