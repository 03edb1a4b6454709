"""What a run came to: the funnel, the reasons, and what each stage has to say of its own work.

stage              in    out  accepted  rejected  failed  why
agree             180    112       112        68       0  disagreement 41, wrong 20, no_answer 7
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.table import Table

from factory.plan import Plan
from factory.store import Store


def reasons(plan: Plan, store: Store) -> dict[str, dict[str, int]]:
    """Count the dropped rows of each stage by kind of reason."""
    found: dict[str, dict[str, int]] = {}
    for step in plan.steps:
        rows = store.scan(step, len(plan.ranges)).filter(pl.col("_reason").is_not_null())
        kind = pl.col("_reason").str.split(":").list.first().alias("kind")
        counts = rows.group_by(kind).len().sort(["len", "kind"], descending=[True, False]).collect()
        found[step.label] = dict(counts.iter_rows())
    return found


def notes(plan: Plan, store: Store) -> list[dict[str, str]]:
    """Ask each stage what there is to say of its rows and of those that were kept in the end."""
    partitions = len(plan.ranges)
    kept = store.scan(plan.steps[-1], partitions).filter(pl.col("_state") == "accepted")
    said = []
    for step in plan.steps:
        try:
            lines = step.stage.summary(store.scan(step, partitions), kept)
        except Exception as error:  # noqa: BLE001 - a bug in what a stage says of its rows must not cost the rows
            lines = [f"bug: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"]
        said += [{"stage": step.label, "text": text} for text in lines]
    return said


def funnel(run: Mapping[str, Any]) -> Table:
    """Lay the stages of a run.json out as a table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("stage")
    for name in ("in", "out", "accepted", "rejected", "failed"):
        table.add_column(name, justify="right")
    table.add_column("why", overflow="fold")
    for stage in run["stages"]:
        why = ", ".join(f"{kind} {count:,}" for kind, count in stage.get("reasons", {}).items())
        numbers = (f"{stage[name]:,}" for name in ("in", "out", "accepted", "rejected", "failed"))
        table.add_row(stage["name"], *numbers, why)
    return table


def totals(run: Mapping[str, Any]) -> list[str]:
    """Sum a run up in a few lines."""
    requests, tokens = run["requests"], run["tokens"]
    first, last = run["stages"][0], run["stages"][-1]
    dropped = sum(stage["rejected"] for stage in run["stages"])
    failed = sum(stage["failed"] for stage in run["stages"])
    lines = [
        f"{run['status']}: {first['out']:,} rows made, {last['out']:,} accepted, {dropped:,} rejected, "
        f"{failed:,} failed in {duration(run['seconds'])}",
        f"requests: {requests['sent']:,} sent, {requests['reused']:,} reused, {requests['retried']:,} retried; "
        f"tokens: {tokens['prompt']:,} read, {tokens['completion']:,} written"
        + (f", {tokens['completion'] / last['out']:,.0f} for each accepted row" if last["out"] else ""),
    ]
    if faults := requests.get("faults"):
        kinds = sorted(faults.items(), key=lambda item: -item[1])
        lines.append(f"faulty answers: {', '.join(f'{kind} {count:,}' for kind, count in kinds)}")
    shards = (f"{shard['name']} {shard['split']} {shard['rows']:,}" for shard in run["shards"])
    return [*lines, f"shards: {', '.join(shards)}"] if run["shards"] else lines


def duration(seconds: float) -> str:
    """Give seconds as 42 s, 3 min 05 s or 2 h 07 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def markdown_funnel(stages: Sequence[Mapping[str, Any]]) -> str:
    """Lay the stages out as a Markdown table."""
    head = "| stage | in | out | accepted | rejected | failed | why |\n|---|--:|--:|--:|--:|--:|---|\n"
    lines = []
    for stage in stages:
        why = ", ".join(f"{kind} {count}" for kind, count in stage.get("reasons", {}).items())
        numbers = " | ".join(str(stage[name]) for name in ("in", "out", "accepted", "rejected", "failed"))
        lines.append(f"| {stage['name']} | {numbers} | {cell(why)} |\n")
    return head + "".join(lines)


def line(text: str) -> str:
    """Make a text one line of Markdown that opens no HTML."""
    return " ".join(text.split()).replace("<", "&lt;")


def cell(text: str) -> str:
    """Make a text fit for a cell of a Markdown table."""
    return line(text).replace("|", "\\|")
