"""The plan: the stages in order with their columns and fingerprints, checked before anything is asked.

A fingerprint covers all that decides a stage's rows: parameters, prompt texts, the engine's model, the stage's
version and everything upstream. Where and how it runs (URLs, GPUs, concurrency, partitions) is not part of it.
"""

from dataclasses import dataclass, replace
from typing import Any, get_args

from factory import licenses
from factory.config import Pipeline
from factory.engine import EngineSpec
from factory.errors import UserError, nearest
from factory.finished import joined
from factory.licenses import Model
from factory.rows import Columns, digest
from factory.stage import RowStage, Source, Stage, TableStage, engine_of


@dataclass(frozen=True)
class Step:
    """A stage in its place: `columns` are those of its output rows, `fingerprint` its 8 hex digits."""

    index: int
    label: str
    stage: Stage
    fingerprint: str
    columns: Columns
    engine: str | None

    @property
    def folder(self) -> str:
        """Name the stage's folder under `stages/`."""
        return f"{self.index + 1:02d}-{self.label}-{self.fingerprint}"


@dataclass(frozen=True)
class Plan:
    """All that a run follows. `ranges` are the partitions: row numbers (start, stop) of the source."""

    pipeline: Pipeline
    steps: tuple[Step, ...]
    ranges: tuple[tuple[int, int], ...]
    hash: str

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.pipeline.file.name

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.pipeline.file.seed

    @property
    def source(self) -> Source:
        """The first stage."""
        stage = self.steps[0].stage
        assert isinstance(stage, Source)  # noqa: S101 - config.load has checked it
        return stage

    @property
    def engines(self) -> dict[str, EngineSpec]:
        """The engines that some stage uses."""
        used = {step.engine for step in self.steps}
        return {name: spec for name, spec in self.pipeline.engines.items() if name in used}

    @property
    def models(self) -> list[Model]:
        """The models whose answers are in the rows: those of its engines, and those of runs that rows come from."""
        asked = [Model(name, spec.model_name, spec.licensed, ("engines", name)) for name, spec in self.engines.items()]
        return [*(Model(name, name, said, ("stages", 0)) for name, said in self.source.licenses().items()), *asked]

    @property
    def licenses(self) -> dict[str, str]:
        """The license of each model."""
        return joined((model.name, model.license) for model in self.models)

    @property
    def license_notes(self) -> list[str]:
        """What a user of the data should know of its models' licenses."""
        return licenses.notes(self.pipeline.file.licenses, self.models)


def make(pipeline: Pipeline, limit: int | None = None) -> Plan:
    """Plan the pipeline over its first `limit` rows. Raises UserError for what could not work."""
    steps: list[Step] = []
    columns: Columns = {"id": str}
    fingerprint = digest(pipeline.file.name, pipeline.file.seed)  # both are in every row's id
    for index, (label, stage) in enumerate(zip(pipeline.labels, pipeline.stages, strict=True)):
        _check_columns(pipeline, index, stage, columns)
        engine = engine_of(stage)
        identity = _identity(pipeline, index, engine) if engine is not None else None
        if engine is not None:
            _check_abilities(pipeline, index, engine)
        fingerprint = digest(fingerprint, stage.identity(), identity)[:8]
        columns = columns | stage.makes()
        steps.append(Step(index, label, stage, fingerprint, columns, engine))
    _check_scores(pipeline)
    _check_export(pipeline, columns)
    source = pipeline.stages[0]
    assert isinstance(source, Source)  # noqa: S101 - config.load has checked it
    if not (size := source.size()):
        raise UserError(f"{pipeline.where(0)}: {pipeline.labels[0]} has no rows")
    size = size if limit is None else min(limit, size)
    cut = pipeline.file.partition_rows
    ranges = tuple((start, min(start + cut, size)) for start in range(0, size, cut))
    export = pipeline.file.export.model_dump_json()
    policy = pipeline.file.licenses
    made = Plan(pipeline, tuple(steps), ranges, digest(fingerprint, ranges, export))
    licenses.check(policy, made.models, pipeline.engines, pipeline.source.where)
    return replace(made, hash=digest(made.hash, sorted(made.licenses.items()), policy.model_dump_json()))


def _identity(pipeline: Pipeline, index: int, engine: str) -> list[tuple[str, object]]:
    if engine not in pipeline.engines:
        hint = nearest(engine, pipeline.engines) if pipeline.engines else "; the file has no `engines:`"
        raise UserError(
            f"{pipeline.where(index, 'engine')}: {pipeline.labels[index]}: engine {engine!r} is not defined{hint}"
        )
    return sorted(pipeline.engines[engine].identity().items())


