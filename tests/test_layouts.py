"""`factory export` on a toy run: what each trainer is given. Their own loaders take it in tests/test_loaders.py."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from factory.layouts import FORMATS
from tests.toy_shards import ABOUT, ASKED, CHATS, SHARDS, SYSTEM, TOOL, TOOLS, turn, write_run

CALL = '[{"name":"python","arguments":{"code":"print(\\"5\\")"}}]'
THOUGHT = "<think>\n2と3を足す。\n</think>\n\n5です。"
WRONG = "<think>\nわからない。\n</think>\n\n6です。"
PAIR = {"chosen": THOUGHT, "rejected": WRONG}
KEPT = {"id", "source", "license", "model", "score"}


@pytest.fixture
def export(factory, tmp_path):
    """Export the toy run, or another; gives the folder, and the lines that were printed."""

    def _export(name: str, *args: object, shards: Any = None) -> tuple[Path, str]:
        run = tmp_path / "run"
        if not run.exists():
            write_run(run, shards)
        done = factory("export", run, "--format", name, "--to", tmp_path / name, *args)
        assert done.code == 0, done.err
        return tmp_path / name, done.out

    return _export


def rows(folder: Path, kind: str, split: str = "train") -> list[dict[str, Any]]:
    return pl.read_parquet(folder / kind / split / "*.parquet").to_dicts()


def bare(chat: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give a chat without the fields that are null."""
    return [{name: value for name, value in told.items() if value is not None} for told in chat]


def said(who: str, value: str) -> dict[str, str]:
    return {"from": who, "value": value}


def test_trl_is_given_copies(export, tmp_path):
    folder, _ = export("trl")
    files = sorted((tmp_path / "run/dataset").rglob("*.parquet"))
    assert len(files) == 18
    for file in files:
        split = file.name.split("-")[0]
        assert (folder / file.parent.name / split / file.name).read_bytes() == file.read_bytes()


def test_datasets_finds_the_splits_of_an_export(export, tmp_path):
    import datasets

    folder, _ = export("trl")
    loaded = datasets.load_dataset(str(folder / "sft"), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 7, "test": 1}


def test_axolotl_is_given_chats_and_single_answers(export):
    folder, out = export("axolotl")
    sft = rows(folder, "sft")
    assert set(sft[0]) == {"messages", "tools", *KEPT}
    assert [bare(row["messages"]) for row in sft[:6]] == [prompt + completion for prompt, completion in CHATS.values()]
    assert [row["tools"] for row in sft[:3]] == [None, TOOLS, TOOLS]
    dpo = rows(folder, "dpo")
    assert dpo[0]["messages"] == [SYSTEM, ASKED] and dpo[0]["rejected"] == turn("assistant", WRONG)
    assert [row["chosen"] for row in dpo] == [turn("assistant", text) for text in (THOUGHT, "Goodbye!", THOUGHT)]
    assert "dpo train: 3 rows, 1 left out: an answer of several turns" in out
    kto = [(row["completion"][-1]["content"], row["label"]) for row in rows(folder, "kto")[:4]]
    assert kto == [(THOUGHT, True), ("Goodbye!", True), ("Two.", True), (WRONG, False)]
    single = {"system": "Be brief.", "input": "2たす3は？", **PAIR, "margin": 1.5, **ABOUT}
    assert rows(folder, "reward", "test") == [{"id": "test-00000-of-00001-0", **single}]
    assert "reward train: 2 rows, 1 left out: a chat of several turns" in out
    assert bare(rows(folder, "grpo")[0]["prompt"]) == [SYSTEM, ASKED]
    assert [row["text"] for row in rows(folder, "cpt")[:2]] == [row["text"] for row in SHARDS["cpt"]]


