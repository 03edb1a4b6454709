r"""Families of problems with a known answer and a worked solution, for small models.

>>> family("digit_sum").make(3)
Worked(problem='Work out 6 + 7.', solution='6 + 7 = 13\n\\boxed{13}', answer='13')

A 135M model that sees four worked examples of a family (`worked_examples`) gets most of the easy ones right,
so the families serve as verifiable seeds, and as known answers to check votes against. Difficulty follows
`fields.DIFFICULTY`: 1 is one step of primary school, 10 the final of an olympiad. Ours span 1 to 5: sums of
small numbers are 1, products and two-digit sums 2, several steps, remainders and averages 3, lower secondary
exercises 4, upper secondary ones 5. The problems themselves are in `number_problems` and
`world_problems`.
"""

from itertools import count

from factory.maths import number_problems, world_problems
from factory.maths.kinds import Family, Worked

_MOST_EXAMPLES = 50  # every family has more distinct problems than this several times over

FAMILIES: dict[str, Family] = {
    item.name: item
    for module in (number_problems, world_problems)
    for item in vars(module).values()
    if isinstance(item, Family)
}


def family(name: str) -> Family:
    """Return the family of this name; KeyError lists the names there are."""
    if name not in FAMILIES:
        raise KeyError(f"no family {name!r}; there are {', '.join(sorted(FAMILIES))}")
    return FAMILIES[name]


def choose(field: str, difficulty: int, within: int = 9) -> list[Family]:
    """List the families of a field at most `within` from a difficulty, nearest first; [] when there is none."""
    near = [f for f in FAMILIES.values() if f.field == field and abs(f.difficulty - difficulty) <= within]
    return sorted(near, key=lambda f: (abs(f.difficulty - difficulty), f.name))


def worked_examples(name: str, n: int, seed: str | int, avoid: str = "") -> list[Worked]:
    """Return `n` distinct examples of a family, none of them the problem `avoid`.

    The same seed gives the same examples in every process. ValueError when `n` is above 50.
    """
    if n > _MOST_EXAMPLES:
        raise ValueError(f"at most {_MOST_EXAMPLES} worked examples, not {n}")
    make = family(name).make
    found: dict[str, Worked] = {}
    for i in count():
        if len(found) >= n:
            break
        example = make(f"{seed}/example/{i}")
        if example.problem != avoid:
            found.setdefault(example.problem, example)
    return list(found.values())
