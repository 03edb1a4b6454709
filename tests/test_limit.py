"""The limit against simulated servers of many kinds, in virtual time."""

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass, field

import pytest

from factory.engines._limit import Limit


def batching(batch: int) -> float:
    """Seconds of one decoding step: 10 ms, and 1 % more for each sequence, as on one H100."""
    return 0.01 + 1e-4 * batch


def thrashing(batch: int, most: int = 24, power: float = 0.5) -> float:
    """Seconds of a step where more than `most` sequences push each other out of memory."""
    return batching(batch) * max(1.0, batch / most) ** (1 + power)


@dataclass
class Server:
    """Makes one token a step of each running request; the rest wait in line, or are refused."""

    slots: int = 10**9
    step: object = batching
    most: int = 10**9
    a_minute: int = 0
    prefill: int = 8
    faulty: float = 0.0
    _tokens: float = 30.0
    _at: float = 0.0

    def admits(self, now, held, chance):
        if held >= self.most or chance.random() < self.faulty:
            return False
        if self.a_minute:
            self._tokens = min(30.0, self._tokens + (now - self._at) * self.a_minute / 60)
            self._at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
        return True


@dataclass
class Run:
    done: list = field(default_factory=list)
    values: list = field(default_factory=list)
    asked: int = 0
    refused: int = 0

    def rate(self, start, end):
        return sum(tokens for at, tokens in self.done if start <= at < end) / (end - start)

    def value(self, start, end):
        pairs = zip(self.values, [*self.values[1:], (end, 0)], strict=True)
        return sum(v * max(0.0, min(to, end) - max(at, start)) for (at, v), (to, _) in pairs) / (end - start)


class Fixed:
    """A limit that learns nothing."""

    def __init__(self, value):
        self.value, self.in_flight = value, 0

    def started(self, now):
        self.in_flight += 1

    def ended(self, *answer):
        self.in_flight -= 1


def lengths(mean, sigma=1.0):
    """Log-normal: one answer in twenty is five times as long as the median."""
    return lambda chance, now: max(1, int(chance.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)))


def run(limit, server, seconds, length, seed=0, work=lambda now: 10**9, changes=()):
    """Keep the limit full for a while; what is refused waits with a growing pause, in its caller's slot."""
    chance, made, now, steps = random.Random(seed), Run(values=[(0.0, limit.value)]), 0.0, 0.0
    line, running, refusals, pauses, changes = deque(), [], [], [], list(changes)
    while True:
        while limit.in_flight < limit.value:
            if pauses and pauses[0][0] <= now:
                tries = heapq.heappop(pauses)[1] + 1
            elif limit.in_flight + len(pauses) < min(limit.value, work(now)):
                tries = 0
            else:
                break
            limit.started(now)
            made.asked += 1
            if server.admits(now, len(line) + len(running), chance):
                line.append((now, length(chance, now)))
            else:
                heapq.heappush(refusals, (now + 0.01, now, tries))
        while line and len(running) < server.slots:
            began, tokens = line.popleft()
            heapq.heappush(running, (steps + tokens + server.prefill, began, tokens))
        step = server.step(len(running))
        answer = now + (running[0][0] - steps) * step if running else math.inf
        refusal = refusals[0][0] if refusals else math.inf
        change = changes[0][0] if changes else math.inf
        pause = pauses[0][0] if pauses and pauses[0][0] > now else math.inf
        at = min(answer, refusal, change, pause, now + 1)
        if at > seconds:
            return made
        steps, now = steps + (at - now) / step, at
        if at == change:
            vars(server).update(changes.pop(0)[1])
        elif at == refusal:
            _, began, tries = heapq.heappop(refusals)
            limit.ended(now, began, 0, True)
            made.refused += 1
            heapq.heappush(pauses, (now + chance.random() * min(20, 0.5 * 2**tries) + 1e-3, tries))
        elif at == answer:
            steps, began, tokens = heapq.heappop(running)
            limit.ended(now, began, tokens, False)
            made.done.append((now, tokens))
        if limit.value != made.values[-1][1]:
            made.values.append((now, limit.value))


