"""The knowledge recipe: at 1,000 chunks with a scripted model that is often wrong, and on the embedded model."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from factory.text.copies import copies_any
from tests.recipes.knowledge_script import documents

ROOT = Path(__file__).parent.parent.parent
SCRIPTED = [
    part
    for engine in ("generator", "target", "judge")
    for part in ("--set", f"engines.{engine}={{kind: scripted, script: 'tests.recipes.knowledge_script:answer'}}")
]
SETTINGS = [
    "partition_rows=500",
    "stages.find_facts.pick=false",
    "stages.find_facts.most=3",
    "stages.judge.on_fail=reject",
    "stages.grade.engine=judge",
    "stages.grade.on_unscored=reject",
]


def stages(root):
    return {stage["name"]: stage for stage in json.loads((root / "run.json").read_text())["stages"]}


def rows(root, stage):
    return pl.read_parquet(root / "stages" / stages(root)[stage]["folder"] / "*.parquet")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run over 1,000 chunks with the optional stages, shared by the tests of this file."""
    folder = tmp_path_factory.mktemp("knowledge")
    lines = (json.dumps(record, ensure_ascii=False) for record in documents(1000))
    (folder / "documents.jsonl").write_text("\n".join(lines), encoding="utf-8")
    shipped = (ROOT / "pipelines/knowledge.yaml").read_text(encoding="utf-8")
    pipeline = shipped.replace("  # - measure_loss", "  - measure_loss").replace("  # - band", "  - band")
    assert pipeline.count("\n  - ") == shipped.count("\n  - ") + 2
    (folder / "knowledge.yaml").write_text(pipeline, encoding="utf-8")
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    files = ("--set", f"stages.documents.files=[{folder / 'documents.jsonl'}]")
    command = [sys.executable, "-m", "factory", "run", folder / "knowledge.yaml", "--out", folder / "out"]
    done = subprocess.run(
        [*command, *SCRIPTED, *settings, *files], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return folder / "out", done.stdout


def test_every_row_is_accounted_for(run):
    root, _ = run
    before = 1000
    for stage in stages(root).values():
        assert stage["accepted"] + stage["rejected"] + stage["failed"] == before and stage["failed"] == 0
        before = stage["out"]
    assert before > 1250


def test_every_reason_to_reject_fires(run):
    root, _ = run
    reasons = {name: set(stage["reasons"]) for name, stage in stages(root).items() if stage["reasons"]}
    assert reasons == {
        "find_facts": {"no_facts"},
        "judge": {"wrong_fact", "unscored"},
        "near_duplicates": {"near_duplicate"},
        "grade": {"known", "unscored"},
        "judge-2": {"unscored"},
        "repair": {"cut_off_again"},
        "filter-again-1": {"truncated", "language", "loop", "placeholder", "characters", "refusal", "leakage"},
        "check_telling-again-1": {"no_answer", "copy_of_source", "assistant_talk"},
        "judge-2-again-1": {"ungrounded", "unscored"},
        "near_duplicates-2": {"near_duplicate"},
        "measure_loss": {"unscored"},
        "band": {"out_of_band"},
    }


def test_every_check_on_facts_fires(run):
    root, out = run
    faults = Counter(fault.split(":")[0] for fault in rows(root, "find_facts")["fact_faults"].explode().drop_nulls())
    assert set(faults) == {
        *("not_in_text", "not_in_span", "bare_span", "gives_away", "needs_the_text", "no_question", "language"),
        *("wrong_kind", "unknown_name", "empty", "unreadable"),
    }
    assert f"find_facts: {stages(root)['find_facts']['out']:,} facts found; not taken: " in out


def test_every_check_on_tellings_fires_and_the_planted_copies_are_caught(run):
    root, _ = run
    faults = Counter(fault.split(":")[0] for fault in rows(root, "retell")["telling_faults"].explode().drop_nulls())
    assert set(faults) == {
        *("copy_of_source", "copy_of_sibling", "copy_of_example", "no_answer", "truncated", "language"),
        *("leakage", "refusal"),
        *("assistant_talk", "placeholder", "loop", "characters"),
    }
    told = rows(root, "near_duplicates-2").filter((pl.col("_state") == "accepted") & (pl.col("style") != "question"))
    assert faults["copy_of_source"] > 25 and len(told) > 750
    assert not any(copies_any(text, [chunk]) for text, chunk in told.select("text", "chunk").iter_rows())


def test_what_the_target_knows_is_set_aside_and_counted(run):
    root, out = run
    graded = rows(root, "grade")
    known = graded.filter(pl.col("_reason").str.starts_with("known"))
    kept = graded.filter(pl.col("_state") == "accepted")
    assert (known["known_share"] >= 0.5).all() and (kept["known_share"] < 0.5).all() and len(known) > 400
    undecided = len(graded) - len(known) - len(kept)
    assert (
        f"grade: {len(graded):,} facts probed: {len(known):,} known and set aside, {len(kept):,} unknown, "
        f"{undecided:,} undecided"
    ) in out
    marks = out.split("closed-book answers: ")[1].split("\n")[0].split(", ")
    assert [mark.rsplit(" ", 1)[0] for mark in marks] == [
        *("right by model", "right by rule", "unscored", "wrong by model", "wrong by rule")
    ]


def test_facts_are_told_k_times_fewer_or_never(run):
    root, out = run
    facts = rows(root, "retell").group_by("_from").agg(pl.col("tellings").first(), pl.len().alias("rows"))
    assert (facts["rows"] == facts["tellings"] + 1).all()
    counts = Counter(facts["tellings"])
    assert min(counts[2], counts[1], counts[0]) > 5
    told = f"{len(facts):,} facts: {counts[2]:,} told 2 times, {counts[1]:,} fewer"
    told += f" ({counts[1]:,} 1 times), {counts[0]:,} never"
    assert told in out
    assert "tellings kept, by style: " in out and "tellings kept, by language: en " in out


def test_the_shards_have_each_question_once_and_every_telling(run):
    root, _ = run
    sft, cpt = (pl.read_parquet(root / "dataset" / name / "*.parquet") for name in ("sft", "cpt"))
    questions = sft["prompt"].list.first().struct.field("content")
    assert questions.n_unique() == len(sft) > 400 and set(sft["style"]) == {"question"}
    assert len(cpt) > 2 * len(sft) and set(cpt["language"]) == {"en", "ja"}
    assert {"source", "style", "language", "known_share", "text"} <= set(cpt.columns)
    tellings = cpt.filter(pl.col("style") != "question")["style"]
    shares = tellings.value_counts(normalize=True)["proportion"]
    assert len(shares) == 6 and shares.min() > 0.1
    test, train = (pl.read_parquet(root / f"dataset/cpt/{split}-*.parquet") for split in ("test", "train"))
    assert len(test) > 50 and not set(test["text"]) & set(train["text"])


def test_repairs_bring_tellings_back(run):
    _, out = run
    assert "repair: ungrounded: " in out
    mended, of = out.split("repair: ungrounded: ")[1].split(" mended")[0].split(" of ")
    assert 0.2 * int(of) < int(mended) < int(of)


def test_it_reads_the_documents_that_come_with_it(factory, tmp_path):
    files = "[documents/palau.html, documents/apollo_11.pdf, documents/constitution_of_japan.txt]"
    settings = ("--set", f"stages.documents.files={files}", "--set", "stages.find_facts.most=1")
    done = factory("run", "pipelines/knowledge.yaml", *SCRIPTED, *settings, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    found = rows(tmp_path / "out", "documents")
    assert set(found["document"]) == {"palau.html", "apollo_11.pdf", "constitution_of_japan.txt"}
    cpt = pl.read_parquet(tmp_path / "out/dataset/cpt/*.parquet")
    assert set(cpt["source"]) == set(found["document"]) and set(cpt["language"]) == {"en", "ja"}


@pytest.mark.job
def test_it_runs_to_the_end_on_the_embedded_model(factory, tmp_path):
    done = factory("run", "pipelines/knowledge.yaml", "--limit", 2, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    before = 2
    for stage in stages(tmp_path / "out").values():
        assert stage["accepted"] + stage["rejected"] + stage["failed"] == before and stage["failed"] == 0
        before = stage["out"]
    assert len(pl.read_parquet(tmp_path / "out/dataset/cpt/*.parquet")) == before > 0
