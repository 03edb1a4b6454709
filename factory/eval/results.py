"""From the rows of a finished evaluation to one line for each answer, and from those to figures.

{"item": "3f0c…", "prompt": "What is 2 + 3?", "gold": "5", "draw": "greedy", "number": 0, "text": "2 + 3 = \\boxed{5}",
 "extracted": "5", "how": "boxed", "vote": null, "correct": 1.0, "why": "ends in 5, …", "finish": "stop"}
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from factory.eval.items import column
from factory.eval.metrics import Difference, Estimate, Floats, cons_at_k, estimates, pass_at_k
from factory.eval.task import Kind, Task
from factory.maths.answers import extract, split_reasoning
from factory.maths.compare import majority
from factory.records import Response
from factory.rows import Row
from factory.stages.score_answer import FORMAT
from factory.stages.score_text import answer_key

_VOTING = ("maths", "knowledge", "text")
"""Kinds whose answers can be the same answer: the others have no majority."""


def answers(rows: Sequence[Row], task: Task, kind: Kind) -> pl.DataFrame:
    """Lay the answers out, one a line; `vote` is the cluster of a sampled answer, -1 for one that gives none."""
    lines = [line for row in rows for line in _lines(row, task, kind)]
    texts = dict.fromkeys(("gold", "extracted", "how", "why", "finish"), pl.String)
    types = {"vote": pl.Int64, "number": pl.Int64, **texts}
    table = pl.DataFrame(lines, infer_schema_length=None, schema_overrides=types)
    return table.with_columns(pl.col(pl.Null).cast(pl.Float64))  # a score that none has


def breakdowns(task: Task, kind: Kind) -> list[str]:
    """Name the columns by whose values the figures are broken down."""
    own = ["kind"] if kind == "safety" else []
    return list(dict.fromkeys([*own, *map(column, task.by)]))


def _lines(row: Row, task: Task, kind: Kind) -> list[Row]:
    drawn: list[Response] = row["responses"]
    found = [_extracted(one["text"], kind) for one in drawn]
    sampled = found[task.greedy :]
    votes = _votes([text for text, _ in sampled], kind)
    shown = {name: row[name] for name in breakdowns(task, kind)} | {"language": row["item_language"]}
    lines = []
    for number, (one, (text, how)) in enumerate(zip(drawn, found, strict=True)):
        greedy = task.greedy and number == 0
        scores = {score["name"]: score for score in one["scores"]}
        lines.append({
            "item": row["item"],
            "prompt": row["question"],
            "gold": row.get("answer"),
            **shown,
            "draw": "greedy" if greedy else "sample",
            "number": number - task.greedy if not greedy else 0,
            "text": one["text"],
            "extracted": text,
            "how": how,
            "vote": None if greedy else votes[number - task.greedy],
            "correct": _marked(one, scores["correct"]["value"]),
            "why": scores["correct"]["detail"],
            "finish": one["finish"],
            **{name: _marked(one, _share(name, score["value"])) for name, score in scores.items() if name != "correct"},
        })  # fmt: skip
    return lines


def _extracted(text: str, kind: Kind) -> tuple[str | None, str | None]:
    """Give the answer that a text ends in, and by which rule it was found."""
    if kind == "maths":
        found = extract(text)
        return (found.text, found.how) if found else (None, None)
    if kind in ("text", "knowledge"):
        return answer_key(text) or None, None
    return split_reasoning(text)[1].strip() or None, None


def _votes(found: Sequence[str | None], kind: Kind) -> Sequence[int | None]:
    if kind not in _VOTING:
        return [None] * len(found)
    if kind == "maths":
        return majority(found).votes
    names = {text: at for at, text in enumerate(dict.fromkeys(text for text in found if text is not None))}
    return [-1 if text is None else names[text] for text in found]


def _share(name: str, value: float | None) -> float | None:
    """Give what a score is of its most: the form of an answer is worth a tenth of its being right as a reward."""
    return value / FORMAT if name == "format" and value is not None else value


def _marked(one: Response, value: float | None) -> float | None:
    """Give the score; what says nothing, as a text that is all reasoning, is worth nothing by any."""
    return 0.0 if value is None and not split_reasoning(one["text"])[1].strip() else value


def by_item(table: pl.DataFrame, ks: Sequence[int]) -> tuple[list[str], list[str], Floats]:
    """Give the items, the metrics' names, and each item's value of each (items × metrics), NaN where it has none.

    pass@k is taken of the sampled answers that could be marked, where there are k of them; pass@1 is their mean.
    """
    more = _more(table)
    lines: dict[str, list[Row]] = {}
    for line in table.select("item", "draw", "correct", "vote", *more).iter_rows(named=True):
        lines.setdefault(line["item"], []).append(line)
    values = [_values(one, ks, more) for one in lines.values()]
    names = list(values[0])
    return list(lines), names, np.array([[one[name] for name in names] for one in values], dtype=np.float64)


def _more(table: pl.DataFrame) -> list[str]:
    """Name the scores beside `correct`."""
    return [name for name in table.columns if table[name].dtype == pl.Float64 and name != "correct"]


def _values(lines: Sequence[Row], ks: Sequence[int], more: Sequence[str]) -> dict[str, float]:
    """Give an item's value of each metric."""
    greedy = [line for line in lines if line["draw"] == "greedy"]
    drawn = [line for line in lines if line["draw"] == "sample"]
    found = {"greedy": _mean(greedy, "correct")} if greedy else {}
    told = [line["correct"] for line in drawn if line["correct"] is not None]
    for k in ks:
        found[f"pass@{k}"] = pass_at_k(len(told), round(sum(told)), k) if k <= len(told) else math.nan
    votes = [line["vote"] for line in drawn]
    right = [None if line["correct"] is None else line["correct"] == 1 for line in drawn]
    for k in ks:
        if k > 1 and None not in votes:
            found[f"cons@{k}"] = cons_at_k(votes, right, k) if k <= len(votes) else math.nan
    for name in more:
        found |= {f"{name}, greedy": _mean(greedy, name)} if greedy else {}
        found |= {f"{name}, sampled": _mean(drawn, name)} if drawn else {}
    return found


