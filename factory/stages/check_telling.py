"""Does a telling say its fact, in words of its own? `retell` asks this of each draw, and this stage once more of those
that were repaired.

    - tag: {columns: [text]}
    - filter
    - check_telling
    - judge: {engine: judge, prompt: knowledge/{language}/grounded, …}
    - repair: {since: tag, column: text, prompt: knowledge/{language}/repair, reasons: [no_answer, copy_of_source, …]}
"""

from collections.abc import Iterable, Sequence

from pydantic import Field

from factory.request import Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage
from factory.stages._stated import same_numbers, stated
from factory.text.copies import copies_any
from factory.text.instructions import instruction_fault

QUESTION = "question"
"""The style of a fact's question with its answer, which is no telling and copies what it likes."""


class CheckTelling(RowStage):
    """Drops tellings without their answer, those that copy the source, and those that begin as an assistant does."""

    max_share: float = Field(0.25, ge=0, le=1)
    """Share of a telling's word 6-grams (12 characters of Japanese) that may stand in the source."""
    max_run: float = Field(10, ge=0)
    """Words (2 characters of Japanese) in a row that may stand there."""

    def needs(self) -> set[str]:
        return {"text", "style", "language", "fact_language", "answer", "chunk"}

    def makes(self) -> Columns:
        return {}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        fault = None
        if row["style"] != QUESTION:
            fault = spoken(row["text"], row["language"]) or unsaid(
                row["text"], row["answer"], row["language"] == row["fact_language"]
            )
            fault = fault or copy_of("source", row["text"], [row["chunk"]], self.max_share, self.max_run)
        yield row if fault is None else Drop(row, fault)


def spoken(text: str, language: str) -> str | None:
    """Say that the text begins with words to who asked for it ("Sure! Here is the paragraph:"), or None."""
    fault = instruction_fault(text[:200], language)
    return f"assistant_talk: {fault}"[:300] if fault and fault.startswith("answer:") else None


def unsaid(text: str, answer: str, same_language: bool) -> str | None:
    """Say that the text does not state the answer, or None.

    In another language only its numbers and dates can be looked for; whether its words are said is for a judge.
    """
    said = stated(answer, text) if same_language else same_numbers(answer, text)
    return None if said else f"no_answer: {answer!r} is not said"[:300]


def copy_of(what: str, text: str, sources: Iterable[str], max_share: float, max_run: float) -> str | None:
    """Say what the text copies from a source, or None."""
    found = copies_any(text, sources, max_share, max_run)
    return found and f"copy_of_{what}: {found}"[:300]