def test_llamafactory_is_given_turns_that_alternate_with_calls_as_turns(export):
    folder, out = export("llamafactory")
    sft = rows(folder, "sft")
    assert [row["conversations"] for row in sft[:3]] == [
        [said("human", "2たす3は？"), said("gpt", THOUGHT)],
        [
            said("human", "Count to 5."),
            said("function_call", f"Let me count.<tool_call>{CALL}</tool_call>"),
            said("observation", "5"),
            said("gpt", "Five."),
        ],
        [
            said("human", "2 + 3?"),
            said("function_call", f"<think>\nA sum.\n</think>\n\n<tool_call>{CALL}</tool_call>"),
            said("observation", "5"),
            said("gpt", "It is 5."),
        ],
    ]
    assert sft[4]["conversations"][1] == said("function_call", CALL)
    assert [(row["system"], row["tools"]) for row in sft[:2]] == [("Be brief.", ""), ("", TOOLS)]
    assert "sft train: 6 rows, 1 left out: its turns do not alternate" in out
    assert "grpo: skipped, LLaMA-Factory has no layout for it" in out
    for kind in ("dpo", "reward"):
        first = rows(folder, kind)[0]
        assert first["conversations"] == [said("human", "2たす3は？")] and first["system"] == "Be brief."
        assert (first["chosen"], first["rejected"]) == (said("gpt", THOUGHT), said("gpt", WRONG))
        assert set(first) > KEPT
    assert [row["label"] for row in rows(folder, "kto")] == [True, True, False, True]
    info = json.loads((folder / "dataset_info.json").read_text())
    assert info["dpo"] == {
        "file_name": "dpo/train",
        "formatting": "sharegpt",
        "ranking": True,
        "columns": {"messages": "conversations", "system": "system", "chosen": "chosen", "rejected": "rejected"},
    }
    assert info["sft_test"]["columns"]["tools"] == "tools" and info["kto"]["columns"]["kto_tag"] == "label"
    assert info["cpt"] == {"file_name": "cpt/train", "columns": {"prompt": "text"}}


def test_openrlhf_is_given_shards_as_they_are_and_the_source_of_a_prompt(export, tmp_path):
    folder, out = export("openrlhf")
    for kind in ("sft", "dpo", "reward", "cpt"):
        assert rows(folder, kind, "test") == pl.read_parquet(tmp_path / f"run/dataset/{kind}/test-*").to_dicts()
    row = rows(folder, "grpo")[0]
    assert (row["datasource"], row["answer"], bare(row["prompt"])) == ("toy:sums", "5", [SYSTEM, ASKED])
    assert "kto: skipped, OpenRLHF has no layout for it" in out


def test_verl_is_given_prompts_with_their_ground_truth_and_tools_as_records(export):
    folder, _ = export("verl")
    grpo = rows(folder, "grpo")
    assert bare(grpo[1].pop("prompt")) == [turn("user", "1 + 1?")]
    assert grpo[1] == {
        "data_source": "toy",
        "ability": "toy:sums",
        "reward_model": {"style": "rule", "ground_truth": "2"},
        "extra_info": {"split": "train", "index": 1, "id": "train-00000-of-00002-1", **ABOUT},
    }
    assert [row["extra_info"]["index"] for row in grpo] == [0, 1, 2], "rows are counted on over the files of a split"
    sft = rows(folder, "sft")
    assert [row["tools"] for row in sft] == [[], [TOOL], [TOOL], [], [TOOL], [], []]
    assert rows(folder, "sft", "test")[0]["tools"] == [], "files of a shard have the same columns"


def test_open_instruct_is_given_whole_chats_and_the_name_of_a_verifier(export):
    folder, _ = export("open-instruct")
    dpo = rows(folder, "dpo")
    assert [bare(row["chosen"]) for row in dpo[:3]] == [pair["prompt"] + pair["chosen"] for pair in SHARDS["dpo"]]
    assert bare(rows(folder, "reward")[0]["rejected"]) == SHARDS["reward"][0]["rejected"]
    grpo = rows(folder, "grpo")[0]
    assert (grpo["ground_truth"], grpo["dataset"], bare(grpo["messages"])) == ("5", "math", [SYSTEM, ASKED])
    assert rows(folder, "sft")[1]["tools"] == TOOLS


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_how_each_shard_is_loaded_and_what_it_holds(name, export):
    folder, _ = export(name)
    label = json.loads((folder / "export.json").read_text())
    kinds = {shard["name"] for shard in label["shards"]}
    assert label["format"] == name and kinds == set(FORMATS[name].kinds)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {*label["files"], "export.json"}
    for shard in label["shards"]:
        assert len(rows(folder, shard["name"], shard["split"])) == shard["rows"]
    guide = (folder / "how_to_train.md").read_text()
    assert guide.count("```") == 2 * (len(kinds) + (name == "axolotl"))
    assert all(f"\n## {kind}\n" in guide for kind in kinds) and str(folder) in guide


