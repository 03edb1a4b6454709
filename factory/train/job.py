"""What a method is given to make its trainer of, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from factory.finished import Finished

if TYPE_CHECKING:
    from peft import LoraConfig
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, Trainer


@dataclass(frozen=True)
class Job:
    """The parts of a training that are the same for all methods."""

    run: Finished
    """The run whose shards are trained on: `run.files(settings.kind, "train")`, and "test" for what is held out."""
    model: "PreTrainedModel"
    """The model to begin with, loaded and without an adapter."""
    tokenizer: "PreTrainedTokenizerBase"
    """Its tokenizer; `pad_token` is set."""
    adapter: "LoraConfig | None"
    """The adapter to train, as TRL's `peft_config`; None to train all weights."""
    arguments: Mapping[str, Any]
    """Keywords for the method's TRL config, a kind of TrainingArguments: `SFTConfig(**job.arguments, padding_free=…)`.

    They hold output_dir, the batch, the steps, the optimiser, the seed, dtype, checkpoints, logs and the device.
    A method may replace one: `GRPOConfig(**{**job.arguments, "per_device_train_batch_size": 8}, …)`.
    """
    out: Path
    """The folder of the training, for files of the method's own such as answers.parquet. They survive a resume."""
    say: Callable[[str], None]
    """Tells the user a line; silent in all processes but the first."""


@dataclass(frozen=True)
class Ready:
    """A trainer that can be started, and what is to be told of its data. The loop adds the recorder of the curves."""

    trainer: "Trainer"
    rows: int
    """Rows that are trained on."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Rows that are not, by reason: `{"longer than 1,024 tokens": 3}`."""
    tokens: dict[str, int] = field(default_factory=dict)
    """Of one epoch, such as `{"all": 91_204, "trained": 30_112}`."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What else training.json should say, such as `{"packing": {"left_over": 0.03}}`."""
    evaluate: Callable[[], dict[str, float]] | None = None
    """Measures the model on held-out rows, `{"loss": 1.37}`; called before and after, into training.json's `eval`."""
