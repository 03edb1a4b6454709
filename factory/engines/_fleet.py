"""Several servers as one engine: each holds as many requests as it can use, and a dead one is left alone till it lives.

A request goes to the server that is least full for its size. How much each one can use is found out as the run goes
(see `_limit`). A server that cannot be reached, or that has let several requests in a row time out, is taken out until
it can be brought back; what it held is asked of the others.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from factory.engine import Engine
from factory.engines._limit import Limit
from factory.errors import RunError, UserError
from factory.request import Fault, Reply, Request

_OVERLOADED = {"rate_limit", "busy", "timeout", "connection"}
_TIMEOUTS = 3
"""So many in a row, and a server counts as hung."""
_WAIT_SECONDS = 5.0
_READING = 10
"""Tokens of a prompt that cost about as much as one token of an answer."""


class Server(Engine, Protocol):
    """An engine that can go away and come back."""

    async def revive(self) -> bool:
        """Look whether it answers again, or make it. Raises RunError if it is gone for good."""
        ...


@dataclass
class Place:
    """One server of a fleet, and what is known of it."""

    server: Server
    limit: Limit
    out: str | None = None
    """Why it is not asked at the moment; None while it is."""
    rests_until: float = 0.0
    timeouts: int = 0
    gone: RunError | None = None
    """Why it will not come back."""
    reviving: bool = False
    """Whether it is being looked at, or loaded, at this moment."""
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def load(self) -> float:
        """Give how full it would be with one request more; 1 is full."""
        return (self.limit.in_flight + 1) / self.limit.value


class Fleet:
    """Spreads requests over its places by what each has outstanding."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def slots(self) -> int:
        """As many as the servers that answer can use now."""
        if len(self.places) == 1:
            return self.places[0].limit.value
        return max(1, sum(place.limit.value for place in self._ready()))

    async def open(self) -> None:
        """Open the servers. Raises UserError if none can be reached, or one has another model or refuses the key."""
        found = await asyncio.gather(*(place.server.open() for place in self.places), return_exceptions=True)
        for error in found:
            if error is not None and not isinstance(error, ConnectionError):
                raise error
        for place, error in zip(self.places, found, strict=True):
            if error is not None:
                self._take_out(place, str(error))
        if all(found):
            await self.close()
            raise UserError("; ".join(map(str, found)))

    async def close(self) -> None:
        """Close the servers."""
        for place in self.places:
            if place.task is not None:
                place.task.cancel()
            await place.server.close()

    async def ask(self, request: Request) -> Reply:
        """Ask the least full server, when one has room. Raises RunError if all are gone for good."""
        loop = asyncio.get_running_loop()
        while (place := self._roomiest()) is None:
            if not await self._turn():
                return Reply(fault=Fault("connection", str(self.places[0].out), after=0.0))
        began = loop.time()
        place.limit.started(began)
        tokens, overloaded = 0, False
        try:
            reply = await place.server.ask(request)
            tokens = reply.completion_tokens + reply.prompt_tokens // _READING
            overloaded = reply.fault is not None and reply.fault.kind in _OVERLOADED
        finally:
            now = loop.time()
            place.limit.ended(now, began, tokens, overloaded)
            self._let_in()
        if reply.fault is None:
            place.timeouts = 0
            return reply
        return self._judged(place, reply, reply.fault, now)

    def _ready(self) -> list[Place]:
        now = asyncio.get_running_loop().time()
        return [place for place in self.places if place.out is None and place.rests_until <= now]

    def _roomiest(self) -> Place | None:
        found = [place for place in self._ready() if place.limit.in_flight < place.limit.value]
        return min(found, key=Place.load, default=None) if len(found) != 1 else found[0]

    async def _turn(self) -> bool:
        """Wait until there may be room; False after a while in which no server was there nor being loaded."""
        if all(place.gone for place in self.places):
            raise RunError("; ".join(str(place.gone) for place in self.places))
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await asyncio.wait_for(turn, _WAIT_SECONDS)
        except TimeoutError:
            return any(place.out is None or place.reviving for place in self.places)
        return True

    def _let_in(self) -> None:
        """Let as many go on as there is room for; all, to hear of it, if every server is gone."""
        if not self._waiting:
            return
        room = sum(max(place.limit.value - place.limit.in_flight, 0) for place in self._ready())
        if all(place.gone for place in self.places):
            room = len(self._waiting)
        while room > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                room -= 1

    def _judged(self, place: Place, reply: Reply, fault: Fault, now: float) -> Reply:
        """Draw the conclusions from a fault; where another server is ready, nobody need wait for this one."""
        place.timeouts = place.timeouts + 1 if fault.kind == "timeout" else 0
        if fault.kind == "connection" or place.timeouts >= _TIMEOUTS:
            self._take_out(place, fault.message)
        if fault.after:
            place.rests_until = max(place.rests_until, now + fault.after)
            asyncio.get_running_loop().call_at(place.rests_until, self._let_in)
        if fault.kind in _OVERLOADED and any(other is not place for other in self._ready()):
            return replace(reply, fault=replace(fault, after=0.0))
        return reply

    def _take_out(self, place: Place, why: str) -> None:
        if place.out is None:
            place.out = why
            place.task = asyncio.get_running_loop().create_task(self._revive(place))

    async def _revive(self, place: Place) -> None:
        """Try now and then to bring a server back."""
        pause = 0.25
        back = False
        while not back:
            await asyncio.sleep(pause)
            pause = min(2 * pause, 10.0)
            place.reviving = True
            try:
                back = await place.server.revive()
            except RunError as error:
                place.gone = error
                break
            finally:
                place.reviving = False
        if back:
            place.out, place.timeouts = None, 0
        self._let_in()
