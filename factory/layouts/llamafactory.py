"""LLaMA-Factory: the sharegpt format, with calls of tools as turns of their own, and `dataset_info.json`.

    {"conversations": [{"from": "human", "value": "2 + 3?"},
                       {"from": "function_call", "value": "[{\\"name\\": \\"python\\", \\"arguments\\": {...}}]"},
                       {"from": "observation", "value": "5"}, {"from": "gpt", "value": "5"}],
     "system": "", "tools": "[{...}]"}

Turns must alternate: human or observation, then gpt or function_call. Reasoning is a `<think>` block in the value.
"""

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from factory.layouts._chats import roles, same_prompt, text, tools_text
from factory.layouts._layout import Exported, Layout, Record, Rows, fenced

_ROLES = {"user": "human", "assistant": "gpt", "tool": "observation", "system": "system"}
_STAGES = {"sft": "sft", "dpo": "dpo", "kto": "kto", "reward": "rm", "cpt": "pt"}
_COLUMNS: dict[str, dict[str, str]] = {
    "sft": {"messages": "conversations", "system": "system"},
    "dpo": {"messages": "conversations", "system": "system", "chosen": "chosen", "rejected": "rejected"},
    "kto": {"messages": "conversations", "system": "system", "kto_tag": "label"},
    "reward": {"messages": "conversations", "system": "system", "chosen": "chosen", "rejected": "rejected"},
    "cpt": {"prompt": "text"},
}
_ALTERNATE = "its turns do not alternate between user or tool and assistant"
_ONE_TURN = "an answer of several turns has no place in it, nor do turns that do not alternate"


def _turns(rows: Rows, chat: str) -> pl.Expr:
    """Give a chat as turns of `from` and `value`."""
    turn = pl.element().struct
    role, value = turn.field("role").replace(_ROLES), text(rows, chat)
    if "tool_calls" in rows.turn_fields(chat):
        called = turn.field("tool_calls").list.len().fill_null(0) > 0
        role = pl.when(called).then(pl.lit("function_call")).otherwise(role)
        value = pl.when(called).then(_call(rows, chat)).otherwise(value)
    return pl.col(chat).list.eval(pl.struct(role.alias("from"), value.alias("value")))


def _call(rows: Rows, chat: str) -> pl.Expr:
    """Give the value of a turn that calls tools: their JSON alone, or in its mark behind what is said."""
    turn = pl.element().struct
    functions = turn.field("tool_calls").list.eval(pl.element().struct.field("function").struct.json_encode())
    listed = pl.concat_str(pl.lit("["), functions.list.join(", "), pl.lit("]"))
    marked = pl.concat_str(text(rows, chat), pl.lit("<tool_call>"), listed, pl.lit("</tool_call>"))
    return pl.when(text(rows, chat) == "").then(listed).otherwise(marked)


def _prompt(turns: pl.Expr) -> dict[str, pl.Expr]:
    """Part the system's turn from the others."""
    first = turns.list.first().struct
    by_system = (first.field("from") == "system").fill_null(False)
    return {
        "conversations": pl.when(by_system).then(turns.list.slice(1)).otherwise(turns),
        "system": pl.when(by_system).then(first.field("value")).otherwise(pl.lit("")),
    }


def _alternates(turns: pl.Expr, last: str) -> pl.Expr:
    """Say whether turns begin with the user, alternate, and end with that side."""
    side = (
        pl.element()
        .struct.field("from")
        .replace_strict(
            {"human": "u", "observation": "u", "gpt": "a", "function_call": "a"}, default="-", return_dtype=pl.String
        )
    )
    sides = turns.list.eval(side).list.join("")
    return sides.str.contains(r"^(ua)+$" if last == "assistant" else r"^(ua)*u$")


def _sft(rows: Rows) -> Record:
    columns = _prompt(_turns(rows, "messages"))
    tools = {name: made.fill_null("") for name, made in tools_text(rows).items()}
    return Record(columns | tools, _alternates(columns["conversations"], "assistant"), _ALTERNATE)


def _kto(rows: Rows) -> Record:
    columns = _prompt(pl.concat_list(_turns(rows, "prompt"), _turns(rows, "completion")))
    return Record(columns | {"label": pl.col("label")}, _alternates(columns["conversations"], "assistant"), _ALTERNATE)


def _dpo(rows: Rows) -> Record:
    columns = _prompt(_turns(rows, "prompt"))
    one = pl.all_horizontal(roles(name) == "assistant" for name in ("chosen", "rejected"))
    answers = {name: _turns(rows, name).list.last() for name in ("chosen", "rejected")}
    return Record(columns | answers, one & _alternates(columns["conversations"], "user"), _ONE_TURN)


def _reward(rows: Rows) -> Record:
    chosen = _turns(rows, "chosen")
    columns = _prompt(chosen.list.head(chosen.list.len() - 1))
    answers = {name: _turns(rows, name).list.last() for name in ("chosen", "rejected")}
    fits = same_prompt(rows) & _alternates(columns["conversations"], "user")
    return Record(columns | answers, fits, _ONE_TURN)


def _cpt(rows: Rows) -> Record:
    return Record({"text": pl.col("text")})


def _entry(shard: Exported, split: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"file_name": f"{shard.name}/{split}"}
    if shard.name != "cpt":
        entry["formatting"] = "sharegpt"
    if shard.name in ("dpo", "reward"):
        entry["ranking"] = True
    tools = {"tools": "tools"} if shard.name == "sft" and "tools" in shard.columns else {}
    return entry | {"columns": _COLUMNS[shard.name] | tools}


def _names(shard: Exported) -> dict[str, str]:
    return {
        split: shard.name if split == "train" else f"{shard.name}_{split}" for split in shard.splits if shard.has(split)
    }


def _info(shards: Sequence[Exported]) -> dict[str, str]:
    entries = {name: _entry(shard, split) for shard in shards for split, name in _names(shard).items()}
    return {"dataset_info.json": json.dumps(entries, indent=2) + "\n"}


def _guide(shard: Exported) -> str:
    keys = {"train": "dataset", "test": "eval_dataset"}
    lines = [f"stage: {_STAGES[shard.name]}", "do_train: true", f"dataset_dir: {shard.folder}"]
    lines += [f"{keys[split]}: {name}" for split, name in _names(shard).items()]
    block = fenced("yaml", *lines)
    if shard.name == "sft":
        block += "\n\nEvery answer is learned; with `mask_history: true`, the last."
    return block


LAYOUT = Layout(
    name="llamafactory",
    trainer="LLaMA-Factory",
    documented="https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md (LLaMA-Factory 0.9.5)",
    kinds={"sft": _sft, "dpo": _dpo, "kto": _kto, "reward": _reward, "cpt": _cpt},
    guide=_guide,
    files=_info,
)
