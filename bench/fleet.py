"""How full the runner keeps a fleet of inference servers: a discrete-event simulation around the real runner.

    python bench/fleet.py [--rows 100000] [--slots 512] [--spread 1] [--balancer least] [--smoke]

Six stages that each ask the fleet once per row run through `factory.runner` with the real retries and counters; only
the servers and the clock are simulated, so twenty minutes of eight GPUs take one of one core and is the same each
time. One server has half the speed of the others, and one dies when four tenths of the work are done and stays dead.

The servers and the lengths of their answers are those of `simulation/servers.py`. With `--spread 8` the rows are of
four classes whose lengths differ by up to 8 times.

Efficiency is the ideal time ÷ the time taken. The ideal is a lower bound that no order can beat: all tokens ÷ what all
servers make with every slot full, a dead one until its death; or the longest row's six answers one after the other on
an idle server of full speed, if that is longer. Tokens that the dead server took with it are not part of it.
Beside the runner the same requests stage by stage, as frameworks with barriers ask them: of each batch of rows, all
answers of a stage before the first request of the next, with as many in flight as the fleet has slots. A batch is 4
rows for each slot, about as many as the runner holds half-way, or all rows at once, which it need not hold.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from simulation import servers as simulated
from simulation.servers import Least, Problems, Server, Talk, Tally, VirtualLoop, Watched, tokens

from factory import config, plan
from factory.board import Board
from factory.engine import Engine
from factory.engines import _fleet as fleets
from factory.engines._limit import Limit
from factory.meter import Meter, Metered
from factory.plan import Plan, Step
from factory.request import Request
from factory.retry import Retrying
from factory.runner import Runner
from factory.store import Store, Unit
from factory.workers import Workers

BAR, BARRIERS_BAR = 0.97, 0.7
STAGES, SERVERS = 6, 8


def _product(servers: Sequence[Server]) -> Engine:
    return fleets.Fleet([fleets.Place(server, Limit(fixed=server.slots)) for server in servers])


BALANCERS: dict[str, Callable[[Sequence[Server]], Engine]] = {"factory": _product, "least": Least}


class CountingStore(Store):
    """A store that knows how many rows the runner holds: those it has made, less those of finished partitions."""

    def __init__(self, root: Path, board: Board) -> None:
        super().__init__(root)
        self.peak = 0
        self._board = board
        self._finished = 0

    def write(self, step: Step, *args: Any) -> Unit:
        unit = super().write(step, *args)
        if step.index == STAGES:
            self.peak = max(self.peak, self._board.lines[0].arrived - self._finished)
            self._finished += unit.counts.input
        return unit


@dataclass(frozen=True)
class Scenario:
    """A pipeline over `rows` rows, and a fleet, one of whose servers dies after the share `death` of the ideal time."""

    rows: int = 100_000
    slots: int = 512
    spread: float = 1
    partition_rows: int = 500
    death: float = 0.4
    balancer: str = "factory"

    def plan(self, folder: Path) -> Plan:
        """Plan the pipeline with a file in the folder."""
        lines = [
            f"partition_rows: {self.partition_rows}",
            "engines: {fleet: {kind: scripted}}",
            "stages:",
            f"  - {simulated.__name__}:Problems: {{count: {self.rows}, spread: {self.spread}}}",
            *(f"  - {simulated.__name__}:Talk: {{engine: fleet, number: {number}}}" for number in range(1, STAGES + 1)),
        ]
        path = folder / "fleet.yaml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return plan.make(config.load(path))

    def servers(self) -> list[Server]:
        """Make the servers: the second has half the speed, the last will die."""
        return [Server(self.slots, 0.5 if number == 1 else 1) for number in range(SERVERS)]

    @cache  # noqa: B019 - a handful of scenarios
    def work(self) -> tuple[int, int]:
        """Give all tokens, and those of the longest row."""
        stages = [Talk(engine="fleet", number=number) for number in range(1, STAGES + 1)]
        rows = Problems(count=self.rows, spread=self.spread).rows(0, self.rows, 0)
        lengths = [sum(tokens(stage.ask(row)[0]) for stage in stages) for row in rows]
        return sum(lengths), max(lengths)

    def ideal(self) -> float:
        """Give the lower bound of the seconds that the work takes."""
        *others, dying = [server.slots / server.seconds_per_step(server.slots) for server in self.servers()]
        whole, row = self.work()
        # The dying server makes tokens during `death` of the time.
        return max(whole / (sum(others) + self.death * dying), row * Server(self.slots).seconds_per_step(1))


@dataclass(frozen=True)
class Result:
    """What a run took: seconds in virtual time and of this process, and the state of the fleet at the end."""

    seconds: float
    ideal: float
    servers: Sequence[Server]
    stages: dict[str, Tally]
    full_until: float
    cpu: float
    retried: int
    peak_rows: int = 0

    @property
    def efficiency(self) -> float:
        """Give the ideal time ÷ the time taken."""
        return self.ideal / self.seconds

    @property
    def tail(self) -> float:
        """Give the seconds after the last moment with a request for every slot."""
        return self.seconds - self.full_until

    def occupancy(self, death: float) -> float:
        """Give the share of the slots in use, over the time that each server lived."""
        lived = [self.seconds] * (SERVERS - 1) + [min(death, self.seconds)]
        there = sum(server.slots * seconds for server, seconds in zip(self.servers, lived, strict=True))
        return sum(server.busy for server in self.servers) / there


def pipelined(scenario: Scenario, runner: type[Runner] = Runner) -> Result:
    """Run the pipeline with the factory's runner."""
    with tempfile.TemporaryDirectory() as folder:
        made = scenario.plan(Path(folder))
        board = Board.of(made)
        store = CountingStore(Path(folder) / "out", board)

        async def drive(engine: Engine) -> None:
            await runner(made, store, {"fleet": engine}, Workers(60, 1), board).run()

        result = _simulate(scenario, drive, board.meters["fleet"])
        assert board.lines[-1].accepted == scenario.rows  # noqa: S101 - the figures mean nothing otherwise
        return replace(result, peak_rows=store.peak)


