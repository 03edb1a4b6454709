"""The packaged SmolLM2-135M-Instruct as a Hugging Face folder, for transformers and vLLM to load and trainers to train.

    hf_copy(Path("outputs/base"), "float32")     # config.json, model.safetensors, tokenizer.json, chat_template.jinja

The package carries quantized weights (GGUF, Q4_1), which are written out as plain numbers: no second download.
"""

from pathlib import Path
from typing import Any

from factory.engines.embedded import Spec

NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
LICENSE = "apache-2.0"
_CARD = f"""---
license: {LICENSE}
base_model: {NAME}
---
{NAME}, its weights read back from a file of 4 bits a weight.
"""


def gguf_file() -> Path:
    """Find the file of the packaged weights. Raises ValueError if the package is not there."""
    return Spec().file()


def hf_copy(folder: Path, dtype: str = "bfloat16") -> None:
    """Write the model, its tokenizer, its chat template and its license into a folder."""
    _load("AutoModelForCausalLM", dtype).save_pretrained(folder)
    load_tokenizer().save_pretrained(folder)
    (folder / "README.md").write_text(_CARD, encoding="utf-8")


def load_tokenizer() -> Any:
    """Load the tokenizer, which has the chat template."""
    import transformers

    path = gguf_file()
    return transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)


def with_reward_head(seed: int, spread: float = 0.05) -> Any:
    """Load the backbone in fp32 under a new head of one logit, drawn from the seed with this standard deviation."""
    import torch

    model = _load("AutoModelForSequenceClassification", "float32", num_labels=1)
    with torch.no_grad():
        model.score.weight.normal_(0, spread, generator=torch.Generator().manual_seed(seed))
    return model


def _load(auto: str, dtype: str, **settings: Any) -> Any:
    import transformers

    path = gguf_file()
    return getattr(transformers, auto).from_pretrained(
        path.parent,
        gguf_file=path.name,
        quantization_config=transformers.GgufConfig(dequantize=True),
        dtype=dtype,
        **settings,
    )
