"""The command line. What a command needs is imported inside it, so that `factory --help` is instant."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factory.errors import RunError, UserError

if TYPE_CHECKING:
    from rich.console import Console

    from factory.plan import Plan

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The synthetic data factory: audited post-training data from a local open model.",
)

PipelinePath = Annotated[Path, typer.Argument(help="The pipeline file, such as pipelines/math_sft.yaml.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="A.B=V", help="Change a value of the file; repeatable.")
]
Out = Annotated[
    Path | None,
    typer.Option(help="Where the run is kept, its replies beside it in journal/; outputs/<pipeline> without it."),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Make only the first N rows of the source.")]


def _plan(pipeline: Path, sets: list[str] | None, limit: int | None = None) -> "Plan":
    from factory import config, plan

    return plan.make(config.load(pipeline, sets or []), limit)


def _root(plan: "Plan", out: Path | None) -> Path:
    return out or Path("outputs") / plan.name


@app.command()
def run(
    pipeline: PipelinePath,
    sets: Sets = None,
    out: Out = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier run left there.")] = False,
    limit: Limit = None,
) -> None:
    """Run a pipeline, or go on where an earlier run ended."""
    from factory import report
    from factory.progress import display
    from factory.run import run as run_plan

    plan = _plan(pipeline, sets, limit)
    root = _root(plan, out)
    console = _console()
    with display(console) as shown:
        result = run_plan(plan, root, shown.show, fresh=fresh)
    _print_result(console, result, root)
    if result["status"] == "stopped":
        typer.echo("stopped; the same command goes on from here", err=True)
    elif result["status"] == "failed":
        share = plan.pipeline.file.max_failed
        typer.echo(f"more rows failed than max_failed = {share:g} allows; the same command asks them again", err=True)
    if result["status"] != "done":
        raise typer.Exit(1)
    spent = result["last"]["requests"]
    typer.echo(f"this time: {spent['sent']:,} requests sent, {report.duration(result['last']['seconds'])}")


@app.command()
def plan(pipeline: PipelinePath, sets: Sets = None, limit: Limit = None) -> None:
    """Check a pipeline and show what it would do, without starting anything."""
    from rich.table import Table

    from factory.stage import RowStage, Source, TableStage

    made = _plan(pipeline, sets, limit)
    rows = sum(stop - start for start, stop in made.ranges)
    typer.echo(f"{made.name}: {rows:,} rows in {len(made.ranges)} partitions, seed {made.seed}, plan {made.hash}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "stage", "kind", "engine", "fingerprint", "makes"):
        table.add_column(name, overflow="fold")
    for step in made.steps:
        kind = next(base.__name__ for base in (Source, RowStage, TableStage) if isinstance(step.stage, base))
        makes = ", ".join(step.stage.makes())
        table.add_row(str(step.index + 1), step.label, kind, step.engine or "", step.fingerprint, makes)
    _console().print(table)
    for name, spec in made.engines.items():
        typer.echo(f"engine {name}: {spec.model_name}, license {spec.license or 'unknown'}")
    typer.echo(f"shards: {', '.join(made.pipeline.file.export.shards()) or 'none'}")


@app.command()
def preview(
    pipeline: PipelinePath,
    sets: Sets = None,
    rows: Annotated[int, typer.Option("-n", "--rows", min=1, help="How many rows to try.")] = 5,
) -> None:
    """Run a few rows through a pipeline, keep nothing, and show what became of each."""
    import tempfile

    from factory.preview import show
    from factory.progress import display
    from factory.run import run as run_plan
    from factory.store import Store

    made = _plan(pipeline, sets, rows)
    console = _console()
    with tempfile.TemporaryDirectory() as folder:
        with display(console) as shown:
            result = run_plan(made, Path(folder) / made.name, shown.show)
        if result["status"] != "stopped":
            show(made, Store(Path(folder) / made.name), console)
    if result["status"] != "done":
        raise typer.Exit(1)


@app.command()
def status(pipeline: PipelinePath, sets: Sets = None, out: Out = None) -> None:
    """Show how far a run is, from what is on disk."""
    from factory.store import Store

    made = _plan(pipeline, sets)
    root = _root(made, out)
    found = Store(root).load_run()
    if found is None:
        raise UserError(f"{root}: there is no run here; start one with: factory run {pipeline}")
    _print_result(_console(), found, root)


@app.command()
def audit(
    pipeline: PipelinePath,
    sets: Sets = None,
    out: Out = None,
    limit: Limit = None,
    rows: Annotated[int, typer.Option(min=1, help="Accepted rows to take, and as many of the others.")] = 200,
) -> None:
    """Write audit/samples.parquet again: accepted and rejected rows with their reasons."""
    import polars as pl

    from factory.audit import write_samples
    from factory.store import Store

    made = _plan(pipeline, sets, limit)
    store = Store(_root(made, out))
    if not store.complete(made.steps, len(made.ranges)):
        raise UserError(f"{store.root}: there is no finished run of this plan; start it with: factory run {pipeline}")
    path = write_samples(made, store, rows)
    counts = pl.read_parquet(path).group_by("_state").len().sort("_state")
    typer.echo(f"{path}: " + ", ".join(f"{count} {state}" for state, count in counts.iter_rows()))


@app.command()
def doctor(
    pipeline: Annotated[Path | None, typer.Argument(help="A pipeline file, to try its engines.")] = None,
    sets: Sets = None,
    out: Out = None,
    probe: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="How long to measure each engine.")] = 10,
) -> None:
    """Say what is installed, which GPUs there are, and whether each engine answers and how fast; what to do if not."""
    from factory.doctor import examine

    made = _plan(pipeline, sets) if pipeline else None
    root = _root(made, out) if made else out or Path("outputs")
    if not examine(made, root, probe, _console()):
        raise typer.Exit(1)


@app.command()
def schemas(
    check: Annotated[bool, typer.Option("--check", help="Fail if the files are not up to date.")] = False,
    folder: Annotated[Path, typer.Option(help="Where to write them.")] = Path("schemas"),
) -> None:
    """Write the JSON Schemas of the pipeline file, of each stage and engine, and of every record."""
    from factory.schemas import differing, write

    if not check:
        typer.echo(f"{write(folder)} schemas written to {folder}")
        return
    if names := differing(folder):
        raise UserError(f"{folder}: not up to date: {', '.join(names)}; run: factory schemas")


def _console() -> "Console":
    from rich.console import Console

    plain = partial(Console, highlight=False, soft_wrap=True, markup=False, emoji=False)  # data is no markup
    console = plain()
    return console if console.is_terminal else plain(width=200)


def _print_result(console: "Console", result: dict[str, Any], root: Path) -> None:
    from factory import report

    console.print(report.funnel(result))
    for line in report.totals(result):
        console.print(line)
    for note in result.get("notes", []):
        console.print(f"{note['stage']}: {note['text']}")
    if result["shards"]:
        console.print(f"dataset: {root / 'dataset'}   audit: {root / 'audit' / 'samples.parquet'}")


def main() -> None:
    """Run the command line: 0 done, 1 stopped by an error, 2 the input is wrong."""
    sys.path.insert(0, str(Path.cwd()))  # stages of the user's own are named as module:Class from here
    try:
        app()
    except UserError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    except RunError as error:
        typer.echo(f"error: {error}; the same command goes on from here", err=True)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
