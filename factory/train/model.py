"""Loads the model to train, after it was seen to be one and to fit.

Loaded(model, tokenizer, adapter, name="HuggingFaceTB/SmolLM2-135M-Instruct", license="apache-2.0", identity="5c1f…")
"""

import hashlib
import math
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from factory import base_model
from factory.engines._license import of_checkpoint
from factory.errors import UserError, nearest
from factory.machine import memory_limit
from factory.train.processes import count, sharded
from factory.train.settings import Training

if TYPE_CHECKING:
    import torch
    from peft import LoraConfig, PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_GIB = 2**30
_SMALL = 2**24
"""Bytes of a file up to which all of it is hashed; of larger ones both ends and the size are."""


@dataclass(frozen=True)
class Base:
    """The model that a training begins with, before it is loaded."""

    path: str
    """A folder or a name on the Hub."""
    name: str
    """What a card calls it."""
    license: str | None
    config: Any
    identity: str
    """A digest of its files."""


def find(settings: Training) -> Base:
    """Find the model and read its config. Raises UserError if it is not there, or is no causal language model."""
    given = settings.model
    base_model.check_there(given)
    try:
        path = str(base_model.trainable(given))
    except (ValueError, OSError) as error:
        raise UserError(f"model: {given}: {_first(error)}") from None
    config = _config(path, given, settings.trust_remote_code)
    if given == "embedded":
        return Base(path, base_model.NAME, base_model.LICENSE, config, _digest(path, config))
    return Base(
        path,
        Path(given).name if Path(given).exists() else given,
        of_checkpoint(given) or of_checkpoint(path),
        config,
        _digest(path, config),
    )


def load(base: Base, settings: Training) -> tuple["PreTrainedModel", "PreTrainedTokenizerBase"]:
    """Load the model and its tokenizer. Raises UserError if the weights or the tokenizer are not whole."""
    import transformers

    trusted = settings.trust_remote_code
    with _told(f"model: {settings.model}"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(base.path, trust_remote_code=trusted)
        auto: Any = transformers.AutoModelForCausalLM
        model, info = auto.from_pretrained(
            base.path,
            dtype=weights_dtype(settings),
            trust_remote_code=trusted,
            output_loading_info=True,
            **_attention(settings),
        )
    if missing := sorted(info["missing_keys"]):
        raise UserError(f"model: {settings.model}: {len(missing)} weights are missing, such as {missing[0]}")
    if tokenizer.pad_token is None:
        if tokenizer.eos_token is None:
            raise UserError(f"model: {settings.model}: the tokenizer has neither a pad_token nor an eos_token")
        tokenizer.pad_token = tokenizer.eos_token
    if len(tokenizer) > model.get_input_embeddings().weight.shape[0]:
        size = model.get_input_embeddings().weight.shape[0]
        raise UserError(f"model: {settings.model}: the tokenizer has {len(tokenizer):,} tokens, the model {size:,}")
    return model, tokenizer


def adapter(settings: Training) -> "LoraConfig | None":
    """Give the adapter to train."""
    if settings.tune == "full":
        return None
    import peft

    lora = settings.lora
    targets = "all-linear" if lora.targets == "all-linear" else list(lora.targets)
    return peft.LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        use_dora=settings.tune == "dora",
        task_type="CAUSAL_LM",
    )


def computes_in(settings: Training) -> "torch.dtype":
    """Give the numbers that are computed with."""
    import torch

    bf16 = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    if settings.dtype == "bfloat16" or (settings.dtype == "auto" and bf16):
        return torch.bfloat16
    return torch.float32


def weights_dtype(settings: Training) -> "torch.dtype":
    """Give the numbers that the weights are kept in: those that are trained need all the places of float32."""
    import torch

    return torch.float32 if settings.tune == "full" else computes_in(settings)


def outline(base: Base, settings: Training) -> "PreTrainedModel | PeftModel":
    """Make the model without its weights, with the adapter on it, to see what it is made of before it is loaded.

    Raises UserError if the model has no layer of a name in `lora.targets`, or one that cannot have such an adapter.
    """
    import peft
    import torch
    import transformers
    from peft.tuners.tuners_utils import BaseTunerLayer

    auto: Any = transformers.AutoModelForCausalLM
    lora = adapter(settings)
    with torch.device("meta"):
        empty: PreTrainedModel = auto.from_config(base.config, trust_remote_code=settings.trust_remote_code)
        if lora is None:
            return empty
        _check_names(empty, settings.lora.targets)
        try:
            adapted = peft.get_peft_model(empty, lora)
        except ValueError as error:
            raise UserError(f"lora: {_first(error)}") from None
    if isinstance(adapted.get_output_embeddings(), BaseTunerLayer):
        raise UserError("lora.targets: the output head gets no adapter; leave it out")
    return adapted


def _check_names(empty: "PreTrainedModel", targets: str | tuple[str, ...]) -> None:
    """PEFT says nothing of a name that is wrong beside one that is right."""
    names = [name for name, part in empty.named_modules() if getattr(getattr(part, "weight", None), "ndim", 0) > 1]
    for target in () if isinstance(targets, str) else targets:
        if not any(name == target or name.endswith(f".{target}") for name in names):
            known = {name.rpartition(".")[2] for name in names}
            raise UserError(f"lora.targets: the model has no layer {target!r}{nearest(target, known)}")


def check_length(base: Base, settings: Training) -> None:
    """Raise UserError for rows that may be longer than the model has positions: it was never taught to read those."""
    positions = getattr(base.config.get_text_config(), "max_position_embeddings", None)
    if positions and settings.max_tokens > positions:
        raise UserError(f"max_tokens: {settings.max_tokens:,} is more than the {positions:,} positions of {base.name}")


