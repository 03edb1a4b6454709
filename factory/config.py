"""The pipeline file: read, changed by `--set`, checked, and every mistake told in one line.

name: math_sft
seed: 7
engines:
  generator: {kind: embedded}
stages:
  - conditions: {count: 160}
  - solve: {engine: generator, n: 4}
export:
  sft: {prompt: problem, completion: solution}
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from factory import plugins
from factory.engine import EngineSpec
from factory.errors import UserError, nearest
from factory.licenses import Licenses
from factory.mending import unfold
from factory.shards import Export
from factory.shipped import shipped
from factory.stage import Source, Stage
from factory.yamlfile import Loc, YamlFile


class Rounds(BaseModel):
    """How often a model learns from what it made: each round generates with the model of the round before."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    count: int = Field(1, ge=1)
    engine: str | None = None
    """The engine, under `engines:`, that gets the trained model from the second round on."""
    start: Literal["base", "last"] = "base"
    """What a round's training begins with: the base model each time (STaR, arXiv:2203.14465, and ReST-EM,
    arXiv:2312.06585, do so), or the model of the round before."""


class PipelineFile(BaseModel):
    """The keys of a pipeline file. Engines, stages and trainings are each checked against their own class later."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    seed: int = Field(0, ge=0)
    partition_rows: int = Field(500, gt=0)
    """Rows of the source that are stored together; how a run is cut changes nothing in what it makes."""
    max_failed: float = Field(0.01, ge=0, le=1)
    """Share of rows that may fail (an engine's error, a bug) in a run that still counts as done."""
    row_timeout: float = Field(60, gt=0)
    """Seconds that a CPU-bound stage may spend on one row before the row fails."""
    engines: dict[str, dict[str, Any]] = Field(default_factory=dict)
    stages: list[dict[str, dict[str, Any] | None] | str] = Field(min_length=1)
    licenses: Licenses = Licenses()
    export: Export = Export()
    train: list[dict[str, Any]] = Field(default_factory=list)
    """Trainings on the shards, one or several: each a `method` and its settings, and each goes on from the model of the
    one before."""
    eval: list[str | dict[str, Any]] = Field(default_factory=list)
    """Tasks, as `factory eval --task` takes them, that the model is put to before and after: a name, or `task` and
    values of it that are other ones here."""
    rounds: Rounds = Rounds()

    @field_validator("train", mode="before")
    @classmethod
    def _one_is_a_list(cls, train: Any) -> Any:
        return [train] if isinstance(train, dict) else train

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name == "journal":
            raise ValueError("the runs' shared journal lies in outputs/journal; choose another name")
        return name


@dataclass(frozen=True)
class Pipeline:
    """A pipeline file with its engines and stages made, in the order of the run.

    `labels` name the stages, one each; `places` are their positions in the file.
    """

    file: PipelineFile
    source: YamlFile
    engines: dict[str, EngineSpec]
    labels: tuple[str, ...]
    stages: tuple[Stage, ...]
    places: tuple[int, ...]

    def where(self, position: int, key: str | None = None) -> str:
        """Give `file:line` of a stage, or of a key of it."""
        place = self.places[position]
        item = self.source.data["stages"][place]
        if isinstance(item, str):
            return self.source.where(("stages", place))
        name = next(iter(item))
        return self.source.where(("stages", place, name, key) if key else ("stages", place, name))


def load(path: Path, sets: Sequence[str] = ()) -> Pipeline:
    """Read the pipeline file, apply `a.b=value` settings, check all of it. Raises UserError."""
    source = YamlFile(_locate(path))
    if not isinstance(source.data, dict):
        raise UserError(f"{source.path}:1: expected a mapping with `engines`, `stages` and `export`")
    source.data.setdefault("name", source.path.stem)
    for setting in sets:
        apply(source.data, setting)
    try:
        file = PipelineFile.model_validate(source.data)
    except ValidationError as error:
        raise told(error, source, (), PipelineFile) from None
    engines = {name: _engine(name, block, source) for name, block in file.engines.items()}
    named = [_stage(position, item, source) for position, item in enumerate(file.stages)]
    labels, stages = _labels([name for name, _ in named]), [stage for _, stage in named]
    if not isinstance(stages[0], Source):
        raise UserError(f"{source.where(('stages', 0))}: the first stage must be a source, {labels[0]} is not")
    for position, stage in enumerate(stages[1:], 1):
        if isinstance(stage, Source):
            where = source.where(("stages", position))
            raise UserError(f"{where}: {labels[position]} is a source; only the first stage can be one")
    try:
        steps = unfold(labels, stages)
    except ValueError as error:
        problem, place = error.args
        raise UserError(f"{source.where(('stages', place))}: {labels[place]}: {problem}") from None
    places, labels_unfolded, stages_unfolded = zip(*steps, strict=True)
    return Pipeline(file, source, engines, labels_unfolded, stages_unfolded, places)


def name_of(path: Path) -> str:
    """Read the name of a pipeline, and nothing else of its file. Raises UserError."""
    source = YamlFile(_locate(path))
    given = source.data.get("name") if isinstance(source.data, dict) else None
    return str(given or source.path.stem)


def _locate(path: Path) -> Path:
    if path.is_file():
        return path
    packaged = shipped("pipelines") / path.name
    if path.parent.name in ("", "pipelines") and packaged.is_file():
        return packaged
    folder = path.parent if path.parent.is_dir() else shipped("pipelines")
    known = [str(found.name) for found in folder.glob("*.yaml")]
    raise UserError(f"{path}: no such pipeline file{nearest(path.name, known)}")


def apply(data: dict[str, Any], setting: str) -> None:
    """Change one value: `stages.solve.n=8` addresses a stage by its name, `stages.solve-2.n=8` the second."""
    keys, equals, text = setting.partition("=")
    if not equals or not keys:
        raise UserError(f"--set {setting}: expected KEY.KEY=VALUE, such as stages.solve.n=8")
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, TypeError, ValueError):
        raise UserError(f"--set {setting}: {text!r} is not a YAML value") from None
    *path, last = keys.split(".")
    target: Any = data
    for key in path:
        target = _enter(target, key, setting)
    if not isinstance(target, dict):
        raise UserError(f"--set {setting}: {'.'.join(path)} holds no keys")
    target[last] = value