KINDS = {
    # how it is made, its knee, seconds, mean tokens, the mean limit that is fair, share of refusals that is fair
    "8 slots": (lambda: Server(8), 8, 3000, 300, 3, 0),
    "64 slots": (lambda: Server(64), 64, 900, 300, 1.5, 0),
    "512 slots": (lambda: Server(512), 512, 600, 300, 1.5, 0),
    "llama.cpp, 1 slot": (lambda: Server(1), 1, 30_000, 300, 3, 0),
    "llama.cpp, 4 slots": (lambda: Server(4), 4, 6000, 300, 3, 0),
    "429 above 40": (lambda: Server(most=40), 40, 900, 300, 1, 0.02),
    "thrashes above 24": (lambda: Server(step=thrashing), 24, 1500, 300, 1.3, 0),
    "300 a minute": (lambda: Server(step=lambda batch: 0.02, a_minute=300), 22, 1500, 200, 1.5, 0.05),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_it_settles_where_a_server_is_at_its_best(kind, seed):
    make, knee, seconds, mean, above, refused = KINDS[kind]
    start = seconds / 3
    fixed = [max(1, round(knee * share)) for share in (0.7, 0.85, 1, 1.2)]
    best = max(run(Fixed(value), make(), seconds, lengths(mean), 99).rate(start, seconds) for value in fixed)
    made = run(Limit(), make(), seconds, lengths(mean), seed)
    assert made.rate(start, seconds) >= 0.95 * best
    assert made.value(start, seconds) <= above * knee
    assert made.refused <= refused * made.asked


def test_a_server_without_a_limit_is_given_256_within_a_second():
    made = run(Limit(), Server(step=lambda batch: 0.05, prefill=1), 4, lambda chance, now: 1e-9)
    assert next(at for at, value in made.values if value >= 256) < 1
    assert made.values[-1][1] > 800 and len([at for at, _ in made.done if at > 2]) > 0.95 * 2 * 1024 / 0.05


def test_throughput_is_counted_in_requests_where_no_tokens_are_told():
    made = run(Limit(most=64), Server(step=lambda batch: 0.05, prefill=1), 4, lambda chance, now: 0)
    assert made.value(2, 4) > 60


def test_requests_of_another_length_do_not_unsettle_it():
    short, long = lengths(30), lengths(1000)
    made = run(Limit(), Server(64), 2000, lambda chance, now: (short if now < 400 else long)(chance, now))
    best = run(Fixed(64), Server(64), 1600, long).rate(400, 1600)
    assert made.rate(800, 2000) > 0.95 * best
    assert 55 < made.value(200, 400) < 100 and 55 < made.value(800, 2000) < 100


def test_a_server_that_gets_larger_is_used_and_one_that_gets_smaller_is_spared():
    made = run(Limit(), Server(most=40), 2000, lengths(300), changes=[(500, {"most": 200}), (1500, {"most": 40})])
    assert 150 < made.value(900, 1500) < 210 and 35 < made.value(1700, 2000) < 42
    assert made.refused < 0.02 * made.asked
    made = run(Limit(), Server(64), 1800, lengths(300), changes=[(600, {"slots": 256})])
    assert made.rate(1200, 1800) > 0.95 * run(Fixed(256), Server(256), 600, lengths(300)).rate(200, 600)


def test_a_server_that_begins_to_thrash_is_spared():
    slower = {"step": lambda batch: thrashing(batch, 12)}
    made = run(Limit(), Server(step=thrashing), 1800, lengths(300), changes=[(600, slower)])
    assert made.value(1200, 1800) < 16


def test_too_little_work_teaches_nothing():
    made = run(Limit(first=32), Server(64), 600, lengths(300), work=lambda now: 20)
    assert {value for _, value in made.values} == {32}
    made = run(Limit(), Server(64), 900, lengths(300), work=lambda now: 20 if now < 300 else 1000)
    assert made.value(50, 300) == 32 and 55 < made.value(500, 900) < 80


def test_a_fault_now_and_then_is_no_overload():
    made = run(Limit(), Server(512, faulty=0.005), 500, lengths(300))
    assert made.refused > 50 and made.value(250, 500) > 450


def test_a_named_number_is_kept_whatever_happens():
    made = run(Limit(fixed=64), Server(most=40), 300, lengths(300))
    assert {value for _, value in made.values} == {64}


def test_what_fails_together_lowers_the_limit_once():
    limit = Limit(first=200)
    for _ in range(200):
        limit.started(0.0)
    for _ in range(200):
        limit.ended(5.0, 0.0, 0, True)
    assert limit.value == pytest.approx(180, abs=5) and limit.in_flight == 0


def test_it_never_leaves_its_bounds():
    for most in (1, 2, 5):
        made = run(Limit(most=most), Server(64), 300, lengths(100))
        assert made.values[-1][1] >= 0.8 * most and all(1 <= value <= most for _, value in made.values)
    made = run(Limit(), Server(faulty=1.0), 300, lengths(100))
    assert made.values[-1][1] == 1