def without_adapter(empty: "PreTrainedModel | PeftModel") -> str | None:
    """Say which share of the weights are experts that get no adapter; None if there are none.

    The experts of a layer are one parameter with three dimensions and no linear layer. PEFT knows those of some models.
    """
    from peft.tuners.lora.layer import ParamWrapper

    layers = [part for part in empty.modules() if isinstance(part, ParamWrapper)]
    adapted = {id(getattr(layer.get_base_layer(), layer.parameter_name)) for layer in layers}
    fixed = {name: weight for name, weight in empty.named_parameters() if not weight.requires_grad}
    left = {name: weight for name, weight in fixed.items() if weight.ndim == 3 and id(weight) not in adapted}
    share = _count(left.values()) / max(1, _count(fixed.values()))
    if share < 0.01:  # the convolutions of a state-space model have three dimensions, too
        return None
    name = next(iter(left)).removeprefix("base_model.model.")
    return f"{share:.0%} of the weights are experts that get no adapter and stay as they are, such as {name}"


def check_memory(empty: "PreTrainedModel | PeftModel", settings: Training, copies: int = 1) -> None:
    """Raise UserError if weights, gradients and the optimiser alone are more than the memory that is free.

    Each trained weight takes 16 bytes in mixed precision with Adam: itself, its gradient and two moments in float32
    (Rajbhandari et al., arXiv:1910.02054, §3.1). `copies` counts the frozen reference model. Activations come on top.
    """
    trained = _count(weight for weight in empty.parameters() if weight.requires_grad)
    weights = _count(empty.parameters()) - (0 if settings.tune == "full" else trained)
    width = weights_dtype(settings).itemsize
    frozen = weights * (copies if settings.tune != "full" else copies - 1)
    needed = (trained * 16 + frozen * width) // (count() if sharded() else 1)
    free = _free()
    if needed > free:
        way = "tune: lora, a smaller model" if settings.tune == "full" else "a smaller model or rank"
        raise UserError(
            f"model: {settings.model} does not fit: {weights / 1e6:,.0f} million weights (tune: {settings.tune}) need "
            f"{needed / _GIB:.1f} GiB before activations, and {free / _GIB:.1f} GiB are free; try {way}, or more GPUs "
            "(docs/training.md)"
        )


def _count(weights: "Iterable[torch.Tensor]") -> int:
    return sum(weight.numel() for weight in weights)


def _free() -> int:
    """Count the free bytes of the device that is trained on: those of the GPU, or of the machine and the container."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info(int(os.environ.get("LOCAL_RANK", "0")))[0])
    file = Path("/proc/meminfo")
    lines = dict(line.split(":") for line in file.read_text().splitlines()) if file.is_file() else {}
    free = int(lines["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in lines else math.inf
    limit = memory_limit()
    return int(min(free, limit if limit is not None else math.inf, 2**62))


def _attention(settings: Training) -> dict[str, str]:
    """Take flash attention for packed rows where it is installed: the plain one makes a mask of tokens × tokens."""
    import torch
    from transformers.utils.import_utils import is_flash_attn_2_available

    half = computes_in(settings) == torch.bfloat16  # it takes no float32
    fast = getattr(settings, "packing", False) and half and is_flash_attn_2_available()
    return {"attn_implementation": "flash_attention_2"} if fast else {}


def _config(path: str, given: str, trusted: bool) -> Any:
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    if Path(path).is_dir() and not (Path(path) / "config.json").is_file():
        raise UserError(f"model: {given}: there is no config.json; expected a model as `save_pretrained` writes it")
    with _told(f"model: {given}"):
        config = transformers.AutoConfig.from_pretrained(path, trust_remote_code=trusted)
    if "AutoModelForCausalLM" in (getattr(config, "auto_map", None) or {}):
        return config
    class_ = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(config.model_type)
    made = config.architectures or [class_]
    if class_ is None or not any(name == class_ or "CausalLM" in str(name) for name in made):
        raise UserError(f"model: {given} is a {made[0] or config.model_type}; expected a causal language model")
    return config


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Tell what transformers has against a model in one line; it raises many kinds of errors for broken files."""
    try:
        yield
    except UserError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001
        raise UserError(f"{where}: cannot be loaded: {_first(error)}") from None


def _first(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]


def _digest(path: str, config: Any) -> str:
    """Name a model by its files, or one on the Hub by its name and commit."""
    folder = Path(path)
    if not folder.is_dir():
        return f"{path}@{getattr(config, '_commit_hash', None)}"
    total = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in (".safetensors", ".bin", ".json", ".jinja", ".model", ".txt", ".py"):
            total.update(f"{file.name} {file.stat().st_size}\n".encode())
            with file.open("rb") as data:
                total.update(data.read(_SMALL))
                if file.stat().st_size > _SMALL:
                    data.seek(-min(_SMALL, file.stat().st_size - _SMALL), os.SEEK_END)
                    total.update(data.read())
    return total.hexdigest()[:32]


def quiet() -> None:
    """Keep the libraries from drawing bars, asking the Hub for their statistics, and repeating what is said here."""
    import logging

    import datasets
    from huggingface_hub import constants
    from transformers.utils import logging as their_logging

    own: Any = their_logging
    own.set_verbosity_error()
    own.disable_progress_bar()
    datasets.disable_progress_bars()
    constants.HF_HUB_DISABLE_TELEMETRY = True
    warnings.filterwarnings("ignore", category=FutureWarning)  # of each other: TRL, transformers and PEFT
    for name in ("trl", "accelerate", "peft"):
        logging.getLogger(name).setLevel(logging.ERROR)
