"""The safety recipe: at 1,000 rows with a scripted model whose faults set off every check, and on the embedded one."""

import json
import subprocess
import sys
from collections import Counter

import polars as pl
import pytest

from factory.rows import share_of
from factory.text.refusals import find_refusal, gives_reason, offers_alternative
from tests.conftest import ROOT
from tests.recipes.safety_script import BAD_ANSWERS, BAD_QUESTIONS

SCRIPT = "script: 'tests.recipes.safety_script:answer'"
COMMAND = (
    *("run", "pipelines/safety.yaml", "--set", "stages.conditions.count=1000"),
    *("--set", f"engines.generator={{kind: scripted, {SCRIPT}}}"),
    *("--set", f"engines.judge={{kind: scripted, model: the judge, {SCRIPT}}}"),
    *("--set", "stages.judge.on_fail=reject"),
    # Nobody has written references in German.
    *("--set", "stages.conditions.axes.language={en: 3, ja: 2, de: 0.1}"),
)


def found(root):
    return json.loads((root / "run.json").read_text())


def stages(root):
    return {stage["name"]: stage for stage in found(root)["stages"]}


def rows(root, stage, state=None):
    frame = pl.read_parquet(root / "stages" / stages(root)[stage]["folder"] / "*.parquet")
    return frame if state is None else frame.filter(pl.col("_state") == state)


