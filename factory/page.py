"""The audit report for a person to read: the funnel, and samples of what was kept and of what was not, and why.

    outputs/math_sft/audit/report.html

One file, without scripts or anything from outside. All that comes from data is escaped by the template.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from factory import __version__
from factory.report import totals
from factory.rows import MARKS, Row
from factory.store import publish

_FOLDED = 600
"""Characters from which a text is folded."""
_SHORT = 60
"""Characters up to which what a record says beside its text stands in one line with others."""
_LONGEST = 50_000
"""Characters of a text that the page holds; the whole of it is in samples.parquet."""
_STATES = ("accepted", "rejected", "failed")


def write(root: Path, run: Mapping[str, Any]) -> Path:
    """Write audit/report.html of a run's folder, from its run.json and audit/samples.parquet."""
    text = render(run, pl.read_parquet(root / "audit" / "samples.parquet"))
    path = root / "audit" / "report.html"
    publish(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return path


def render(run: Mapping[str, Any], samples: pl.DataFrame) -> str:
    """Make the page."""
    jinja = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = samples.to_dicts()
    return jinja.get_template("page.html.j2").render(
        version=__version__,
        run=run,
        totals=totals(run),
        funnel=_funnel(run["stages"]),
        models=run.get("models", []),
        notes=run.get("notes", []),
        kept=[_shown(row) for row in rows if row["_state"] == "accepted"],
        groups=_groups(run["stages"], [row for row in rows if row["_state"] != "accepted"]),
    )


def _funnel(stages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give each stage with the widths of its bar's parts, in percent of the largest stage."""
    stages = list(stages)
    most = max((stage["in"] for stage in stages), default=0) or 1
    return [
        {**stage, "reasons": stage.get("reasons", {}), "bars": [(one, 100 * stage[one] / most) for one in _STATES]}
        for stage in stages
    ]


def _groups(stages: Iterable[Mapping[str, Any]], rows: list[Row]) -> list[dict[str, Any]]:
    """Group dropped rows by stage, in the order of the run, and by kind of reason."""
    groups = []
    for stage in stages:
        mine = [row for row in rows if row["_stage"] == stage["name"]]
        kinds = dict.fromkeys(_kind(row) for row in mine)
        for kind in kinds:
            shown = [_shown(row) for row in mine if _kind(row) == kind]
            of = max(stage.get("reasons", {}).get(kind, 0), len(shown))
            groups.append({"stage": stage["name"], "kind": kind, "of": of, "rows": shown})
    return groups


def _kind(row: Row) -> str:
    return str(row["_reason"]).split(":", 1)[0]


def _shown(row: Row) -> dict[str, Any]:
    """Prepare a row: its id, why it was dropped, and each of its columns that holds something."""
    fields = [
        _field(name, value)
        for name, value in row.items()
        if name not in ("id", *MARKS) and value is not None and value != [] and value != ""
    ]
    return {"id": row["id"], "state": row["_state"], "reason": row["_reason"], "fields": fields}


def _field(name: str, value: Any) -> dict[str, Any]:
    """Prepare a column: a chat or candidate answers as turns, a text as it is, anything else as JSON."""
    records = value if isinstance(value, list) and all(isinstance(one, dict) for one in value) else []
    if records and all({"role", "content"} <= set(one) for one in records):
        return {"name": name, "turns": [_turn(one["role"], one["content"], one) for one in records]}
    if records and all("text" in one for one in records):
        return {"name": name, "turns": [_turn(number, one["text"], one) for number, one in enumerate(records, 1)]}
    if records:
        return {"name": name, "text": _text("\n".join(_json(one) for one in records))}
    return {"name": name, "text": _text(value)}


def _turn(title: Any, text: Any, record: Mapping[str, Any]) -> dict[str, Any]:
    """Prepare a turn: what it says, and whatever else its record holds, the short things in one line."""
    said = ("role", "content") if "role" in record else ("text",)
    more = {name: value for name, value in record.items() if name not in said and value not in (None, [], "")}
    told = {name: value if isinstance(value, str) else _json(value) for name, value in more.items()}
    short = {name: value for name, value in told.items() if len(value) <= _SHORT and "\n" not in value}
    long = [{**_text(value), "name": name} for name, value in told.items() if name not in short]
    aside = " · ".join(f"{name} {value}" for name, value in short.items())
    return {"role": str(title), "aside": aside, "texts": [_text(text or ""), *long]}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _text(value: Any) -> dict[str, Any]:
    """Prepare a text to be shown at once, or folded behind its beginning if it is long."""
    text = value if isinstance(value, str) else _json(value)
    begin = " ".join(text[:160].split()) if len(text) > _FOLDED else None
    return {"name": None, "whole": text[:_LONGEST], "begin": begin, "length": len(text), "cut": len(text) > _LONGEST}
