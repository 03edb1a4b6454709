"""Asks again what can be helped by asking again, with tenacity's waits; a dead engine stops the run, never the rows.

A fault that belongs to the request (a malformed body, a 500) is asked again a bounded number of times, and then its
row fails. A server that cannot be reached says nothing about the row: it is waited for, and if it does not come
back the run stops where it is and a rerun goes on from there.
"""

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

    async def ask(self, request: Request) -> Reply:
        """Ask until there is an answer or no hope of one. Raises RunError if the engine does not serve us."""
        reply = await self._engine.ask(request)
        if reply.fault is None:
            return reply
        # tenacity comes in only after a first fault: the common case pays nothing for it.
        reply = await _Again(self._engine, self._meter, request, self._attempts, self._patience).ask(reply)
        if reply.fault is not None and reply.fault.kind == "denied":
            raise RunError(f"engine {self._name} refuses us: {reply.fault}")
        if reply.fault is not None and reply.fault.kind in _ENGINE:
            raise RunError(f"engine {self._name} has not answered for {self._patience:g} s: {reply.fault}")
        return reply


class _Again:
    """One request on its way through its retries."""

    def __init__(self, engine: Engine, meter: Meter, request: Request, attempts: int, patience: float) -> None:
        self._engine = engine
        self._meter = meter
        self._request = request
        self._left = attempts
        self._patience = patience

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
            stop=self._enough,
            retry_error_callback=lambda state: state.outcome.result(),  # type: ignore[union-attr]
        )
        reply: Reply = await again(once_more)
        return reply

    def _enough(self, state: RetryCallState) -> bool:
        fault = state.outcome.result().fault  # type: ignore[union-attr]
        if fault.kind in _ENGINE:
            return (state.seconds_since_start or 0) >= self._patience
        return self._left <= 0


def _wait(state: RetryCallState) -> float:
    fault: Any = state.outcome.result().fault  # type: ignore[union-attr]
    return float(fault.after if fault.after is not None else _BACKOFF(state))
