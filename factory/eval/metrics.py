"""pass@k, cons@k, bootstrap intervals and paired differences: numbers in, numbers out.

>>> pass_at_k(n=8, c=2, k=4)  # 2 of 8 answers are right
0.7857142857142857
>>> cons_at_k([0, 0, 1, 1], [True, True, False, False], k=4)  # two votes for right, two for wrong
0.5
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from factory.maths.statistics import wilson

Floats = NDArray[np.float64]
RESAMPLES = 10_000
LEVEL = 0.95
_AT_ONCE = 4_000_000
"""Numbers that are drawn together: 32 MB."""


class Estimate(NamedTuple):
    """A mean over items with its interval; `items` is how many it is the mean of."""

    value: float
    low: float
    high: float
    items: int


class Difference(NamedTuple):
    """The first less the second over the same items: won, lost and tied count items, `p` is exact McNemar's."""

    value: float
    low: float
    high: float
    items: int
    won: int
    lost: int
    tied: int
    p: float


def pass_at_k(n: int, c: int, k: int) -> float:
    """Give the chance that at least one of k answers is right, drawn from n of which c are.

    The unbiased estimator 1 - C(n-c, k) / C(n, k) in its stable form (Chen et al. 2021, arXiv:2107.03374, §2.1).
    Raises ValueError unless 0 ≤ c ≤ n and 1 ≤ k ≤ n.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"expected 0 <= c <= n and 1 <= k <= n, found n = {n}, c = {c}, k = {k}")
    if n - c < k:
        return 1.0
    return float(1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))


def cons_at_k(votes: Sequence[int], right: Sequence[bool | None], k: int) -> float:
    """Give the chance that the majority of the first k answers is right, ties broken at random.

    `votes` names the cluster of each answer, -1 for none, which is a vote for nothing; `right` says whether each answer
    is right, and a cluster is what its first answer is. Self-consistency: Wang et al. 2022, arXiv:2203.11171. NaN where
    that cannot be told of a cluster that leads. Raises ValueError unless 1 ≤ k ≤ n.
    """
    if not 1 <= k <= len(votes):
        raise ValueError(f"expected 1 <= k <= {len(votes)}, found k = {k}")
    counts = Counter(vote for vote in votes[:k] if vote >= 0)
    if not counts:
        return 0.0
    most = max(counts.values())
    leaders = [right[votes.index(vote)] for vote, count in counts.items() if count == most]
    return float("nan") if None in leaders else sum(map(bool, leaders)) / len(leaders)


def estimates(values: Floats, seed: int = 0) -> list[Estimate]:
    """Estimate the mean of each column of `values` (items × metrics, from 0 to 1; NaN where an item has none).

    The interval is the percentile bootstrap over items (Efron 1979), 95 %, of 10,000 resamples; the columns share
    their resamples. Where all items have one value, resamples cannot differ, and it is Wilson's. A column without any
    value gives NaN.
    """
    found = []
    for column, one in zip(values.T, _bootstrapped(values, seed), strict=True):
        there = column[~np.isnan(column)]
        if one.items and (there == there[0]).all() and 0 <= there[0] <= 1:
            low, high = wilson(float(there.sum()), len(there))
            found.append(Estimate(one.value, low, high, one.items))
        else:
            found.append(one)
    return found


def _bootstrapped(values: Floats, seed: int) -> list[Estimate]:
    tail = 100 * (1 - LEVEL) / 2
    found = []
    for column, means in zip(values.T, _resampled(values, seed).T, strict=True):
        there = column[~np.isnan(column)]
        if not len(there):
            found.append(Estimate(float("nan"), float("nan"), float("nan"), 0))
            continue
        low, high = np.nanpercentile(means, [tail, 100 - tail])
        found.append(Estimate(float(there.mean()), float(low), float(high), len(there)))
    return found


def paired(mine: Floats, theirs: Floats, seed: int = 0) -> Difference:
    """Compare two evaluations item by item (arrays of one length, NaN where an item has no value).

    The interval is the bootstrap's over items; where all differ alike, it is from Wilson's. `p` is the exact two-sided
    sign test over the items that differ: for values of 0 and 1 that is McNemar's exact test.
    """
    both = ~(np.isnan(mine) | np.isnan(theirs))
    gained = mine[both] - theirs[both]
    (mean,) = _bootstrapped(gained[:, None], seed)
    if len(gained) and (gained == gained[0]).all():
        gain = float(gained[0])
        seldom = wilson(0, len(gained))[1]  # as often, at most, an item might be of another kind
        mean = mean._replace(low=gain - seldom * (1 + gain), high=gain + seldom * (1 - gain))
    won, lost = int((gained > 0).sum()), int((gained < 0).sum())
    tied = len(gained) - won - lost
    return Difference(*mean, won=won, lost=lost, tied=tied, p=sign_test(won, lost))


def sign_test(won: int, lost: int) -> float:
    """Give the exact two-sided p of so uneven a split between won and lost, were both equally likely."""
    from scipy.stats import binomtest

    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def _resampled(values: Floats, seed: int) -> Floats:
    """Give the means of the columns in each resample (resamples × metrics)."""
    items, metrics = values.shape
    if not items:
        return np.full((RESAMPLES, metrics), np.nan)
    rng = np.random.default_rng(seed)
    there = (~np.isnan(values)).astype(np.float64)
    known = np.nan_to_num(values)
    step = max(1, _AT_ONCE // items)
    means = []
    for done in range(0, RESAMPLES, step):
        drawn = rng.integers(0, items, (min(step, RESAMPLES - done), items))
        counts = np.stack([np.bincount(one, minlength=items) for one in drawn]).astype(np.float64)
        with np.errstate(invalid="ignore"):
            means.append((counts @ known) / (counts @ there))
    return np.concatenate(means)
