"""Measures the texts of a row with the taggers of `factory.taggers`; nothing is dropped here, `filter` does that."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import field_validator, model_validator

from factory import records
from factory.errors import nearest
from factory.prompts import PromptName
from factory.request import Reply
from factory.rows import Columns, Row
from factory.stage import RowStage
from factory.taggers import TAGGERS, About, tag


class Tag(RowStage):
    """Writes `tags` on the texts of `columns` and `questions`, and on each candidate of `responses` its own."""

    version: ClassVar[int] = 2
    columns: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    """Columns with questions: those may end in a colon, and are no refusals."""
    responses: str | None = None
    """A column of candidate answers."""
    question: str | None = None
    """The column with what the texts answer: they must not echo it."""
    programming: str | None = None
    """The column with the programming language that the code should be in."""
    instructions: tuple[PromptName, ...] = ()
    """Prompts whose wording must not turn up in the texts."""
    taggers: tuple[str, ...] = tuple(TAGGERS)

    @field_validator("taggers")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in TAGGERS:
                raise ValueError(f"{name!r} is not a tagger{nearest(name, TAGGERS)}")
        return names

    @model_validator(mode="after")
    def _something(self) -> "Tag":
        if not (self.columns or self.questions or self.responses):
            raise ValueError("expected texts to measure: `columns`, `questions` or `responses`")
        return self

    def needs(self) -> set[str]:
        optional = (self.responses, self.question, self.programming)
        return {*self.columns, *self.questions, *(name for name in optional if name), "language"}

    def makes(self) -> Columns:
        made: Columns = {"tags": list[records.Tag]}
        return made | ({self.responses: list[records.Response]} if self.responses else {})

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        tags = [one for name in self.columns for one in self._tags(row, name, row[name] or "")]
        tags += [one for name in self.questions for one in self._tags(row, name, row[name] or "", is_question=True)]
        tagged = {**row, "tags": tags}
        if self.responses:
            tagged[self.responses] = [
                {**one, "tags": self._tags(row, self.responses, one["text"], finish=one["finish"])}
                for one in row[self.responses]
            ]
        yield tagged

    def _tags(
        self, row: Row, column: str, text: str, is_question: bool = False, finish: str | None = None
    ) -> list[records.Tag]:
        about = About(
            column,
            row["language"] or "",
            is_question,
            row[self.question] if self.question and not is_question else None,
            row[self.programming] if self.programming and not is_question else None,
            finish,
            [part for prompt in self.instructions for part in prompt.wording],
        )
        return tag(text, about, self.taggers)
