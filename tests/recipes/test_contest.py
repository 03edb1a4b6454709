"""The contest recipe: at 1,000 rows with a scripted model at whose faults every check fires, and on the embedded one.

The programs are really run in the sandbox, some 25 ms each: nearly all problems are invented and share their inputs
and programs, so that each pair is run once in a process, and few are a family's.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from factory.prompts import Prompt
from tests.conftest import ROOT
from tests.recipes.contest_script import FAMILY_FAULTS, PROBLEM_FAULTS, family_fault_of, fault_of

COMMAND = (
    *("run", "pipelines/contest_code.yaml", "--set", "stages.conditions.count=1000"),
    *("--set", "engines.generator={kind: scripted, script: 'tests.recipes.contest_script:answer'}"),
    *("--set", "stages.conditions.axes.topic={arithmetic: 1}"),
    *("--set", "stages.seed_contest.only=[sum_of_numbers]"),
    *("--set", "stages.seed_contest.shares={family: 0.06, invented: 0.94}"),
    *("--set", "stages.run_tests.limits={seconds: 0.5, memory_mb: 128}"),
    *("--set", "stages.run_tests.most=4"),
    *("--set", "stages.write_programs.n=4"),
)


def found(root):
    return json.loads((root / "run.json").read_text())


def stages(root):
    return {stage["name"]: stage for stage in found(root)["stages"]}


def rows(root, stage, state=None):
    frame = pl.read_parquet(root / "stages" / stages(root)[stage]["folder"] / "*.parquet")
    return frame if state is None else frame.filter(pl.col("_state") == state)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of 1,000 rows, shared by the tests of this file."""
    root = tmp_path_factory.mktemp("contest") / "out"
    command = [sys.executable, "-m", "factory", *COMMAND, "--out", str(root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return root, done.stdout


def test_nothing_vanishes(run):
    root, _ = run
    left = 1000
    for stage in found(root)["stages"]:
        assert stage["in"] == left == stage["accepted"] + stage["rejected"] + stage["failed"]
        assert stage["failed"] == 0
        left = stage["out"]
    assert left > 450


def planted(frame, faults):
    kinds = [fault_of(one["statement"]) for one in frame.iter_rows(named=True) if one["origin"] == "invented"]
    return {fault: count for fault, count in Counter(kinds).items() if fault in faults}


def test_each_bad_statement_is_rejected_for_what_is_wrong_with_it(run):
    root, _ = run
    reasons = stages(root)["invent_contest"]["reasons"]
    assert set(reasons) == {"no_statement", "cut_off", "copied_example"} and min(reasons.values()) > 7
    dropped = rows(root, "invent_contest", "rejected")["_reason"].unique()
    assert {"no_statement: it has no input", "no_statement: it has no examples"} <= set(dropped)
    taken = stages(root)["filter"]["reasons"]
    assert set(taken) == {"placeholder", "assistant_talk", "top_ngram", "language", "leakage"}, taken


def test_tests_are_too_few_or_their_generator_broken_where_that_was_planted(run):
    root, _ = run
    asked = planted(rows(root, "filter", "accepted"), {"too_few_tests", "broken_generator"})
    assert stages(root)["write_tests"]["reasons"] == asked and len(asked) == 2


def test_every_fault_of_the_programs_is_told(run):
    root, out = run
    asked = rows(root, "write_programs", "accepted")
    kinds = {"no_program", "forbidden", "wrong_example", "no_majority", "always_the_same", "unfinished"}
    expected = planted(asked, kinds)
    families = [row["statement"] for row in asked.iter_rows(named=True) if row["origin"] == "family"]
    faults = Counter(fault for fault in map(family_fault_of, families) if fault)
    assert set(faults) == set(FAMILY_FAULTS) and set(expected) == kinds
    assert stages(root)["run_tests"]["reasons"] == {**expected, "fails_tests": faults.total()}
    told = rows(root, "run_tests", "rejected")["_reason"]
    for fault, count in faults.items():
        assert sum(reason.startswith("fails_tests: 0 of") and f", {fault}" in reason for reason in told) == count
    assert "programs: passed " in out and "by difficulty: 1: " in out


def test_answers_that_pass_the_tests_can_still_be_no_good(run):
    root, _ = run
    expected = planted(rows(root, "tag-2"), {fault for fault in PROBLEM_FAULTS if fault.startswith("answer_")})
    reasons = stages(root)["filter-2"]["reasons"]
    names = {"placeholder": "placeholder", "open": "truncated", "cut": "cut_code", "syntax": "syntax"}
    names |= {"other": "programming", "talk": "assistant_talk"}
    assert reasons == {names[fault.removeprefix("answer_")]: count for fault, count in expected.items()}
    assert len(reasons) == 6


def test_a_problem_invented_twice_is_kept_once(run):
    root, _ = run
    assert stages(root)["near_duplicates"]["reasons"]["near_duplicate"] > 5


def test_kept_problems_are_settled_by_their_tests(run):
    root, _ = run
    kept = rows(root, "near_duplicates", "accepted")
    for row in kept.filter(pl.col("origin") == "invented").head(100).iter_rows(named=True):
        assert row["samples"][0] == row["tests"][0] and len(row["tests"]) == 4
        assert row["pass_rate"] == row["agreement"] == 0.75 or row["pass_rate"] < row["agreement"]
        assert row["correct"] is None and row["statement_model"] == "scripted"
    known = kept.filter(pl.col("origin") == "family")
    assert len(known) > 5 and set(known["correct"]) == {True} and set(known["pass_rate"]) == {0.5}
    assert {"en", "ja"} == set(kept["language"])


def test_statement_code_and_tests_stay_together_in_the_shards(run):
    root, _ = run
    kept = {row["id"]: row for row in rows(root, "near_duplicates", "accepted").iter_rows(named=True)}
    sft, cpt = (pl.read_parquet(root / f"dataset/{name}/*.parquet") for name in ("sft", "cpt"))
    assert len(sft) == len(cpt) == len(kept)
    for row in sft.iter_rows(named=True):
        origin = kept[row["id"]]
        assert row["prompt"] == [{"role": "user", "content": origin["statement"]}]
        assert row["completion"] == [{"role": "assistant", "content": origin["answer"]}]
        assert row["tests"] == origin["tests"] and row["pass_rate"] > 0 and row["difficulty"] == 1
        assert origin["solution"] in row["completion"][0]["content"]
    for row in cpt.iter_rows(named=True):
        origin = kept[row["id"]]
        assert row["text"].startswith(origin["statement"]) and origin["solution"] in row["text"]
        assert row["tests"] == origin["tests"]


GOLDENS = ROOT / "tests/goldens/contest"
EXAMPLE = {"statement": "Print A.", "solution": "print(int(input()))\n", "inputs": ["1\n", "20\n"]}
ROW = {"topic": "number_theory", "difficulty": 3, "statement": "Print A + B.", "examples": [EXAMPLE]}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", ["invent", "write_inputs", "write_generator", "write_program"])
def test_a_prompt_says_what_it_said(name, language):
    extra = {"topic_is": "divisors" if language == "en" else "約数", "difficulty_is": "loops"}
    turns = Prompt("contest/{language}/" + name).render({**ROW, "language": language}, **extra)["messages"]
    check_golden(GOLDENS / f"{language}-{name}.txt", turns)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_prompt_for_solving_with_programs_says_what_it_said(language):
    turns = Prompt("maths/{language}/solve_with_tools").render({"language": language, "problem": "1 + 1?"})["messages"]
    check_golden(ROOT / f"tests/goldens/maths/{language}-solve_with_tools.txt", turns)


def check_golden(path: Path, turns):
    """FACTORY_GOLDENS=write takes over what they say now."""
    told = "".join(f"--- {turn['role']}\n{turn['content']}\n" for turn in turns)
    assert turns[0]["role"] == "system" and turns[-1]["role"] == "user"
    if os.environ.get("FACTORY_GOLDENS") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(told, encoding="utf-8")
    assert told == path.read_text(encoding="utf-8")


@pytest.mark.job
def test_the_recipe_as_shipped_gives_problems_with_programs_on_the_embedded_model(factory, tmp_path):
    done = factory("run", "pipelines/contest_code.yaml", "--limit", 3, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    left = 3
    for stage in found(tmp_path / "out")["stages"]:
        assert stage["in"] == left == stage["accepted"] + stage["rejected"] and stage["failed"] == 0
        left = stage["out"]
    assert len(pl.read_parquet(tmp_path / "out/dataset/sft/*.parquet")) == left > 0
