"""The curves of a training: each number that the trainer logs, under a plain name, and a page that draws them.

    trainer.add_callback(recorder(out))    # OUT/curves.parquet: step 40, "loss", 1.37
    write_page(out)                        # OUT/curves.html

A training that goes on from a checkpoint goes on with its curves: what was logged after the checkpoint is forgotten,
since those steps are done again.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from factory.store import publish

if TYPE_CHECKING:
    from transformers import TrainerCallback

FILE = "curves.parquet"
PAGE = "curves.html"
HELD_OUT = "held-out "
"""What stands before the name of a number that was measured on the test split."""
SCHEMA = pl.Schema({"step": pl.Int64, "name": pl.String, "value": pl.Float64})
NAMES = {
    "loss": "loss",
    "learning_rate": "learning rate",
    "grad_norm": "gradient norm",
    "entropy": "entropy",
    "num_tokens": "tokens seen",
    "mean_token_accuracy": "token accuracy",
    "step_time": "seconds a step",
    # DPO: TRL calls β·(log π − log π_ref) of an answer its reward
    "rewards/chosen": "reward of the chosen",
    "rewards/rejected": "reward of the rejected",
    "rewards/margins": "reward margin",
    "rewards/accuracies": "pairs told apart",
    "logps/chosen": "log-probability of the chosen",
    "logps/rejected": "log-probability of the rejected",
    "logits/chosen": "mean logit of the chosen",
    "logits/rejected": "mean logit of the rejected",
    # GRPO
    "reward": "reward",
    "reward_std": "reward spread, all answers",
    "reward_std_in_group": "reward spread in the group",
    "unscored": "answers unscored",
    "frac_reward_zero_std": "groups without spread",
    "kl": "KL to the first model",
    "policy_loss": "policy loss",
    "completions/mean_length": "answer length, mean",
    "completions/min_length": "answer length, shortest",
    "completions/max_length": "answer length, longest",
    "completions/clipped_ratio": "answers cut",
    "completions/mean_terminated_length": "finished answer length, mean",
    "completions/min_terminated_length": "finished answer length, shortest",
    "completions/max_terminated_length": "finished answer length, longest",
    "clip_ratio/low_mean": "tokens clipped below",
    "clip_ratio/high_mean": "tokens clipped above",
    "clip_ratio/region_mean": "tokens clipped",
    "clip_ratio/low_min": "tokens clipped below, least of an answer",
    "clip_ratio/high_max": "tokens clipped above, most of an answer",
}
"""The plain name of each key that TRL's trainers log; a key that is not here keeps its own name."""
_LEFT_OUT = ("runtime", "samples_per_second", "steps_per_second", "tokens_per_second", "total_flos", "epoch")


def name_of(key: str) -> str:
    """Give the plain name of a trainer's key.

    >>> name_of("eval_rewards/correct/mean")
    'held-out reward by correct'
    """
    if key.startswith("eval_"):
        return HELD_OUT + name_of(key.removeprefix("eval_"))
    if key.startswith("rewards/") and key.endswith("/mean"):
        return f"reward by {key.split('/')[1]}"
    if key.startswith("rewards/") and key.endswith("/std"):
        return f"reward spread of {key.split('/')[1]}"
    return NAMES.get(key, key)


def numbers(logs: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a log under their plain names, but for the speeds and the totals of a whole training."""
    for key, value in logs.items():
        if key.startswith("train_") or key.endswith(_LEFT_OUT) or not isinstance(value, int | float):
            continue
        if math.isfinite(value):
            yield name_of(key), float(value)


def read(out: Path) -> pl.DataFrame:
    """Read the curves of a training, `step, name, value` sorted by step; no rows if there are none yet."""
    path = out / FILE
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=SCHEMA)


def recorder(out: Path) -> "TrainerCallback":
    """Make the callback that keeps OUT/curves.parquet at each log of a trainer; only the first process writes."""
    from transformers import TrainerCallback

    class Recorder(TrainerCallback):
        def __init__(self) -> None:
            self.values = {(step, name): value for step, name, value in read(out).iter_rows()}

        def on_train_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            self.values = {at: value for at, value in self.values.items() if at[0] <= state.global_step}

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **rest: Any) -> None:
            if not state.is_world_process_zero:
                return
            self.values |= {(state.global_step, name): value for name, value in numbers(logs or {})}
            rows = [(step, name, value) for (step, name), value in sorted(self.values.items())]
            frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
            publish(out / FILE, frame.write_parquet)

    return Recorder()


def write_page(out: Path) -> Path:
    """Write OUT/curves.html from curves.parquet, and from answers.parquet and training.json where they are."""
    from factory.train import curves_page

    path = out / PAGE
    text = curves_page.render(out)
    publish(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return path
