r"""Families of contest problems with a known solution, tests and both languages, for small models and for checks.

>>> family("sum_of_numbers").make(3)["solution"]
'n, m, k = map(int, input().split())\nprint(n + m + k)\n'

A small model that sees worked examples of a family (`worked_examples`) may copy its pattern, so the families of
difficulty 1 to 3 serve as seeds that give it something to get right; those above show larger models what a clear
statement and a short program look like. Difficulty follows `topics.DIFFICULTY`; ours span 1 to 9. The problems
themselves are in the modules imported below.
"""

from itertools import count

from factory.contest import (
    dp_problems,
    geometry_problems,
    graph_problems,
    list_problems,
    number_problems,
    process_problems,
    word_problems,
)
from factory.contest.kinds import Family
from factory.contest.records import Problem

_MOST_EXAMPLES = 50  # every family has more distinct problems than this several times over

FAMILIES: dict[str, Family] = {
    item.name: item
    for module in (
        number_problems,
        word_problems,
        list_problems,
        process_problems,
        geometry_problems,
        dp_problems,
        graph_problems,
    )
    for item in vars(module).values()
    if isinstance(item, Family)
}


def family(name: str) -> Family:
    """Return the family of this name; KeyError lists the names there are."""
    if name not in FAMILIES:
        raise KeyError(f"no family {name!r}; there are {', '.join(sorted(FAMILIES))}")
    return FAMILIES[name]


def choose(topic: str, difficulty: int, within: int = 9) -> list[Family]:
    """List the families of a topic at most `within` from a difficulty, nearest first; [] when there is none."""
    near = [f for f in FAMILIES.values() if f.topic == topic and abs(f.difficulty - difficulty) <= within]
    return sorted(near, key=lambda f: (abs(f.difficulty - difficulty), f.name))


def worked_examples(name: str, n: int, seed: str | int, language: str = "en", avoid: str = "") -> list[Problem]:
    """Return `n` problems of a family with distinct statements, none of them the statement `avoid`.

    The same seed gives the same examples in every process. ValueError when `n` is above 50, or for a language that
    families do not speak.
    """
    if n > _MOST_EXAMPLES:
        raise ValueError(f"at most {_MOST_EXAMPLES} worked examples, not {n}")
    make = family(name).make
    found: dict[str, Problem] = {}
    for i in count():
        if len(found) >= n:
            break
        example = make(f"{seed}/example/{i}", language)
        if example["statement"] != avoid:
            found.setdefault(example["statement"], example)
    return list(found.values())
