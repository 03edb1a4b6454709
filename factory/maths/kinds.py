r"""What a family of problems is, and the words that its problems share."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Worked(NamedTuple):
    r"""A problem, its solution (steps, then `\boxed{answer}`) and its answer."""

    problem: str
    solution: str
    answer: str


Build = Callable[[random.Random], Worked]


@dataclass(frozen=True)
class Family:
    """Problems of one kind: `field` as in `fields.FIELDS`, `difficulty` as in `fields.DIFFICULTY`."""

    name: str
    field: str
    difficulty: int
    build: Build

    def make(self, seed: str | int) -> Worked:
        """Return the problem of this seed, the same in every process; 1 and "1" are one seed."""
        return self.build(random.Random(f"{self.name}:{seed}"))


def kind(field: str, difficulty: int) -> Callable[[Build], Family]:
    """Make a family of the decorated function, which draws a problem and computes its answer beside its steps."""

    def declare(build: Build) -> Family:
        return Family(build.__name__.removeprefix("_"), field, difficulty, build)

    return declare


def worked(rng: random.Random, steps: str, answer: object, *problems: str) -> Worked:
    """Put a solution together and choose one of the wordings of its problem."""
    return Worked(rng.choice(problems), f"{steps}\n\\boxed{{{answer}}}", str(answer))


def words(text: str) -> list[str]:
    """Split a list of words written as one string."""
    return text.split()


NAMES = words(
    "Anna Ben Carlos Dana Emma Felix Grace Hiro Ivy Jack Kenji Lily Maria Noah Olga Peter Rosa Sam Tom Uma "
    "Victor Wendy Yuki Zoe Aiko Omar Priya Lena Marco Nina Oscar Paula Ryan Sofia Taro Vera Hana Leo Mei Ali"
)
ITEMS = words(
    "apples oranges pencils books stickers marbles coins cards shells buttons cookies flowers stamps balloons "
    "eggs pears lemons toys beads stones cups pens keys hats plums nuts leaves candles ribbons badges"
)
HOLDERS = words("boxes bags baskets jars trays packs crates drawers shelves tins")
