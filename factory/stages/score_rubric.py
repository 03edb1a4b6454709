"""A model judges each candidate from 1 to 5 by a rubric; the score is that on a scale from 0 to 1.

    - score_rubric: {engine: judge, prompt: "judge/{language}/rubric", n: 3, sampling: {temperature: 0.7}}

`rubric` does the same for the row's one answer; here each candidate is judged alone, so that no order can bias the
judge. Several judgements of one judge are averaged, and how far they are apart is kept as `spread`. Several judges are
several such stages under a `name` each, and `score_sum` averages them.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field, model_validator

from factory.prompts import PromptName
from factory.records import Score, score
from factory.request import Ability, Reply, Request
from factory.rows import Drop, Row
from factory.stage import Sampling
from factory.stages._judgement import panel, schema
from factory.stages._scored import NAME, Scored, unfinished


class ScoreRubric(Scored):
    """Writes the score `name` on each candidate; its detail is what the judge said."""

    extras: ClassVar[frozenset[str]] = frozenset({"criteria", "response"})
    hears_faults: ClassVar[bool] = True
    engine: str
    prompt: PromptName = Field(default="judge/{language}/rubric", validate_default=True)
    deductions: tuple[str, ...] = Field(("wrong", "off_topic", "incomplete", "unclear", "padded"), min_length=1)
    """The names of what points may be taken off for; the prompt says what each of them is."""
    n: int = Field(1, ge=1)
    """Judgements to average; more than half of them must be readable. At temperature 0 they would all be one."""
    name: str = Field("rubric", pattern=NAME)
    sampling: Sampling = Sampling(temperature=0, max_tokens=600)

    @model_validator(mode="after")
    def _drawn(self) -> "ScoreRubric":
        if self.n > 1 and self.sampling.temperature == 0:
            raise ValueError(f"n: {self.n} judgements at temperature 0 are the same; set sampling.temperature")
        return self

    def names(self) -> list[str]:
        return [self.name]

    def uses(self) -> set[Ability]:
        return super().uses() | {"json_schema"}

    def ask(self, row: Row) -> list[Request]:
        shown = {**row, "criteria": row.get("criteria") or []}
        wanted = {"n": self.n, "json_schema": schema(self.deductions), **self.sampling.model_dump()}
        return [Request(**self.prompt.render(shown, response=one["text"]), **wanted) for one in self.candidates(row)]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        yield unfinished(row, replies) or self.with_scores(row, ([self._score(reply)] for reply in replies))

    def _score(self, reply: Reply) -> Score:
        if reply.fault is not None:
            return score(self.name, None, str(reply.fault))
        found = panel([choice.text for choice in reply.choices], self.deductions)
        if found.problem is not None:
            return score(self.name, None, found.problem)
        return score(self.name, found.reward, found.comments, found.spread)
