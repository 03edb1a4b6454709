"""axolotl: chats by the tokenizer's template, preferences by the types of its `rl:` methods.

    {"messages": [...], "tools": "[{...}]"}                                   type: chat_template
    {"messages": [...], "chosen": {"role", "content"}, "rejected": {...}}     rl: dpo, type: chat_template.default
    {"completion": [...the whole chat...], "label": true}                     rl: kto, type: chatml.argilla_chat
    {"prompt": [...], "answer": "5"}                                          rl: grpo
    {"system": "", "input": "...", "chosen": "...", "rejected": "..."}        type: bradley_terry.chat_template
    {"text": "..."}                                                           type: completion

Its chat_template reads every field of a turn that the template names; the other types read role and content alone.
"""

import polars as pl

from factory.layouts._chats import calls, plain, roles, same_prompt, texts, tools_text
from factory.layouts._layout import Exported, Layout, Record, Rows, fenced

_TYPES = {
    "sft": "chat_template",
    "dpo": "chat_template.default",
    "kto": "chatml.argilla_chat",
    "grpo": "rewards.as_it_is",
    "reward": "bradley_terry.chat_template",
    "cpt": "completion",
}
_METHODS = {
    "dpo": ["rl: dpo", "chat_template: tokenizer_default"],
    "kto": ["rl: kto", "remove_unused_columns: false"],
    "grpo": ["rl: grpo", "skip_prepare_dataset: true", "trl:", "  reward_funcs: [rewards.reward]"],
    "reward": [
        "reward_model: true",
        "model_type: AutoModelForSequenceClassification",
        "num_labels: 1",
        "chat_template: tokenizer_default",
    ],
    "sft": ["chat_template: tokenizer_default"],
    "cpt": [],
}
_REWARDS = [
    "def as_it_is(cfg, *args, **kwargs):",
    "    def transform(example, tokenizer=None):",
    "        return example",
    "",
    '    return transform, {"remove_columns": []}',
    "",
    "",
    "def reward(completions, answer, **columns):",
    "    return [...]  # a number for each of them",
]


def _sft(rows: Rows) -> Record:
    return Record({"messages": pl.col("messages"), **tools_text(rows)})


def _dpo(rows: Rows) -> Record:
    one = pl.all_horizontal(pl.col(name).list.len() == 1 for name in ("chosen", "rejected"))
    none_calls = pl.all_horizontal(~calls(rows, name) for name in ("prompt", "chosen", "rejected"))
    columns = {"messages": plain(rows, "prompt")}
    columns |= {name: plain(rows, name).list.last() for name in ("chosen", "rejected")}
    return Record(columns, one & none_calls, "an answer of several turns, or a call of a tool, has no place in it")


def _kto(rows: Rows) -> Record:
    chat = pl.concat_list(plain(rows, "prompt"), plain(rows, "completion"))
    none_calls = ~calls(rows, "prompt") & ~calls(rows, "completion")
    return Record({"completion": chat, "label": pl.col("label")}, none_calls, "a call of a tool has no place in it")


def _grpo(rows: Rows) -> Record:
    return Record({"prompt": pl.col("prompt"), "answer": pl.col("answer")})


def _reward(rows: Rows) -> Record:
    system = pl.when(roles("chosen").str.starts_with("system/")).then(texts(rows, "chosen").list.first())
    columns = {
        "system": system.otherwise(pl.lit("")),
        "input": texts(rows, "chosen").list.get(-2, null_on_oob=True),
        "chosen": texts(rows, "chosen").list.last(),
        "rejected": texts(rows, "rejected").list.last(),
    }
    single = roles("chosen").is_in(["user/assistant", "system/user/assistant"]) & same_prompt(rows)
    return Record(columns, single, "a chat of several turns has no place in it")


def _cpt(rows: Rows) -> Record:
    return Record({"text": pl.col("text")})


def _guide(shard: Exported) -> str:
    lines = [*_METHODS[shard.name]]
    for split, key in {"train": "datasets", "test": "test_datasets"}.items():
        if shard.has(split):
            lines += [f"{key}:", f"  - path: {shard.place}", f"    split: {split}", f"    type: {_TYPES[shard.name]}"]
    block = fenced("yaml", *lines)
    if shard.name == "sft":
        block += "\n\nEvery answer is learned; with `roles_to_train:` and `train_on_eos:` left empty, the last."
    if shard.name == "kto":
        block += "\n\nFor Llama 3's template in place of ChatML: `type: llama3.argilla_chat`."
    if shard.name == "grpo":
        block += "\n\nand beside it `rewards.py`:\n\n" + fenced("python", *_REWARDS)
    return block


LAYOUT = Layout(
    name="axolotl",
    trainer="axolotl",
    documented="https://docs.axolotl.ai/docs/dataset-formats/ and …/docs/rlhf.html (axolotl 0.19)",
    kinds={"sft": _sft, "dpo": _dpo, "kto": _kto, "grpo": _grpo, "reward": _reward, "cpt": _cpt},
    guide=_guide,
)
