"""Several servers as one engine: each holds as many requests as it can use, and a dead one is left alone till it lives.

A request goes to the server that is least full for its size. How much each one can use is found out as the run goes
(see `_limit`). A server that cannot be reached, or that has turned several requests in a row away, is taken out until
it can be brought back; what it held is asked of the others. When it is back it gets one request at a time until it has
answered one (a half-open circuit breaker).
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from factory.engines._limit import Limit
from factory.errors import RunError, UserError
from factory.request import Fault, Reply, Request

_OVERLOADED = {"rate_limit", "busy", "timeout", "connection"}
_IN_A_ROW = 3
"""So many of them since the newest request that was answered, and a server is taken out."""
_LONGEST_PAUSE = 10.0
_READING = 10
"""Tokens of a prompt that cost about as much as one token of an answer."""


class Server(Protocol):
    """What answers at one address, can go away and come back."""

    async def open(self) -> None:
        """Connect or start. Raises UserError, or ConnectionError if nothing answers."""

    async def ask(self, request: Request) -> Reply:
        """Answer one request."""
        ...

    async def close(self) -> None:
        """Free what `open` took."""

    async def revive(self) -> bool:
        """Look whether it answers again, or make it. Raises RunError if it is gone for good."""
        ...


@dataclass
class Place:
    """One server of a fleet, and what is known of it."""

    server: Server
    limit: Limit
    out: Fault | None = None
    """Why it is not asked at the moment; None while it is."""
    rests_until: float = 0.0
    answered: float = 0.0
    """When the newest request that it answered began."""
    faults: int = 0
    """How many requests since then it has turned away or let time out."""
    trying: bool = False
    """Whether it has the one request that it gets after so many."""
    pause: float = 0.0
    """Seconds until it is looked at once it is out; grows until it answers."""
    gone: RunError | None = None
    """Why it will not come back."""
    reviving: bool = False
    """Whether it is being looked at, or loaded, at this moment."""
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def room(self) -> int:
        """Say how many requests more it may have."""
        if self.faults >= _IN_A_ROW:
            return int(not self.trying)
        return max(self.limit.value - self.limit.in_flight, 0)

    def load(self) -> float:
        """Give how full it would be with one request more; 1 is full."""
        return (self.limit.in_flight + 1) / self.limit.value


class Fleet:
    """Spreads requests over its places by what each has outstanding; waits `patience` seconds while all are out."""

    def __init__(self, places: Sequence[Place], patience: float = 300.0) -> None:
        self.places = places
        self._patience = patience
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def slots(self) -> int:
        """As many as the servers that answer can use now."""
        if len(self.places) == 1:
            return self.places[0].limit.value
        return max(1, sum(place.limit.value for place in self.places if place.out is None))

    async def open(self) -> None:
        """Open the servers. Raises UserError if none can be reached, or one has another model or refuses the key."""
        found = await asyncio.gather(*(place.server.open() for place in self.places), return_exceptions=True)
        for error in found:
            if error is not None and not isinstance(error, ConnectionError):
                raise error
        if all(found):
            raise UserError("; ".join(map(str, found)))
        for place, error in zip(self.places, found, strict=True):
            if error is not None:
                self._take_out(place, Fault("connection", str(error)))

    async def close(self) -> None:
        """Close the servers, and forget what was wrong with them."""
        for place in self.places:
            if place.task is not None:
                place.task.cancel()
                await asyncio.gather(place.task, return_exceptions=True)
            place.out, place.gone, place.task = None, None, None
            place.faults, place.trying, place.pause, place.rests_until = 0, False, 0.0, 0.0
        await asyncio.gather(*(place.server.close() for place in self.places))

    async def ask(self, request: Request) -> Reply:
        """Ask the least full server, when one has room. Raises RunError if all are gone for good."""
        loop = asyncio.get_running_loop()
        while (place := self._roomiest()) is None:
            if not await self._turn():
                why = next(place.out for place in self.places if place.out)
                # A timeout is a request's own trouble elsewhere; here nobody is answered.
                return Reply(fault=replace(why, kind="connection" if why.kind == "timeout" else why.kind, retry=False))
        began = loop.time()
        place.limit.started(began)
        trial = place.trying = place.faults >= _IN_A_ROW
        tokens, overloaded = 0, False
        try:
            reply = await place.server.ask(request)
            tokens = reply.completion_tokens + reply.prompt_tokens // _READING
            overloaded = reply.fault is not None and reply.fault.kind in _OVERLOADED
        finally:
            now = loop.time()
            place.limit.ended(now, began, tokens, overloaded)
            place.trying = place.trying and not trial
            self._let_in()
        if not overloaded:
            place.answered, place.faults, place.pause = max(place.answered, began), 0, 0.0
        elif reply.fault is not None:
            place.faults += began >= place.answered
            reply = self._judged(place, reply, reply.fault, now)
        self._let_in()
        return reply

    def _ready(self) -> list[Place]:
        now = asyncio.get_running_loop().time()
        return [place for place in self.places if place.out is None and place.rests_until <= now]

    def _roomiest(self) -> Place | None:
        found = [place for place in self._ready() if place.room()]
        return min(found, key=Place.load, default=None) if len(found) != 1 else found[0]

    async def _turn(self) -> bool:
        """Wait until there may be room; False when none was there nor being loaded as long as there is patience."""
        if all(place.gone for place in self.places):
            raise RunError("; ".join(str(place.gone) for place in self.places))
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await asyncio.wait_for(turn, self._patience)
        except TimeoutError:
            return any(place.out is None or place.reviving for place in self.places)
        return True

    def _let_in(self) -> None:
        """Let as many go on as there is room for; all, to hear of it, if every server is gone."""
        if not self._waiting:
            return
        room = sum(place.room() for place in self._ready())
        if all(place.gone for place in self.places):
            room = len(self._waiting)
        while room > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                room -= 1

    def _judged(self, place: Place, reply: Reply, fault: Fault, now: float) -> Reply:
        """Draw the conclusions from a fault; where others are asked instead, nobody need wait for this one."""
        if fault.kind == "connection" or place.faults >= _IN_A_ROW:
            self._take_out(place, fault)
        if fault.after:
            place.rests_until = max(place.rests_until, now + fault.after)
            asyncio.get_running_loop().call_at(place.rests_until, self._let_in)
        ready = self._ready()
        return replace(reply, fault=replace(fault, after=0.0)) if ready and place not in ready else reply

    def _take_out(self, place: Place, why: Fault) -> None:
        if place.out is None:
            place.out = why
            place.task = asyncio.get_running_loop().create_task(self._revive(place))

    async def _revive(self, place: Place) -> None:
        """Try to bring a server back: at once if it has answered of late, and then now and then."""
        back = False
        while not back:
            await asyncio.sleep(place.pause)
            place.pause = min(max(2 * place.pause, 0.25), _LONGEST_PAUSE)
            place.reviving = True
            try:
                back = await place.server.revive()
            except (RunError, OSError) as error:
                place.gone = error if isinstance(error, RunError) else RunError(str(error))
                break
            finally:
                place.reviving = False
        if back:
            place.out = None
        self._let_in()
