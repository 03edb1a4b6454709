"""The engine that serves a model: one that was trained, one from the Hub, or a GGUF file.

    engine_block("embedded", None)               # {"kind": "embedded"}
    engine_block("outputs/math_lora", None)      # {"kind": "embedded", "model": "~/.cache/…/math_lora-5c1f….Q8_0.gguf"}
    engine_block("Qwen/Qwen3-8B", Path("lora"))  # {"kind": "vllm", "model": "Qwen/Qwen3-8B", "adapter": "lora", …}

vLLM serves what it can where it is installed. Without it, what was trained from a GGUF file goes back into one, in
eight bits a weight, for the embedded engine.
"""

import importlib.util
from pathlib import Path
from typing import Any

import orjson

from factory import base_model, gguf_copy
from factory.engines._weights import fingerprint
from factory.errors import UserError


def engine_block(model: str, adapter: Path | None = None) -> dict[str, Any]:
    """Give the `engines:` entry that serves a model: `embedded`, a GGUF file, a folder, a name on the Hub.

    A folder may hold a whole model, or an adapter, whose base model it names; `adapter` goes onto `model`. Raises
    UserError if there is no such model, or nothing that serves it.
    """
    if adapter is None and (model == "embedded" or model.endswith(".gguf")):
        return {"kind": "embedded"} if model == "embedded" else {"kind": "embedded", "model": model}
    if adapter is None and base_model.is_adapter(model):
        model, adapter = base_model.base_of(Path(model)), Path(model)
    _check_there(model)
    try:
        if importlib.util.find_spec("vllm") is not None:
            return _vllm(model, adapter)
        return {"kind": "embedded", "model": str(_gguf(model, adapter))}
    except ValueError as error:
        raise UserError(f"model: {model}: {error}") from None


def _check_there(model: str) -> None:
    on_the_hub = model.count("/") == 1 and not model.startswith((".", "/", "~", "outputs/"))
    if model != "embedded" and not on_the_hub and not Path(model).exists():
        raise UserError(f"model: {model}: there is no such folder; expected one, a name on the Hub, or a .gguf file")


def _vllm(model: str, adapter: Path | None) -> dict[str, Any]:
    whole = {"kind": "vllm", "model": base_model.trainable(model)}
    if adapter is None:
        return whole
    said = orjson.loads((adapter / "adapter_config.json").read_bytes())
    if said.get("use_dora"):  # which vLLM does not serve (https://docs.vllm.ai/en/latest/features/lora.html)
        return {**whole, "model": str(base_model.merged(adapter, model))}
    return {**whole, "adapter": str(adapter), "max_lora_rank": said["r"]}


def _gguf(model: str, adapter: Path | None) -> Path:
    frame = _frame(model)
    if frame is None:
        raise ValueError(
            "vLLM, which serves it, is not installed: pip install 'factory[vllm]'; or give a GGUF file of it, as "
            "llama.cpp's convert_hf_to_gguf.py writes"
        )
    folder = base_model.merged(adapter, model) if adapter else Path(base_model.trainable(model))
    named = folder.name if adapter else f"{folder.name}-{fingerprint(folder)}"
    made = base_model.cached(f"{named}.gguf", lambda to: gguf_copy.write(folder, frame, to / f"{named}.Q8_0.gguf"))
    return made / f"{named}.Q8_0.gguf"


def _frame(model: str) -> Path | None:
    """Find the GGUF file that a model was read from, or trained from in one training or several; None if none was."""
    while model != "embedded" and not model.endswith(".gguf"):
        try:
            if (said := Path(model) / base_model.FRAME).is_file():
                model = said.read_text(encoding="utf-8")
            else:
                model = str(orjson.loads((Path(model) / "training.json").read_bytes())["base_model"]["model"])
        except (OSError, orjson.JSONDecodeError, KeyError):
            return None
    return base_model.gguf_file() if model == "embedded" else Path(model)
