"""Inference servers that exist only on paper, in virtual time: an event loop that jumps, servers, the work they do.

A server batches continuously (Yu et al., Orca, OSDI 2022): each of its slots makes one token a step, a request that is
done leaves its slot to the next in the queue, and a step takes 12 ms + 16 ms × the share of slots in use: the weights
are read once a step, the KV cache once per sequence (Pope et al., Efficiently Scaling Transformer Inference,
MLSys 2023). Prompts cost nothing. Output lengths are log-normal with sigma 1, about 390 tokens in the mean, cut at
2,048. `Problems(spread=8)` makes rows of four classes whose medians lie evenly (by their logarithms) over a range of
1 : 8.
"""

import asyncio
import heapq
import math
import selectors
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from factory.engine import Engine
from factory.request import Choice, Fault, Reply, Request
from factory.rows import Columns, Row, seed_of
from factory.stage import RowStage, Source

FIXED, FULL = 12e-3, 16e-3
MEDIAN, SIGMA, LONGEST = 250, 1.0, 2048
CLASSES = 4


class Problems(Source):
    """Rows of four classes in turn; `spread` is how much longer the answers of the last are than of the first."""

    count: int
    spread: float = 1

    def size(self) -> int:
        return self.count

    def makes(self) -> Columns:
        return {"number": int, "scale": float}

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        for number in range(start, stop):
            step = seed_of(number, "class") % CLASSES / (CLASSES - 1)
            yield {"number": number, "scale": self.spread ** (step - 0.5)}


class Talk(RowStage):
    """Asks the fleet once; requests of one stage and class begin alike, as those of one prompt file do."""

    engine: str
    number: int

    def makes(self) -> Columns:
        return {"said": int}

    def ask(self, row: Row) -> list[Request]:
        opening = f"{self.number} {row['scale']:.3f} ".ljust(200, ".")
        return [Request(prompt=f"{opening} {row['number']}", seed=seed_of(row["number"], self.number))]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        yield {**row, "said": replies[0].completion_tokens}


def tokens(request: Request) -> int:
    """Give the length of the answer, which the request's seed decides."""
    assert request.prompt is not None and request.seed is not None  # noqa: S101 - Talk gives both
    scale = float(request.prompt.split(maxsplit=2)[1])
    normal = NormalDist().inv_cdf((request.seed + 0.5) / 2**31)
    return max(1, min(LONGEST, round(MEDIAN * scale * math.exp(SIGMA * normal))))


class _Jumping(selectors.DefaultSelector):
    """Where an event loop would sleep until its next timer, moves the clock there."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += timeout or 0
        return super().select(timeout and 0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, always the same: waiting takes no time, and nothing else takes any on its clock.

    What would run in a thread runs at once instead, so that no race decides an order. Processes are not foreseen.
    """

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - belongs to who waits for it
            future.set_exception(error)
        return future


class Server:
    """An engine that batches continuously. Its clock counts the tokens that each slot has made since the start.

    All slots in use go at one pace, so a request that begins at clock c ends at c + its length: only the moments at
    which the batch changes are simulated, not the steps.
    """

    def __init__(self, slots: int, speed: float = 1) -> None:
        self.slots = slots
        self.speed = speed
        self.outstanding = 0
        self.busy = 0.0
        """Seconds that slots were in use, summed over the slots."""
        self._alive = True
        self._clock = self._since = 0.0
        self._running: list[tuple[float, int, int, asyncio.Future[Reply]]] = []
        self._waiting: deque[tuple[int, asyncio.Future[Reply]]] = deque()
        self._asked = 0
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    def seconds_per_step(self, batch: int) -> float:
        """Give the time of one step with this many slots in use."""
        return (FIXED + FULL * batch / self.slots) / self.speed

    async def alive(self) -> bool:
        """Say whether it answers at all."""
        return self._alive

    async def ask(self, request: Request) -> Reply:
        """Answer when as many tokens are made as the request takes; a dead server cannot be reached."""
        if not self._alive:
            return Reply(fault=Fault("connection", "the server is gone"))
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((tokens(request), reply))
        self._turn()
        self.outstanding += 1
        try:
            return await reply
        finally:
            self.outstanding -= 1

    def die(self) -> None:
        """Lose all that is in flight, and answer nothing any more."""
        self._alive = False
        self._advance()
        for *_, reply in [*self._running, *self._waiting]:
            reply.set_result(Reply(fault=Fault("connection", "the server died")))
        self._running, self._waiting = [], deque()
        self._turn()

    def _advance(self) -> None:
        now, batch = asyncio.get_running_loop().time(), len(self._running)
        if batch:
            self._clock += (now - self._since) / self.seconds_per_step(batch)
            self.busy += (now - self._since) * batch
        self._since = now

    def _turn(self) -> None:
        """Let the clock catch up, answer what is done, fill the slots, and come back when the next will be done."""
        self._advance()
        while self._running and self._running[0][0] <= self._clock + 1e-6:
            _, _, length, reply = heapq.heappop(self._running)
            reply.set_result(Reply((Choice(""),), completion_tokens=length, model="simulated"))
        while self._waiting and len(self._running) < self.slots:
            length, reply = self._waiting.popleft()
            self._asked += 1
            heapq.heappush(self._running, (self._clock + length, self._asked, length, reply))
        if self._timer:
            self._timer.cancel()
        if self._running:
            ahead = (self._running[0][0] - self._clock) * self.seconds_per_step(len(self._running))
            self._timer = asyncio.get_running_loop().call_at(self._since + ahead, self._turn)


@dataclass
class Tally:
    """What a stage had of the fleet: its answers, their tokens, the seconds waited for them, and when the last came."""

    answers: int = 0
    tokens: int = 0
    waited: float = 0.0
    last: float = 0.0


class Least:
    """The simplest balancer: each request goes to the server with the fewest, and one out of reach is given up."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.live = list(servers)
        self.slots = sum(server.slots for server in servers)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def ask(self, request: Request) -> Reply:
        """Ask the server with the fewest requests."""
        server = min(self.live, key=lambda server: server.outstanding)
        reply = await server.ask(request)
        if reply.fault and server in self.live:
            self.live.remove(server)
            self.slots -= server.slots
        return reply


class Watched:
    """A fleet with each stage's answers counted. `full_until` is when there was last a request for every slot."""

    def __init__(self, engine: Engine) -> None:
        self.full_until = 0.0
        self.tallies: dict[str, Tally] = {}
        self._engine = engine
        self._in_flight = 0

    @property
    def slots(self) -> int:
        """As many as the balancer says."""
        return self._engine.slots

    async def open(self) -> None:
        """Open the balancer."""
        await self._engine.open()

    async def close(self) -> None:
        """Close the balancer."""
        await self._engine.close()

    async def ask(self, request: Request) -> Reply:
        """Ask the balancer."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._in_flight += 1
        reply = await self._engine.ask(request)
        if self._in_flight >= self.slots:
            self.full_until = loop.time()
        self._in_flight -= 1
        if reply.fault is None:
            tally = self.tallies.setdefault(str(request.prompt)[0], Tally())
            tally.answers += 1
            tally.tokens += reply.completion_tokens
            tally.waited += loop.time() - began
            tally.last = loop.time()
        return reply
