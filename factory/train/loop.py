"""One training, from a run's shards to a model's folder, whatever the method.

    train(open_run(Path("outputs/math_sft")), parse("sft", {"model": "embedded"}), Path("outputs/math_lora"), print)

A method is a file with a function that prepares TRL's trainer and does not start it (see factory/train/sft.py):

    def trainer(job: Job, settings: Sft) -> Ready: ...      # sft.py
    def trainer(job: Job, settings: Dpo) -> Ready: ...      # dpo.py
    def trainer(job: Job, settings: Grpo) -> Ready: ...     # grpo.py

`Job` and `Ready` are in factory/train/job.py. The loop does the rest: checks, checkpoints, curves, the model's folder.
"""

import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factory import __version__
from factory.base_model import weights_of
from factory.errors import RunError, UserError
from factory.finished import Finished
from factory.train import checkpoints, curves, data, folder, model
from factory.train.folder import State
from factory.train.job import Job, Ready
from factory.train.processes import count, is_first, on_first, sharded, summed_in_float32, together
from factory.train.settings import Training, check_installed

Say = Callable[[str], None]
_NOT_WRITTEN = ("(os error ", "inline_container", "PytorchStreamWriter")
"""What safetensors and tokenizers, and torch.save, say in errors of their own when a file cannot be written."""
_AT_ONCE = 8192
"""Tokens that a device takes at once where `device_batch` is not given."""


def train(run: Finished, settings: Training, out: Path, say: Say, fresh: bool = False) -> State:
    """Train into the folder `out`, or go on from its last whole checkpoint; gives what training.json holds.

    Its `status` is `done`, or `stopped` after a Ctrl-C. A training that is done is not done again. Raises UserError
    and RunError; whatever the end, the last checkpoints stay.
    """
    say = say if is_first() else lambda line: None
    check_installed()
    model.quiet()
    data.check(run, settings.kind)
    check_devices(settings)
    told = arguments(settings, out)
    if count() > 1:
        on_first(lambda: model.find(settings).path)  # what it has to merge or unpack is written by one process
    base = model.find(settings)
    model.check_length(base, settings)
    inputs = folder.inputs_of(run, settings, base)
    with ExitStack() as stack:
        before = on_first(lambda: _begin(out, inputs, fresh, stack))
        if before.get("status") == "done":
            say(f"{out}: this training is done already")
            return before
        empty = model.outline(base, settings)
        model.check_memory(empty, settings, copies=2 if settings.with_reference else 1)
        if left := model.without_adapter(empty):
            say(left)
        training = _Training(run, settings, base, out, say, {**before, "inputs": inputs})
        with _failures_told():
            try:
                return training.go(told)
            except KeyboardInterrupt:  # a second one, or while the model is loaded, measured or written
                training.save("stopped")
                return training.state


def _begin(out: Path, inputs: State, fresh: bool, stack: ExitStack) -> State:
    """Take the folder, and read what an earlier start left in it."""
    found = folder.earlier(out, inputs["digest"], fresh)
    if found is None or found["status"] != "done":
        stack.enter_context(folder.held(out))
    if found is None:
        folder.clear(out)
    return found or {}


@dataclass
class _Training:
    """A training that has its folder: what it begins with, and what training.json says."""

    run: Finished
    settings: Training
    base: model.Base
    out: Path
    say: Say
    state: State

    def go(self, told: dict[str, Any]) -> State:
        """Train to the end, or until asked to stop."""
        self.state |= _about(self.run, self.settings, self.base)
        self.save("running")  # from here on the folder is this training's
        checkpoint = on_first(lambda: checkpoints.last_whole(self.out / folder.CHECKPOINTS))
        watch = checkpoints.Watch(checkpoints.seconds_of(checkpoint))
        ready = self.ready(told)
        trainer: Any = ready.trainer
        every = self.settings.steps_together
        for callback in (curves.recorder(self.out), checkpoints.keeper(watch, self.say, every)):
            trainer.add_callback(callback)
        if ready.evaluate and "eval" not in self.state and not sharded():  # weights are split by the training alone
            self.state["eval"] = {"before": ready.evaluate()}
        self.save("running")
        if checkpoint:
            self.say(f"going on from step {int(checkpoint.name.rpartition('-')[2]):,}")
        if checkpoint and not sharded() and (last := checkpoints.last_state(checkpoint)):
            # `train` would do a step too many within an epoch; but split weights are loaded by nothing else.
            trainer._load_from_checkpoint(str(checkpoint))
            trainer.state = last
        else:
            with watch.listening():
                trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        self.state |= {
            "steps": trainer.state.global_step,
            "seconds": round(watch.seconds, 1),
            "loss": _last_loss(trainer),
        }
        if trainer.state.global_step < trainer.state.max_steps:
            self.save("stopped")
            return self.state
        if ready.evaluate:
            self.state.setdefault("eval", {})["after"] = ready.evaluate()
            for name, measured in folder.measured(self.state):
                self.say(f"held-out {name}: {measured}")
        self.finish(trainer)
        return self.state

    def ready(self, told: dict[str, Any]) -> Ready:
        """Load the model and make the method's trainer of it."""
        import transformers

        loaded, tokenizer = model.load(self.base, self.settings)
        transformers.set_seed(self.settings.seed)
        job = Job(self.run, loaded, tokenizer, model.adapter(self.settings), told, self.out, self.say)
        method = importlib.import_module(f"factory.train.{self.settings.method}")
        ready: Ready = method.trainer(job, self.settings)
        ready.trainer.remove_callback(transformers.PrinterCallback)
        summed_in_float32(ready.trainer)
        self.state |= {"rows": {"used": ready.rows, "left_out": ready.left_out}, "tokens": ready.tokens, **ready.notes}
        left_out = "".join(f"; {rows:,} left out: {why}" for why, rows in ready.left_out.items())
        self.say(f"{ready.rows:,} rows{left_out}")
        return ready

    def finish(self, trainer: Any) -> None:
        """Put the model in its place; training.json says so last."""
        new = on_first(lambda: folder.new_model(self.out))
        if self.settings.tune == "full" and not sharded():
            trainer.model.to(model.computes_in(self.settings))
        if trainer.is_fsdp_enabled:
            # As `accelerate config` sets it, split weights stay split, and TRL writes no model.
            trainer.accelerator.state.fsdp_plugin.set_state_dict_type("FULL_STATE_DICT")
        trainer.save_model(str(new))
        together()
        if not on_first(lambda: folder.holds_weights(new)):
            raise RunError(
                f"no weights were written into {new}, as DeepSpeed does without stage3_gather_16bit_weights_on_model_"
                f"save; the checkpoints are kept in {self.out / folder.CHECKPOINTS}"
            )
        if is_first():
            (new / "training_args.bin").unlink(missing_ok=True)
            text = folder.card(self.run, self.settings, self.base, self.state)
            (new / "README.md").write_text(text, encoding="utf-8")
            self.state["files"] = sorted(path.name for path in new.iterdir())
            self.save("running")
            folder.put_model(self.out)
            curves.write_page(self.out)
            self.save("done")
            shutil.rmtree(self.out / folder.CHECKPOINTS, ignore_errors=True)
        self.state["status"] = "done"
        together()

    def save(self, status: str) -> None:
        """Write training.json."""
        self.state["status"] = status
        if is_first():
            folder.save(self.out, self.state)


