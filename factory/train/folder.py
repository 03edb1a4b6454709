"""The folder of a training: whose it is, what it says of itself, and the model put into it at the end.

outputs/math_lora/training.json                 what was trained on what, and how it went; written last with "done"
outputs/math_lora/adapter_model.safetensors …   the model, its tokenizer and its card
outputs/math_lora/curves.parquet, curves.html
outputs/math_lora/checkpoints/                  while it runs
"""

import fcntl
import hashlib
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from factory.errors import UserError
from factory.finished import Finished
from factory.store import publish
from factory.train.model import Base
from factory.train.settings import HOW, Training

STATE = "training.json"
CHECKPOINTS = "checkpoints"
_NEW = ".model.new"
_OURS = (_NEW, "curves.parquet", "curves.html", "answers.parquet", "answers", STATE)
State = dict[str, Any]


def inputs_of(run: Finished, settings: Training, base: Base) -> State:
    """Say what decides the result: the settings, the shard's files and the model; `digest` names them together."""
    files = [file for split in ("train", "test") for file in run.files(settings.kind, split)]
    held = {"files": {file.name: _sha256(file) for file in files}, "model": base.identity}
    whole = {**held, "method": settings.method, "settings": settings.model_dump(mode="json", exclude={*HOW, "model"})}
    return {**held, "digest": hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]}


def earlier(out: Path, digest: str, fresh: bool) -> State | None:
    """Read what an earlier start of this same training left; None if nothing is there that is worth anything.

    Raises UserError if the folder holds something else than a training, or another training that is done or has a
    checkpoint, unless that is to be forgotten.
    """
    if out.is_file():
        raise UserError(f"{out}: this is a file; name a folder with --out")
    if not out.exists() or not set(_names(out)) - {CHECKPOINTS}:
        return None
    try:
        state: State = orjson.loads((out / STATE).read_bytes())
    except FileNotFoundError:
        raise UserError(f"{out}: the folder holds something else than a training; name another with --out") from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise UserError(f"{out / STATE}: not readable: {error}") from None
    if not isinstance(state, dict) or not state.keys() >= {"inputs", "status", "base_model"}:
        raise UserError(f"{out / STATE}: this is no training of ours; name another folder with --out")
    if fresh:
        return None
    if state["inputs"]["digest"] != digest:
        if state["status"] != "done" and not any((out / CHECKPOINTS).glob("checkpoint-*")):
            return None
        raise UserError(f"{out}: holds another training ({_told(state)}); name another folder with --out, or --fresh")
    return state


def clear(out: Path) -> None:
    """Remove all that a training wrote, and nothing else; the lock stays."""
    try:
        files = orjson.loads((out / STATE).read_bytes()).get("files", [])
    except (OSError, orjson.JSONDecodeError):
        files = []
    for path in (*(out / name for name in (*files, *_OURS)), *(out / CHECKPOINTS).glob("[!.]*")):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold the folder for one training. Raises UserError if it is held already or cannot be written."""
    try:
        (out / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        handle = (out / CHECKPOINTS / ".lock").open("w")
    except OSError as error:
        raise UserError(f"{out}: the folder cannot be written: {error.strerror}") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"{out}: another training is writing here; name another folder with --out") from None
        yield


def save(out: Path, state: State) -> None:
    """Write training.json in one step."""
    text = orjson.dumps(state, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    publish(out / STATE, lambda path: path.write_bytes(text))


def new_model(out: Path) -> Path:
    """Make the empty folder that the model is written into before it is moved to its place."""
    new = out / _NEW
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    return new


def holds_weights(new: Path) -> bool:
    """Say whether a model or an adapter was written; of split weights there may be an empty file, or none."""
    from safetensors import safe_open

    opened: Iterator[Any] = (safe_open(file, framework="pt") for file in new.glob("*.safetensors"))
    return any(file.keys() for file in opened)


def put_model(out: Path) -> None:
    """Move the model to its place, file by file."""
    for name in _names(out / _NEW):
        path = out / _NEW / name
        if path.is_file():
            path.chmod(0o644)
        path.replace(out / name)
    (out / _NEW).rmdir()


def card(run: Finished, settings: Training, base: Base, state: State) -> str:
    """Write the model's card."""
    made_by = ", ".join(f"{model} ({name})" for model, name in sorted(run.run.get("licenses", {}).items()))
    license_ = base.license or "unknown"
    tags = [settings.method, "trl", *([] if settings.tune == "full" else [settings.tune])]
    held_out = "".join(f"| held-out {name} | {told} |\n" for name, told in measured(state))
    rows = state["rows"]
    left_out = "; ".join(f"{count:,} left out: {why}" for why, count in rows["left_out"].items()) or "none left out"
    return f"""---
license: {license_}
base_model: {base.name}
library_name: {"transformers" if settings.tune == "full" else "peft"}
pipeline_tag: text-generation
tags: [{", ".join(tags)}]
---
# {base.name}, trained on `{run.run["pipeline"]}`

| | |
|---|---|
| method | {settings.method}, tune: {settings.tune}, by TRL |
| base model | {base.name}, license {license_} |
| data | shard `{settings.kind}` of the run `{run.run["pipeline"]}`, plan {run.run["plan_hash"]} |
| written by | {made_by or "no model"} |
| rows | {rows["used"]:,} trained on; {left_out} |
| steps | {state["steps"]:,}, loss {"unknown" if state["loss"] is None else f"{state['loss']:.4f}"} at last |
{held_out}
The settings, as `training.json` holds them beside the digests of the shard's files:

```json
{orjson.dumps(settings.model_dump(mode="json"), option=orjson.OPT_INDENT_2).decode()}
```
"""


def measured(state: State) -> Iterator[tuple[str, str]]:
    """Yield the name of each held-out measure, and what it was: `1.3700 before, 0.9200 after`."""
    evaluated = state.get("eval") or {}
    before = evaluated.get("before", {})
    for name, value in evaluated.get("after", {}).items():
        yield name, f"{before[name]:.4f} before, {value:.4f} after" if name in before else f"{value:.4f} after"


def number(value: float | None) -> float | None:
    """Give a number that JSON can hold: none for NaN."""
    return value if value is not None and math.isfinite(value) else None


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _told(state: State) -> str:
    return f"{state['method']} of {state['base_model']['model']} on {state['run']['pipeline']}, {state['status']}"


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
