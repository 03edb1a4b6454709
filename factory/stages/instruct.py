"""The model writes the user's turn itself (Magpie: Xu et al., arXiv:2406.08464), steered by a system turn.

The model is given its own chat template up to where the user's text begins, behind the system turn that the prompt
renders with the row: its language, its task, a persona. What it writes is checked at once: finished, a request and
not an answer, in the right language, about the right programming language, no refusal. What fails is drawn again, a
bounded number of times, so that a cell the model is reluctant to serve is not lost to the cells that it prefers.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from factory.code.detect import language_of
from factory.code.languages import LANGUAGES
from factory.code.named import named
from factory.errors import nearest
from factory.prompts import NoPromptError, PromptName
from factory.request import Ability, Choice, Message, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Again, RowStage, Sampling
from factory.text.instructions import instruction_fault
from factory.text.language import identify, is_language


class Instruct(RowStage):
    """Writes `instruction`; `faults` lists why earlier draws were not taken."""

    extras: ClassVar[frozenset[str]] = frozenset({"programming_name", "persona"})
    engine: str
    prompt: PromptName = Field(default="magpie/chat/{language}", validate_default=True)
    programming: str | None = None
    """The column with the programming language that the instruction should be about."""
    n: int = Field(1, ge=1)
    """Draws at a time, of which the first good one is taken; 4 cost a small engine little more than 1."""
    attempts: int = Field(8, ge=1)
    """Times to draw before the row is given up."""
    sampling: Sampling = Sampling(temperature=1.0, max_tokens=400)

    def needs(self) -> set[str]:
        return {"language", *([self.programming] if self.programming else [])}

    def makes(self) -> Columns:
        return {"instruction": str, "instruction_model": str, "faults": list[str]}

    def uses(self) -> set[Ability]:
        return {"instruct"}

    def ask(self, row: Row) -> list[Request]:
        return [Request(messages=self._system(row), task="instruct", n=self.n, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop | Again]:
        (reply,) = replies
        faults = list(row.get("_faults") or ())
        told = {**row, "instruction_model": reply.model, "faults": faults, "_faults": faults}
        for choice in reply.choices:
            told["instruction"] = choice.text.strip()
            if (fault := self._fault(choice, told["instruction"], row)) is None:
                yield told
                return
            faults.append(fault)
        if len(faults) < self.attempts * self.n:
            yield Again(told, self.ask(row))
        else:
            yield Drop(told, faults[-1])

    def _system(self, row: Row) -> tuple[Message, ...]:
        extra = {"persona": row.get("persona")}
        if self.programming:
            key = row[self.programming]
            if key not in LANGUAGES:
                raise NoPromptError(f"{key!r} is no known programming language{nearest(str(key), LANGUAGES)}")
            extra["programming_name"] = LANGUAGES[key].name
        messages: tuple[Message, ...] = self.prompt.render(row, **extra)["messages"]
        return messages

    def _fault(self, choice: Choice, text: str, row: Row) -> str | None:
        if choice.finish == "length":
            return f"fragment: not finished after {self.sampling.max_tokens} tokens"
        if fault := instruction_fault(text, row["language"], system=self._system(row)[0]["content"]):
            return fault[:300]
        if not is_language(text, row["language"]):
            return f"language: {identify(text)}, not {row['language']}"
        if self.programming and not is_about(text, row[self.programming]):
            return f"programming: {language_of(text) or 'none'}, not {row[self.programming]}"
        return None

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the draws, and say why some were not taken."""
        faults = made.select(pl.col("faults").explode().str.split(":").list.first().alias("fault")).drop_nulls()
        counts = faults.group_by("fault").len().sort("len", "fault", descending=[True, False]).collect().rows()
        rows: Any = made.select(pl.len()).collect().item()
        taken: Any = made.filter(pl.col("_state") == "accepted").select(pl.len()).collect().item()
        told = ", ".join(f"{fault} {count:,}" for fault, count in counts)
        return [f"{taken:,} of {rows:,} rows have an instruction" + (f"; not taken: {told}" if told else "")]


def is_about(text: str, programming: str) -> bool:
    """Say whether an instruction is about a programming language: it names it, or its code is in it."""
    return programming in named(text) or language_of(text) == programming
