"""A new question in the vein of a reference: the same kind and category, few-shot with the reference itself.

    - question: {engine: generator, references: [reference, also], attempts: 4}

New instructions from a few that people wrote are Self-Instruct's way (Wang et al., arXiv:2212.10560), with its test
against copies; the kinds are those of AnswerCarefully (Suzuki et al., arXiv:2506.02372: questions that call for care)
and of XSTest (Röttger et al., arXiv:2308.01263: questions that only sound unsafe). What a model writes in place of a
question (an answer, a refusal, half a sentence, the reference again) is drawn again, a bounded number of times.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from pydantic import Field

from factory.prompts import PromptName
from factory.request import Choice, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Again, RowStage, Sampling
from factory.text.copies import copied
from factory.text.instructions import instruction_fault
from factory.text.language import identify, is_language
from factory.text.leakage import find_leak

_LABEL = re.compile(
    r"\A[*#\s]*(?:(?:new |my )?question|q|質問|新しい質問)[*\s]*[:：][*\s]*|\A\s*1[.)]\s+", re.IGNORECASE
)
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』"}


class Question(RowStage):
    """Writes `question`; `question_faults` lists why earlier draws were not taken."""

    engine: str
    prompt: PromptName = Field(default="safety/{language}/question", validate_default=True)
    references: tuple[str, ...] = ("reference",)
    """The columns with what the question must not repeat."""
    max_same: float = Field(0.6, gt=0, le=1)
    """Share of the question's word 3-grams (6 characters of Japanese) that may stand in a reference."""
    max_characters: int = Field(400, ge=1)
    attempts: int = Field(4, ge=1)
    """Draws before the row is given up."""
    sampling: Sampling = Sampling(temperature=1.0, max_tokens=200)

    def needs(self) -> set[str]:
        return {"language", *self.references}

    def makes(self) -> Columns:
        return {"question": str, "question_model": str, "question_faults": list[str]}

    def ask(self, row: Row) -> list[Request]:
        return [Request(**self.prompt.render(row), **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop | Again]:
        (reply,) = replies
        text, faults = _bare(reply.text), list(row.get("_faults") or ())
        told = {**row, "question": text, "question_model": reply.model, "question_faults": faults}
        fault = self._fault(reply.choices[0], text, row)
        if fault is None:
            yield told
            return
        told["question_faults"] = told["_faults"] = [*faults, fault]
        yield Again(told, self.ask(row)) if len(faults) + 1 < self.attempts else Drop(told, fault)

    def _fault(self, choice: Choice, text: str, row: Row) -> str | None:
        if choice.finish == "length":
            return f"fragment: not finished after {self.sampling.max_tokens} tokens"
        if fault := instruction_fault(text, row["language"], max_characters=self.max_characters):
            return fault[:300]
        if not is_language(text, row["language"]):
            return f"language: {identify(text)}, not {row['language']}"
        for name in self.references:
            if row[name] and (same := copied(text, row[name], n=3)).share > self.max_same:
                return f"copy: of {name}: {same.share:.0%}: {same.longest!r}"[:300]
        if leak := find_leak(text, self.prompt.wording):
            return f"leakage: {leak!r}"[:300]
        return None

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the questions, and say why some draws were not taken."""
        faults = made.select(
            pl.col("question_faults").explode().str.split(":").list.first().alias("fault")
        ).drop_nulls()
        counts = faults.group_by("fault").len().sort(["len", "fault"], descending=[True, False]).collect().rows()
        total: Any = made.select(pl.len()).collect().item()
        taken: Any = made.filter(pl.col("_state") == "accepted").select(pl.len()).collect().item()
        told = ", ".join(f"{fault} {count:,}" for fault, count in counts)
        return [f"{taken:,} of {total:,} rows have a question" + (f"; draws not taken: {told}" if told else "")]


def _bare(text: str) -> str:
    """Take off the label and the quotation marks that a model may put around the question."""
    bare = _LABEL.sub("", text.strip(), count=1).strip()
    closing = _QUOTES.get(bare[:1])
    whole = closing is not None and bare.endswith(closing) and closing not in bare[1:-1]
    return bare[1:-1].strip() if whole and len(bare) > 2 else bare
