"""The engine that serves a model: one that was trained, one from the Hub, or a GGUF file.

    engine_block("embedded", None)               # {"kind": "embedded"}
    engine_block("outputs/math_lora", None)      # {"kind": "embedded", "model": "~/.cache/…/math_lora-5c1f….Q8_0.gguf"}
    engine_block("Qwen/Qwen3-8B", Path("lora"))  # {"kind": "vllm", "model": "Qwen/Qwen3-8B", "adapter": "lora", …}

vLLM serves what it can where it is installed. Without it, what was trained from a GGUF file goes back into one, in
eight bits a weight, for the embedded engine.
"""

import importlib.util
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from factory import base_model, gguf_copy
from factory.engines._weights import fingerprint
from factory.errors import UserError

_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The highest ranks of an adapter that vLLM can be started for."""
_NO_VLLM = (
    "vLLM, which serves it, is not installed: pip install 'factory[vllm]', or name the `python` of an environment that "
    "has it; or give a GGUF file of it, as llama.cpp's convert_hf_to_gguf.py writes"
)
_NOT_OF_THE_MODEL = ("kind", "model", "adapter", "max_lora_rank")


def engine_block(model: str, adapter: Path | None = None, like: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the `engines:` entry that serves a model: `embedded`, a GGUF file, a folder, a name on the Hub.

    A folder may hold a whole model, or an adapter, whose base model it names; `adapter` goes onto `model`. `like` is
    the entry of an engine of which all is kept that is not the model's own (GPUs, `python`, context, …), if it is of
    the same kind. Raises UserError if there is no such model, or nothing that serves it.
    """
    like = like or {}
    block = _block(model, adapter, like.get("python"))
    if block["kind"] != like.get("kind"):
        return block
    return {key: value for key, value in like.items() if key not in _NOT_OF_THE_MODEL} | block


def check(model: str, like: Mapping[str, Any]) -> None:
    """Raise UserError where nothing would serve what is trained from a model, before anything is trained."""
    if _has_vllm(like.get("python")):
        return
    frame = _frame(model)
    if frame is None:
        raise UserError(f"model: {model}: {_NO_VLLM}")
    try:
        gguf_copy.check(frame)
    except ValueError as error:
        raise UserError(f"model: {model}: {error}") from None


def _has_vllm(python: str | None) -> bool:
    return python is not None or importlib.util.find_spec("vllm") is not None


def _block(model: str, adapter: Path | None, python: str | None) -> dict[str, Any]:
    if adapter is None and base_model.is_adapter(model):
        model, adapter = base_model.base_of(Path(model)), Path(model)
    base_model.check_there(model)
    if adapter is not None:
        base_model.check_base(adapter, model)
    if adapter is None and (model == "embedded" or model.endswith(".gguf")):
        return {"kind": "embedded"} if model == "embedded" else {"kind": "embedded", "model": model}
    try:
        if _has_vllm(python):
            return _vllm(model, adapter)
        return {"kind": "embedded", "model": str(_gguf(model, adapter))}
    except ValueError as error:
        raise UserError(f"model: {model}: {error}") from None


def _vllm(model: str, adapter: Path | None) -> dict[str, Any]:
    whole = {"kind": "vllm", "model": base_model.trainable(model)}
    if adapter is None:
        return whole
    said = orjson.loads((adapter / "adapter_config.json").read_bytes())
    rank = next((rank for rank in _RANKS if rank >= said.get("r", math.inf)), None)
    # What vLLM does not serve (https://docs.vllm.ai/en/latest/features/lora.html) is served merged.
    if said.get("use_dora") or said.get("modules_to_save") or rank is None:
        return {**whole, "model": str(base_model.merged(adapter, model))}
    return {**whole, "adapter": str(adapter), "max_lora_rank": rank}


def _gguf(model: str, adapter: Path | None) -> Path:
    frame = _frame(model)
    if frame is None:
        raise ValueError(_NO_VLLM)
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
