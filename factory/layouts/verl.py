"""verl: prompts with a rule's ground truth for reinforcement learning, and chats for its multi-turn SFT.

{"data_source": "math_sft", "prompt": [...], "ability": "family:equation",
 "reward_model": {"style": "rule", "ground_truth": "5"},
 "extra_info": {"split": "train", "index": 0, "id": "math_sft-7-00000012", "source": ..., "license": ..., ...}}
{"messages": [...], "tools": [{"type": "function", "function": {...}}], "id": ..., ...}
"""

import orjson
import polars as pl

from factory.errors import UserError
from factory.layouts._layout import ROW, Exported, Layout, Record, Rows, command

_SCORE = "def compute_score(data_source, solution_str, ground_truth, extra_info=None)"


def _grpo(rows: Rows) -> Record:
    known = [pl.lit(rows.split).alias("split"), pl.col(ROW).cast(pl.Int64).alias("index")]
    others = [name for name in rows.extras if name not in ("split", "index")]
    columns = {
        "data_source": pl.lit(rows.pipeline),
        "prompt": pl.col("prompt"),
        "ability": pl.col("source"),
        "reward_model": pl.struct(style=pl.lit("rule"), ground_truth=pl.col("answer")),
        "extra_info": pl.struct(*known, *others),
    }
    return Record(columns, extras=False)


def _sft(rows: Rows) -> Record:
    return Record({"messages": pl.col("messages"), **_tools(rows)})


def _tools(rows: Rows) -> dict[str, pl.Expr]:
    """Give the tools as records, as verl hands them to the chat template. Raises UserError if Parquet cannot."""
    if not rows.tools:
        return {}
    lists = [orjson.loads(text) for text in rows.tools]
    made = pl.Series(lists, strict=False)
    if made.to_list() != lists:
        raise UserError(
            f"{rows.file.parent}: verl takes tools as columns, and the tools of these rows differ in their fields; "
            "take another --format, or leave the sft shard out with --shard"
        )
    none = pl.lit(pl.Series([[]], dtype=made.dtype)).first()  # null would not do: verl goes through the list
    return {"tools": pl.col("tools").str.json_decode(made.dtype).fill_null(none)}


def _guide(shard: Exported) -> str:
    keys = {"train": "data.train_files", "test": "data.val_files"}
    files = [f"{key}='[{','.join(shard.paths(split))}]'" for split, key in keys.items() if shard.has(split)]
    if shard.name == "sft":
        return command("torchrun -m verl.trainer.sft_trainer", *files, "data.messages_key=messages")
    flags = [*files, "data.prompt_key=prompt", "algorithm.adv_estimator=grpo"]
    reward = ["reward.custom_reward_function.path=reward.py", "reward.custom_reward_function.name=compute_score"]
    block = command("python3 -m verl.trainer.main_ppo", *flags, *reward)
    return f"{block}\n\n`reward.py` holds `{_SCORE}`, which gives a number."


LAYOUT = Layout(
    name="verl",
    trainer="verl",
    documented="https://verl.readthedocs.io/en/latest/preparation/prepare_data.html (verl 0.9.1)",
    kinds={"grpo": _grpo, "sft": _sft},
    guide=_guide,
)
