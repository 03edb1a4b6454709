"""Runs an evaluation, or goes on with one, and writes what it came to.

outputs/eval/arithmetic/embedded/
    items.jsonl pipeline.yaml run.json stages/ …    the run, as any other
    samples.parquet                                 every answer with its mark
    eval.json                                       the figures, with their intervals
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from factory import config, plan
from factory.errors import UserError
from factory.eval import pipeline, results, task
from factory.eval.compare import compare, opened
from factory.eval.models import engine_block, served
from factory.plan import Plan
from factory.run import Show
from factory.run import run as run_plan
from factory.stages.respond import Respond
from factory.store import Store, publish

FIGURES = "eval.json"
SAMPLES = "samples.parquet"


@dataclass(frozen=True)
class Asked:
    """What to evaluate. `model` is what `factory.servable` takes, or a YAML file with an engine's block."""

    model: str
    task: str
    adapter: Path | None = None
    out: Path | None = None
    """Where it is kept; outputs/eval/<task>/<model> without it."""
    limit: int | None = None
    sets: Sequence[str] = ()
    """Values of the task, as `n=4`, `sampling.temperature=1`; of its engine, as `engine.concurrency=8`."""
    against: Path | None = None
    """The folder of another evaluation, to compare with item by item."""
    fresh: bool = False
    journal: Path | None = None
    """Where the replies are kept: beside the folder `out` if one is given, else outputs/journal, without it."""
    engine: Mapping[str, Any] | None = None
    """The block of the engine that serves the model, where it is known; one is made for `model` without it."""
    replace: bool = False
    """Whether what is in `out` may be of another model, and is then lost."""


def evaluate(asked: Asked, show: Show) -> dict[str, Any]:
    """Evaluate; gives what eval.json holds, or run.json's where the run did not come to its end (its `status` tells).

    Raises UserError and RunError; what is done stays, and the same call goes on from there.
    """
    wanted, engine, folder = task.load(asked.task, list(asked.sets))
    out = asked.out or Path("outputs") / "eval" / wanted.name / _name(asked)
    block = served(asked.engine or engine_block(asked.model, asked.adapter, engine)) | engine
    _check_free(out, asked, wanted.name, block)
    kind, path, items = pipeline.write(wanted, folder, block, out)
    items = items[: asked.limit]
    other = opened(asked.against, items) if asked.against else None
    made = plan.make(config.load(path), asked.limit)
    journal = asked.journal or (None if asked.out else Path("outputs") / "journal")
    run = run_plan(made, out, show, fresh=asked.fresh, journal=journal)
    if run["status"] == "stopped":
        return run
    table = results.answers(_rows(made, Store(out)), wanted, kind)
    if not len(table):
        raise UserError(f"{out}: no item was answered; audit/report.html there says why")
    found = _found(asked, wanted, kind, made, run, table)
    if other is not None:
        found["against"] = compare(table, wanted, other, items, found)
    publish(out / SAMPLES, lambda temporary: table.write_parquet(temporary, compression="zstd"))
    content = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    publish(out / FIGURES, lambda temporary: temporary.write_bytes(content))
    return {**found, "out": str(out), "last": run["last"]}


def _name(asked: Asked) -> str:
    """Name a model's folder: a Hub name by its last part, a path by its last two, an adapter likewise."""
    path = asked.adapter or Path(asked.model)
    path = path.resolve() if path.name in ("", "..") else path
    parts = path.with_suffix("" if path.suffix in (".gguf", ".yaml", ".yml") else path.suffix).parts
    named = parts[-2:] if path.exists() else parts[-1:]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(named)).strip("-.") or "model"


def _check_free(out: Path, asked: Asked, name: str, block: Mapping[str, Any]) -> None:
    """Raise UserError if the evaluation of another model or task is there: it would be lost."""
    path = out / FIGURES
    if asked.fresh or asked.replace or not path.is_file():
        return
    there = orjson.loads(path.read_bytes())
    same = [there["asked"], there["adapter"]] == [asked.model, str(asked.adapter) if asked.adapter else None]
    if same and block["kind"] == "openai" and block.get("model") != there["model"]:
        same, there["asked"] = False, there["model"]
    if not same or there["task"] != name:
        found = f"an evaluation of {there['asked']} on {there['task']} is there"
        raise UserError(f"{out}: {found}; give this one another --out, or --fresh")


def _rows(made: Plan, store: Store) -> list[dict[str, Any]]:
    rows = store.scan(made.steps[-1], len(made.ranges)).filter(pl.col("_state") == "accepted")
    return rows.collect().to_dicts()


def _dropped(run: dict[str, Any]) -> dict[str, int]:
    """Count the items that no answer came of, by reason."""
    whys: Counter[str] = Counter()
    for stage in run["stages"]:
        whys.update(stage.get("reasons", {}))
    return dict(whys)


def _found(
    asked: Asked, wanted: task.Task, kind: task.Kind, made: Plan, run: dict[str, Any], table: pl.DataFrame
) -> dict[str, Any]:
    by = results.breakdowns(wanted, kind)
    return {
        "task": wanted.name,
        "kind": kind,
        "kind_guessed": wanted.kind is None,
        "model": made.engines["model"].model_name,
        "asked": asked.model,
        "adapter": str(asked.adapter) if asked.adapter else None,
        "status": run["status"],
        "plan_hash": made.hash,
        "dropped": _dropped(run),
        "n": wanted.n,
        "greedy": wanted.greedy,
        "sampling": wanted.sampling.model_dump(mode="json"),
        "prompt": next(stage.model_dump()["prompt"] for stage in made.pipeline.stages if isinstance(stage, Respond)),
        "seed": wanted.seed,
        "refused": list(wanted.refused) if kind == "safety" else None,
        "judge": made.engines["judge"].model_name if wanted.judge else None,
        **results.figures(table, wanted.ks, by, wanted.seed),
        **results.shares(table),
        "tokens": run["tokens"],
        "requests": run["requests"],
        "seconds": run["seconds"],
    }
