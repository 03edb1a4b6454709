"""Shows a handful of rows from end to end: what was made of each, and where and why it ended."""

from typing import Any

import polars as pl
from rich.console import Console
from rich.text import Text

from factory.plan import Plan
from factory.rows import Row
from factory.store import Store

_LONGEST = 600


def show(plan: Plan, store: Store, console: Console) -> None:
    """Print each row as far as it came, with the columns that its stages made."""
    partitions = len(plan.ranges)
    first = store.scan(plan.steps[0], partitions).select("id").collect()["id"].to_list()
    last = {row_id: _furthest(plan, store, row_id, partitions) for row_id in first}
    for row_id, row in last.items():
        accepted = row["_state"] == "accepted"
        ending = "accepted" if accepted else f"{row['_state']} by {row['_stage']}: {row['_reason']}"
        console.print(Text(f"── {row_id} {ending}", style="bold green" if accepted else "bold yellow"))
        for name, value in row.items():
            if name != "id" and name[0] != "_" and value not in (None, [], ""):
                console.print(Text.assemble((f"{name}: ", "cyan"), _short(value)))


def _furthest(plan: Plan, store: Store, row_id: str, partitions: int) -> Row:
    """Find the row in the last stage that it, or the first row made of it, came to."""
    mine = (pl.col("id") == row_id) | pl.col("id").str.starts_with(f"{row_id}.")
    for step in reversed(plan.steps):
        rows = store.scan(step, partitions).filter(mine).head(1).collect()
        if len(rows):
            return rows.to_dicts()[0]
    raise LookupError(row_id)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters)"