def kinds(column):
    return set(column.drop_nulls().str.split(":").list.first())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of 1,000 rows, shared by the tests of this file."""
    root = tmp_path_factory.mktemp("safety") / "out"
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


def test_every_fault_of_a_question_is_seen_and_drawn_again(run):
    root, out = run
    planted = set(BAD_QUESTIONS) - {"cut_off"}  # which is a fragment
    assert kinds(rows(root, "question")["question_faults"].explode()) == planted
    taken, dropped = rows(root, "question", "accepted"), rows(root, "question", "rejected")
    assert taken["question_faults"].list.len().max() == 3 and 0 < len(dropped) < 20
    assert set(dropped["question_faults"].list.len()) == {4}
    assert taken.filter(pl.col("question").str.contains('Question|質問|[「"]')).is_empty(), "labels are taken off"
    assert "draws not taken: " in out


def test_what_has_no_reference_or_was_asked_before_is_told(run):
    root, _ = run
    german = rows(root, "conditions").filter(pl.col("language") == "de")
    assert stages(root)["draw"]["reasons"] == {"nothing_to_draw": len(german)} and len(german) > 10
    assert stages(root)["near_duplicates"]["reasons"]["near_duplicate"] > 10


def test_a_question_that_is_not_of_its_kind_is_rejected(run):
    reasons = stages(run[0])["judge"]["reasons"]
    assert reasons.keys() == {"wrong_kind"} and 25 < reasons["wrong_kind"] < 200


def test_each_broken_answer_is_rejected_for_what_is_wrong_with_it(run):
    root, _ = run
    asked = rows(root, "tag", "accepted")
    moods = [share_of("mood", question) for question in asked["question"]]
    planted = Counter(BAD_ANSWERS[int(mood / 0.02)] for mood in moods if mood < 0.14)
    assert stages(root)["filter"]["reasons"] == planted and set(planted) == set(BAD_ANSWERS)


def test_a_right_candidate_is_chosen_where_there_is_one(run):
    root, _ = run
    chosen = rows(root, "choose")
    mixed = chosen.filter(pl.Series([0.3 <= share_of("mood", question) < 0.5 for question in chosen["question"]]))
    first = mixed["responses"].list.first().struct.field("fault")
    assert len(mixed) > 100 and kinds(first) == {"answers_harmful", "over_refusal"} and not first.null_count()
    refused = [find_refusal(text) is not None for text in mixed["response"]]
    assert refused == [kind == "harmful" for kind in mixed["kind"]]


def test_every_refusal_fault_is_mended_or_else_rejected(run):
    root, out = run
    faults = {"answers_harmful", "no_reason", "no_alternative", "over_refusal"}
    waiting = rows(root, "check_refusal-2")["defect"].drop_nulls()
    assert kinds(waiting.str.strip_prefix("check_refusal-2: ")) == faults
    assert set(stages(root)["check_refusal-2-again-1"]["reasons"]) == faults
    assert set(stages(root)["filter-2-again-1"]["reasons"]) == {"language", "truncated"}
    assert stages(root)["filter-2"]["reasons"].keys() == {"characters"}, "of two questions too short to be one"
    assert stages(root)["repair"]["reasons"].keys() == {"cut_off_again"}
    for fault in faults:
        assert f"repair: {fault}: " in out and f"repair: {fault}: 0 " not in out


def test_the_judge_is_unscored_or_below_the_band_where_it_should_be(run):
    root, out = run
    for turn in ("", "-again-1"):
        judged = rows(root, f"rubric{turn}")
        assert stages(root)[f"rubric{turn}"]["reasons"].keys() == {"unscored"}
        assert (
            judged.filter(pl.col("_state") == "rejected")["rating"].null_count()
            == stages(root)[f"rubric{turn}"]["rejected"]
        )
        assert stages(root)[f"filter-3{turn}"]["reasons"].keys() == {"out_of_band"}
    bad = stages(root)["filter-3"]["rejected"]
    assert f"2: 0, 1: {bad}; unscored: {stages(root)['rubric']['rejected']}" in out
    assert f"partly_false {bad} times ({3 * bad} points)" in out


def test_the_accepted_answers_are_right_for_their_kind_and_the_summary_says_so(run):
    root, out = run
    for row in rows(root, "filter-3-again-1", "accepted").iter_rows(named=True):
        refused = find_refusal(row["response"]) is not None
        assert refused is (row["kind"] == "harmful") is row["refuses"]
        assert not refused or (gives_reason(row["response"]) and offers_alternative(row["response"]))
    for kind, verb in (("harmful", "refused"), ("borderline", "not refused"), ("helpful", "not refused")):
        (line,) = (line for line in out.splitlines() if line.startswith(f"check_refusal-2: {kind} {verb}: "))
        assert "answers made, 100% of " in line and ": 100%" not in line


def test_the_shards_hold_question_answer_and_reward(run):
    root, _ = run
    sft = pl.read_parquet(root / "dataset/sft/*.parquet")
    grpo = pl.read_parquet(root / "dataset/grpo/*.parquet")
    kept = {row["id"]: row for row in rows(root, "filter-3-again-1", "accepted").iter_rows(named=True)}
    assert len(sft) == len(grpo) == len(kept)
    for row in grpo.iter_rows(named=True):
        origin = kept[row["id"]]
        assert (
            row["prompt"] == [{"role": "user", "content": origin["question"]}] and row["answer"] == origin["response"]
        )
        assert row["reward"] == (row["rating"] - 1) / 4 and row["kind"] == origin["kind"] and row["category"]
    assert set(sft["license"]) == {"apache-2.0"}


def test_unscored_rows_can_be_kept(factory, tmp_path):
    done = factory(
        *COMMAND,
        *("--set", "stages.conditions.count=120", "--set", "stages.rubric.on_unscored=keep"),
        *("--set", "stages.rubric.n=3", "--set", "stages.rubric.sampling.temperature=0.7", "--out", tmp_path / "out"),
    )
    assert done.code == 0, done.err
    root = tmp_path / "out"
    assert stages(root)["rubric"]["rejected"] == 0
    averaged = rows(root, "rubric")["rating"].drop_nulls()
    assert {5, 11 / 3} <= set(averaged), "three judgements are averaged"


@pytest.mark.job
def test_the_recipe_as_shipped_runs_to_the_end_on_the_embedded_model(factory, tmp_path):
    done = factory("run", "pipelines/safety.yaml", "--limit", 3, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    left = 3
    for stage in found(tmp_path / "out")["stages"]:
        assert stage["in"] == left == stage["accepted"] + stage["rejected"] and stage["failed"] == 0
        left = stage["out"]
    assert "answers made" in done.out and "ratings 5: " in done.out
    assert stages(tmp_path / "out")["respond"]["out"] >= 1
    # Of three rows so small a model gets one right or none, by the processor's rounding.
    shards = list((tmp_path / "out/dataset/sft").glob("*.parquet"))
    assert sum(len(pl.read_parquet(shard)) for shard in shards) == left
