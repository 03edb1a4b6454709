"""How many requests one server should hold at once, found while the run goes.

A `Limit` begins at 16 and settles near where more requests in flight bring no more tokens per second: 64 for a vLLM
with 64 sequences, 1 for a llama.cpp with one slot, a little under 40 for a host that answers 429 from the 41st on.

Two controls, both of TCP. *Overload* (429, 503, timeouts, lost connections) is congestion: the limit falls by a tenth,
once for all that was asked before it fell, and comes back by slow start and then by one a round trip (Jacobson,
"Congestion avoidance and control", 1988). As in BBR (Cardwell et al. 2016) a loss now and then is not congestion:
one fault in a hundred is let pass. Where nothing fails, *trials* look for the best throughput X(n), as in PCC Vivace
(Dong et al., NSDI 2018): hold a limit, try one above and one below in turn, keep what raises the utility
X(n) / n ** 0.05. The first trials double, as in slow start; what pays is followed in growing steps.

X is not counted at the door, where with log-normal lengths it would take hundreds of answers to see a tenth: by
Little's law X = n / (seconds a token), and the seconds a token, a ratio of sums over the answers of a round, hardly
depend on how long the answers happened to be. The ratio estimator's standard error (Cochran, "Sampling techniques",
ch. 6) says how long a trial must be: 16 answers where time follows length, as below saturation; all of a round in a
queue. Latency alone, by which TCP Vegas and Netflix's concurrency-limits go, does not tell: a batching server slows
with every sequence and still does more in all.
"""

from math import hypot, inf, log, sqrt

_PAYS = 0.05
"""A limit 1 % higher must bring this share of 1 % more throughput: a full queue brings none."""
_LEAST, _ROUND = 16, 128
"""Answers to a round: at least for a clear verdict, and in all (or as many as the limit, if that is more)."""
_SETTLE = 0.5
"""Answers left out at the beginning of each round, as a share of the limit."""
_EXACT, _CLEAR, _DOUBT = 0.1, 4.0, 0.5
"""The relative error that a short round may have; standard errors for its verdict, and for the higher of two limits."""
_STEP, _LEAP = 1.19, 2.0
"""The least and the largest factor between a limit and the one on trial."""
_HOLD, _SHORT = 5, 2
"""Rounds between trials once they no longer pay, as trying below the knee costs throughput; and after a close call."""
_CHANGED = 0.25
"""Such a change of log throughput is another server or other requests: try again at once."""
_BACK, _FLAKY = 0.9, 0.02


