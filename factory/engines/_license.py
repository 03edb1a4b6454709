"""Reads what a checkpoint says of its own license, and asks nobody over the network.

of_checkpoint("models/reward")                  # "apache-2.0": `license:` at the head of its README.md
of_checkpoint("Qwen/Qwen2.5-3B-Instruct")       # "qwen-research", if its card is in the Hub's cache on this machine
of_gguf(Path("models/Qwen3-4B-Q4_K_M.gguf"))    # "apache-2.0": `general.license` in its metadata
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_HEADER = re.compile(r"\s*---\s*\n(.*?)\n---\s*(\n|$)", re.S)


def of_checkpoint(model: str) -> str | None:
    """Read the license from the card of a checkpoint, a folder or a name on the Hub; None if none is said."""
    card = Path(model) / "README.md" if Path(model).is_dir() else _cached(model)
    try:
        text = card.read_text(encoding="utf-8") if card else ""
        header = yaml.safe_load(found[1]) if (found := _HEADER.match(text)) else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError):  # a card that cannot be read says nothing
        return None
    return _said(header, "license", "license_name") if isinstance(header, Mapping) else None


def of_gguf(path: Path) -> str | None:
    """Read the license from a GGUF file's metadata; None if none is said."""
    from factory.engines._gguf import read_metadata

    keys = ("general.license", "general.license.name")
    try:
        return _said(read_metadata(path, keys), *keys)
    except ValueError:  # not a GGUF file, which llama.cpp will say better
        return None


def _said(header: Mapping[str, Any], key: str, name_key: str) -> str | None:
    """Take the license's own name where the id is `other`; several are joined by AND."""
    said = header.get(key)
    if said in ("other", ["other"]):
        said = header.get(name_key) or said
    names = said if isinstance(said, list) else [said]
    return " AND ".join(" ".join(str(name).split()) for name in names if name) or None


def _cached(model: str) -> Path | None:
    """Find a model's card in the Hub's cache."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(model, "README.md")
    except HFValidationError:  # no name that the Hub could have
        return None
    return Path(found) if isinstance(found, str) else None