def test_a_run_of_the_factory_is_exported_by_its_pipeline_file(write, factory, tmp_path):
    pipeline = write(
        """
name: sums
engines: {e: {kind: scripted, script: "tests.toys:echo", model: Toy-1B, license: mit}}
stages:
  - tests.toys:Numbers: {count: 160}
  - tests.toys:Texts: {engine: e}
export: {test_share: 0.3, models: [model], carry: [number], sft: {system: Be brief.}, grpo: {}}
"""
    )
    out = tmp_path / "out"
    assert factory("run", pipeline, "--out", out).code == 0
    done = factory("export", pipeline, "--out", out, "--format", "axolotl", "--shard", "sft", "--to", tmp_path / "to")
    assert done.code == 0, done.err
    made = rows(tmp_path / "to", "sft") + rows(tmp_path / "to", "sft", "test")
    assert len(made) == 160 and {row["number"] for row in made} == set(range(160))
    assert made[0]["messages"][0] == SYSTEM and (made[0]["license"], made[0]["model"]) == ("mit", "Toy-1B")
    blocks = (tmp_path / "to/how_to_train.md").read_text().split("```")
    config = yaml.safe_load(blocks[1].removeprefix("yaml"))
    assert config["test_datasets"] == [{"path": str(tmp_path / "to/sft"), "split": "test", "type": "chat_template"}]
    assert not (tmp_path / "to/grpo").exists()


def test_an_earlier_export_is_replaced_and_nothing_else_is(export, factory, tmp_path):
    folder, _ = export("trl")
    export("trl", "--shard", "cpt")
    assert not (folder / "sft").exists() and (folder / "cpt").exists()
    (folder / "cpt/checkpoint.bin").write_text("mine")
    again = factory("export", tmp_path / "run", "--format", "trl", "--to", folder)
    assert again.code == 2 and "holds cpt/checkpoint.bin" in again.err
    assert (folder / "cpt/checkpoint.bin").exists()
    done = factory("export", tmp_path / "run", "--format", "trl", "--to", tmp_path / "run")
    assert done.code == 2 and "the folder is not empty, and holds no export" in done.err
    (tmp_path / "file").write_text("")
    done = factory("export", tmp_path / "run", "--format", "trl", "--to", tmp_path / "file")
    assert done.code == 2 and "expected a folder" in done.err


def test_an_export_that_fails_leaves_what_was_there(export, factory, tmp_path):
    folder, _ = export("verl")
    before = (folder / "export.json").read_bytes()
    done = factory("export", tmp_path / "run", "--format", "verl", "--shard", "kto", "--to", folder)
    assert done.code == 2 and "nothing is left to export; verl takes grpo, sft; kto: skipped" in done.err
    assert (folder / "export.json").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"run", "verl"}


def test_tools_that_parquet_cannot_hold_as_columns_are_told(factory, tmp_path):
    other = {"type": "function", "function": {"name": "search", "parameters": {"query": {"type": "string"}}}}
    chats = [{**SHARDS["sft"][1], "tools": json.dumps(tools)} for tools in ([TOOL], [other])]
    done = factory("export", write_run(tmp_path / "run", {"sft": chats}), "--format", "verl", "--to", tmp_path / "to")
    assert done.code == 2 and "the tools of these rows differ in their fields" in done.err


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--format", "verI"], '--format verI: there is no such layout; did you mean "verl"?'),
        (["--format", "trl", "--shard", "dop"], "the run has no 'dop' shard; did you mean \"dpo\"?"),
        (["--format", "trl", "--shard", "kto"], "the kto shard is empty; those with rows: dpo"),
        (["--format", "trl"], "the kto shard is empty; those with rows: dpo"),
    ],
)
def test_what_cannot_be_exported_is_told_in_one_line(args, told, factory, tmp_path):
    run = write_run(tmp_path / "run", {"dpo": SHARDS["dpo"], "kto": []})
    done = factory("export", run, *args, "--to", tmp_path / "to")
    assert done.code == 2 and told in done.err and done.err.count("\n") == 1
    assert not (tmp_path / "to").exists()


def test_a_run_that_is_not_finished_is_not_exported(factory, tmp_path):
    run = write_run(tmp_path / "run", status="stopped")
    done = factory("export", run, "--format", "trl", "--to", tmp_path / "to")
    assert done.code == 2 and "the run is not finished" in done.err
