"""The dataset as trainers meet it: loaded by `datasets`, taken by TRL with no mapping, nothing on both sides."""

import hashlib
import json
import re
from pathlib import Path

import polars as pl
import pytest
import yaml

PIPELINE = """
name: toy
seed: 3
partition_rows: 100
engines:
  e: {kind: scripted, script: "tests.toys:echo", model: Toy-1B, license: mit}
stages:
  - tests.toys:Numbers: {count: 400}
  - tests.toys:Texts: {engine: e}
export:
  test_share: 0.2
  group: problem
  models: [model]
  carry: [number]
  rows_per_file: 100
  sft: {system: "Be brief."}
  grpo: {instruction: "Answer in a box."}
"""


@pytest.fixture
def dataset(write, factory, tmp_path) -> Path:
    assert factory("run", write(PIPELINE), "--out", tmp_path / "out").code == 0
    return tmp_path / "out" / "dataset"


def test_datasets_loads_each_config_and_split(dataset, tmp_path):
    import datasets

    loaded = datasets.load_dataset(str(dataset), "sft", cache_dir=str(tmp_path / "cache"))
    assert set(loaded) == {"train", "test"} and sum(map(len, loaded.values())) == 400
    row = loaded["train"][0]
    assert [turn["role"] for turn in row["messages"]] == ["system", "user", "assistant"]
    assert row["messages"] == row["prompt"] + row["completion"]
    assert (row["license"], row["model"], row["source"]) == ("mit", "Toy-1B", "toy")
    grpo = datasets.load_dataset(str(dataset), "grpo", cache_dir=str(tmp_path / "cache"))
    assert set(grpo["train"]["id"]) == set(loaded["train"]["id"])
    assert grpo["train"][0]["prompt"][-1]["content"].endswith("\n\nAnswer in a box.")


def test_no_group_is_on_both_sides_of_the_split(dataset):
    sides = {split: pl.read_parquet(dataset / f"sft/{split}-*.parquet") for split in ("train", "test")}
    texts = {split: {prompt[-1]["content"] for prompt in rows["prompt"].to_list()} for split, rows in sides.items()}
    assert not texts["train"] & texts["test"]
    assert len(texts["train"]) + len(texts["test"]) == 50  # eight rows share each problem
    assert 0.05 < len(sides["test"]) / 400 < 0.4


def test_files_are_cut_and_numbered_and_their_checksums_hold(dataset):
    names = sorted(path.name for path in (dataset / "sft").glob("train-*"))
    assert names == [f"train-{number:05d}-of-{len(names):05d}.parquet" for number in range(len(names))]
    assert len(names) == 4
    lines = (dataset / "checksums.txt").read_text().splitlines()
    found = {str(path.relative_to(dataset)) for path in dataset.rglob("*") if path.is_file()} - {"checksums.txt"}
    assert {line.split("  ")[1] for line in lines} == found
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((dataset / name).read_bytes()).hexdigest() == digest


def test_the_order_is_shuffled(dataset):
    ids = pl.read_parquet(dataset / "sft/train-*.parquet")["id"].to_list()
    assert ids != sorted(ids)


def test_the_card_is_what_the_hub_reads(dataset):
    from huggingface_hub import DatasetCard

    card = DatasetCard.load(dataset / "README.md")
    assert card.data.license == "mit"
    header = yaml.safe_load((dataset / "README.md").read_text().split("---")[1])
    assert [config["config_name"] for config in header["configs"]] == ["sft", "grpo"]
    assert "| Texts | 400 | 400 | 400 | 0 | 0 |" in card.text


def test_a_shard_that_is_gone_is_written_again(dataset, factory, tmp_path):
    for path in (dataset / "grpo").iterdir():
        path.unlink()
    result = factory("run", tmp_path / "toy.yaml", "--out", dataset.parent)
    assert result.code == 0 and "0 requests sent" in result.out
    assert list((dataset / "grpo").iterdir())


def test_samples_show_rejected_rows_with_their_reasons(write, factory, tmp_path):
    path = write(PIPELINE + "\n").read_text().replace("{engine: e}", "{engine: e, reject: '7'}")
    assert factory("run", write(path), "--out", tmp_path / "out").code == 0
    samples = pl.read_parquet(tmp_path / "out/audit/samples.parquet")
    assert samples.columns[:4] == ["id", "_state", "_stage", "_reason"]
    dropped = samples.filter(pl.col("_state") == "rejected")
    assert set(dropped["_stage"]) == {"Texts"} and set(dropped["_reason"]) == {"unwanted: 7"}
    assert samples.filter(pl.col("_state") == "accepted").height > 0
    again = factory("audit", tmp_path / "toy.yaml", "--out", tmp_path / "out", "--rows", 3)
    assert again.code == 0 and "3 accepted, 3 rejected" in again.out


