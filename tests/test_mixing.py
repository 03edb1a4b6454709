"""Several runs become one dataset: no row twice, in the shares asked for, with the license of each."""

import json
import shutil
import subprocess
import sys

import polars as pl
import pytest

from factory.errors import UserError
from factory.stages.mix import Mix
from factory.stages.runs import Runs
from tests.conftest import ROOT

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


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three runs of 120 rows each, the first third of which is also in the one before."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "prompts/tests").mkdir(parents=True)
    (folder / "prompts/tests/ask.j2").write_text("{% user %}{{ problem }}")
    for number, (name, license_) in enumerate([("one", "mit"), ("two", "apache-2.0"), ("three", "cc-by-4.0")]):
        texts = [_text(at) for at in range(number * 80, number * 80 + 120)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps({"problem": text}) + "\n" for text in texts))
        text = RUN.replace("NAME", name).replace("FILE", f"{name}.jsonl").replace("LICENSE", license_)
        path = folder / f"{name}.yaml"
        path.write_text(text.replace("SEED", str(number)).replace("MODEL", f"toy-{name}"))
        command = [sys.executable, "-m", "factory", "run", path, "--out", folder / "outputs" / name]
        subprocess.run(command, cwd=ROOT, check=True)
    return folder


@pytest.fixture
def runs(made, tmp_path):
    """Copies of the runs, to be changed."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "outputs"


def _text(number: int) -> str:
    """Give a text that shares no run of five words with another one's."""
    return " ".join(f"{WORDS[(number * 7 + at * at) % 12]}{number}" for at in range(12))


MIXED = """
name: mixed
stages:
  - runs: {folders: [FOLDERS], shard: sft, splits: [train, test], keep: {language: text}}
  - near_duplicates: {column: whole, threshold: 0.7}
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
        (("language: text", "row: text"), "keep: 'row' is there without it"),
        (("language: text", "prompt: text"), "keep: 'prompt' is there without it"),
        (("language: text", "id: text"), "keep: 'id' is there without it"),
        (("language: text", "language: number"), "the column 'language' holds text, and `keep` declares it as number"),
        (
            ("{one: 1, two: 2, three: 1}", "{one: 1, tow: 2}"),
            "no row that reaches it has run = 'tow'; did you mean \"two\"?",
        ),
    ],
)
def test_what_cannot_be_mixed(runs, write, factory, tmp_path, change, told):
    done = factory("run", write(mixed(runs, "one", "two", "three").replace(*change)), "--out", tmp_path / "mixed")
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
    two = Mix(by="run", weights={"a": 1, "b": 1}, rows=5).quotas({"a": 100, "b": 100})
    assert sum(two.values()) == 5 and max(two.values()) == 3
    assert sum(Mix(by="run", weights={"a": 1, "b": 1}, rows=1).quotas({"a": 9, "b": 9}).values()) == 1
    three = Mix(by="run", weights={"a": 1, "b": 1, "c": 1}, rows=20).quotas({"a": 100, "b": 100, "c": 100})
    assert sorted(three.values()) == [6, 7, 7]
    assert Mix(by="run", weights={"a": 0.1, "b": 0.2}).quotas({"a": 50, "b": 100}) == {"a": 50, "b": 100}


@pytest.mark.parametrize(
    ("values", "weights"),
    [([True, True, False, False], {True: 1, False: 1}), ([1, 1, 2, 2], {1: 1, 2: 1}), ([0.5, 0.5, 1.5, 1.5], {0.5: 1})],
)
def test_weights_of_numbers_and_booleans(values, weights):
    table = pl.LazyFrame({"id": ["a", "b", "c", "d"], "kind": values})
    stage = Mix(by="kind", weights=weights, rows=2)
    kept = stage.decide(table).filter(pl.col("_reason").is_null())["id"].to_list()
    assert len(kept) == 2 and len({values["abcd".index(row)] for row in kept}) == len(weights)


def test_a_group_with_a_weight_and_no_rows():
    table = pl.LazyFrame({"id": ["a", "b"], "lang": ["en", None]})
    with pytest.raises(UserError, match=r"mix: no row that reaches it has lang = 'jp'; known: en$"):
        Mix(by="lang", weights={"en": 1, "jp": 2}).decide(table)
    assert len(Mix(by="lang", weights={"en": 1, "jp": 0}).decide(table)) == 2


@pytest.fixture
def finished(tmp_path):
    """Make the folder of a finished run with the records of one shard."""

    def make(name, shard, records, licenses):
        dataset = tmp_path / "outputs" / name / "dataset"
        (dataset / shard).mkdir(parents=True)
        pl.DataFrame(records).write_parquet(dataset / shard / "train-00000-of-00001.parquet")
        (dataset / "checksums.txt").write_text(f"0  {shard}/train-00000-of-00001.parquet\n")
        shards = [{"name": shard, "split": "train", "rows": len(records), "files": 1}]
        run = {"status": "done", "shards": shards, "licenses": licenses}
        (dataset.parent / "run.json").write_text(json.dumps(run))
        return dataset.parent

    return make


def _turns(*texts, **more):
    return [{"role": role, "content": text, **more} for role, text in zip(("user", "assistant"), texts, strict=False)]


def _answer(text, **more):
    return [{"role": "assistant", "content": text, **more}]


def _record(number, license_="mit", model="m", **more):
    given = {"source": "made", "license": license_, "model": model}
    return {"id": f"r-{number}", "prompt": _turns(_text(number)), "answer": str(number), **given, **more}


GRPO = """
name: mixed
stages:
  - runs: {folders: [FOLDERS], shard: grpo}