class Limit:
    """The number of requests that may be in flight at one server: `value`, from 1 to `most`.

    Call `started` and `ended` for each request, with one monotonic clock (seconds); both together take about 1 µs.
    `fixed` is a number that the user named, and is kept whatever happens.
    """

    def __init__(self, most: int = 1024, first: int = 16, fixed: int | None = None) -> None:
        self._most = fixed or most
        self._fixed = fixed is not None
        self.value = self._base = fixed or min(first, most)
        self.in_flight = 0
        self._now = 0.0
        self._rate = self._error = 0.0
        self._up, self._step, self._leap, self._hold = True, _LEAP, _LEAP, 0
        self._faults, self._trip = 0.0, 0.0
        self._cut = self._episode = -inf
        self._goal, self._exact = inf, 0.0
        self._since = 0.0
        self._measure(0.0)
        self._measuring = False

    def started(self, now: float) -> None:
        """Count a request in."""
        self._area += self.in_flight * (now - self._now)
        self._now = now
        self.in_flight += 1

    def ended(self, now: float, began: float, tokens: int, overloaded: bool = False) -> None:
        """Count a request out that began at `began` and made `tokens`, or 0 where the server does not say."""
        self._area += self.in_flight * (now - self._now)
        self._now = now
        full = 0.9 * self.value <= self.in_flight
        settled = full and self.in_flight <= self.value
        self.in_flight -= 1
        if self._fixed:
            return
        if overloaded:
            self._overloaded(now, began)
            return
        self._trip = now - began
        if self._faults > 0:
            self._faults -= _FLAKY
        if self._goal < inf:
            if full and began >= self._cut:
                self._recover()
        elif self._measuring:
            self._sample(now, began, tokens or 1)
        elif settled:
            self._measure(now, _SETTLE)

    def _overloaded(self, now: float, began: float) -> None:
        if began < self._cut:
            return
        self._faults += 1
        if self._faults <= 1 + _FLAKY / 2 * self.value:
            return
        held = max(min(self.in_flight + 1, self.value), self.value // 2)
        self._exact = max(1.0, _BACK * held)
        if now - self._episode > self._trip:  # what fails within a round trip of a cut says nothing new of the goal
            self._goal, self._episode = self._exact, now
        self._cut, self._faults, self._leap = now, 0.0, _STEP
        self.value = int(self._exact)
        self._measuring = False

    def _recover(self) -> None:
        self._exact += 1 if self._exact < self._goal else max(1 / self.value, 0.02)
        self.value = self._base = min(int(self._exact), self._most)
        if self.value == self._most or self.value > 1.25 * self._goal:
            self._goal, self._rate = inf, 0.0
            self._up, self._step, self._hold = True, _STEP, 0

    def _measure(self, now: float, settle: float = 0.0) -> None:
        """Begin a round. It takes only what is asked from now on, so short answers come first in each one alike."""
        self._measuring = True
        self._settle = int(settle * self.value)
        self._since = now
        self._area, self._start = 0.0, now
        self._count, self._enough = 0, max(_LEAST, self.value // 4)
        self._t = self._s = self._tt = self._ts = self._ss = 0.0

    def _sample(self, now: float, began: float, tokens: int) -> None:
        if self._settle > 0:
            self._settle -= 1
            self._area, self._start = 0.0, now
        elif began >= self._since:
            seconds = now - began
            self._t += tokens
            self._s += seconds
            self._tt += tokens * tokens
            self._ts += tokens * seconds
            self._ss += seconds * seconds
            self._count += 1
            if self._count >= self._enough and now > self._start:
                self._judge(now)

    def _judge(self, now: float) -> None:
        used = self._area / (now - self._start)
        if used < 0.8 * self.value:  # too little work to fill the limit teaches nothing
            self._measuring = False
            return
        pace = self._s / self._t
        error = sqrt(max(self._ss - 2 * pace * self._ts + pace * pace * self._tt, 0.0)) / self._s
        whole = self._count >= max(_ROUND, self.value)
        verdict = self._held if self.value == self._base else self._tried
        if not verdict(used / pace, error, whole):
            self._enough = min(2 * self._enough, max(_ROUND, self.value))
        elif self._hold > 0 and self.value == self._base:
            self._measure(now, _SETTLE)
        else:
            self.value = self._base if self._hold > 0 else self._next()
            self._measuring = False

    def _held(self, rate: float, error: float, whole: bool) -> bool:
        """Take in a round of the limit in use; False if it is not long enough yet."""
        if not whole and (self._rate or error > _EXACT):
            return False
        self._hold -= 1
        if self._rate and abs(log(rate / self._rate)) < _CHANGED:
            self._rate = sqrt(rate * self._rate)
            self._error = hypot(error, self._error) / 2
            return True
        if self._rate:
            self._up, self._step, self._hold = rate > self._rate, _STEP**2, 0
        self._rate, self._error = rate, error
        return True

    def _tried(self, rate: float, error: float, whole: bool) -> bool:
        """Keep the limit on trial or not; False if that is not clear yet."""
        gain = log(rate / self._rate) - _PAYS * log(self.value / self._base)
        doubt = hypot(error, self._error)
        if not whole and (error > _EXACT or abs(gain) < _CLEAR * doubt):
            return False
        if gain > (_DOUBT if self._up else -_DOUBT) * doubt:
            self._base, self._rate, self._error = self.value, rate, error
            self._step = min(self._step**2, self._leap)
        else:
            rest = _HOLD if abs(gain) > doubt else _SHORT
            self._hold = rest if self._step == _STEP else 0
            self._up, self._step = not self._up, max(sqrt(self._step), _STEP)
        return True

    def _next(self) -> int:
        """Give the limit to try: a step on, or the other way at either end; one that stands out of the noise."""
        step = max(self._step, 1 + 3 * self._error)
        above = min(max(round(self._base * step), self._base + 1), self._most)
        below = max(min(round(self._base / step), self._base - 1), 1)
        if self._base in (above, below):
            self._up = self._base == below
        return above if self._up else below