def test_run_json_says_what_the_contract_promises(dataset):
    run = json.loads((dataset.parent / "run.json").read_text())
    promised = {"pipeline", "seed", "plan_hash", "status", "requests", "tokens", "seconds", "stages", "shards"}
    assert promised | {"licenses"} <= set(run)
    assert run["status"] == "done" and run["licenses"] == {"Toy-1B": "mit"}
    assert {"name", "split", "rows", "files"} == set(run["shards"][0])
    assert not [note for note in run["notes"] if note["stage"] == "export"], "nothing was left out, and nothing is said"
    for shard in run["shards"]:
        files = sorted((dataset / shard["name"]).glob(f"{shard['split']}-*.parquet"))
        assert len(files) == shard["files"]
        assert sum(len(pl.read_parquet(path)) for path in files) == shard["rows"]


CHATS = """
name: chats
seed: 3
engines: {e: {kind: scripted, script: "tests.toys:echo"}}
stages:
  - tests.toys:Numbers: {count: 30}
  - tests.toys:Chats
export:
  test_share: 0
  sft: {messages: chat}
  cpt: {text: text, fim: {rate: 1, sentinels: starcoder}}
"""


def test_a_chat_of_several_turns_is_cut_behind_the_users_last_turn(write, factory, tmp_path):
    done = factory("run", write(CHATS), "--out", tmp_path / "out")
    assert done.code == 0, done.err
    rows = pl.read_parquet(tmp_path / "out/dataset/sft/*.parquet").to_dicts()
    for row in rows:
        assert row["messages"] == row["prompt"] + row["completion"]
        assert row["prompt"][-1]["role"] == "user" and all(turn["role"] != "user" for turn in row["completion"])
    assert {len(row["completion"]) for row in rows} == {1, 3}, "calls and results of tools are part of the completion"


def test_texts_are_turned_around_for_filling_in_the_middle(write, factory, tmp_path):
    from factory.fim import KNOWN, restore

    factory("run", write(CHATS), "--out", tmp_path / "out")
    records = pl.read_parquet(tmp_path / "out/dataset/cpt/*.parquet")
    assert len(records) == 29, "a text that holds a sentinel is left out"
    texts = {f"Text number {number} ends here." for number in range(30) if number != 7}
    assert {restore(text, KNOWN["starcoder"]) for text in records["text"]} == texts
    assert not texts & set(records["text"])


def test_contexts_are_packed_by_the_tokens_of_the_tokenizer_in_use(write, factory, tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = {chr(code): code for code in range(32, 127)}
    inner = Tokenizer(models.WordLevel({**letters, "?": 63}, "?"))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    marks = ["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>"]
    PreTrainedTokenizerFast(tokenizer_object=inner, additional_special_tokens=marks).save_pretrained(tmp_path / "tok")
    fim = f"{{level: context, length: 100, rate: 0.5, tokenizer: {tmp_path / 'tok'}}}"
    path = write(CHATS.replace("{rate: 1, sentinels: starcoder}", fim))
    done = factory("run", path, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    records = pl.read_parquet(tmp_path / "out/dataset/cpt/*.parquet")
    assert 5 < len(records) < 29 and set(records["license"]) == {""}
    for text in records["text"]:
        assert text.count("<fim_prefix>") == text.count("<fim_middle>") == text.count("<fim_suffix>")
        assert len(re.sub("|".join(map(re.escape, marks)), "#", text)) <= 100


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("{rate: 1, sentinels: starcode}", "'starcode' is not a known set; did you mean \"starcoder\"?"),
        ("{rate: 1}", "expected a `tokenizer`"),
        ("{tokenizer: /nowhere}", "the tokenizer /nowhere cannot be loaded"),
    ],
)
def test_a_block_for_filling_in_that_cannot_work_is_told_before_anything_is_asked(write, factory, change, told):
    done = factory("plan", write(CHATS.replace("{rate: 1, sentinels: starcoder}", change)))
    assert done.code == 2 and told in done.err, done.err


def test_a_chat_and_a_prompt_cannot_stand_side_by_side(write, factory):
    done = factory("plan", write(CHATS.replace("{messages: chat}", "{messages: chat, prompt: text}")))
    assert done.code == 2 and "`prompt` cannot stand beside it" in done.err
    done = factory("plan", write(CHATS.replace("{messages: chat}", "{messages: text}")))
    assert done.code == 2 and "the column 'text' holds no chat" in done.err
