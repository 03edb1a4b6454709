import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from math import comb, gcd, lcm
from statistics import mean, median

import pytest

from factory.maths.answers import extract
from factory.maths.compare import same
from factory.maths.families import FAMILIES, choose, family, worked_examples
from factory.maths.fields import DIFFICULTY, FIELDS

N = list[int]
CONVERSIONS = {
    "meters centimeters": 100,
    "centimeters millimeters": 10,
    "kilometers meters": 1000,
    "kilograms grams": 1000,
    "hours minutes": 60,
    "minutes seconds": 60,
    "days hours": 24,
    "weeks days": 7,
    "feet inches": 12,
    "years months": 12,
}


def _quadratic(problem: str) -> int:
    match = re.search(r"\^2 ([+-]) (\d*)\w - (\d+) = 0", problem)
    assert match
    b, c = int(match[1] + (match[2] or "1")), int(match[3])
    (root,) = [x for x in range(1, 200) if x * x + b * x - c == 0]
    return root


def _conversion(problem: str) -> int:
    n = int(re.findall(r"\d+", problem)[0])
    units = [u for u in re.findall(r"[a-z]+", problem) if any(u in key.split() for key in CONVERSIONS)]
    return n * next(factor for key, factor in CONVERSIONS.items() if sorted(key.split()) == sorted(units))


def _draw(problem: str) -> Fraction:
    counts = {
        colour: int(n) for n, colour in re.findall(r"(\d+) (red|blue|green|yellow|white|black|pink|brown)", problem)
    }
    wanted = re.findall("red|blue|green|yellow|white|black|pink|brown", problem)[-1]
    p = Fraction(counts[wanted], sum(counts.values()))
    return 1 - p if f"not {wanted}" in problem else p


def _word_numbers(solve: Callable[[N], object]) -> Callable[[str], object]:
    return lambda problem: solve([int(n) for n in re.findall(r"\d+", problem)])


