"""What follows a run whose file has `train:`, `eval:` or `rounds:`: the model learns from what was made, and is tried.

    outputs/self_improve_math/
        run.json dataset/ …                     the run of the first round, as any other
        trained/01-sft-9f2c41ab/                the model after the first training, and so on
        eval/<task>/{before,01-sft-9f2c41ab}/   what it could do, and what it can do now
        round-2/                                the same again, made with the model of the first round

A training and an evaluation that are done are not done again; one that was cut off goes on.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from factory import base_model, config, plan, servable
from factory.config import Pipeline
from factory.errors import RunError, Stopped, UserError, nearest
from factory.eval import task
from factory.plan import Plan
from factory.rows import digest
from factory.servable import engine_block
from factory.train.settings import HOW, Training, check_installed, classes, parse
from factory.workers import die_with_parent

if TYPE_CHECKING:
    from factory.eval.evaluation import Asked

Say = Callable[[str], None]
Evaluate = Callable[["Asked"], object]
"""Evaluates and shows what came of it. May raise Stopped."""


class Tried(NamedTuple):
    """A task under `eval:`, and the values of it that are changed there, as `--set` takes them."""

    task: str
    sets: list[str]


@dataclass(frozen=True)
class Round:
    """One round: its plan and folder, what is done with its shards, and the model that it begins with."""

    number: int
    plan: Plan
    root: Path
    journal: Path
    """Where the replies are kept: one place for all rounds and their evaluations."""
    steps: tuple[Training, ...]
    tasks: tuple[Tried, ...]
    base: str
    """The model before all rounds, with which each is compared."""
    engine: dict[str, Any]
    """The block of the engine that learns; of the file's only engine where nothing is trained; else empty."""

    def learn(self, evaluate: Evaluate, say: Say, fresh: bool) -> str:
        """Train on the round's finished run and evaluate; gives the model that came of it, a folder.

        `fresh` trains again what was trained before; replies that an evaluation had are no part of it.
        Raises UserError, RunError and Stopped.
        """
        from factory.finished import open_run
        from factory.train import data  # with numpy, which a plan does without

        for settings in self.steps:
            data.check(open_run(self.root), settings.kind)
        for tried in self.tasks:
            evaluate(self._asked(tried, "before", self._before(), None))
        model = self.steps[0].model if self.steps else self.base
        for number, settings in enumerate(self.steps, 1):
            given = settings.model_dump(mode="json", exclude_unset=True) | {"model": model}
            decides = settings.model_dump_json(exclude={*HOW, "model"})
            made = digest(self._shard(settings.kind), settings.method, decides, model, base_model.weights_of(model))
            folder = self.root / "trained" / f"{number:02d}-{settings.method}-{made[:8]}"
            say(f"training {number} of {len(self.steps)}: {settings.method} of {model}")
            _train(settings, given, self.root, folder, fresh, say)
            model = str(folder)
        if self.steps:
            for tried in self.tasks:
                evaluate(self._asked(tried, Path(model).name, model, self._folder(tried, "before")))
        return model

    def _shard(self, kind: str) -> list[str]:
        """Say what a shard is made of; an edit of the file that leaves it as it was is no reason to train again."""
        lines = (self.root / "dataset" / "checksums.txt").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.partition("  ")[2].startswith(f"{kind}/")]

    def _asked(self, tried: Tried, label: str, model: str, against: Path | None) -> "Asked":
        from factory.eval.evaluation import Asked  # with what counts and draws, which a plan does without

        out = self._folder(tried, label)
        engine = engine_block(model, like=self.engine) if self.steps else self.engine
        return Asked(
            model, tried.task, None, out, None, tried.sets, against,
            journal=self.journal, engine=engine, replace=True,
        )  # fmt: skip

    def _before(self) -> str:
        """Give the model before all rounds, in the form in which what comes of it will be served. Raises UserError."""
        try:
            return base_model.trainable(self.base) if self.steps else self.base
        except ValueError as error:
            raise UserError(f"model: {self.base}: {error}") from None

    def _folder(self, tried: Tried, label: str) -> Path:
        root = self.root.parent if label == "before" and self.number > 1 else self.root
        return root / "eval" / task.load(*tried)[0].name / label


