"""OpenRLHF: shards as they are, named by its `--data.*_key` flags and rendered by the tokenizer's chat template.

A GRPO record has the column `datasource` beside them, by which OpenRLHF tells its scores apart:

    {"prompt": [...], "answer": "5", "datasource": "family:equation", "id": ..., "source": ..., ...}

It renders no `tools`: what the model can call must stand in the system's turn.
"""

import polars as pl

from factory.layouts._layout import Exported, Layout, Record, Rows, command

_PROGRAMS = {
    "sft": "deepspeed --module openrlhf.cli.train_sft",
    "dpo": "deepspeed --module openrlhf.cli.train_dpo",
    "reward": "deepspeed --module openrlhf.cli.train_rm",
    "grpo": "python3 -m openrlhf.cli.train_ppo_ray",
    "cpt": "deepspeed --module openrlhf.cli.train_sft",
}
_FLAGS = {
    "sft": ["--data.input_key messages", "--data.apply_chat_template", "--data.multiturn"],
    "dpo": [
        "--data.prompt_key prompt",
        "--data.chosen_key chosen",
        "--data.rejected_key rejected",
        "--data.apply_chat_template",
    ],
    "reward": ["--data.chosen_key chosen", "--data.rejected_key rejected", "--data.apply_chat_template"],
    "grpo": [
        "--data.input_key prompt",
        "--data.label_key answer",
        "--data.apply_chat_template",
        "--reward.remote_url reward_func.py",
    ],
    "cpt": ["--data.input_key text", "--model.pretrain_mode_enable"],
}


def _grpo(rows: Rows) -> Record:
    return Record({"prompt": pl.col("prompt"), "answer": pl.col("answer"), "datasource": pl.col("source")})


def _guide(shard: Exported) -> str:
    key = "--data.prompt_dataset" if shard.name == "grpo" else "--data.dataset"
    where = [f"{key} {shard.place}"]
    if shard.has("test"):
        where += [f"--eval.dataset {shard.place}", "--eval.split test"]
    block = command(_PROGRAMS[shard.name], *where, *_FLAGS[shard.name])
    if shard.name == "sft" and "tools" in shard.columns:
        block += "\n\nOpenRLHF does not show the column `tools` to the model: put them into the system's turn."
    return block


LAYOUT = Layout(
    name="openrlhf",
    trainer="OpenRLHF",
    documented="https://github.com/OpenRLHF/OpenRLHF#prepare-datasets (OpenRLHF 0.11.2)",
    kinds={"sft": None, "dpo": None, "reward": None, "grpo": _grpo, "cpt": None},
    guide=_guide,
)
