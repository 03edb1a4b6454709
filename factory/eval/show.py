"""Prints an evaluation: a table of figures with their intervals, its breakdowns, and the paired differences.

metric     all             family: boxes    digit_sum
greedy     31 % 27–35      12 % 5–22        64 % 52–76
"""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from factory.report import duration

_MARKED_BY = {
    "maths": "by value, with math-verify",
    "code": "by tests in the sandbox",
    "safety": "by refusal, read off the words",
    "knowledge": "by what they state, read by rule",
    "text": "as equal texts, without case and punctuation",
}
_MOST_METRICS = 6
"""Columns of a breakdown: more do not fit on a line."""


def print_result(found: Mapping[str, Any], console: Console) -> None:
    """Print what eval.json holds."""
    model = found["asked"] if found["adapter"] is None else f"{found['asked']} + {found['adapter']}"
    guessed = ", which is what most right answers look like" if found["kind_guessed"] else ""
    console.print(
        f"{model} on {found['task']}: {found['items']:,} items, answers compared {_MARKED_BY[found['kind']]}{guessed}"
    )
    console.print(_metrics(found["metrics"]))
    for name, groups in found["by"].items():
        console.print(_breakdown(name, groups))
    for line in _notes(found):
        console.print(line)
    if "against" in found:
        _print_against(found["against"], console)
    console.print(f"{found['out']}: eval.json, samples.parquet, audit/report.html")


def _metrics(metrics: Mapping[str, Any]) -> Table:
    table = _table("metric")
    for name in ("value", "95 % interval", "items"):
        table.add_column(name, justify="right")
    for name, one in metrics.items():
        table.add_row(
            name, _percent(one["value"]), f"{_percent(one['low'])} to {_percent(one['high'])}", f"{one['items']:,}"
        )
    return table


def _breakdown(name: str, groups: Mapping[str, Any]) -> Table:
    table = _table(f"%, by {name}")
    metrics = list(next(iter(groups.values())))[:_MOST_METRICS]
    table.add_column("items", justify="right")
    for metric in metrics:
        table.add_column(metric, justify="right")
    for group, found in groups.items():
        items = max(one["items"] for one in found.values())
        table.add_row(group, f"{items:,}", *(_cell(found[metric]) for metric in metrics))
    return table


def _notes(found: Mapping[str, Any]) -> list[str]:
    told = [
        f"{found['answers']:,} answers: {found['cut_off']:.1%} cut off, {found['without_answer']:.1%} without an answer"
    ]
    if found["how"]:
        told[0] += "; found " + ", ".join(f"by {how} {share:.0%}" for how, share in found["how"].items())
    for name, count in found["unscored"].items():
        told.append(f"{count:,} answers have no mark for {name} and are not in its figures")
    if found["dropped"]:
        whys = ", ".join(f"{why} {count:,}" for why, count in found["dropped"].items())
        told.append(f"{sum(found['dropped'].values()):,} items have no answer and are in no figure: {whys}")
    spent = found["last"]
    told.append(
        f"this time: {spent['requests']['sent']:,} requests sent, {spent['requests']['reused']:,} reused, "
        f"{spent['tokens']['completion']:,} tokens written, {duration(spent['seconds'])}"
    )
    if not spent["requests"]["sent"]:
        told.append("all answers were there already; --fresh asks again, as for a model that is served anew")
    return told


def _print_against(against: Mapping[str, Any], console: Console) -> None:
    left_out = f"; {against['left_out']:,} have no answer in one of the two" if against["left_out"] else ""
    if against["changed"]:
        left_out += f"; {against['changed']:,} of the same name are another question, or have another right answer"
    console.print(f"against {against['folder']} ({against['model']}), {against['items']:,} shared items{left_out}")
    table = _table("metric")
    for name in ("difference", "95 % interval", "won", "lost", "tied", "p"):
        table.add_column(name, justify="right")
    for name, one in against["metrics"].items():
        counts = (f"{one[key]:,}" for key in ("won", "lost", "tied"))
        interval = f"{_points(one['low'])} to {_points(one['high'])}"
        table.add_row(name, _points(one["value"]), interval, *counts, f"{one['p']:.2g}")
    console.print(table)
    for key, (mine, theirs) in against["differs"].items():
        console.print(f"not the models alone differ: {key} is {mine} here, and {theirs} there")


def _table(first: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first)
    return table


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _cell(one: Mapping[str, Any]) -> str:
    """Put a figure and its interval in few characters."""
    if one["value"] is None:
        return "–"
    return f"{100 * one['value']:.1f} ({100 * one['low']:.0f}–{100 * one['high']:.0f})"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.1f}"