def _mean(lines: Sequence[Row], name: str) -> float:
    values = [line[name] for line in lines if line[name] is not None]
    return sum(values) / len(values) if values else math.nan


def figures(table: pl.DataFrame, ks: Sequence[int], by: Sequence[str], seed: int) -> dict[str, Any]:
    """Estimate every metric over all items, and over those of each value of the columns `by`."""
    items, names, values = by_item(table, ks)
    firsts = table.unique("item", keep="first", maintain_order=True)
    found: dict[str, Any] = {"metrics": _estimated(names, values, seed), "by": {}}
    for name in by:
        groups = firsts[name].to_list()
        found["by"][name] = {
            str(group): _estimated(names, values[[one == group for one in groups]], seed)
            for group in sorted(set(groups), key=str)
        }
    return {"items": len(items), **found}


def _estimated(names: Sequence[str], values: Floats, seed: int) -> dict[str, dict[str, Any]]:
    return dict(zip(names, map(written, estimates(values, seed)), strict=True))


def written(one: Estimate | Difference) -> dict[str, Any]:
    """Write the numbers under their names, NaN as null."""
    return {key: None if math.isnan(value) else value for key, value in one._asdict().items()}


def shares(table: pl.DataFrame) -> dict[str, Any]:
    """Say of all answers how many were cut off, give none, have no mark by a score, and how answers were found."""
    count = len(table)
    unscored = {name: table[name].null_count() for name in ("correct", *_more(table))}
    how = table["how"].drop_nulls().value_counts(sort=True)
    return {
        "answers": count,
        "cut_off": round(float((table["finish"] == "length").sum()) / count, 6),
        "without_answer": round(table["extracted"].null_count() / count, 6),
        "unscored": {name: number for name, number in unscored.items() if number},
        "how": {name: round(number / count, 6) for name, number in how.iter_rows()},
        "characters": round(table["text"].str.len_chars().sum() / count, 1),
    }
