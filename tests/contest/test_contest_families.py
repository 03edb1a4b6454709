import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from factory.contest.families import FAMILIES, choose, family, worked_examples
from factory.contest.outputs import same_output
from factory.contest.statements import read_statement
from factory.contest.topics import DIFFICULTY, TOPICS
from factory.dedup.minhash import near_duplicates
from factory.text.language import is_language

sys.path.insert(0, str(Path(__file__).parent))
from solvers import SOLVERS, Said

SEEDS = range(20)
RUN = """
import io, json, sys
problems, stdout, wrong = json.load(sys.stdin), sys.stdout, []
for code, tests in problems:
    program = compile(code, "solution", "exec")
    for test in tests:
        sys.stdin, sys.stdout = io.StringIO(test["input"]), io.StringIO()
        import builtins
        builtins.open = lambda _: sys.stdin
        exec(program, {"__name__": "__main__"})
        if sys.stdout.getvalue() != test["output"]:
            wrong.append([code, test["input"], sys.stdout.getvalue()])
stdout.write(json.dumps(wrong[:3]))
"""


@cache
def made(name, language):
    return [family(name).make(seed, language) for seed in SEEDS]


@pytest.mark.parametrize("name", FAMILIES)
def test_plain_python_prints_what_the_tests_expect(name):
    problems = [(problem["solution"], problem["tests"]) for problem in made(name, "en")]
    run = subprocess.run([sys.executable, "-I", "-c", RUN], input=json.dumps(problems), capture_output=True, text=True)
    assert run.stdout == "[]", run.stderr


@pytest.mark.parametrize("name", FAMILIES)
def test_brute_force_from_the_statement_agrees(name):
    checked = 0
    for problem in made(name, "en"):
        for test in problem["tests"]:
            answer = SOLVERS[name](Said(problem["statement"], test["input"]))
            if answer is not None:
                assert same_output(str(answer), test["output"]), (problem["statement"], test, answer)
                checked += 1
    assert checked >= 2 * len(SEEDS)


@pytest.mark.parametrize("name", FAMILIES)
def test_both_languages_tell_the_same_problem(name):
    for english, japanese in zip(made(name, "en"), made(name, "ja"), strict=True):
        assert (english["tests"], english["solution"]) == (japanese["tests"], japanese["solution"])
        for problem in (english, japanese):
            assert is_language(problem["statement"], problem["language"]), problem["statement"]
            parts = read_statement(problem["statement"])
            assert not re.search(r"[{}]", re.sub(r"_\{\w,\w\}", "", parts.story + parts.output))
            assert parts.examples == problem["examples"] == problem["tests"][:2]
            assert parts.story
            assert parts.input
            assert parts.output
            assert parts.constraints


@pytest.mark.parametrize("name", FAMILIES)
def test_inputs_obey_the_form_and_the_constraints(name):
    for problem in made(name, "en"):
        parts = read_statement(problem["statement"])
        form = parts.input.partition("\n")[2].replace("```", "").strip()
        inputs = [test["input"] for test in problem["tests"]]
        assert 6 <= len(inputs) == len(set(inputs)) <= 20
        for text in inputs:
            assert text.endswith("\n")
            assert len(text) < 5000
            values = bound(form, text)
            for line in parts.constraints.splitlines():
                assert obeyed(line, values), (line, text)


@pytest.mark.parametrize("name", FAMILIES)
def test_no_constant_passes_all_tests(name):
    assert all(len({test["output"] for test in problem["tests"]}) > 1 for problem in made(name, "en"))


def bound(form, text):
    """Return the values that the input gives to each name of its form: "A_1 A_2 … A_N" gives all of them to A."""
    values, lines, taken = {}, text.splitlines(), 0
    for at, row in enumerate(form.splitlines()):
        names = [re.sub(r"_.*", "", name) for name in row.split()]
        repeated = ":" in form and re.search(r"_\{?1", row) is not None
        for line in lines[at:] if repeated else [lines[at]]:
            tokens, taken = line.split(), taken + 1
            if "…" in row:
                names = names[:1] * len(tokens)
            assert len(names) == len(tokens), (form, text)
            for name, token in zip(names, tokens, strict=True):
                values.setdefault(name, []).append(int(token) if re.fullmatch(r"-?\d+", token) else token)
        if repeated:
            break
    assert taken == len(lines), (form, text)
    length = values.get("N", values.get("H"))
    if "_" in form and "M" not in values:
        listed = len(values[re.findall(r"(\w)_\{?1", form)[-1]])
        assert listed == length[0] * (length[0] if "{" in form else 1)
    return values


