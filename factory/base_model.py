"""The models that training begins with, as Hugging Face folders: the packaged SmolLM2, GGUF files, merged adapters.

    trainable("embedded")               # ~/.cache/factory/models/SmolLM2-135M-Instruct-8ad39f5812c04d6e
    trainable("outputs/math_lora")      # its adapter merged into its base model, in the cache too
    trainable("Qwen/Qwen3-8B")          # as it is

GGUF files carry quantized weights, which are written out as plain numbers: no second download. The cache is
$FACTORY_CACHE, or ~/.cache/factory without it; what is in it can be made again.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from factory.engines import _hub
from factory.engines._weights import fingerprint
from factory.engines.embedded import Spec
from factory.errors import UserError

NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
LICENSE = "apache-2.0"
FRAME = "gguf.path"
"""The file beside such a copy that says which GGUF file it was made of."""
_ADAPTER = "adapter_config.json"
_NO_ADAPTER = f"there is no {_ADAPTER} here; expected the folder of a LoRA adapter"


def gguf_file() -> Path:
    """Find the file of the packaged weights. Raises ValueError if the package is not there."""
    return Spec().file()


def trainable(model: str) -> str:
    """Give a Hugging Face folder (or a name on the Hub) of a model as `--model` takes it.

    `embedded` and GGUF files are written out once, in float32, which holds what their few bits say exactly; an
    adapter's folder is merged once. Anything else is given back. Raises UserError and ValueError.
    """
    if model == "embedded" or model.endswith(".gguf"):
        file = Spec(model=None if model == "embedded" else Path(model)).file()
        folder = cached(f"{file.stem.split('.Q')[0]}-{fingerprint(file)}", lambda to: hf_copy(to, "float32", file))
        return str(_framed(folder, str(file.absolute())))
    return str(merged(Path(model))) if is_adapter(model) else model


def is_adapter(model: str | Path) -> bool:
    """Say whether a folder holds an adapter and not a whole model."""
    return (Path(model) / _ADAPTER).is_file()


def check_there(model: str) -> None:
    """Raise UserError for a model that is neither here nor may be on the Hub."""
    if model == "embedded" or Path(model).exists() or (_hub.may_have(model) and not model.endswith(".gguf")):
        return
    raise UserError(
        f"model: {model}: it is not there; expected a model's folder, a name on the Hub (org/name), or a .gguf file"
    )


def base_of(adapter: Path) -> str:
    """Name the model that an adapter belongs to, as `trainable` takes it. Raises UserError if it is not said."""
    try:
        said = orjson.loads((adapter / _ADAPTER).read_bytes())
        trained = adapter / "training.json"
        base = orjson.loads(trained.read_bytes())["base_model"]["model"] if trained.is_file() else None
    except FileNotFoundError:
        raise UserError(f"{adapter}: {_NO_ADAPTER}") from None
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise UserError(f"{adapter}: its adapter is not readable: {error}") from None
    if not (found := base or said.get("base_model_name_or_path")):
        raise UserError(f"{adapter}: {_ADAPTER} does not name the base model; give it as --model")
    return str(found)


def weights_of(model: str) -> str | None:
    """Name the weights of a model's folder by what they are made of; None for one on the Hub."""
    files = sorted(file for ending in ("safetensors", "bin") for file in Path(model).glob(f"*.{ending}"))
    return "-".join(map(fingerprint, files)) or None


def check_base(adapter: Path, base: str) -> None:
    """Raise UserError if a folder holds no adapter, or the base model's other weights than when it was trained."""
    if not is_adapter(adapter):
        raise UserError(f"{adapter}: {_NO_ADAPTER}")
    try:
        was = orjson.loads((adapter / "training.json").read_bytes())["base_model"].get("weights")
    except (OSError, orjson.JSONDecodeError, KeyError):
        return  # it was not trained here
    if was is not None and weights_of(base) not in (was, None):
        raise UserError(f"{adapter}: the model {base} is another one now than it was trained on; train it again")


