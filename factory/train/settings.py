"""What a training is told: what all methods share, supervised fine-tuning (SFT), direct preference optimisation (DPO).

parse("sft", {"model": "embedded", "epochs": 2, "lora": {"rank": 32}})     # → Sft(model="embedded", epochs=2, …)
"""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from factory.config import apply, told
from factory.errors import UserError, nearest
from factory.yamlfile import Loc, YamlFile

Tune = Literal["lora", "dora", "full"]
HOW = frozenset({"save_every", "log_every", "device_batch", "gradient_checkpointing", "vllm_memory"})
"""Settings that change how a training runs and not what it makes."""
_PACKAGES = ("trl", "peft", "accelerate", "gguf")


def check_installed() -> None:
    """Raise UserError if a package that training needs is not there."""
    if missing := [name for name in _PACKAGES if importlib.util.find_spec(name) is None]:
        raise UserError(f"training needs {', '.join(missing)}: pip install 'factory[train]'")


class Lora(BaseModel):
    """The adapter of LoRA (arXiv:2106.09685) and of DoRA (arXiv:2402.09353)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rank: int = Field(16, gt=0)
    """The rank of each update. 16 holds what a few thousand rows teach; raise it with the data."""
    alpha: int = Field(32, gt=0)
    """The update is multiplied by alpha / rank."""
    dropout: float = Field(0, ge=0, lt=1)
    """Share of the adapter's inputs that are dropped in training."""
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Names of the layers that get an adapter; `all-linear` is every linear layer but the output head."""

    @field_validator("targets", mode="before")
    @classmethod
    def _are_names(cls, targets: object) -> object:
        if isinstance(targets, str) and targets != "all-linear":
            raise ValueError(f"expected all-linear or a list of names, such as [{targets}]")
        return targets


class Training(BaseModel):
    """What every method is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    method: ClassVar[str]
    """Its name on the command line."""
    shards: ClassVar[tuple[str, ...]]
    """The kinds of shards that it can be trained on, the usual one first."""
    full_rate: ClassVar[float]
    """The learning rate when all weights are trained."""

    model: str = "embedded"
    """`embedded` (the packaged SmolLM2), the folder of a model, its name on the Hugging Face Hub, or a .gguf file."""
    trust_remote_code: bool = False
    """Whether Python code that comes with the model may be run."""
    shard: str | None = None
    """The kind of shard to train on; the method's usual one without it."""
    tune: Tune = "lora"
    """What is trained: a low-rank adapter (`lora`, `dora`), or all weights (`full`)."""
    lora: Lora = Lora()
    """The adapter."""
    max_tokens: int = Field(1024, gt=1)
    """The longest row, in tokens. Longer rows are left out and counted; documents are cut into pieces."""
    epochs: float = Field(1, gt=0)
    """How often each row is seen."""
    max_steps: int | None = Field(None, gt=0)
    """The number of steps; it wins over `epochs`."""
    batch: int = Field(16, gt=0)
    """Rows a step, over all devices; packed rows count as one."""
    device_batch: int | None = Field(None, gt=0)
    """Rows that a device takes at once, the steps being the same; as many as have 8,192 tokens together without it.
    Less needs less memory."""
    learning_rate: float | None = Field(None, gt=0)
    """The highest learning rate; the method's own without it, and ten times that for an adapter ("LoRA Without Regret",
    Schulman et al. 2025: the best rate of LoRA is about ten times that of full fine-tuning)."""
    scheduler: Literal["linear", "cosine", "constant"] = "cosine"
    """How the learning rate falls: to 0 in a line or half a wave, or not at all."""
    warmup: float = Field(0.05, ge=0, lt=1)
    """Share of the steps in which the learning rate rises to its height."""
    weight_decay: float = Field(0, ge=0)
    """AdamW's pull of the weights towards 0."""
    seed: int = Field(0, ge=0)
    """Draws the order of the rows, the adapter's first weights, and what is hidden or dropped."""
    save_every: int = Field(100, gt=0)
    """Steps between two checkpoints; a killed training goes on from the last one."""
    log_every: int = Field(10, gt=0)
    """Steps between two points of the curves."""
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    """The numbers that are computed with; `auto` is bfloat16 on a GPU that has it and float32 elsewhere."""
    gradient_checkpointing: bool | None = None
    """Compute activations a second time instead of keeping them: less memory, about a third slower. Not
    given: on a GPU only."""

    @field_validator("shard")
    @classmethod
    def _can_be_trained_on(cls, shard: str | None) -> str | None:
        if shard is not None and shard not in cls.shards:
            raise ValueError(f"{cls.method} is trained on {' or '.join(cls.shards)}, found {shard!r}")
        return shard

    @property
    def kind(self) -> str:
        """The kind of shard."""
        return self.shard or self.shards[0]

    @property
    def rows_a_step(self) -> int:
        """What a step takes, over all devices."""
        return self.batch

    @property
    def steps_together(self) -> int:
        """Steps that learn from the same draw; a training is saved and stopped between such groups only."""
        return 1

    @property
    def with_reference(self) -> bool:
        """Whether a frozen copy of the model is held beside it."""
        return False

    @property
    def rate(self) -> float:
        """The highest learning rate."""
        return self.learning_rate or self.full_rate * (1 if self.tune == "full" else 10)


