"""Measures an engine for a few seconds: its slots kept full, with the requests that the pipeline itself would make.

    own = own_requests(plan, "generator")      # the first requests of the first rows
    probe = await measure(engine, again_and_again(own.requests), seconds=10)
    probe.per_second(probe.written)            # 4870.2 tokens/s

Nothing is kept: neither the journal nor the store knows of it.
"""

import asyncio
import itertools
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from factory.engine import Engine, EngineSpec
from factory.plan import Plan, Step
from factory.request import Ability, Fault, FaultKind, Message, Reply, Request
from factory.rows import Drop, Row, seed_of
from factory.stage import Again, RowStage
from factory.workers import emit

MAX_TOKENS = 128
"""Where answers are cut, so that some end within the probe."""
_DRAIN_SECONDS = 30
_GATHER_SECONDS = 5
_MOST_ROWS = 512
_PAUSE_SECONDS = 0.25


@dataclass
class Probe:
    """What an engine did within `seconds`; an answer that came later counts by the share of its time that was within.

    `requests`, `written` and `read` (tokens) are such sums, over answers that were none but faults left out.
    `held` is the seconds that requests were in flight, summed; `slots` the least and the most there were.
    """

    seconds: float
    slots: tuple[int, int]
    requests: float = 0.0
    written: float = 0.0
    read: float = 0.0
    held: float = 0.0
    unfinished: int = 0
    """Requests without an answer half a minute after the end."""
    latencies: list[float] = field(default_factory=list)
    faults: Counter[FaultKind] = field(default_factory=Counter)
    examples: dict[FaultKind, Fault] = field(default_factory=dict)

    @property
    def in_flight(self) -> float:
        """Requests in flight, on average."""
        return self.held / self.seconds

    @property
    def median_latency(self) -> float:
        """Seconds that half of the answers took at most."""
        return statistics.median(self.latencies)

    def per_second(self, amount: float) -> float:
        """Divide by the seconds."""
        return amount / self.seconds

    def add(self, reply: Reply, within: float, took: float) -> None:
        """Count a reply that took so many seconds, `within` of them inside the probe."""
        self.held += within
        if reply.fault is not None:
            self.faults[reply.fault.kind] += 1
            self.examples[reply.fault.kind] = reply.fault
            return
        share = within / took if took > 0 else 1.0
        self.latencies.append(took)
        self.requests += share
        self.written += share * reply.completion_tokens
        self.read += share * reply.prompt_tokens