def _check_abilities(pipeline: Pipeline, index: int, engine: str) -> None:
    stage, spec = pipeline.stages[index], pipeline.engines[engine]
    assert isinstance(stage, RowStage)  # noqa: S101 - no other stage asks an engine
    for ability in sorted(stage.uses() - spec.can):
        able = [name for name, spec in pipeline.engines.items() if ability in spec.can]
        hint = f"; {', '.join(able)} can" if able else "; see docs/engines.md for engines that can"
        raise UserError(
            f"{pipeline.where(index, 'engine')}: {pipeline.labels[index]} needs an engine that can do "
            f"{ability!r}, which {engine} cannot{hint}"
        )
    if "instruct" in stage.uses():
        try:
            _ = spec.chat_template
        except ValueError as error:
            where = f"{pipeline.where(index, 'engine')}: {pipeline.labels[index]}"
            raise UserError(f"{where}: {engine} cannot write the user's turn: {error}") from None


def _check_columns(pipeline: Pipeline, index: int, stage: Stage, columns: Columns) -> None:
    label = pipeline.labels[index]
    if not isinstance(stage, Source | RowStage | TableStage):
        raise UserError(f"{pipeline.where(index)}: {label} is not a Source, a RowStage or a TableStage")
    for column, kind in stage.makes().items():
        if column in columns and columns[column] not in (kind, kind | None) and kind != columns[column] | None:
            raise UserError(
                f"{pipeline.where(index)}: {label} writes the column {column!r} as {_told(kind)}, "
                f"which is {_told(columns[column])} already"
            )
    for column in sorted(stage.needs() - set(columns)):
        raise UserError(
            f"{pipeline.where(index)}: {label} needs the column {column!r}, "
            f"which no stage before it makes{_maker(pipeline, index, column) or nearest(column, columns)}"
        )
    for prompt in stage.prompts():
        for name, (path, line) in sorted(prompt.variables.items()):
            if name not in columns and name not in stage.extras:
                raise UserError(
                    f"{path}:{line}: the prompt's variable {name!r} is not a column "
                    f"where {label} renders it{nearest(name, {*columns, *stage.extras})}"
                )
        for column in prompt.columns:
            if column not in columns and column not in stage.extras:
                raise UserError(
                    f"{pipeline.where(index)}: {label}: the prompt {prompt.name!r} needs the column "
                    f"{column!r}{nearest(column, columns)}"
                )


def _check_scores(pipeline: Pipeline) -> None:
    """Raise UserError for a score that is read and that no stage before writes, or that two stages write."""
    written: dict[str, int] = {}
    for index, stage in enumerate(pipeline.stages):
        missing = sorted(stage.needs_scores() - set(written)) if written else []
        for name in missing:
            where = f"{pipeline.where(index)}: {pipeline.labels[index]}"
            raise UserError(f"{where}: no stage before it writes the score {name!r}{nearest(name, written)}")
        for name in sorted(stage.scores()):
            first = written.setdefault(name, index)
            if (
                pipeline.places[first] != pipeline.places[index]
            ):  # a check that stands again behind a repair is the same
                where = f"{pipeline.where(index)}: {pipeline.labels[index]}"
                raise UserError(
                    f"{where} writes the score {name!r}, as {pipeline.labels[first]} does; give one another `name`"
                )


def _told(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)


def _maker(pipeline: Pipeline, index: int, column: str) -> str:
    for label, stage in list(zip(pipeline.labels, pipeline.stages, strict=True))[index + 1 :]:
        if column in stage.makes():
            return f"; {label}, further down, does"
    return ""


def _check_export(pipeline: Pipeline, columns: Columns) -> None:
    export = pipeline.file.export
    for column, key in sorted(export.needs().items()):
        if column not in columns:
            where = pipeline.source.where(("export", key))
            raise UserError(f"{where}: export.{key}: no stage makes the column {column!r}{nearest(column, columns)}")
    texts = [*((column, "models") for column in export.models), (export.source, "source"), (export.license, "license")]
    for text, key in texts:
        if text is not None and columns[text] not in (str, str | None):
            where = pipeline.source.where(("export", key))
            raise UserError(f"{where}: export.{key}: the column {text!r} holds no text")
    if export.group and columns[export.group] not in [t for kind in (str, int, bool) for t in (kind, kind | None)]:
        where = pipeline.source.where(("export", "group"))
        raise UserError(f"{where}: export.group: the column {export.group!r} holds no text and no whole number")
    for name, shard in export.shards().items():
        where = pipeline.source.where(("export", name))
        for column, kinds in sorted(shard.needs().items()):
            if all(columns[column] not in (kind, kind | None) for kind in kinds):
                what = " and no ".join(
                    "text" if kind is str else "number" if kind is float else "chat" for kind in kinds
                )
                raise UserError(f"{where}: export.{name}: the column {column!r} holds no {what}")
        try:
            shard.check(columns)
        except ValueError as error:
            raise UserError(f"{where}: export.{name}: {error}") from None
        own = {"id", "source", "license", "model", *(shard.names - shard.uncarried)}
        for column in sorted(own & set(export.carry)):
            where = pipeline.source.where(("export", "carry"))
            raise UserError(f"{where}: export.carry: {column!r} is a column of the {name} shard already")