# Answers recomputed from the problem's text alone.
SOLVERS: dict[str, Callable[[str], object]] = {
    "digit_sum": _word_numbers(sum),
    "two_digit_sum": _word_numbers(sum),
    "word_addition": _word_numbers(sum),
    "word_subtraction": _word_numbers(lambda n: n[0] - n[1]),
    "boxes": _word_numbers(lambda n: n[0] * n[1]),
    "half": _word_numbers(lambda n: n[0] // 2),
    "two_steps": _word_numbers(lambda n: n[0] * n[1] - n[2]),
    "percentage": _word_numbers(lambda n: Fraction(n[0] * n[1], 100)),
    "sum_equation": _word_numbers(lambda n: n[1] - n[0]),
    "product_equation": _word_numbers(lambda n: Fraction(n[1], n[0])),
    "linear_equation": _word_numbers(lambda n: Fraction(n[2] - n[1], n[0])),
    "quadratic_root": _quadratic,
    "gcd": _word_numbers(lambda n: gcd(*n)),
    "lcm": _word_numbers(lambda n: lcm(*n)),
    "remainder": _word_numbers(lambda n: n[0] % n[1]),
    "next_term": _word_numbers(lambda n: 2 * n[-1] - n[-2]),
    "nth_term": _word_numbers(lambda n: n[0] + (n[2] - 1) * n[1]),
    "slope": lambda p: (lambda a, n, x: n * a * x ** (n - 1))(*[int(d) for d in re.findall(r"\d+", p)]),
    "rectangle_perimeter": _word_numbers(lambda n: 2 * sum(n)),
    "rectangle_area": _word_numbers(lambda n: n[0] * n[1]),
    "triangle_angle": _word_numbers(lambda n: 180 - sum(n)),
    "draw": _draw,
    "not_drawn": _draw,
    "mean": _word_numbers(mean),
    "median": _word_numbers(median),
    "range": _word_numbers(lambda n: max(n) - min(n)),
    "outfits": _word_numbers(lambda n: n[0] * n[1]),
    "pairs": _word_numbers(lambda n: comb(max(n), 2)),
    "committees": _word_numbers(lambda n: comb(n[0], 2) * n[1]),
    "conversion": _conversion,
    "change": _word_numbers(lambda n: max(n) - min(n)),
    "elapsed": _word_numbers(lambda n: (n[2] - n[0]) * 60 + n[3] - n[1]),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_answers_are_right(name: str) -> None:
    for seed in range(300):
        made = family(name).make(seed)
        assert Fraction(made.answer) == SOLVERS[name](made.problem), made
        assert made.solution.endswith(f"\n\\boxed{{{made.answer}}}")
        extracted = extract(made.solution)
        assert extracted is not None
        assert same(extracted.text, made.answer)


@pytest.mark.parametrize("name", FAMILIES)
def test_steps_are_true_and_show_the_answer(name: str) -> None:
    shown = 0
    for seed in range(100):
        made = family(name).make(seed)
        steps = made.solution.rpartition("\n")[0]
        assert re.search(rf"(?<!\d){re.escape(made.answer)}(?!\d)", steps), made
        assert len(made.solution.splitlines()) <= 3
        for chain in re.findall(r"(?<![\w^(])(?<![a-z] [-+] )[\d(][\d ()+×÷/-]*(?: = [\d(][\d ()+×÷/-]*)+", steps):
            values = {_value(side) for side in chain.split("=")}
            assert len(values) == 1, (made, chain)
            shown += 1
    assert shown or name in {"median", "quadratic_root"}


def _value(expression: str) -> Fraction:
    python = re.sub(r"\d+", r"Fraction(\g<0>)", expression.replace("×", "*").replace("÷", "/"))
    value = eval(python, {"Fraction": Fraction})  # noqa: S307 - digits and operators only
    assert isinstance(value, Fraction)
    return value


@pytest.mark.parametrize("name", FAMILIES)
def test_many_distinct_natural_problems(name: str) -> None:
    problems = [family(name).make(seed).problem for seed in range(1000)]
    assert len(set(problems)) > (250 if name == "digit_sum" else 450)
    assert all(p[0].isupper() or p[0].isdigit() for p in problems)
    assert all(p[-1] in "?." and "  " not in p and len(p) < 200 for p in problems)


def test_table_covers_fields_and_difficulties() -> None:
    assert len(FAMILIES) >= 16
    assert {f.field for f in FAMILIES.values()} <= set(FIELDS)
    assert len({f.field for f in FAMILIES.values()}) >= 7
    assert all(f.difficulty in DIFFICULTY for f in FAMILIES.values())
    assert list(DIFFICULTY) == list(range(1, 11))
    assert all(d.en and d.ja and not d.ja.isascii() for d in (*FIELDS.values(), *DIFFICULTY.values()))


def test_deterministic_across_processes() -> None:
    code = (
        "from factory.maths.families import *\n"
        "print([f.make('種') for f in FAMILIES.values()], worked_examples('gcd', 3, 1))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": s, "PYTHONUTF8": "1"}
        ).stdout
        for s in ("1", "2")
    }
    assert len(runs) == 1
    assert family("gcd").make(1) == family("gcd").make("1") != family("gcd").make(2)


def test_worked_examples_are_distinct_and_avoid_the_problem() -> None:
    first = worked_examples("digit_sum", 50, "s")
    assert len({e.problem for e in first}) == 50
    others = worked_examples("digit_sum", 50, "s", avoid=first[3].problem)
    assert first[3].problem not in {e.problem for e in others}
    assert others[:3] == first[:3]
    assert worked_examples("digit_sum", 0, "s") == []
    with pytest.raises(ValueError, match="at most 50"):
        worked_examples("digit_sum", 51, "s")


def test_choose() -> None:
    found = choose("arithmetic", 3)
    assert {f.field for f in found} == {"arithmetic"}
    distances = [abs(f.difficulty - 3) for f in found]
    assert distances == sorted(distances)
    assert [f.name for f in choose("algebra", 9, within=4)] == ["quadratic_root"]
    assert choose("logic", 3) == choose("no such field", 3) == []


def test_unknown_family_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match="digit_sum"):
        family("digits")