def check(pipeline: Pipeline) -> tuple[Training, ...]:
    """Read the trainings of a pipeline file, and see that all they need will be there. Raises UserError."""
    steps = _trainings(pipeline)
    names = _names(pipeline)
    _check_rounds(pipeline, steps)
    engine = _learning(pipeline, steps)
    if steps and (names or pipeline.file.rounds.count > 1):
        try:
            servable.check(steps[0].model, engine)
        except UserError as error:
            raise UserError(f"{pipeline.source.where(('train',))}: {error}") from None
    return steps


def _trainings(pipeline: Pipeline) -> tuple[Training, ...]:
    file, source = pipeline.file, pipeline.source
    single = isinstance(source.data.get("train"), dict)
    steps = []
    for number, given in enumerate(file.train):
        loc = ("train",) if single else ("train", number)
        if (method := given.get("method")) not in (known := classes()):
            found = "is missing" if method is None else f"{method!r} is not known"
            raise UserError(f"{source.where(loc)}: train: `method` {found}{nearest(str(method), known)}")
        rest = {key: value for key, value in given.items() if key != "method"}
        settings = parse(str(method), rest, source, loc)
        try:
            base_model.check_there(settings.model)
        except UserError as error:
            raise UserError(f"{source.where((*loc, 'model'))}: train: {error}") from None
        shards = file.export.shards()
        if settings.kind not in shards:
            where = source.where((*loc, "shard") if settings.shard else (*loc, "method"))
            kind = settings.kind
            raise UserError(f"{where}: {settings.method} needs the shard {kind} under `export:`{nearest(kind, shards)}")
        if number and settings.model_fields_set & {"model"}:
            raise UserError(f"{source.where((*loc, 'model'))}: train: it goes on from the model of the one before")
        steps.append(settings)
    return tuple(steps)


def _names(pipeline: Pipeline) -> set[str]:
    """Name the tasks of a pipeline file. Raises UserError for one that cannot be read, and for a second of one name."""
    names: set[str] = set()
    for number, tried in enumerate(_tried(pipeline)):
        where = pipeline.source.where(("eval", number))
        try:
            name = task.load(*tried)[0].name
        except UserError as error:
            raise UserError(f"{where}: eval: {error}") from None
        if name in names:
            raise UserError(f"{where}: eval: a second task {name!r}; give it a `name` of its own")
        names.add(name)
    return names


def _tried(pipeline: Pipeline) -> tuple[Tried, ...]:
    """Read the tasks of a pipeline file. Raises UserError."""
    found = []
    for number, given in enumerate(pipeline.file.eval):
        named = {"task": given} if isinstance(given, str) else dict(given)
        if not isinstance(name := named.pop("task", None), str):
            raise UserError(
                f"{pipeline.source.where(('eval', number))}: eval: `task` is missing, the name of one or a file"
            )
        found.append(Tried(name, [f"{key}={orjson.dumps(value).decode()}" for key, value in named.items()]))
    return tuple(found)


def _check_rounds(pipeline: Pipeline, steps: Sequence[Training]) -> None:
    file, source = pipeline.file, pipeline.source
    where = source.where(("rounds",))
    engine = file.rounds.engine
    if engine is not None and engine not in file.engines:
        raise UserError(f"{where}: rounds.engine: {engine!r} is not defined{nearest(engine, file.engines)}")
    if file.rounds.count > 1 and not (steps and engine):
        raise UserError(f"{where}: several rounds need a `train:`, and `rounds.engine`, the engine that learns")
    if file.rounds.count > 1 and file.engines[str(engine)].get("kind") == "openai":
        raise UserError(
            f"{where}: rounds.engine: {engine} is a server, which cannot be given what was trained; make it kind: vllm"
        )


