"""Marks closed-book answers against the reference, and sets aside the facts that the target model knows already.

    - grade: {known_from: 0.5, on_unscored: keep}
    - grade: {engine: judge, known_from: 0.5, on_unscored: reject}     # a model marks what the rules cannot

A rule marks what a rule can: names, numbers with units, dates (`factory.stages._stated`). What it cannot say is
unscored, or goes to a model if there is one: model-graded closed-book answers are SimpleQA's way (Wei et al.,
arXiv:2411.04368). Tokens are then spent only on what is not known: knowledge is stored by many exposures (Allen-Zhu &
Li, arXiv:2404.05405: about 1000 for the full 2 bits a parameter), which known facts would take from unknown ones.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from factory.prompts import PromptName
from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Policy, RowStage, Sampling
from factory.stages._stated import graded
from factory.stages.probe import Attempt


class Mark(BaseModel):
    """What a model that marks must fill in, in this order."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = Field(max_length=300)
    same: bool


_SCHEMA = Mark.model_json_schema()


class Grade(RowStage):
    """Writes the marks into `attempts`, and `known_share`: the right ones among those marked.

    It is null where the attempts left unscored decide whether the fact is known.
    """

    extras: ClassVar[frozenset[str]] = frozenset({"attempt"})
    engine: str | None = None
    """Marks what the rules cannot; without it, that is unscored."""
    prompt: PromptName = Field(default="knowledge/{language}/grade", validate_default=True)
    known_from: float = Field(0.5, gt=0, le=1)
    """Share of right answers from which a fact is known: such rows end here, as "known"."""
    on_unscored: Policy
    """There is no default: whether to tell a fact that may be known is for the pipeline to say."""
    sampling: Sampling = Sampling(temperature=0, max_tokens=200)

    def needs(self) -> set[str]:
        return {"question", "answer", "attempts"}

    def makes(self) -> Columns:
        return {"attempts": list[Attempt], "known_share": float | None}

    def uses(self) -> set[Ability]:
        return super().uses() | {"json_schema"}

    def ask(self, row: Row) -> list[Request]:
        if self.engine is None:
            return []
        sampling = self.sampling.model_dump()
        return [
            Request(**self.prompt.render(row, attempt=text), json_schema=_SCHEMA, **sampling) for text in _open(row)
        ]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        by_model = dict(zip(_open(row), map(_read, replies), strict=False))
        attempts = [_marked(one["text"], row["answer"], by_model) for one in row["attempts"]]
        right, wrong = (sum(one["mark"] == mark for one in attempts) for mark in ("right", "wrong"))
        most = right + (len(attempts) - right - wrong)
        known = bool(attempts) and right >= self.known_from * len(attempts)
        decided = known or most < self.known_from * len(attempts)
        marked = {**row, "attempts": attempts, "known_share": right / (right + wrong) if decided and attempts else None}
        if known:
            yield Drop(marked, f"known: {right} of {len(attempts)} answers are right")
        elif not decided and self.on_unscored == "reject":
            yield Drop(marked, f"unscored: {most - right} of {len(attempts)} answers")
        else:
            yield marked

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the facts by what the model knows of them, and the marks by who gave them."""
        share = pl.col("known_share")
        state = pl.when(share.is_null()).then(pl.lit("undecided")).when(share >= self.known_from).then(pl.lit("known"))
        facts: dict[str, int] = dict(
            made.group_by(state.otherwise(pl.lit("unknown")).alias("state")).len().collect().iter_rows()
        )
        marks = made.select(pl.col("attempts").explode()).unnest("attempts").drop_nulls("mark")
        counts = marks.group_by("mark", "by").len().sort("mark", "by").collect().rows()
        told = ", ".join(mark + (f" by {by}" if by else "") + f" {count:,}" for mark, by, count in counts)
        return [
            f"{sum(facts.values()):,} facts probed: {facts.get('known', 0):,} known and set aside, "
            f"{facts.get('unknown', 0):,} unknown, {facts.get('undecided', 0):,} undecided",
            f"closed-book answers: {told}",
        ]


def _open(row: Row) -> list[str]:
    """List the answers, each once, that a rule cannot mark."""
    texts = dict.fromkeys(one["text"] for one in row["attempts"])
    return [text for text in texts if graded(text, row["answer"]) is None]


def _marked(text: str, reference: str, by_model: dict[str, bool | None]) -> Attempt:
    same, by = graded(text, reference), "rule"
    if same is None:
        same, by = by_model.get(text), "model"
    if same is None:
        return Attempt(text=text, mark="unscored", by=None)
    return Attempt(text=text, mark="right" if same else "wrong", by=by)


def _read(reply: Reply) -> bool | None:
    try:
        return Mark.model_validate_json(reply.text).same
    except ValidationError:
        return None
