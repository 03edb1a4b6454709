r"""Writes the two sets that pipelines/self_improve_math.yaml is tried on; its training data holds none of them.

    python pipelines/eval/held_out.py         # seen_families.jsonl and unseen_families.jsonl, beside this file

`seen_families`: problems of the families that it trains on, of other seeds. `unseen_families`: half of them problems
of families that it does not train on, half the same sums in words and situations that no family has.
"""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from factory.maths.families import family
from factory.maths.kinds import NAMES

SEEN = (
    "digit_sum", "two_digit_sum", "word_addition", "word_subtraction", "boxes", "half", "sum_equation", "percentage",
    "rectangle_area", "outfits",
)  # fmt: skip
UNSEEN = (
    "two_steps", "product_equation", "change", "conversion", "rectangle_perimeter", "triangle_angle", "mean", "range",
    "next_term", "draw",
)  # fmt: skip
Record = dict[str, str]


def main() -> None:
    """Write both files."""
    folder = Path(__file__).parent
    for name, records in (("seen", seen()), ("unseen", unseen())):
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        (folder / f"{name}_families.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")


def seen() -> list[Record]:
    """Give 500 problems, 50 of each family."""
    return _in_turn([_of_family(name, 50) for name in SEEN])


def unseen() -> list[Record]:
    """Give 500 problems, 25 of each family and of each wording."""
    worded = [_distinct(make.__name__, _worded(make), 25) for make in WORDINGS]
    return _in_turn([*(_of_family(name, 25) for name in UNSEEN), *worded])


def _in_turn(kinds: list[list[Record]]) -> list[Record]:
    """Take one of each kind in turn, so that the first hundred are a fair sample."""
    return [record for taken in zip(*kinds, strict=True) for record in taken]


def _of_family(name: str, count: int) -> list[Record]:
    made = (family(name).make(f"held out {seed}") for seed in range(10_000))
    return _distinct(name, ((one.problem, one.answer) for one in made), count)


def _distinct(name: str, made: Iterator[tuple[str, str]], count: int) -> list[Record]:
    found: dict[str, Record] = {}
    while len(found) < count:
        problem, answer = next(made)
        found.setdefault(problem, {"problem": problem, "answer": answer, "family": name})
    return list(found.values())


Wording = Callable[[random.Random], tuple[str, int]]


def _worded(make: Wording) -> Iterator[tuple[str, str]]:
    for seed in range(10_000):
        problem, answer = make(random.Random(f"{make.__name__} {seed}"))
        yield problem, str(answer)


def birds(rng: random.Random) -> tuple[str, int]:
    """One-step addition, something joins."""
    a, b = rng.randint(3, 20), rng.randint(2, 9)
    return f"{a} birds sat on a wire and {b} others landed next to them. Count the birds on the wire.", a + b


def temperature(rng: random.Random) -> tuple[str, int]:
    """One-step addition, a quantity rises."""
    a, b = rng.randint(5, 25), rng.randint(2, 9)
    return f"At dawn it was {a} degrees. By noon it was {b} degrees warmer. What was the temperature at noon?", a + b


def plus_in_words(rng: random.Random) -> tuple[str, int]:
    """A bare sum."""
    a, b = rng.randint(2, 30), rng.randint(2, 30)
    return f"Which number do you get when you increase {a} by {b}?", a + b


def passengers(rng: random.Random) -> tuple[str, int]:
    """One-step subtraction."""
    b = rng.randint(2, 9)
    a = b + rng.randint(1, 11)
    return f"A bus carries {a} passengers. At the next stop {b} get off. How many stay on the bus?", a - b


def rows_of_seats(rng: random.Random) -> tuple[str, int]:
    """One-step multiplication, an array."""
    a, b = rng.randint(2, 9), rng.randint(2, 10)
    return f"A cinema hall has {a} rows and every row has {b} seats. What is the number of seats?", a * b


def wages(rng: random.Random) -> tuple[str, int]:
    """One-step multiplication, a rate."""
    who, a, b = rng.choice(NAMES), rng.randint(2, 9), rng.randint(2, 10)
    return f"{who} earns {b} dollars an hour and works for {a} hours. What does {who} earn in dollars?", a * b


def split(rng: random.Random) -> tuple[str, int]:
    """Halving."""
    h = rng.randint(2, 40)
    return f"Two sisters share {2 * h} euros equally. How much does each one get?", h


def unknown(rng: random.Random) -> tuple[str, int]:
    """An equation in words."""
    x, a = rng.randint(1, 20), rng.randint(1, 20)
    return f"I think of a number and add {a}. The result is {x + a}. What is my number?", x


def discount(rng: random.Random) -> tuple[str, int]:
    """A percentage."""
    percent, price = rng.choice([10, 20, 25, 50]), 20 * rng.randint(2, 20)
    return f"A jacket costs {price} dollars. The shop takes {percent}% off. How many dollars is that off?", (
        percent * price // 100
    )


def menus(rng: random.Random) -> tuple[str, int]:
    """The product rule."""
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    return f"A café offers {a} soups and {b} desserts. How many menus of one soup and one dessert are there?", a * b


WORDINGS: tuple[Wording, ...] = (
    birds, temperature, plus_in_words, passengers, rows_of_seats, wages, split, unknown, discount, menus,
)  # fmt: skip


if __name__ == "__main__":
    main()
