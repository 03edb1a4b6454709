"""The command line. What a command needs is imported inside it, so that `factory --help` is instant."""

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factory.errors import RunError, Stopped, UserError

if TYPE_CHECKING:
    from rich.console import Console

    from factory.eval.evaluation import Asked
    from factory.plan import Plan
    from factory.rounds import Round

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
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, or its pipeline file.")]
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


def _run_root(run: Path, out: Path | None) -> Path:
    """Find a run's folder by itself, or by its pipeline file: its engines need not be on this machine."""
    if run.is_dir():
        return run
    from factory.config import name_of

    return out or Path("outputs") / name_of(run)


@app.command()
def run(
    pipeline: PipelinePath,
    sets: Sets = None,
    out: Out = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier run left there.")] = False,
    limit: Limit = None,
) -> None:
    """Run a pipeline, or go on where an earlier run ended."""
    from factory.rounds import rounds

    console = _console()
    for one, learnt in rounds(pipeline, sets or [], limit, out):
        _run_round(one, console, fresh)
        learnt(one.learn(partial(_evaluate, console=console), typer.echo, fresh))


def _evaluate(asked: "Asked", console: "Console") -> str:
    """Evaluate and print the figures; gives `done` or `failed`. Raises Stopped."""
    from factory.eval.evaluation import evaluate
    from factory.eval.show import print_result
    from factory.progress import display

    with display(console) as shown:
        found = evaluate(asked, shown.show)
    if found["status"] == "stopped":
        raise Stopped
    print_result(found, console)
    if found["status"] == "failed":
        typer.echo("some items failed; the same command asks them again", err=True)
    return str(found["status"])


def _run_round(one: "Round", console: "Console", fresh: bool) -> None:
    from factory import report
    from factory.progress import display
    from factory.run import run as run_plan

    _tell_licenses(one.plan)
    with display(console) as shown:
        result = run_plan(one.plan, one.root, shown.show, fresh=fresh, journal=one.journal)
    _print_result(console, result, one.root)
    if result["status"] == "stopped":
        raise Stopped
    if result["status"] == "failed":
        share = one.plan.pipeline.file.max_failed
        typer.echo(f"more rows failed than max_failed = {share:g} allows; the same command asks them again", err=True)
        raise typer.Exit(1)
    spent = result["last"]["requests"]
    typer.echo(f"this time: {spent['sent']:,} requests sent, {report.duration(result['last']['seconds'])}")


@app.command()
def plan(pipeline: PipelinePath, sets: Sets = None, limit: Limit = None) -> None:
    """Check a pipeline and show what it would do, without starting anything."""
    from rich.table import Table

    from factory.rounds import check
    from factory.stage import RowStage, Source, TableStage

    made = _plan(pipeline, sets, limit)
    trainings = check(made.pipeline)
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
        typer.echo(f"engine {name}: {spec.model_name}, license {spec.licensed}")
    _tell_licenses(made)
    typer.echo(f"shards: {', '.join(made.pipeline.file.export.shards()) or 'none'}")
    for training in trainings:
        typer.echo(f"train: {training.method} of {training.model} on {training.kind}, tune: {training.tune}")
    if tasks := made.pipeline.file.eval:
        typer.echo(f"eval: {', '.join(one if isinstance(one, str) else one['task'] for one in tasks)}")
    if (count := made.pipeline.file.rounds.count) > 1:
        typer.echo(f"rounds: {count}")


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
    """Write audit/samples.parquet and report.html again: accepted and rejected rows with their reasons."""
    import polars as pl

    from factory import page
    from factory.audit import write_samples
    from factory.store import Store

    made = _plan(pipeline, sets, limit)
    store = Store(_root(made, out))
    found = store.load_run()
    if found is None or not store.complete(made.steps, len(made.ranges)):
        raise UserError(f"{store.root}: there is no finished run of this plan; start it with: factory run {pipeline}")
    path = write_samples(made, store, rows)
    report = page.write(store.root, found)
    counts = pl.read_parquet(path).group_by("_state").len().sort("_state")
    typer.echo(f"{path}: " + ", ".join(f"{count} {state}" for state, count in counts.iter_rows()))
    typer.echo(f"{report}: the same for a person to read, in a browser")


