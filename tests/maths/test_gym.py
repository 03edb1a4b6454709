import re
import subprocess
import sys
from fractions import Fraction
from itertools import product
from math import comb, gcd, lcm, prod

import pytest

from factory.maths.answers import extract
from factory.maths.compare import same
from factory.maths.fields import DIFFICULTY, FIELDS
from factory.maths.gym import GENERATORS, Choice, choose, make

LEVELS = [(name, level) for name, generator in GENERATORS.items() for level in generator.levels]


@pytest.fixture(scope="module", autouse=True)
def _reasoning_gym() -> None:
    make("gcd", 3, 0)  # its import takes seconds


@pytest.mark.parametrize(("name", "level"), LEVELS)
def test_answers_are_short_and_survive_a_boxed_reply(name: str, level: int) -> None:
    for seed in range(5):
        made = make(name, level, seed)
        assert made.source == f"reasoning-gym/{name}"
        assert made.problem
        assert 0 < len(made.answer) <= 60
        answer = extract(f"したがって、答えは $\\boxed{{{made.answer}}}$ です。")
        assert answer is not None
        assert same(answer.text, made.answer)
        assert same(f"\\text{{{made.answer}}}", made.answer)
        # Copying the question out must not count as solving it.
        assert not same(made.problem, made.answer)


@pytest.mark.parametrize(("name", "level"), LEVELS)
def test_seeds_give_distinct_problems(name: str, level: int) -> None:
    n = 4 if name == "zebra_puzzles" else 20
    assert len({make(name, level, seed).problem for seed in range(n)}) >= n // 2


def _numbers(problem: str) -> list[int]:
    return [int(n) for n in re.findall(r"-?\d+", problem)]


def test_known_answers_are_right() -> None:
    for seed in range(20):
        for level in GENERATORS["gcd"].levels:
            made = make("gcd", level, seed)
            assert gcd(*_numbers(made.problem)) == int(made.answer)
        made = make("lcm", 3, seed)
        assert lcm(*_numbers(made.problem)) == int(made.answer)
        made = make("products", 3, seed)
        assert prod(_numbers(made.problem)) == int(made.answer)
        made = make("simple_geometry", 3, seed)
        angles = [float(a) for a in re.findall(r"(\d+\.\d)°", made.problem)]
        assert 180 - sum(angles) == float(made.answer) > 0


def test_chances_are_right() -> None:
    for seed in range(10):
        made = make("dice", 4, seed)
        dice = [range(1, int(sides) + 1) for sides in re.findall(r"1d(\d+)[,.]", made.problem)]
        target = int(re.findall(r"rolling (\d+)", made.problem)[0])
        rolls = [sum(roll) >= target for roll in product(*dice)]
        assert Fraction(sum(rolls), len(rolls)) == Fraction(made.answer)
        made = make("coin_flip", 5, seed)
        k, n = _numbers(made.problem)
        ways = comb(n, k) if "exactly" in made.problem else sum(comb(n, i) for i in range(k, n + 1))
        assert Fraction(ways, 2**n) == Fraction(made.answer)


@pytest.mark.parametrize(
    ("name", "level", "seed", "spelling"),
    [
        ("simple_integration", 5, 0, r"C + \frac{4}{3}x^2 - 5x^3"),
        ("time_intervals", 3, 1, "0:35"),
        ("advanced_geometry", 6, 1, r"\left(4.051, -5.487\right)"),
        ("advanced_geometry", 5, 0, r"41.82^\circ"),
        ("coin_flip", 5, 1, r"\frac{15}{64}"),
        ("family_relationships", 3, 1, "Mother-in-law"),
    ],
)
def test_other_spellings_of_an_answer(name: str, level: int, seed: int, spelling: str) -> None:
    assert same(make(name, level, seed).answer, spelling)


def test_table_covers_fields_and_difficulties() -> None:
    assert len(GENERATORS) >= 15
    assert {g.field for g in GENERATORS.values()} <= set(FIELDS)
    assert all(level in DIFFICULTY for _, level in LEVELS)


def test_choose() -> None:
    found = choose("number_theory", 6)
    assert found[:2] == [Choice("base_conversion", 6), Choice("count_bits", 6)]
    distances = [abs(c.difficulty - 6) for c in found]
    assert distances == sorted(distances)
    assert choose("calculus", 1, within=3) == choose("statistics", 3) == choose("国語", 3) == []


def test_unknown_generator_or_level() -> None:
    with pytest.raises(ValueError, match=r"its levels are \[3, 4\]"):
        make("gcd", 9, 1)
    with pytest.raises(ValueError, match=r"there are .*chain_sum"):
        make("sudoku", 3, 1)


def test_deterministic_across_processes() -> None:
    code = f"from factory.maths.gym import make\nprint([make(name, level, 7) for name, level in {LEVELS!r}])"
    env = {"PYTHONHASHSEED": "1", "PYTHONUTF8": "1"}
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=env, text=True)
    assert other.stdout == f"{[make(name, level, 7) for name, level in LEVELS]}\n"
