"""Asks again what can be helped by asking again, with tenacity's waits; a dead engine stops the run, never the rows.

A fault that belongs to the request (a malformed body, a 500) is asked again a bounded number of times, and then its
row fails. A server that cannot be reached says nothing about the row: it is waited for, and if it answers nobody for
as long as there is patience, the run stops where it is and a rerun goes on from there.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, wait_random_exponential

from factory.engine import Engine, Wrapper
from factory.errors import RunError
from factory.meter import Meter
from factory.request import Reply, Request

_ENGINE = {"connection", "busy", "rate_limit"}
"""Faults of the engine and not of the request: waiting is all that helps."""
_BACKOFF = wait_random_exponential(multiplier=0.5, max=20)


class Retrying(Wrapper):
    """An engine whose faults are asked again: `attempts` in all, or `patience` seconds for one out of reach."""

    def __init__(self, engine: Engine, meter: Meter, name: str, attempts: int, patience: float) -> None:
        super().__init__(engine)
        self._meter = meter
        self._name = name
        self._attempts = attempts
        self._patience = patience
        self._answered = 0.0
        self._pausing = 0

    @property
    def slots(self) -> int:
        """As many as the engine has, and those requests that pause: they use none of its room."""
        return self._engine.slots + min(self._pausing, self._engine.slots)

    async def ask(self, request: Request) -> Reply:
        """Ask until there is an answer or no hope of one. Raises RunError if the engine does not serve us."""
        reply = await self._engine.ask(request)
        if reply.fault is not None:
            # tenacity comes in only after a first fault: the common case pays nothing for it.
            again = _Again(self._engine, self._meter, request, self._attempts, self._hopeless, self._pause)
            reply = await again.ask(reply)
        if (fault := reply.fault) is None:
            self._answered = time.monotonic()
        elif fault.kind == "denied":
            raise RunError(f"engine {self._name} refuses us: {fault}")
        elif fault.kind in _ENGINE and (not fault.retry or self._silence() >= self._patience):
            raise RunError(f"engine {self._name} has not answered for {self._patience:g} s: {fault}")
        return reply

    def _silence(self) -> float:
        return time.monotonic() - self._answered

    def _hopeless(self, waited: float) -> bool:
        """Say whether the engine answers nobody, or others and not this request: then it is the request's fault."""
        return min(waited, self._silence()) >= self._patience or waited >= 2 * self._patience

    async def _pause(self, seconds: float) -> None:
        self._pausing += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._pausing -= 1


class _Again:
    """One request on its way through its retries."""

    def __init__(
        self,
        engine: Engine,
        meter: Meter,
        request: Request,
        attempts: int,
        hopeless: Callable[[float], bool],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._meter = meter
        self._request = request
        self._left = attempts
        self._hopeless = hopeless
        self._pause = pause

    async def ask(self, first: Reply) -> Reply:
        """Go on from the first fault, which takes its turn like any other."""
        waiting: Reply | None = first

        async def once_more() -> Reply:
            nonlocal waiting
            reply, waiting = waiting, None
            if reply is None:
                self._meter.retried += 1
                reply = await self._engine.ask(self._request)
            seed = self._request.seed
            if reply.fault is not None and reply.fault.kind == "empty" and seed is not None:
                # The same seed would draw the same nothing again.
                self._request = replace(self._request, seed=(seed + 1) & 0x7FFFFFFF)
            if reply.fault is not None and reply.fault.kind not in _ENGINE:
                self._left -= 1
            return reply

        again = AsyncRetrying(
            retry=retry_if_result(lambda reply: reply.fault is not None and reply.fault.retry),
            wait=_wait,
            sleep=self._pause,
            stop=self._enough,
            retry_error_callback=lambda state: state.outcome.result(),  # type: ignore[union-attr]
        )
        reply: Reply = await again(once_more)
        return reply

    def _enough(self, state: RetryCallState) -> bool:
        fault = state.outcome.result().fault  # type: ignore[union-attr]
        if fault.kind in _ENGINE:
            return self._hopeless(state.seconds_since_start or 0)
        return self._left <= 0


def _wait(state: RetryCallState) -> float:
    fault: Any = state.outcome.result().fault  # type: ignore[union-attr]
    return float(fault.after if fault.after is not None else _BACKOFF(state))
