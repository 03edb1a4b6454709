"""The Magpie recipes: at 1,000 rows with a scripted model that is biased and often wrong, and on the embedded model."""

import json
from collections import Counter

import polars as pl
import pytest

TEN = "{python: 1, javascript: 1, java: 1, cpp: 1, go: 1, rust: 1, ruby: 1, php: 1, sql: 1, bash: 1}"
SCRIPTED = "engines.generator={kind: scripted, script: 'tests.recipes.magpie_script:answer'}"
CODE = (
    "run",
    "pipelines/magpie_code.yaml",
    *("--set", SCRIPTED),
    *("--set", "stages.conditions.count=1000"),
    *("--set", f"stages.conditions.axes.programming={TEN}"),
    *("--set", "stages.instruct.n=1"),
    *("--set", "stages.instruct.attempts=8"),
)


def stages(root):
    return {stage["name"]: stage for stage in json.loads((root / "run.json").read_text())["stages"]}


def rows(root, stage):
    return pl.read_parquet(root / "stages" / stages(root)[stage]["folder"] / "*.parquet")


@pytest.fixture(scope="module")
def code(tmp_path_factory, request):
    """A run of 1,000 rows, shared by the tests of this file."""
    import subprocess
    import sys

    root = tmp_path_factory.mktemp("magpie") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "factory", *CODE, "--out", str(root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return root, done.stdout


def test_every_language_gets_its_share_although_the_model_prefers_python(code):
    root, out = code
    kept = rows(root, "choose").filter(pl.col("_state") == "accepted")
    shares = {language: count / len(kept) for language, count in kept["programming"].value_counts().iter_rows()}
    assert len(shares) == 10 and len(kept) > 600
    assert all(abs(share - 0.1) <= 0.02 for share in shares.values()), shares
    assert "programming, asked → accepted: " in out


def test_the_scripted_model_is_biased_indeed(code):
    root, _ = code
    faults = rows(root, "instruct").filter(pl.col("programming") != "python")["faults"].explode().drop_nulls()
    wrong = sum(fault == f"programming: python, not {fault.rsplit(' ', 1)[1]}" for fault in faults)
    assert wrong > 1000


def test_every_check_on_instructions_fires(code):
    root, _ = code
    kinds = {fault.split(":")[0] for fault in rows(root, "instruct")["faults"].explode().drop_nulls()}
    assert {"answer", "refusal", "several_turns", "fragment", "too_short", "meta", "language", "programming"} <= kinds
    assert stages(root)["near_duplicates"]["reasons"]["near_duplicate"] > 5, "chestnuts"


def test_every_rule_over_answers_fires_and_the_good_ones_stay(code):
    root, out = code
    answers = rows(root, "filter")["responses"].explode().struct.unnest()
    kinds = Counter(fault.split(":")[0] if fault else "kept" for fault in answers["fault"])
    wanted = "placeholder cut_code syntax programming refusal language loop echo assistant_talk characters kept"
    assert set(wanted.split()) <= set(kinds), kinds
    assert kinds["kept"] > 0.4 * len(answers)
    assert "responses: kept" in out


def test_failed_evolutions_leave_the_instruction_as_it_was(code):
    root, _ = code
    before = rows(root, "near_duplicates").filter(pl.col("_state") == "accepted")
    after = rows(root, "evolve").join(before.select("id", was="instruction"), on="id")
    ways = after["evolved"].explode().drop_nulls()
    assert ways.str.starts_with("failed").sum() > 10 and (~ways.str.starts_with("failed")).sum() > 50
    failed = after.filter(pl.col("evolved").list.first().str.starts_with("failed"))
    assert (failed["instruction"] == failed["was"]).all()


def test_a_limit_is_changed_without_generating_or_measuring_again(code, factory):
    root, _ = code
    done = factory(*CODE, "--set", "stages.filter.limits={characters: [200, 8000], echo: null}", "--out", root)
    assert done.code == 0 and "0 requests sent" in done.out, done.out + done.err


def test_chat_gets_second_turns(factory, tmp_path):
    done = factory(
        *("run", "pipelines/magpie_chat.yaml", "--set", SCRIPTED, "--out", tmp_path / "out"),
        *("--set", "stages.conditions.count=200", "--set", "stages.conditions.axes.language={en: 1}"),
    )
    assert done.code == 0, done.err
    sft = pl.read_parquet(tmp_path / "out/dataset/sft/*.parquet")
    turns = Counter(sum(turn["role"] == "user" for turn in chat) for chat in sft["messages"].to_list())
    assert turns[1] > 50 and turns[2] > 5


@pytest.mark.job
@pytest.mark.parametrize("recipe", ["magpie_code", "magpie_chat"])
def test_the_recipe_runs_to_the_end_on_the_embedded_model(factory, tmp_path, recipe):
    done = factory("run", f"pipelines/{recipe}.yaml", "--limit", 2, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    before = 2
    for stage in stages(tmp_path / "out").values():
        assert stage["accepted"] + stage["rejected"] + stage["failed"] == before and stage["failed"] == 0
        before = stage["out"]
