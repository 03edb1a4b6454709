"""open-instruct: whole chats for SFT and preferences, `ground_truth` and the name of a verifier for RLVR.

    {"messages": [...], "tools": "[{...}]"}
    {"chosen": [...the whole chat...], "rejected": [...the whole chat...]}
    {"messages": [...the prompt...], "ground_truth": "5", "dataset": "math"}

`math` reads the answer from its box; `--remap_verifier math=string_matcher` names another of its verifiers.
"""

import polars as pl

from factory.errors import UserError
from factory.layouts._chats import tools_text
from factory.layouts._layout import Exported, Layout, Record, Rows, command

_PROGRAMS = {
    "sft": "python open_instruct/finetune.py",
    "dpo": "python open_instruct/dpo.py",
    "reward": "python open_instruct/reward_modeling.py",
    "grpo": "python open_instruct/grpo_fast.py",
}
_VERIFIER = "math"


def _sft(rows: Rows) -> Record:
    return Record({"messages": pl.col("messages"), **tools_text(rows)})


def _dpo(rows: Rows) -> Record:
    return Record({name: pl.concat_list("prompt", name) for name in ("chosen", "rejected")})


def _reward(rows: Rows) -> Record:
    return Record({name: pl.col(name) for name in ("chosen", "rejected")})


def _grpo(rows: Rows) -> Record:
    if carried := sorted({"tests", "kind"} & set(rows.schema)):
        told = f"its verifier {_VERIFIER!r} compares answers, and these rows are verified by their {carried[0]}"
        raise UserError(f"open-instruct: grpo: {told}; take another --format")
    columns = {"messages": pl.col("prompt"), "ground_truth": pl.col("answer"), "dataset": pl.lit(_VERIFIER)}
    return Record(columns)


def _guide(shard: Exported) -> str:
    key = "--mixer_list" if shard.name == "dpo" else "--dataset_mixer_list"
    flags = [f"{key} {' '.join(f'{path} 1.0' for path in shard.paths('train'))}", f"{key}_splits train"]
    if shard.name in ("grpo", "reward") and shard.has("test"):
        tests = " ".join(f"{path} 1.0" for path in shard.paths("test"))
        flags += [f"--dataset_mixer_eval_list {tests}", "--dataset_mixer_eval_list_splits train"]
    block = command(_PROGRAMS[shard.name], *flags)
    if shard.name == "grpo":
        block += f"\n\nEvery row names the verifier `{_VERIFIER}`; `--remap_verifier {_VERIFIER}=...` takes another."
    return block + "\n\nopen-instruct calls the one split of a file `train`, whatever is in it."


LAYOUT = Layout(
    name="open-instruct",
    trainer="open-instruct",
    documented="https://allenai.github.io/open-instruct/algorithms/dataset_transformation/ (as of August 2026)",
    kinds={"sft": _sft, "dpo": _dpo, "reward": _reward, "grpo": _grpo},
    guide=_guide,
)
