"""Counts what an engine is asked and answers, and opens it when it is first needed."""

import asyncio
import time
from collections import Counter, deque
from dataclasses import dataclass, field

from factory.engine import Engine, Wrapper
from factory.request import Reply, Request

_WINDOW = 30.0


@dataclass
class Meter:
    """What one engine did in this run. Tokens are counted where they are paid for: a reused reply adds none."""

    sent: int = 0
    reused: int = 0
    retried: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """Answers that were none, by kind."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    in_flight: int = 0
    slots: int = 0
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def count(self, tokens: int) -> None:
        """Add the tokens of one answer."""
        now = time.monotonic()
        self.completion_tokens += tokens
        self._recent.append((now, tokens))
        while self._recent[0][0] < now - _WINDOW:
            self._recent.popleft()

    def tokens_per_second(self) -> float:
        """Give the generated tokens per second over the last half minute."""
        now = time.monotonic()
        while self._recent and self._recent[0][0] < now - _WINDOW:
            self._recent.popleft()
        if len(self._recent) < 2:
            return 0.0
        return sum(tokens for _, tokens in self._recent) / max(now - self._recent[0][0], 1e-3)


class Metered(Wrapper):
    """An engine that is opened by the first request, with every request counted."""

    def __init__(self, engine: Engine, meter: Meter) -> None:
        super().__init__(engine)
        self._meter = meter
        self._opening = asyncio.Lock()
        self._open = False
        self._failed: Exception | None = None
        meter.slots = engine.slots

    async def open(self) -> None:
        """Open the engine, once."""
        async with self._opening:
            if self._failed is not None:
                raise self._failed
            if not self._open:
                try:
                    await self._engine.open()
                except Exception as error:
                    self._failed = error  # those who wait for it need not each try again
                    raise
                self._open = True

    async def ask(self, request: Request) -> Reply:
        """Ask the engine, and count."""
        if not self._open:
            await self.open()
        meter = self._meter
        meter.sent += 1
        meter.in_flight += 1
        try:
            reply = await self._engine.ask(request)
        finally:
            meter.in_flight -= 1
        if reply.fault is not None:
            meter.faults[reply.fault.kind] += 1
        meter.slots = self._engine.slots
        meter.prompt_tokens += reply.prompt_tokens
        meter.count(reply.completion_tokens)
        return reply

    async def close(self) -> None:
        """Close the engine."""
        await self._engine.close()
        self._open = False
