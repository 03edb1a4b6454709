"""Several runs become one dataset: no row twice, in the shares asked for, with the license of each."""

import json

import polars as pl
import pytest

from factory.stages.mix import Mix

RUN = """
name: NAME
seed: SEED
engines: {e: {kind: scripted, script: "tests.toys:echo", model: MODEL, license: LICENSE}}
stages:
  - read: {file: FILE, columns: {problem: text}, constants: {language: en}}
  - respond: {engine: e, prompt: tests/ask, n: 1}
  - choose
export:
  test_share: 0.1
  models: [response_model]
  carry: [language]
  sft: {prompt: problem, completion: response}
"""
WORDS = ["rain", "stone", "river", "cloud", "lamp", "paper", "horse", "winter", "garden", "metal", "voice", "bridge"]


@pytest.fixture
def runs(write, factory, tmp_path):
    """Three runs of 120 rows each, the first third of which is also in the one before."""
    write("{% user %}{{ problem }}", "prompts/tests/ask.j2")
    for number, (name, license_) in enumerate([("one", "mit"), ("two", "apache-2.0"), ("three", "cc-by-4.0")]):
        texts = [_text(at) for at in range(number * 80, number * 80 + 120)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps({"problem": text}) + "\n" for text in texts))
        text = RUN.replace("NAME", name).replace("FILE", f"{name}.jsonl").replace("LICENSE", license_)
        path = write(text.replace("SEED", str(number)).replace("MODEL", f"toy-{name}"), f"{name}.yaml")
        done = factory("run", path, "--out", tmp_path / "outputs" / name)
        assert done.code == 0, done.err
    return tmp_path / "outputs"


def _text(number: int) -> str:
    """Give a text that shares no run of five words with another one's."""
    return " ".join(f"{WORDS[(number * 7 + at * at) % 12]}{number}" for at in range(12))


MIXED = """
name: mixed
stages:
  - runs: {folders: [FOLDERS], shard: sft, splits: [train, test], keep: {language: text}}
  - near_duplicates: {column: question}
  - mix: {by: run, weights: {one: 1, two: 2, three: 1}}
export:
  test_share: 0.1
  source: source
  models: [model]
  license: license
  carry: [run, row]
  sft: {prompt: prompt, completion: completion}
"""


def mixed(runs, *names):
    return MIXED.replace("FOLDERS", ", ".join(str(runs / name) for name in names))


def test_three_runs_are_mixed_by_weight_and_no_row_is_there_twice(runs, write, factory, tmp_path):
    done = factory("run", write(mixed(runs, "one", "two", "three")), "--out", tmp_path / "mixed")
    assert done.code == 0, done.err
    rows = pl.read_parquet(tmp_path / "mixed/dataset/sft/*.parquet")
    asked = [turns[0]["content"] for turns in rows["prompt"].to_list()]
    assert len(asked) == len(set(asked))
    counts = dict(rows.group_by("run").len().iter_rows())
    assert counts["two"] == max(counts.values()) and abs(counts["one"] - counts["three"]) <= 1
    assert counts["two"] == pytest.approx(2 * counts["one"], abs=1)
    by_run = dict(rows.group_by("run").agg(pl.col("license").unique()).iter_rows())
    assert by_run == {"one": ["mit"], "two": ["apache-2.0"], "three": ["cc-by-4.0"]}
    assert set(rows.filter(pl.col("run") == "two")["model"]) == {"toy-two"}
    assert "over_share" in done.out and "near_duplicate" in done.out
    again = factory("run", tmp_path / "toy.yaml", "--out", tmp_path / "mixed")
    assert again.code == 0 and "0 requests" in again.out


def test_a_run_that_was_made_again_is_mixed_again(runs, write, factory, tmp_path):
    path = write(mixed(runs, "one", "two"))
    before = factory("plan", path).out
    assert factory("run", tmp_path / "one.yaml", "--out", runs / "one", "--limit", 50).code == 0
    assert factory("plan", path).out != before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("shard: sft", "shard: dpo"), "has no 'dpo' shard"),
        (("language: text", "lang: text"), "it has no column 'lang'"),
        (("{one: 1, two: 2, three: 1}", "{one: -1}"), "expected weights from 0 on"),
        (("by: run", "by: runs"), "needs the column 'runs'"),
    ],
)
def test_what_cannot_be_mixed(runs, write, factory, tmp_path, change, told):
    done = factory("run", write(mixed(runs, "one", "two").replace(*change)), "--out", tmp_path / "mixed")
    assert done.code == 2 and told in done.err and len(done.err.strip().splitlines()) == 1, done.err


def test_a_folder_that_is_no_finished_run(runs, write, factory, tmp_path):
    done = factory("plan", write(mixed(runs, "one", "four")))
    assert done.code == 2 and "there is no run here" in done.err
    run = json.loads((runs / "one/run.json").read_text())
    (runs / "one/run.json").write_text(json.dumps({**run, "status": "stopped"}))
    done = factory("plan", write(mixed(runs, "one", "two")))
    assert done.code == 2 and "is not finished, its status is 'stopped'" in done.err


def test_shares_of_what_is_there():
    assert Mix(by="run", weights={"a": 2, "b": 1}).quotas({"a": 100, "b": 100, "c": 9}) == {"a": 100, "b": 50}
    assert Mix(by="run", weights={"a": 2, "b": 1}, rows=30).quotas({"a": 100, "b": 4}) == {"a": 20, "b": 4}
    assert Mix(by="run", weights={"a": 1, "b": 0}).quotas({"a": 7, "b": 4}) == {"a": 7}
