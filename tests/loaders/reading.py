"""What the loaders' scripts share: the blocks of how_to_train.md, the tokenizer, and how results are handed back."""

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.S | re.M)
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.S)


def sections(export: Path) -> dict[str, dict[str, str]]:
    """Give kind of shard → language → text of the block that how_to_train.md shows for it."""
    text = (export / "how_to_train.md").read_text(encoding="utf-8")
    return {name: dict(BLOCK.findall(body)) for name, body in SECTION.findall(text)}


def words(block: str) -> list[str]:
    """Split a command as a shell would."""
    return shlex.split(block.replace("\\\n", " "))


def tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def learned(tok: Any, ids: list[int], mask: list[int]) -> str:
    """Give the text of the tokens that the loss is on."""
    return tok.decode([token for token, on in zip(ids, mask, strict=True) if on])


def finish(found: dict[str, Any]) -> None:
    """Hand the results to the test that started this process, as the last line."""
    sys.stdout.flush()
    print("\n" + json.dumps(found, ensure_ascii=False), flush=True)


def arguments() -> tuple[Path, Path]:
    """Read the command line: the export's folder, the tokenizer's folder."""
    return Path(sys.argv[1]), Path(sys.argv[2])