def arguments(settings: Training, out: Path) -> dict[str, Any]:
    """Say the settings in the words of TRL's configs. Raises UserError for a batch that cannot be shared."""
    import torch

    share, rest = divmod(settings.rows_a_step, count())
    if rest:
        raise UserError(
            f"batch: {settings.rows_a_step} rows cannot be shared by {count()} processes; take a multiple of them"
        )
    fitting = [size for size in range(1, share + 1) if share % size == 0]
    at_once = settings.device_batch or max([1, *(size for size in fitting if size * settings.max_tokens <= _AT_ONCE)])
    if at_once not in fitting:
        raise UserError(f"device_batch: {at_once} does not divide the {share} rows that a device gets of a step")
    gpu, given = torch.cuda.is_available(), settings.gradient_checkpointing
    split = os.environ.get("FSDP_ACTIVATION_CHECKPOINTING") == "true"  # FSDP's own; both at once are refused
    os.environ.pop("ACCELERATE_GRADIENT_ACCUMULATION_STEPS", None)  # of `accelerate config`; DeepSpeed insists on it
    return {
        "output_dir": str(out / folder.CHECKPOINTS),
        "num_train_epochs": settings.epochs,
        "max_steps": settings.max_steps or -1,
        "per_device_train_batch_size": at_once,
        "per_device_eval_batch_size": at_once,
        "gradient_accumulation_steps": share // at_once,
        "learning_rate": settings.rate,
        "lr_scheduler_type": "constant_with_warmup" if settings.scheduler == "constant" else settings.scheduler,
        "warmup_steps": settings.warmup,
        "weight_decay": settings.weight_decay,
        "seed": settings.seed,
        "save_strategy": "steps",
        "save_steps": settings.save_every + -settings.save_every % settings.steps_together,
        "save_total_limit": 2,  # the last one may be broken
        "logging_steps": settings.log_every,
        "logging_first_step": True,
        "logging_nan_inf_filter": False,
        "bf16": model.computes_in(settings) == torch.bfloat16,
        "gradient_checkpointing": gpu and not split if given is None else given,
        "use_cpu": not gpu,
        "ddp_find_unused_parameters": False,
        "dataloader_pin_memory": gpu,
        "report_to": "none",
        "disable_tqdm": True,
        "eval_strategy": "no",
        "trust_remote_code": settings.trust_remote_code,
    }


def check_devices(settings: Training) -> None:
    """Raise UserError if there are several GPUs and one process."""
    import torch

    gpus = torch.cuda.device_count()
    if gpus > 1 and count() == 1:
        raise UserError(
            f"{gpus} GPUs are visible to one process; start one each with `accelerate launch --num_processes {gpus} -m "
            f"factory train {settings.method} …`, or name one: CUDA_VISIBLE_DEVICES=0"
        )


@contextmanager
def _failures_told() -> Iterator[None]:
    import torch

    try:
        yield
    except torch.OutOfMemoryError:
        raise RunError("the GPU's memory is full; set a smaller device_batch or max_tokens") from None
    except OSError as error:
        raise RunError(f"cannot write: {error.strerror or error}") from None
    except Exception as error:
        if not any(said in str(error) for said in _NOT_WRITTEN):
            raise
        raise RunError(f"cannot write, the disk may be full: {error}") from None


def _about(run: Finished, settings: Training, base: model.Base) -> State:
    return {
        "method": settings.method,
        "settings": settings.model_dump(mode="json"),
        "base_model": {
            "model": _from_anywhere(settings.model),
            "name": base.name,
            "license": base.license,
            "path": base.path,
            "weights": weights_of(settings.model),
        },
        "run": {"folder": str(run.root), "pipeline": run.run["pipeline"], "plan_hash": run.run["plan_hash"]},
        "processes": count(),
        "versions": {"factory": __version__, **_versions()},
    }


def _from_anywhere(model: str) -> str:
    """Give a model that is here by a path that holds in any directory."""
    return str(Path(model).absolute()) if model != "embedded" and Path(model).exists() else model


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "trl", "peft")}


def _last_loss(trainer: Any) -> float | None:
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return folder.number(float(losses[-1])) if losses else None
