"""Two evaluations item by item: how much better is this one, and could that be chance?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import polars as pl

from factory.errors import UserError
from factory.eval.metrics import Floats, paired
from factory.eval.results import by_item, written
from factory.eval.task import Task

_ALIKE = ("task", "kind", "prompt", "sampling", "seed", "refused", "judge")
"""What two evaluations must have in common, if a difference is to be the models'."""


class Other(NamedTuple):
    """An evaluation that is there: its folder, its answers, one a line, and what its eval.json says."""

    folder: Path
    answers: pl.DataFrame
    told: dict[str, Any]


def opened(folder: Path, items: Sequence[str]) -> Other:
    """Open an evaluation to compare with one of these items. Raises UserError if it shares none of them."""
    try:
        told = orjson.loads((folder / "eval.json").read_bytes())
        answers = pl.read_parquet(folder / "samples.parquet")
        task, there = told["task"], set(answers["item"])
    except (OSError, orjson.JSONDecodeError, pl.exceptions.PolarsError, KeyError, TypeError):
        expected = "expected eval.json and samples.parquet"
        raise UserError(f"{folder}: there is no finished evaluation here; {expected}") from None
    if there.isdisjoint(items):
        raise UserError(
            f"{folder}: an evaluation of other items, of the task {task!r}: it shares 0 of these {len(items)}"
        )
    return Other(folder, answers, told)


def compare(
    table: pl.DataFrame, task: Task, other: Other, items: Sequence[str], mine_told: Mapping[str, Any]
) -> dict[str, Any]:
    """Compare with another evaluation over those of the items that both have answers to.

    An item of the same name with another question or another right answer is another item; `changed` counts those.
    `mine_told` is what this one's eval.json will hold. Raises UserError if both have answers to none.
    """
    mine_items, names, mine = by_item(table, task.ks)
    their_items, their_names, theirs = by_item(other.answers, [k for k in task.ks if k <= other.told["n"]])
    here, there = _asked(table), _asked(other.answers)
    shared = [item for item in mine_items if here[item] == there.get(item)]
    changed = sum(item in there for item in mine_items) - len(shared)
    if not shared:
        why = f"; {changed:,} of the same name are another question or have another right answer" if changed else ""
        raise UserError(f"{other.folder}: it has an answer to none of the items that are answered here{why}")
    common = [name for name in names if name in their_names]
    left, right = _of(shared, common, mine_items, names, mine), _of(shared, common, their_items, their_names, theirs)
    found = {name: paired(left[:, at], right[:, at], task.seed) for at, name in enumerate(common)}
    return {
        "folder": str(other.folder),
        "model": other.told["model"],
        "adapter": other.told["adapter"],
        "items": len(shared),
        "left_out": len(items) - len(shared) - changed,
        "changed": changed,
        "differs": {
            key: [mine_told[key], other.told.get(key)] for key in _ALIKE if mine_told[key] != other.told.get(key)
        },
        "metrics": {name: written(one) for name, one in found.items()},
    }


def _asked(table: pl.DataFrame) -> dict[str, tuple[str, str | None]]:
    """Give each item's question and right answer."""
    firsts = table.unique("item", keep="first")
    return {item: (prompt, gold) for item, prompt, gold in firsts.select("item", "prompt", "gold").iter_rows()}


def _of(
    items: Sequence[str], names: Sequence[str], there: Sequence[str], known: Sequence[str], values: Floats
) -> Floats:
    """Take the values of these items and metrics, in this order."""
    rows = {item: at for at, item in enumerate(there)}
    columns = {name: at for at, name in enumerate(known)}
    found: Floats = values[[rows[item] for item in items]][:, [columns[name] for name in names]]
    return found
