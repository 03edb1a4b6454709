"""Several processes that train one model, as `accelerate launch` starts them; the first one writes and speaks."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from factory.errors import RunError, UserError

T = TypeVar("T")
FIRST_SPEAKS = 5
"""Seconds in which the launcher ends the other processes once the first has ended with an error."""
_PATIENCE = timedelta(seconds=1800)
"""How long processes wait for one another: the first may have a model of many gigabytes to merge."""


def count() -> int:
    """Count the processes."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Give the number of this process among all, from 0."""
    return int(os.environ.get("RANK", "0"))


def is_first() -> bool:
    """Say whether this is the first process of all."""
    return rank() == 0


def sharded() -> bool:
    """Say whether the weights are split over the processes, by FSDP or DeepSpeed, as `accelerate config` sets it."""
    return any(os.environ.get(f"ACCELERATE_USE_{name}", "false") == "true" for name in ("FSDP", "DEEPSPEED"))


def on_first(work: Callable[[], T]) -> T:
    """Do something in the first process only; all get what it gives, or raise the error that it raises."""
    if count() == 1:
        return work()
    from accelerate.utils import broadcast_object_list

    together()
    made: list[tuple[T | None, Exception | None]] = [(None, None)]
    if is_first():
        try:
            made = [(work(), None)]
        except (UserError, RunError) as error:
            made = [(None, error)]
    broadcast_object_list(made)
    result, failure = made[0]
    if failure is not None:
        raise failure
    return result  # type: ignore[return-value]  # None only where that is what `work` gives


def together() -> None:
    """Wait until all processes are here."""
    if count() > 1:
        _state().wait_for_everyone()


def any_of(said: bool) -> bool:
    """Say whether one of the processes says so."""
    if count() == 1:
        return said
    import torch
    from accelerate.utils import gather

    return bool(gather(torch.tensor([float(said)], device=_state().device)).sum())


def summed_in_float32(trainer: Any) -> None:
    """Let FSDP 2 add gradients up in float32, and leave log-probabilities as they are: Accelerate has both in bfloat16.

    A log-probability of a whole answer, some -350, would be known to 2 only.
    """
    import dataclasses

    import torch

    accelerator = trainer.accelerator
    policy = accelerator.state.fsdp_plugin.mixed_precision_policy if getattr(accelerator, "is_fsdp2", False) else None
    if policy is not None:
        accelerator.state.fsdp_plugin.mixed_precision_policy = dataclasses.replace(
            policy, reduce_dtype=torch.float32, output_dtype=None
        )


def _state() -> Any:
    import torch
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available(), timeout=_PATIENCE)
