"""The pipeline that an evaluation is: items, answers, marks. It is written beside its results, for a person to read.

name: arithmetic
engines: {model: {kind: embedded}}
stages:
  - read: {file: outputs/eval/arithmetic/embedded/items.jsonl, columns: {item: text, question: text, answer: text}}
  - respond: {engine: model, n: 1, sampling: {temperature: 0}}       # the first answer is the greedy one
  - respond: {engine: model, n: 8, sampling: {temperature: 0.7}}
  - score_answer
"""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml

from factory.errors import UserError
from factory.eval import items
from factory.eval.task import PROMPTS, Kind, Task
from factory.prompts import Prompt
from factory.rows import Row
from factory.shipped import shipped
from factory.store import publish

_TYPES = {"aliases": "texts", "criteria": "texts"}
_WHY = "an evaluation: nothing is trained on its answers"
_PARTITION_ROWS = 100
_JUDGING: dict[Kind, str] = {"safety": "safety/{language}/rubric", "knowledge": "knowledge/{language}/grade"}
_DEDUCTIONS = ["unnatural", "partly_false", "answers_harmful", "over_refusal", "ignores_criterion"]


class Written(NamedTuple):
    """How answers are marked, where the pipeline is, and the items' names."""

    kind: Kind
    path: Path
    items: list[str]


def write(task: Task, folder: Path, engine: dict[str, Any], out: Path) -> Written:
    """Write `items.jsonl` and `pipeline.yaml` into `out`.

    `folder` is the task's own, where its files and prompts are. Raises UserError.
    """
    listed, path = out / "items.jsonl", out / "pipeline.yaml"
    _check_ours(out, folder, listed)
    kind, rows = items.read(task, folder)
    if task.judge and kind not in _JUDGING:
        judged = " and ".join(_JUDGING)
        raise UserError(f"judge: answers of the kind {kind} are marked by rule; a judge is for {judged}")
    name = task.prompt or PROMPTS[kind]
    places = (folder / "prompts", folder.parent / "prompts")
    prompt = Prompt(name, places)
    marking = [Prompt(_JUDGING[kind])] if task.judge else []
    items.fit_language(rows, [prompt, *marking])
    try:
        out.mkdir(parents=True, exist_ok=True)
        lines = b"".join(orjson.dumps(row) + b"\n" for row in rows)
        publish(listed, lambda path: path.write_bytes(lines))
        text = yaml.safe_dump(_pipeline(task, kind, name, engine, listed, rows[0]), sort_keys=False, allow_unicode=True)
        publish(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
        _keep_own(prompt, places, out / "prompts")
    except OSError as error:
        raise UserError(f"{out}: the folder is not writable: {error.strerror}") from None
    return Written(kind, path, [row["item"] for row in rows])


def _check_ours(out: Path, folder: Path, listed: Path) -> None:
    """Raise UserError for a folder whose files are not an evaluation's: they would be written over."""
    if out.resolve() in (folder.resolve(), folder.resolve().parent):
        raise UserError(f"{out}: the task itself lies here; name another folder with --out")
    ours = listed.is_file() and (out / "pipeline.yaml").is_file()
    if out.exists() and not ours and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: it holds something else than an evaluation; name another folder with --out")


def _pipeline(task: Task, kind: Kind, prompt: str, engine: dict[str, Any], listed: Path, first: Row) -> dict[str, Any]:
    engines = {"model": engine} | ({"judge": task.judge} if task.judge else {})
    greedy = {**_sampling(task), "temperature": 0.0, "top_p": 1.0}
    draws = [(1, greedy)] * task.greedy + [(task.n, _sampling(task))] * (task.n > 0)
    asked = [
        {"respond": {"engine": "model", "prompt": prompt, "n": n, "sampling": sampling, "on_empty": "keep"}}
        for n, sampling in draws
    ]
    return {
        "name": task.name,
        "seed": task.seed,
        "partition_rows": _PARTITION_ROWS,
        "max_failed": 0,  # an item that was not asked is asked by the next call
        "row_timeout": 60 + 10 * (task.n + 1),  # a row of code runs as many programs
        "engines": engines,
        "licenses": {"override": dict.fromkeys(engines, _WHY)},
        "stages": [
            {"read": {"file": str(listed), "columns": {name: _TYPES.get(name, "text") for name in first}}},
            *asked,
            *_marks(task, kind),
        ],
    }


def _sampling(task: Task) -> dict[str, Any]:
    sampling = task.sampling.model_dump()
    return {**sampling, "stop": list(sampling["stop"])}


def _marks(task: Task, kind: Kind) -> Iterable[dict[str, Any]]:
    """Give the stages that mark the answers; each writes the score `correct`."""
    judged = {"engine": "judge"} if task.judge else {}
    if kind == "maths":
        yield {"score_answer": {"answer": "answer"}}
    elif kind == "code":
        yield {"score_code": {"beginning": "question", "entry_point": "entry_point"}}
    elif kind == "safety":
        yield {"score_refusal": {"refused": list(task.refused)}}
        if task.judge:
            yield {"score_rubric": {**judged, "prompt": _JUDGING[kind], "deductions": _DEDUCTIONS}}
    else:
        rule = {"match": "stated", **judged} if kind == "knowledge" else {"match": "equal"}
        yield {"score_text": {"aliases": "aliases", **rule}}


def _keep_own(prompt: Prompt, places: Iterable[Path], out: Path) -> None:
    """Copy a prompt that lies beside the task, so that the folder holds all that is needed."""
    shutil.rmtree(out, ignore_errors=True)
    own = [path for path in prompt.files if not path.resolve().is_relative_to(shipped("prompts").resolve())]
    for path in own:
        place = next(place for place in places if path.is_relative_to(place))
        target = out / path.relative_to(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