@app.command()
def view(run: RunPath, out: Out = None) -> None:
    """Say where a run's report is, to be opened in a browser."""
    path = _run_root(run, out) / "audit" / "report.html"
    if not path.is_file():
        raise UserError(f"{path}: there is no report here; factory run writes one when it is done, factory audit again")
    typer.echo(path)


@app.command()
def push(
    run: RunPath,
    repo_id: Annotated[str, typer.Option(metavar="ORG/NAME", help="The dataset repository, new or there already.")],
    private: Annotated[bool, typer.Option("--private", help="Make a new repository private.")] = False,
    branch: Annotated[str, typer.Option(help="Made from main if it is not there.")] = "main",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    shard: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only these shards; repeatable.")] = None,
    out: Out = None,
) -> None:
    """Put a finished run's dataset on the Hub, and keep what others put there."""
    from factory.finished import open_run
    from factory.hub import Repository
    from factory.push import push as push_run

    finished = open_run(_run_root(run, out))
    names = finished.chosen(list(dict.fromkeys(shard or ())))
    push_run(finished, names, Repository(repo_id, branch), private=private, dry_run=dry_run, say=typer.echo)


@app.command()
def export(
    run: RunPath,
    layout: Annotated[
        str,
        typer.Option("--format", help="The trainer: trl, axolotl, llamafactory, openrlhf, verl or open-instruct."),
    ],
    to: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write; an earlier export there is replaced.")],
    shard: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A kind of shard to take, such as sft; repeatable.")
    ] = None,
    out: Out = None,
) -> None:
    """Write the shards of a finished run in the layout that a trainer documents, with the lines that load it."""
    from factory.finished import open_run
    from factory.layouts import export as export_run
    from factory.layouts import layout_of

    wanted = layout_of(layout)
    for line in export_run(open_run(_run_root(run, out)), wanted, list(dict.fromkeys(shard or ())), to):
        typer.echo(line)


@app.command("eval")
def evaluate(
    model: Annotated[
        str,
        typer.Option(help="embedded, a .gguf file, a Hugging Face folder or name, or a .yaml with an engine's block."),
    ],
    task: Annotated[str, typer.Option(help="A task's name, such as arithmetic, its .yaml, or a .jsonl of items.")],
    adapter: Annotated[Path | None, typer.Option(metavar="DIR", help="A LoRA adapter of the model.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where it is kept; outputs/eval/<task>/<model> without it.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N items.")] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="A.B=V", help="Change a value of the task; repeatable.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Another evaluation, to compare with item by item.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier evaluation left there.")] = False,
) -> None:
    """Evaluate a model on a task, or go on where an earlier evaluation ended."""
    from factory.eval.evaluation import Asked

    if _evaluate(Asked(model, task, adapter, out, limit, tuple(sets or ()), against, fresh), _console()) == "failed":
        raise typer.Exit(1)


@app.command()
def train(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="sft, dpo or grpo.")],
    run: RunPath,
    to: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the model and its curves.")],
    model: Annotated[
        str | None,
        typer.Option(help="embedded, a model's folder, its name on the Hub, or a .gguf file."),
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE.yaml", help="Settings, such as `epochs: 2`.")] = None,
    sets: Sets = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier training left there.")] = False,
) -> None:
    """Train a model on a finished run's shards, or go on from the last checkpoint."""
    from factory.finished import open_run
    from factory.train.loop import train as train_on
    from factory.train.processes import FIRST_SPEAKS, is_first, rank
    from factory.train.settings import read

    try:
        settings = read(method, config, sets or [], {"model": model} if model else {})
        result = train_on(open_run(_run_root(run, None)), settings, to, typer.echo, fresh)
    except (UserError, RunError) as error:
        if is_first():
            raise
        time.sleep(FIRST_SPEAKS)  # an error that all have is told by the first, and the launcher ends the others
        typer.echo(f"error (process {rank()}): {error}", err=True)
        raise typer.Exit(2 if isinstance(error, UserError) else 1) from None
    if result["status"] != "done":
        if is_first():
            raise Stopped
        raise typer.Exit(1)
    if is_first():
        typer.echo(f"{to}: the model; its curves are in {to / 'curves.html'}")


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


def _tell_licenses(plan: "Plan") -> None:
    for note in plan.license_notes:
        typer.echo(f"license: {note}")


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
        console.print(f"dataset: {root / 'dataset'}   audit: {root / 'audit' / 'report.html'}")


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
    except Stopped:
        typer.echo("stopped; the same command goes on from here", err=True)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