EXTRA
export: {test_share: 0, models: [model], license: license, grpo: {prompt: prompt}}
"""


@pytest.mark.parametrize("order", [("free", "strict"), ("strict", "free")])
def test_of_two_licenses_of_one_model_the_stricter_counts(finished, write, factory, order):
    finished("free", "grpo", [_record(1)], {"m": "mit"})
    root = finished("strict", "grpo", [_record(2, "llama3")], {"m": "llama3"}).parent
    text = GRPO.replace("FOLDERS", ", ".join(str(root / name) for name in order)).replace("EXTRA", "")
    done = factory("plan", write(text))
    assert done.code == 2 and "m has the license 'llama3 AND mit'" in done.err, done.err


@pytest.mark.parametrize(("held", "asked"), [("llama3", "mit"), ("mit", "llama3")])
def test_an_engines_license_does_not_hide_that_of_the_same_model_in_a_run(
    finished, write, factory, tmp_path, held, asked
):
    folder = finished("first", "grpo", [_record(1, held)], {"m": held})
    write("{% user %}{{ question }}", "prompts/tests/ask.j2")
    engine = f'engines: {{e: {{kind: scripted, script: "tests.toys:echo", model: m, license: {asked}}}}}'
    respond = "  - respond: {engine: e, prompt: tests/ask, n: 1}"
    text = engine + GRPO.replace("FOLDERS", str(folder)).replace("EXTRA", respond)
    done = factory("plan", write(text))
    assert done.code == 2 and "m has the license 'llama3'" in done.err, done.err
    override = 'licenses: {override: {m: "a contract", e: "a contract"}}\n'
    done = factory("run", write(override + text), "--out", tmp_path / "mixed")
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "mixed/run.json").read_text())["licenses"] == {"m": "llama3 AND mit"}


def test_a_row_of_two_models_has_both_licenses_and_no_unknown_one(finished, write, factory, tmp_path):
    record = _record(1, "apache-2.0 AND mit", "m0, m1")
    folder = finished("first", "grpo", [record], {"m0": "mit", "m1": "apache-2.0"})
    done = factory("run", write(GRPO.replace("FOLDERS", str(folder)).replace("EXTRA", "")), "--out", tmp_path / "mixed")
    assert done.code == 0, done.err
    row = pl.read_parquet(tmp_path / "mixed/dataset/grpo/*.parquet").row(0, named=True)
    assert (row["model"], row["license"]) == ("m0, m1", "apache-2.0 AND mit")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"reasoning_content": "Hm."},
            "its turns have reasoning_content, which .* `thinking: block` under `export.dpo`",
        ),
        ({"name": "python", "tool_calls": [{"type": "function"}]}, "its turns have name and tool_calls.*`tools: text`"),
    ],
)
def test_turns_that_would_lose_a_field_are_not_mixed(finished, more, told):
    pair = {"chosen": _answer("Yes.", **more), "rejected": _answer("No.", **more)}
    folder = finished("first", "dpo", [_record(1, **pair)], {"m": "mit"})
    with pytest.raises(UserError, match=told):
        Runs(folders=(folder,), shard="dpo").size()


def test_whole_tells_apart_the_pairs_of_one_prompt(finished):
    pairs = [{"chosen": _answer(good), "rejected": _answer("No.")} for good in ("Yes.", "It does.")]
    folder = finished("first", "dpo", [_record(1, **pair) for pair in pairs], {"m": "mit"})
    rows = list(Runs(folders=(folder,), shard="dpo").rows(0, 2, 0))
    assert {row["question"] for row in rows} == {_text(1)}
    assert [row["whole"] for row in rows] == [f"{_text(1)}\n\nYes.\n\nNo.", f"{_text(1)}\n\nIt does.\n\nNo."]
    assert next(iter(Runs(folders=(folder,), shard="dpo", keep={"answer": "text"}).rows(0, 1, 0)))["answer"] == "1"
    with pytest.raises(UserError, match="the column 'answer' holds text, and `keep` declares it as integer"):
        Runs(folders=(folder,), shard="dpo", keep={"answer": "integer"}).size()


@pytest.mark.parametrize(("kind", "weights"), [("boolean", "{true: 2, false: 1}"), ("integer", "{1: 2, 0: 1}")])
def test_a_pipeline_weighs_by_numbers_and_booleans(finished, write, factory, tmp_path, kind, weights):
    held = bool if kind == "boolean" else int
    folder = finished("first", "grpo", [_record(number, hard=held(number % 2)) for number in range(8)], {"m": "mit"})
    text = GRPO.replace("FOLDERS", str(folder)).replace("shard: grpo}", f"shard: grpo, keep: {{hard: {kind}}}}}")
    text = text.replace("EXTRA", f"  - mix: {{by: hard, weights: {weights}}}").replace(
        "export: {", "export: {carry: [hard], "
    )
    done = factory("run", write(text), "--out", tmp_path / "mixed")
    assert done.code == 0, done.err
    rows = pl.read_parquet(tmp_path / "mixed/dataset/grpo/*.parquet")
    assert dict(rows.group_by("hard").len().iter_rows()) == {held(1): 4, held(0): 2}
