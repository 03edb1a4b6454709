"""Which of a row's candidates make its preference pairs: the chosen one, and by which policy the rejected ones.

    rejected(Pick("farthest"), best, others, seed="row-7")      # → the others, those to take first in front

The chosen one is always the best. What it is set against is a policy, since it matters: the nearest one is often no
worse in truth (a reward model errs), the farthest is often just longer or broken, one at random is between the two, a
band of margins leaves out both ends (Meng et al., SimPO, arXiv:2405.14734, take best and worst of five; Xu et al.,
arXiv:2404.10719, on what bad pairs do), and one of like length keeps length from being what is learnt (Park et al.,
arXiv:2403.19159).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from factory.rows import share_of

Policy = Literal["nearest", "farthest", "random", "margin", "length"]
POLICIES: tuple[Policy, ...] = ("nearest", "farthest", "random", "margin", "length")


class Candidate(NamedTuple):
    """A candidate by its place in the row, with its score and its characters."""

    place: int
    score: float
    length: int


@dataclass(frozen=True)
class Pick:
    """A policy; `band` is the least and the most that the chosen may be ahead by."""

    policy: Policy
    band: tuple[float, float]


def rejected(pick: Pick, best: Candidate, others: Sequence[Candidate], seed: str) -> list[Candidate]:
    """List the candidates that `best` is ahead of by an amount within the band, in the policy's order."""
    least, most = pick.band
    ahead = [one for one in others if best.score > one.score and least <= best.score - one.score <= most]
    return sorted(ahead, key=_order(pick, best, seed))


def _order(pick: Pick, best: Candidate, seed: str) -> Callable[[Candidate], tuple[float, int]]:
    """Give the sort key of a policy; the place decides between equals."""
    least, most = pick.band
    middle = (least + most) / 2
    keys: dict[Policy, Callable[[Candidate], float]] = {
        "nearest": lambda one: best.score - one.score,
        "farthest": lambda one: one.score - best.score,
        "random": lambda one: share_of(seed, one.place),
        "margin": lambda one: abs(best.score - one.score - middle),
        "length": lambda one: abs(best.length - one.length),
    }
    key = keys[pick.policy]
    return lambda one: (key(one), one.place)