def merged(adapter: Path, base: str | None = None) -> Path:
    """Merge an adapter into its base model, in float32 and kept in the base's own numbers; gives the cached folder."""
    if base is None:
        check_base(adapter, base := base_of(adapter))
    folder = trainable(base)

    def write(to: Path) -> None:
        import peft
        import torch
        import transformers

        kept = transformers.AutoConfig.from_pretrained(folder).dtype or torch.float32
        auto: Any = transformers.AutoModelForCausalLM
        whole = auto.from_pretrained(folder, dtype="float32")
        try:
            whole = peft.PeftModel.from_pretrained(whole, str(adapter))
        except (RuntimeError, ValueError) as error:  # it has layers of other sizes, or of other names
            raise UserError(f"{adapter}: the adapter does not fit {base}: {str(error).splitlines()[0]}") from None
        whole.merge_and_unload().to(kept).save_pretrained(to)
        own = (adapter / "tokenizer_config.json").is_file()
        transformers.AutoTokenizer.from_pretrained(str(adapter) if own else folder).save_pretrained(to)
        if (card := adapter / "README.md").is_file():
            shutil.copyfile(card, to / card.name)

    of = fingerprint(Path(folder)) if Path(folder).is_dir() else folder.replace("/", "--")
    whole = cached(f"{adapter.name}-{fingerprint(adapter)}-{of}", write)
    known = Path(folder) / FRAME
    return _framed(whole, known.read_text(encoding="utf-8")) if known.is_file() else whole


def _framed(folder: Path, file: str) -> Path:
    """Leave in a cached model's folder where its GGUF file is now: it may have been moved since."""
    if not (frame := folder / FRAME).is_file() or frame.read_text(encoding="utf-8") != file:
        temporary = frame.with_name(f".{FRAME}.{os.getpid()}")
        temporary.write_text(file, encoding="utf-8")
        temporary.replace(frame)
    return folder


def cached(name: str, write: Callable[[Path], None]) -> Path:
    """Give a folder of the cache, which `write` fills if it is not there: whole, or not at all."""
    cache = Path(os.environ.get("FACTORY_CACHE") or "~/.cache/factory").expanduser() / "models"
    folder = cache / name
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache))
    try:
        write(made)
        made.chmod(0o755)
        made.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster, and what it made is the same
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def hf_copy(folder: Path, dtype: str = "bfloat16", file: Path | None = None) -> None:
    """Write a GGUF file's model (the packaged one without it), its tokenizer, chat template and license."""
    from factory.engines._license import of_gguf

    path = file or gguf_file()
    _load("AutoModelForCausalLM", dtype, path).save_pretrained(folder)
    load_tokenizer(path).save_pretrained(folder)
    name, license_ = (NAME, LICENSE) if path == gguf_file() else (path.stem, of_gguf(path) or "unknown")
    head = f"---\nlicense: {license_}\nbase_model: {name}\n---\n"
    (folder / "README.md").write_text(f"{head}{name}, its weights read back from {path.name}.\n", encoding="utf-8")


def load_tokenizer(file: Path | None = None) -> Any:
    """Load a GGUF file's tokenizer, which has the chat template."""
    import transformers

    path = file or gguf_file()
    return transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)


def with_reward_head(seed: int, spread: float = 0.05) -> Any:
    """Load the packaged backbone in fp32 under a new head of one logit, drawn from the seed, of this deviation."""
    import torch

    model = _load("AutoModelForSequenceClassification", "float32", gguf_file(), num_labels=1)
    with torch.no_grad():
        model.score.weight.normal_(0, spread, generator=torch.Generator().manual_seed(seed))
    return model


def _load(auto: str, dtype: str, file: Path, **settings: Any) -> Any:
    import transformers

    return getattr(transformers, auto).from_pretrained(
        file.parent,
        gguf_file=file.name,
        quantization_config=transformers.GgufConfig(dequantize=True),
        dtype=dtype,
        **settings,
    )