class Sft(Training):
    """Supervised fine-tuning on chats, or continued pretraining on documents (`shard: cpt`)."""

    method: ClassVar[str] = "sft"
    shards: ClassVar[tuple[str, ...]] = ("sft", "cpt")
    full_rate: ClassVar[float] = 2e-5

    packing: bool = False
    """Put several rows into one of `max_tokens`; no row sees another. Saves the padding."""
    loss_on: Literal["assistant", "all"] = "assistant"
    """What of a chat is learnt: what the assistant says, its end of turn included, or every token."""
    objective: Literal["causal", "masked"] = "causal"
    """`causal`: the next token. `masked`: tokens hidden at random are predicted; see docs/training.md."""
    mask_share: float = Field(0.5, gt=0, le=1)
    """With `masked`: the share of the learnt tokens that are hidden, drawn anew in each epoch."""


class Dpo(Training):
    """Direct preference optimisation (arXiv:2305.18290) on pairs of a chosen and a rejected answer."""

    method: ClassVar[str] = "dpo"
    shards: ClassVar[tuple[str, ...]] = ("dpo",)
    full_rate: ClassVar[float] = 5e-7

    beta: float = Field(0.1, gt=0)
    """How strongly the model is held to where it began."""
    loss: Literal["sigmoid", "ipo", "hinge", "robust", "exo_pair", "nca_pair", "apo_zero", "apo_down"] = "sigmoid"
    """The loss, as TRL's DPOConfig names it; `sigmoid` is that of the paper."""
    label_smoothing: float = Field(0, ge=0, lt=0.5)
    """The share of pairs that are believed to be the wrong way round, for the losses that know of it."""

    @property
    def with_reference(self) -> bool:
        """With an adapter, the model without it is the reference."""
        return self.tune == "full"

    @model_validator(mode="after")
    def _smoothed(self) -> "Dpo":
        if self.loss == "exo_pair" and not self.label_smoothing:
            raise ValueError("loss: exo_pair needs a label_smoothing above 0, such as 0.001")
        return self


def classes() -> dict[str, type[Training]]:
    """Give the settings of each method."""
    from factory.train.grpo_settings import Grpo

    return {kind.method: kind for kind in (Sft, Dpo, Grpo)}


def method_of(name: str) -> type[Training]:
    """Give the settings of a method. Raises UserError for an unknown one."""
    known = classes()
    if name not in known:
        raise UserError(f"train: {name!r} is no method{nearest(name, known)}")
    return known[name]


def parse(method: str, given: Mapping[str, Any], source: YamlFile | None = None, loc: Loc = ()) -> Training:
    """Check what was given for a method, at `loc` of a file if it comes from one. Raises UserError, naming the key."""
    kind = method_of(method)
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        if source is not None:
            raise told(error, source, loc, kind) from None
        plain = str(told(error, YamlFile(Path(), "{}"), (), kind)).partition(": ")[2]
        raise UserError(f"train {method}: {plain}") from None


def read(method: str, file: Path | None, sets: Sequence[str], more: Mapping[str, Any]) -> Training:
    """Read a file of settings, change it by `a.b=value` and then by `more`. Raises UserError."""
    source = YamlFile(file) if file else None
    given = source.data if source else {}
    if not isinstance(given, dict):
        raise UserError(f"{file}:1: expected a mapping of settings, such as `epochs: 2`")
    for setting in sets:
        apply(given, setting)
    return parse(method, {**given, **more}, source)
