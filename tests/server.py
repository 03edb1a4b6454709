"""A real HTTP server that speaks OpenAI's API and fails as it is told to, in a thread of its own."""

import asyncio
import hashlib
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Behave = Callable[[dict[str, Any], int], Awaitable[web.StreamResponse | None]]


class Server:
    """`behave(body, times asked before)` gives a response, or None for a proper answer."""

    def __init__(self, behave: Behave | None = None, key: str | None = None) -> None:
        self.asked: Counter[str] = Counter()
        self.most_at_once = 0
        self.port = 0
        self._now = 0
        self._behave = behave
        self._key = key
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "Server":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._answer)
        app.router.add_post("/v1/completions", self._answer)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        self._loop.run_until_complete(site.start())
        self.port = runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _models(self, request: web.Request) -> web.Response:
        if self._key and request.headers.get("Authorization") != f"Bearer {self._key}":
            return web.json_response({"error": {"message": "no such key"}}, status=401)
        return web.json_response({"object": "list", "data": [{"id": "toy", "object": "model"}]})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        asked = body.get("prompt") or body["messages"][-1]["content"]
        before = self.asked[asked]
        self.asked[asked] += 1
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self._behave and (response := await self._behave(body, before)) is not None:
                return response
            return web.json_response(answer(body))
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