def _labels(names: Sequence[str]) -> list[str]:
    """Number the stages of one name from the second on: solve, solve-2."""
    return [name + (f"-{names[: at + 1].count(name)}" if name in names[:at] else "") for at, name in enumerate(names)]


def _enter(target: Any, key: str, setting: str) -> Any:
    if isinstance(target, list):
        known = [item if isinstance(item, str) else next(iter(item), "") for item in target]
        for position, (item, label) in enumerate(zip(target, _labels(known), strict=True)):
            if label == key:
                parameters = (item[known[position]] if isinstance(item, dict) else None) or {}
                target[position] = {known[position]: parameters}
                return parameters
        raise UserError(f"--set {setting}: no stage {key!r}{nearest(key, known)}")
    if not isinstance(target, dict):
        raise UserError(f"--set {setting}: {key!r} is below a value that holds no keys")
    if target.get(key) is None:
        target[key] = {}
    return target[key]


def _engine(name: str, block: dict[str, Any], source: YamlFile) -> EngineSpec:
    where = source.where(("engines", name))
    if "kind" not in block:
        kinds = ", ".join(plugins.names("engines"))
        raise UserError(f"{where}: engines.{name}: `kind` is missing; known: {kinds}")
    try:
        spec_class = plugins.find("engines", str(block["kind"]), EngineSpec)
        spec = spec_class.model_validate({key: value for key, value in block.items() if key != "kind"})
        spec.check()
    except ValidationError as error:
        raise told(error, source, ("engines", name), spec_class) from None
    except ValueError as error:
        raise UserError(f"{where}: engines.{name}: {error}") from None
    return spec


def _stage(position: int, item: str | dict[str, Any], source: YamlFile) -> tuple[str, Stage]:
    if isinstance(item, str):
        item = {item: None}
    if len(item) != 1:
        found = ", ".join(item) or "none"
        raise UserError(f"{source.where(('stages', position))}: expected one stage name, found {found}")
    name, parameters = next(iter(item.items()))
    loc = ("stages", position, name)
    folder = source.path.parent
    context = {
        "prompt_folders": (folder / "prompts", folder.parent / "prompts"),
        "file_folders": (folder, folder.parent),
    }
    try:
        stage_class = plugins.find("stages", name, Stage)
        return name.rpartition(":")[2], stage_class.model_validate(parameters or {}, context=context)
    except ValidationError as error:
        raise told(error, source, loc, stage_class) from None
    except ValueError as error:
        raise UserError(f"{source.where(loc)}: {error}") from None


def told(error: ValidationError, source: YamlFile, loc: Loc, model: type[BaseModel]) -> UserError:
    """Tell the first of pydantic's errors in one line, with the file, the line and the key."""
    first = error.errors(include_url=False)[0]
    path = (*loc, *first["loc"])
    key = ".".join(str(part) for part in path if part != "[key]")
    message = first["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    if first["type"] == "extra_forbidden":
        message = f"unknown key{nearest(str(path[-1]), _keys(model, first['loc'][:-1]))}"
    elif first["type"] == "missing":
        message = "this key is required"
    elif first["type"] != "value_error":
        message = f"{message[:1].lower()}{message[1:]}, found {first['input']!r:.60}"
    return UserError(f"{source.where(path)}: {f'{key}: ' if key else ''}{message}")


def _keys(model: type[BaseModel], loc: Loc) -> Iterable[str]:
    """List the keys of the model, or of the model inside it that `loc` leads to."""
    for part in loc:
        field = model.model_fields.get(str(part))
        inner = (field.annotation, *get_args(field.annotation)) if field else ()
        models = [kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if models:
            model = models[0]
    return model.model_fields