def rounds(
    pipeline: Path, sets: Sequence[str], limit: int | None, out: Path | None
) -> Iterator[tuple[Round, Callable[[str], None]]]:
    """Yield each round, to be run into its folder, with a function to be told the model that came of it."""
    learnt: list[str] = []
    first = config.load(pipeline, sets)
    steps = check(first)
    if steps:
        check_installed()
    root = out or Path("outputs") / first.file.name
    engine = _learning(first, steps)
    base = steps[0].model if steps else str(engine.get("model") or engine.get("kind") or "embedded")
    for number in range(1, first.file.rounds.count + 1):
        again = _next(first, number, learnt[-1]) if learnt else []
        made = plan.make(config.load(pipeline, [*sets, *again]) if again else first, limit)
        mine = steps
        if learnt and first.file.rounds.start == "last":
            mine = (steps[0].model_copy(update={"model": learnt[-1]}), *steps[1:])
        folder = root if number == 1 else root / f"round-{number}"
        journal = root.absolute().parent / "journal"
        yield Round(number, made, folder, journal, mine, _tried(first), base, engine), learnt.append


def _learning(pipeline: Pipeline, steps: Sequence[Training]) -> dict[str, Any]:
    """Give the block of the engine that learns; of the only one, where none is named; else an empty one."""
    blocks = pipeline.file.engines
    if (named := pipeline.file.rounds.engine) is not None:
        return dict(blocks[named])
    if pipeline.file.eval and not steps and len(blocks) != 1:
        raise UserError(
            f"{pipeline.source.where(('eval',))}: eval: without `train:` it is not said which model is meant"
        )
    return dict(next(iter(blocks.values()))) if len(blocks) == 1 else {}


def _next(first: Pipeline, number: int, model: str) -> list[str]:
    """Say how a later round's file differs: another seed, and the model that has learnt."""
    name = str(first.file.rounds.engine)
    block = engine_block(model, like=first.file.engines[name])
    split = first.file.seed if first.file.export.split_seed is None else first.file.export.split_seed
    seeds = [f"seed={first.file.seed + number - 1}", f"export.split_seed={split}"]
    return [*seeds, f"engines.{name}={orjson.dumps(block).decode()}"]


def _train(settings: Training, given: dict[str, Any], root: Path, folder: Path, fresh: bool, say: Say) -> None:
    """Train in processes of its own, one a GPU, whose memory, on the GPU too, is free again at their end."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    file = folder.with_suffix(".json")
    file.write_bytes(orjson.dumps(given, option=orjson.OPT_INDENT_2))
    launcher, gpus = _launcher(settings.rows_a_step)
    if gpus:
        say(f"on the GPUs {' '.join(gpus.values())}: all cannot share the {settings.rows_a_step} rows of a step")
    command = [*launcher, "factory", "train", settings.method, str(root), "--out", str(folder), "--config", str(file)]
    command += ["--fresh"] * fresh
    patient = {"TORCH_ELASTIC_SHUTDOWN_TIMEOUT": "1800"}  # seconds until a stop becomes a kill
    environment = {**patient, **os.environ, **gpus}
    child = subprocess.Popen(command, env=environment, start_new_session=True, preexec_fn=die_with_parent)  # noqa: S603, PLW1509
    with _passed_on(child) as signals:
        code = child.wait()
    if code and signals:
        raise Stopped
    if code == 2:
        raise UserError(f"{file}: the training was refused, see above")
    if code:
        raise RunError(f"the training ended with exit code {code}, see above")


def _launcher(rows_a_step: int) -> tuple[list[str], dict[str, str]]:
    """Give what starts a process on each GPU; where a step's rows cannot be shared by all, the variable for fewer."""
    import torch

    there = torch.cuda.device_count()
    used = next((gpus for gpus in range(there, 0, -1) if rows_a_step % gpus == 0), 0)
    several = ["-m", "accelerate.commands.launch", "--num_processes", str(used)] if used > 1 else []
    named = os.environ.get("CUDA_VISIBLE_DEVICES") or ",".join(map(str, range(there)))
    fewer = {"CUDA_VISIBLE_DEVICES": ",".join(named.split(",")[:used])} if used < there else {}
    return [sys.executable, *several, "-m"], fewer


@contextlib.contextmanager
def _passed_on(child: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Hand a Ctrl-C, or a scheduler's SIGTERM, to the child, which saves a checkpoint; gives those handed on."""
    signals: list[int] = []

    def pass_on(number: int, frame: object) -> None:
        signals.append(number)
        child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
