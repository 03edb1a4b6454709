"""The simulated fleet keeps its promises: virtual time, batches at the pace given, the real runner, always the same."""

import asyncio
import importlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from factory.request import Request


@pytest.fixture(scope="module")
def fleet() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent.parent / "bench"))
        yield importlib.import_module("fleet")


@pytest.fixture(scope="module")
def simulation(fleet) -> ModuleType:
    return importlib.import_module("simulation.servers")


@pytest.fixture
def small(fleet):
    return fleet.Scenario(rows=400, slots=8, partition_rows=40)


def requests(simulation: ModuleType, count: int) -> list[Request]:
    stage = simulation.Talk(engine="fleet", number=1)
    return [stage.ask(row)[0] for row in simulation.Problems(count=count).rows(0, count, 0)]


def simulated(simulation: ModuleType, main):
    with asyncio.Runner(loop_factory=simulation.VirtualLoop) as runner:
        return runner.run(main())


def test_an_hour_of_waiting_takes_no_time(simulation):
    async def main():
        order = []

        async def wait(seconds):
            await asyncio.sleep(seconds)
            order.append((seconds, asyncio.get_running_loop().time()))

        await asyncio.gather(wait(3600), wait(2), asyncio.to_thread(order.append, "thread"), wait(1))
        return order

    began = time.monotonic()
    order = simulated(simulation, main)
    assert time.monotonic() - began < 1
    assert order[0] == "thread"
    assert [seconds for seconds, _ in order[1:]] == [1, 2, 3600]
    assert [now for _, now in order[1:]] == pytest.approx([1, 2, 3600])


def test_what_a_thread_raises_reaches_who_waits_for_it(simulation):
    async def main():
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)

    simulated(simulation, main)


@pytest.mark.parametrize("speed", [1, 0.5])
def test_a_batch_goes_at_the_pace_of_its_size(simulation, speed):
    asked = requests(simulation, 2)
    short, long = sorted(map(simulation.tokens, asked))
    assert short < long

    async def main():
        server = simulation.Server(4, speed)
        ends = []

        async def ask(request):
            await server.ask(request)
            ends.append(asyncio.get_running_loop().time())

        await asyncio.gather(*map(ask, asked))
        return ends, server.busy

    ends, busy = simulated(simulation, main)
    both, alone = (0.012 + 0.016 * 2 / 4) / speed, (0.012 + 0.016 / 4) / speed
    assert ends == pytest.approx([short * both, short * both + (long - short) * alone])
    assert busy == pytest.approx(sum(ends))


def test_requests_beyond_the_slots_wait_their_turn(simulation):
    asked = requests(simulation, 3)

    async def main():
        server = simulation.Server(1)
        await asyncio.gather(*map(server.ask, asked))
        return asyncio.get_running_loop().time()

    assert simulated(simulation, main) == pytest.approx(sum(map(simulation.tokens, asked)) * 0.028)


def test_a_dead_server_loses_what_it_holds_and_is_given_up(simulation):
    async def main():
        servers = [simulation.Server(2), simulation.Server(2)]
        both = simulation.Least(servers)
        asyncio.get_running_loop().call_later(0.001, servers[1].die)
        replies = await asyncio.gather(*map(both.ask, requests(simulation, 6)))
        assert both.live == servers[:1] and both.slots == 2
        assert (await servers[1].ask(requests(simulation, 1)[0])).fault.kind == "connection"
        return [reply.fault.kind if reply.fault else "answered" for reply in replies]

    assert sorted(simulated(simulation, main)) == ["answered"] * 3 + ["connection"] * 3


def test_the_runner_does_all_the_work_though_a_server_dies_and_no_faster_than_the_ideal(fleet, small):
    result = fleet.pipelined(small)
    assert 0.7 < result.efficiency <= 1
    assert result.retried > 0
    assert [tally.answers for tally in result.stages.values()] == [400] * 6
    assert sum(tally.tokens for tally in result.stages.values()) == small.work()[0]
    assert 40 <= result.peak_rows <= 400
    assert result.occupancy(small.death * small.ideal()) <= 1


def test_the_same_run_takes_the_same_time_to_the_last_digit(fleet, small):
    first, second = fleet.pipelined(small), fleet.pipelined(small)
    assert first.seconds == second.seconds
    assert first.stages == second.stages


def test_barriers_cost_more_the_smaller_the_batch(fleet, small):
    factory = fleet.pipelined(small).efficiency
    whole, batch = fleet.with_barriers(small, 400).efficiency, fleet.with_barriers(small, 64).efficiency
    assert batch < whole < factory


def test_classes_differ_by_the_spread_and_keep_their_openings_apart(simulation, small):
    asked = [
        simulation.Talk(engine="fleet", number=1).ask(row)[0]
        for row in simulation.Problems(count=4000, spread=8).rows(0, 4000, 0)
    ]
    lengths = {}
    for request in asked:
        lengths.setdefault(request.opening, []).append(simulation.tokens(request))
    means = sorted(sum(group) / len(group) for group in lengths.values())
    assert len(means) == simulation.CLASSES
    assert 5 < means[-1] / means[0] < 9  # the cut takes some from the longest
    assert replace(small, spread=8).work() != small.work()
