"""The answers of a GRPO training, in OUT/answers.parquet: what was drawn, how it was rewarded, what it counted for.

{"step": 12, "id": "sums-7-00000031", "prompt": "What is 3 + 5?", "answer": "3 + 5 = \\boxed{8}", "tokens": 9,
 "finished": True, "reward_correct": 1.0, "reward_format": 1.0, "reward": 1.1, "advantage": 0.71, "weight": 0.034,
 "token_weight": 0.0038}

A step is a file of its own until a checkpoint takes it over. A training that goes on from a checkpoint forgets the
steps behind it, which are done again.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from factory.store import publish

if TYPE_CHECKING:
    from transformers import TrainerCallback

FILE = "answers.parquet"
_STEPS = "answers"
PART = "reward_"
"""What stands before the name of a part of the reward."""


def schema(parts: Sequence[str]) -> pl.Schema:
    """Give the columns, for these parts of the reward.

    `reward` is null for an answer that could not be scored; its `advantage` is then 0. `weight` is the answer's in the
    loss of its step, `token_weight` that of each of its tokens (see factory/train/aggregation.py).
    """
    rewards = {f"{PART}{name}": pl.Float64 for name in parts}
    known = {"step": pl.Int64, "id": pl.String, "prompt": pl.String, "answer": pl.String, "tokens": pl.Int64}
    numbers = dict.fromkeys(("reward", "advantage", "weight", "token_weight"), pl.Float64)
    return pl.Schema({**known, "finished": pl.Boolean, **rewards, **numbers})


def read(out: Path) -> pl.DataFrame | None:
    """Read all answers, by step; None if there are none."""
    paths = sorted((out / _STEPS).glob("*.parquet"))
    steps = {int(path.stem) for path in paths}
    whole = [pl.read_parquet(out / FILE).filter(~pl.col("step").is_in(steps))] if (out / FILE).is_file() else []
    frames = [*whole, *map(pl.read_parquet, paths)]
    return pl.concat(frames).sort("step", maintain_order=True) if frames else None


class Answers:
    """The file and the steps beside it; only the first process may write."""

    def __init__(self, out: Path, parts: Sequence[str]) -> None:
        self._out = out
        self._schema = schema(parts)

    def add(self, step: int, columns: Mapping[str, Sequence[Any]]) -> None:
        """Keep the answers of a step; numbers that are none become null."""
        frame = pl.DataFrame({"step": step, **columns}, schema=self._schema).with_columns(
            pl.selectors.float().fill_nan(None)
        )
        publish(self._out / _STEPS / f"{step:08d}.parquet", frame.write_parquet)

    def rewind(self, step: int) -> None:
        """Forget what came after a step."""
        for path in (self._out / _STEPS).glob("*.parquet"):
            if int(path.stem) > step:
                path.unlink()
        if (self._out / FILE).is_file():
            kept = pl.read_parquet(self._out / FILE).filter(pl.col("step") <= step)
            publish(self._out / FILE, kept.write_parquet)

    def fold(self) -> None:
        """Put the steps into the one file; a kill on the way loses nothing and doubles nothing."""
        if (frame := read(self._out)) is not None:
            publish(self._out / FILE, frame.write_parquet)
            shutil.rmtree(self._out / _STEPS, ignore_errors=True)


def keeper(answers: Answers) -> "TrainerCallback":
    """Make the callback that goes back, and puts the steps together, when the trainer does."""
    from transformers import TrainerCallback

    class Keeper(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            if state.is_world_process_zero:
                answers.rewind(state.global_step)

        def on_save(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            if state.is_world_process_zero:
                answers.fold()

        def on_train_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            if state.is_world_process_zero:
                answers.fold()

    return Keeper()
