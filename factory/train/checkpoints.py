"""Checkpoints that can be gone on from: each is marked once it is written, with the length of each of its files.

checkpoints/checkpoint-200/{adapter_model.safetensors, optimizer.pt, scheduler.pt, trainer_state.json, …, whole.json}

whole.json: {"seconds": 81.4, "files": {"adapter_model.safetensors": 19587192, "optimizer.pt": 39227402, …}}
"""

import math
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from factory.errors import RunError
from factory.store import publish
from factory.train.processes import any_of, is_first, together

if TYPE_CHECKING:
    from transformers import TrainerCallback, TrainerState

MARK = "whole.json"


def last_whole(folder: Path) -> Path | None:
    """Give the last whole checkpoint, and remove those that are not; None if there is none."""
    found = sorted(folder.glob("checkpoint-[0-9]*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    whole = [path for path in found if _is_whole(path)]
    for path in found:
        if path not in whole:
            shutil.rmtree(path)
    return whole[0] if whole else None


def seconds_of(checkpoint: Path | None) -> float:
    """Give the seconds of training that a checkpoint holds."""
    return float(orjson.loads((checkpoint / MARK).read_bytes())["seconds"]) if checkpoint else 0.0


def last_state(checkpoint: Path) -> "TrainerState | None":
    """Give the trainer's state of the checkpoint after a training's last step; None for an earlier one."""
    from transformers import TrainerState

    state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    return state if state.global_step >= state.max_steps else None


def mark(checkpoint: Path, seconds: float) -> None:
    """Say that a checkpoint is whole as it is now."""
    files = {str(path.relative_to(checkpoint)): path for path in sorted(checkpoint.rglob("*")) if path.is_file()}
    for path in files.values():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    held = {"seconds": seconds, "files": {name: path.stat().st_size for name, path in files.items()}}
    publish(checkpoint / MARK, lambda path: path.write_bytes(orjson.dumps(held)))


def _is_whole(checkpoint: Path) -> bool:
    try:
        files = orjson.loads((checkpoint / MARK).read_bytes())["files"]
        return all((checkpoint / name).stat().st_size == size for name, size in files.items())
    except (OSError, orjson.JSONDecodeError, KeyError):
        return False


class Watch:
    """Counts the seconds of a training over all its starts, and hears when it is asked to stop."""

    def __init__(self, before: float) -> None:
        self._before = before
        self._began = time.monotonic()
        self.asked = False

    @property
    def seconds(self) -> float:
        """The seconds so far."""
        return self._before + time.monotonic() - self._began

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take a first Ctrl-C, or a scheduler's SIGTERM, as a wish to stop after the step; a second one ends it."""

        def asked(number: int, frame: object) -> None:
            self.asked = True
            signal.signal(signal.SIGINT, signal.default_int_handler)

        before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def keeper(watch: Watch, say: Callable[[str], None], every: int) -> "TrainerCallback":
    """Make the callback that marks checkpoints, stops at one when asked, and tells how far the training is.

    It stops after a multiple of `every` steps. It raises RunError where the loss or the gradient is not a number,
    before a checkpoint takes the place of a good one.
    """
    from transformers import TrainerCallback

    class Keeper(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            state.compute_steps(args, state.max_steps)  # the checkpoint's may be those of other settings

        def on_epoch_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            # Within an epoch a training goes on with a loader that does not reach the sampler of several processes.
            if hasattr(loader := rest["train_dataloader"], "set_epoch"):
                loader.set_epoch(int((state.epoch or 0) + 1e-6))

        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            watch.asked = any_of(watch.asked)
            if watch.asked and state.global_step % every == 0:
                control.should_save = control.should_training_stop = True
            if control.should_save or state.global_step >= state.max_steps:
                control.should_log = True  # before a checkpoint is written, `on_log` sees what it would hold

        def on_save(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            together()  # each process writes the state of its own random numbers
            if is_first():
                mark(Path(args.output_dir) / f"checkpoint-{state.global_step}", watch.seconds)

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **rest: Any) -> None:
            for name in ("loss", "grad_norm"):
                if not math.isfinite((logs or {}).get(name) or 0):
                    what = {"loss": "loss", "grad_norm": "gradient"}[name]
                    raise RunError(
                        f"the {what} is not a number at step {state.global_step:,}; lower learning_rate or raise "
                        "warmup, and start with --fresh; the last checkpoint is kept"
                    )
            told = {name: logs[name] for name in ("loss", "reward") if (logs or {}).get(name) is not None}
            if "loss" in told:
                numbers = ", ".join(f"{name} {float(value):.4f}" for name, value in told.items())
                say(f"step {state.global_step:,} of {state.max_steps:,}: {numbers}")

    return Keeper()
