"""The engine that serves the model to be evaluated."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factory import servable
from factory.errors import UserError
from factory.yamlfile import YamlFile

_SHORT_QUESTIONS = {"concurrency": 4, "parallel": 2}
"""Greedy answers one at a time leave a third of a CPU unused, and questions of an evaluation begin alike for a few
tokens only: 41 tokens/s one by one, 53 of four at once, 55 of eight (two cores, SmolLM2 in 8 bits)."""


def served(block: Mapping[str, Any]) -> dict[str, Any]:
    """Add to an engine's block what an evaluation is better off with, unless it says otherwise."""
    return {**(_SHORT_QUESTIONS if block["kind"] == "embedded" else {}), **block}


def engine_block(model: str, adapter: Path | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the `engines:` entry of a model, or that which a YAML file holds; `given` may name vLLM's `python`.

    Raises UserError.
    """
    path = Path(model)
    if path.suffix not in (".yaml", ".yml"):
        return servable.engine_block(model, adapter, given)
    if not path.is_file():
        raise UserError(f"{model}: there is no such file; expected the block of an engine, such as `kind: openai`")
    block = YamlFile(path).data
    if not isinstance(block, dict) or "kind" not in block:
        raise UserError(f"{model}:1: expected the block of an engine, such as `kind: openai`, `base_url:` and `model:`")
    if adapter is not None:
        raise UserError(f"{model}: an engine's block takes no adapter; name the served model in it")
    return dict(block)
