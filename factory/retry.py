"""Asks again what can be helped by asking again, with tenacity's waits; a dead engine stops the run, never the rows.

A fault that belongs to the request (a malformed body, a 500) is asked again a bounded number of times, and then its
row fails. A server that cannot be reached says nothing about the row: it is waited for, and if it does not come
back the run stops where it is and a rerun goes on from there.
"""

import asyncio
from typing import Any

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, wait_random_exponential

from factory.engine import Engine
from factory.errors import RunError
from factory.meter import Meter
from factory.request import Reply, Request

_UNREACHABLE = {"connection", "crashed"}
_BACKOFF = wait_random_exponential(multiplier=0.5, max=20)


class Retrying:
    """An engine whose faults are asked again: `attempts` in all, or `patience` seconds for one out of reach."""

    def __init__(self, engine: Engine, meter: Meter, name: str, attempts: int, patience: float) -> None:
        self._engine = engine
        self._meter = meter
        self._name = name
        self._attempts = attempts
        self._patience = patience

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
        """Ask until there is an answer or no hope of one. Raises RunError if the engine is out of reach."""
        reply = await self._engine.ask(request)
        if not _hopeful(reply):
            return reply
        # tenacity comes in only after a first fault: the common case pays nothing for it.
        again = AsyncRetrying(
            retry=retry_if_result(_hopeful),
            wait=_wait,
            stop=self._enough,
            retry_error_callback=lambda state: state.outcome.result(),  # type: ignore[union-attr]
        )
        await asyncio.sleep(_first_wait(reply))
        reply = await again(self._once_more, request)
        if reply.fault is not None and reply.fault.kind in _UNREACHABLE:
            raise RunError(f"engine {self._name} has not answered for {self._patience:g} s: {reply.fault}")
        return reply

    async def _once_more(self, request: Request) -> Reply:
        self._meter.retried += 1
        return await self._engine.ask(request)

    def _enough(self, state: RetryCallState) -> bool:
        fault = state.outcome.result().fault  # type: ignore[union-attr]
        if fault.kind in _UNREACHABLE:
            return (state.seconds_since_start or 0) >= self._patience
        return state.attempt_number >= self._attempts - 1


def _hopeful(reply: Reply) -> bool:
    return reply.fault is not None and reply.fault.retry


def _wait(state: RetryCallState) -> float:
    fault: Any = state.outcome.result().fault  # type: ignore[union-attr]
    return float(fault.after if fault.after is not None else _BACKOFF(state))


def _first_wait(reply: Reply) -> float:
    after = reply.fault.after if reply.fault else None
    return 0.2 if after is None else after