async def measure(engine: Engine, requests: Iterator[Request], seconds: float) -> Probe:
    """Keep the open engine's slots full for `seconds`, then wait half a minute at most for what is in flight.

    Raises what the engine raises.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    probe = Probe(seconds, (engine.slots, engine.slots))
    asking: set[asyncio.Task[None]] = set()
    in_flight: dict[int, float] = {}

    async def keep_asking(number: int) -> None:
        while (began := loop.time()) < end and len(asking) <= engine.slots:
            in_flight[number] = began
            reply = await engine.ask(next(requests))
            del in_flight[number]
            now = loop.time()
            probe.add(reply, min(now, end) - began, now - began)
            if reply.fault is not None:
                await asyncio.sleep(min(max(reply.fault.after or 0, _PAUSE_SECONDS), max(end - loop.time(), 0)))

    numbers = itertools.count()
    try:
        while loop.time() < end:
            probe.slots = (min(probe.slots[0], engine.slots), max(probe.slots[1], engine.slots))
            asking |= {asyncio.create_task(keep_asking(next(numbers))) for _ in range(engine.slots - len(asking))}
            asking -= await _ended(asking, min(0.1, end - loop.time()))
        asking -= await _ended(asking, _DRAIN_SECONDS, asyncio.ALL_COMPLETED)
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    probe.unfinished = len(in_flight)
    probe.held += sum(end - began for began in in_flight.values())
    return probe


async def _ended(
    tasks: set[asyncio.Task[None]], patience: float, until: str = asyncio.FIRST_COMPLETED
) -> set[asyncio.Task[None]]:
    """Wait, and give the tasks that are done. Raises what one of them raised."""
    if not tasks:
        return set()
    done, _ = await asyncio.wait(tasks, timeout=max(patience, 0), return_when=until)
    for task in done:
        task.result()
    return done


@dataclass(frozen=True)
class Own:
    """A pipeline's own requests to one engine: those that its first `rows` rows come to first, at the `stages`.

    `cut` says that some may have a longer answer in a run.
    """

    requests: Sequence[Request]
    rows: int
    stages: frozenset[str]
    cut: bool


def own_requests(plan: Plan, engine: str) -> Own:
    """Take the first rows through the stages up to where each asks something, as a run would.

    A row whose way leads through a TableStage or another engine's answers asks this one nothing here.
    """
    requests: list[Request] = []
    stages = set()
    count = 0
    began = time.monotonic()
    rows = plan.source.rows(0, min(plan.source.size(), _MOST_ROWS), plan.seed)
    for count, made in enumerate(rows, 1):
        for step, asked in _asked(plan, {**made, "id": f"{plan.name}-{plan.seed}-{count - 1:08d}"}):
            if step.engine == engine:
                requests += asked
                stages.add(step.label)
        if time.monotonic() - began > _GATHER_SECONDS:
            break
    cut = any(request.max_tokens > MAX_TOKENS for request in requests)
    return Own(
        [replace(one, max_tokens=min(one.max_tokens, MAX_TOKENS)) for one in requests], count, frozenset(stages), cut
    )


def _asked(plan: Plan, row: Row) -> Iterator[tuple[Step, list[Request]]]:
    """Give what a row of the source, or those made of it, ask first, and at which step."""
    rows = [row]
    for step in plan.steps[1:]:
        if not isinstance(step.stage, RowStage):
            return
        here, rows = rows, []
        for one in here:
            requests = _requests(step.stage, one) if step.engine else []
            if requests:
                yield step, [replace(request, seed=seed_of(one["id"], step.label)) for request in requests]
                continue
            outcome = emit(step.stage, one, [])
            if isinstance(outcome, Again):
                yield step, [replace(request, seed=seed_of(one["id"], step.label)) for request in outcome.requests]
                continue
            made = [item for item in outcome if not isinstance(item, Drop)]
            rows += [{**{name: item.get(name) for name in step.columns}, "id": item["id"]} for item in made]


def _requests(stage: RowStage, row: Row) -> list[Request]:
    try:
        return stage.ask(row)
    except Exception:  # noqa: BLE001 - a bug of a stage fails its row in a run, and says nothing of the engine
        return []


def again_and_again(requests: Sequence[Request]) -> Iterator[Request]:
    """Give the requests in turn without end, under another seed each time around."""
    for turn in itertools.count():
        for request in requests:
            yield replace(request, seed=((request.seed or 0) + turn) & 0x7FFFFFFF)


def any_requests(spec: EngineSpec, steps: Iterable[Step]) -> Iterator[Request]:
    """Give requests without end, of a kind that the engine can do and that the steps are likely to need."""
    used = {ability for step in steps if isinstance(step.stage, RowStage) for ability in step.stage.uses()}
    numbers: list[Ability] = ["embed", "score", "likelihood"]
    texts: list[Ability] = ["chat", "completion"]
    wanted = [kind for kind in numbers + texts if kind in used]
    kind = next((kind for kind in wanted + texts + numbers if kind in spec.can), "chat")
    for number in itertools.count(1):
        text = f"Write a short story in which the number {number} matters."
        chat: tuple[Message, ...] = (Message(role="user", content=text),)
        if kind == "chat":
            yield Request(messages=chat, max_tokens=MAX_TOKENS, seed=number)
        elif kind == "completion":
            yield Request(prompt=text, max_tokens=MAX_TOKENS, seed=number)
        elif kind == "score":
            yield Request(messages=(*chat, Message(role="assistant", content="Once upon a time.")), task="score")
        else:
            yield Request(prompt=text, task="embed" if kind == "embed" else "likelihood")