def obeyed(line, values):
    if "consist" in line and "lowercase" in line:
        return all(re.fullmatch("[a-z]+", word) for word in values["S"])
    if between := re.search(r"length of S is between (\d+) and (\d+)", line):
        return int(between[1]) <= len(values["S"][0]) <= int(between[2])
    chain = re.split(r" (≤|<) ", line.removeprefix("- "))
    if len(chain) < 3 or "A_{i,j}" in line:
        return True
    for low, sign, high in zip(chain[::2], chain[1::2], chain[2::2], strict=False):
        for a in low.split(", "):
            for b in high.split(", "):
                left, right = looked_up(a, values), looked_up(b, values)
                if not left or not right:
                    continue  # without roads (M = 0) there is no a_i
                size = max(len(left), len(right))
                for x, y in zip(left * (size // len(left)), right * (size // len(right)), strict=True):
                    if not (x < y or (sign == "≤" and x == y)):
                        return False
    return True


def looked_up(term, values):
    if term == "|S|":
        return [len(values["S"][0])]
    if re.fullmatch(r"-?\d+", term):
        return [int(term)]
    return values.get(re.sub(r"_.*", "", term), [])


def test_families_cover_topics_and_difficulties():
    assert len(FAMILIES) >= 24
    assert {f.topic for f in FAMILIES.values()} == set(TOPICS)
    assert list(DIFFICULTY) == list(range(1, 11))
    assert {f.difficulty for f in FAMILIES.values()} == set(range(1, 10))
    assert sum(f.difficulty <= 2 for f in FAMILIES.values()) >= 10
    assert all(d.en and d.ja and not d.ja.isascii() for d in (*TOPICS.values(), *DIFFICULTY.values()))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_few_statements_are_near_duplicates(language):
    statements = [problem["statement"] for name in FAMILIES for problem in made(name, language)]
    assert len(set(statements)) == len(statements)
    assert (~near_duplicates(statements, threshold=0.8).kept).mean() < 0.03


@pytest.mark.parametrize("name", ["sum_of_numbers", "reverse", "shifted", "boats"])
def test_statements_of_200_seeds_are_distinct(name):
    statements = [family(name).make(seed)["statement"] for seed in range(200)]
    assert len(set(statements)) == 200
    assert (~near_duplicates(statements, threshold=0.8).kept).mean() < 0.1


def test_a_seed_makes_the_same_problem_in_every_process():
    code = "from factory.contest.families import *\nprint([f.make('種', 'ja') for f in FAMILIES.values()])"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": s, "PYTHONUTF8": "1"}
        ).stdout
        for s in ("1", "2")
    }
    assert len(runs) == 1
    assert family("boats").make(1) == family("boats").make("1") != family("boats").make(2)


def test_worked_examples_are_distinct_and_avoid_the_problem():
    first = worked_examples("product", 20, "s", "ja")
    assert len({example["statement"] for example in first}) == 20
    others = worked_examples("product", 20, "s", "ja", avoid=first[3]["statement"])
    assert first[3] not in others
    assert others[:3] == first[:3]
    with pytest.raises(ValueError, match="at most 50"):
        worked_examples("product", 51, "s")


def test_choose_lists_the_nearest_first():
    assert [f.name for f in choose("dp", 9, within=1)] == ["round_trip", "orders"]
    distances = [abs(f.difficulty - 3) for f in choose("strings", 3)]
    assert distances == sorted(distances)
    assert choose("no such topic", 3) == []


def test_what_is_not_there_is_said():
    with pytest.raises(KeyError, match="round_trip"):
        family("round")
    with pytest.raises(ValueError, match="'fr'"):
        family("product").make(1, "fr")