def with_barriers(scenario: Scenario, batch: int) -> Result:
    """Ask the same, stage by stage for a batch of rows at a time."""
    stages = [Talk(engine="fleet", number=number) for number in range(1, STAGES + 1)]
    rows = list(Problems(count=scenario.rows, spread=scenario.spread).rows(0, scenario.rows, 0))

    async def slot(engine: Engine, requests: "deque[Request]") -> None:
        while requests:
            await engine.ask(requests.popleft())

    async def drive(engine: Engine) -> None:
        for start in range(0, len(rows), batch):
            for stage in stages:
                requests = deque(stage.ask(row)[0] for row in rows[start : start + batch])
                await asyncio.gather(*(slot(engine, requests) for _ in range(engine.slots)))

    return _simulate(scenario, drive, Meter())


def _simulate(scenario: Scenario, drive: Callable[[Engine], Coroutine[Any, Any, None]], meter: Meter) -> Result:
    servers, ideal = scenario.servers(), scenario.ideal()
    fleet = Watched(BALANCERS[scenario.balancer](servers))
    random.seed(0)  # tenacity draws its waits from it
    cpu = time.process_time()

    async def main() -> float:
        loop = asyncio.get_running_loop()
        loop.call_later(scenario.death * ideal, servers[-1].die)
        await drive(Retrying(Metered(fleet, meter), meter, "fleet", attempts=6, patience=300))
        seconds = loop.time()
        await fleet.close()
        return seconds

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        seconds = runner.run(main())
    return Result(seconds, ideal, servers, fleet.tallies, fleet.full_until, time.process_time() - cpu, meter.retried)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=Scenario.rows)
    parser.add_argument("--slots", type=int, default=Scenario.slots, help="slots of each of the eight servers")
    parser.add_argument(
        "--spread", type=float, default=Scenario.spread, help="mean lengths of the classes, last / first"
    )
    parser.add_argument("--balancer", choices=BALANCERS, default=Scenario.balancer, help="which spreads the requests")
    parser.add_argument("--smoke", action="store_true", help="800 rows, 8 slots each: only to see that it works")
    options = parser.parse_args()
    scenario = Scenario(options.rows, options.slots, options.spread, balancer=options.balancer)
    if options.smoke:
        scenario = Scenario(800, 8, options.spread, partition_rows=50, balancer=options.balancer)
    whole, _ = scenario.work()
    print(
        f"{scenario.rows:,} rows × {STAGES} stages, {whole / scenario.rows / STAGES:.0f} tokens each, on {SERVERS} × "
        f"{scenario.slots} slots; ideal {scenario.ideal():,.0f} s"
    )
    print("  program                 seconds  efficiency  occupancy  tail s  retried  peak rows  CPU-s")
    everything = SERVERS * scenario.slots
    found = pipelined(scenario)
    results = {"factory": found}
    for name, batch in {"4 × slots": 4 * everything, "all": scenario.rows}.items():
        results[f"barriers, batch {name}"] = with_barriers(scenario, batch)
    for name, result in results.items():
        print(
            f"  {name:<22} {result.seconds:>8,.0f} {result.efficiency:>11.3f} "
            f"{result.occupancy(scenario.death * scenario.ideal()):>10.3f} {result.tail:>7.0f} {result.retried:>8} "
            f"{result.peak_rows or '':>10} {result.cpu:>6.1f}"
        )
    print(f"  bar {'':<26} ≥ {BAR}, with barriers ≤ {BARRIERS_BAR}")
    print("  stage   answers   tokens   wait s   last at s   (factory)")
    for name, tally in sorted(found.stages.items()):
        mean, wait = tally.tokens / tally.answers, tally.waited / tally.answers
        print(f"  {name:<5} {tally.answers:>9,} {mean:>8.0f} {wait:>8.1f} {tally.last:>11,.0f}")


if __name__ == "__main__":
    main()
