"""A second turn: the model writes what the user says next (Magpie-MT, arXiv:2406.08464, §2.2), and answers that too.

The chat so far is put before the user's turn that the model writes. A second turn that is none (a fragment, an answer,
another language) leaves the chat at one turn.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field

from factory.request import Ability, Message, Reply, Request
from factory.rows import Columns, Row, share_of
from factory.stage import Again, RowStage, Sampling
from factory.text.instructions import instruction_fault
from factory.text.language import is_language


class Converse(RowStage):
    """Writes `conversation`, the whole chat, and `turns`, how many the user has; a share of the rows gets a second."""

    hears_faults: ClassVar[bool] = True
    engine: str
    question: str = "instruction"
    answer: str = "response"
    share: float = Field(1.0, ge=0, le=1)
    sampling: Sampling = Sampling(max_tokens=1024)

    def needs(self) -> set[str]:
        return {self.question, self.answer, "language"}

    def makes(self) -> Columns:
        return {"conversation": list[Message], "turns": int}

    def uses(self) -> set[Ability]:
        return {"instruct", "chat"}

    def ask(self, row: Row) -> list[Request]:
        if share_of(row["id"], "converse") >= self.share:
            return []
        return [Request(messages=self._first(row), task="instruct", **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Again]:
        first, chat = self._first(row), row.get("_chat")
        text = replies[0].text.strip() if replies else ""
        good = text and replies[0].choices[0].finish != "length" and is_language(text, row["language"])
        if good and chat:
            yield {**row, "conversation": [*chat, Message(role="assistant", content=text)], "turns": 2}
        elif good and instruction_fault(text, row["language"]) is None:
            asked = (*first, Message(role="user", content=text))
            yield Again({**row, "_chat": asked}, [Request(messages=asked, **self.sampling.model_dump())])
        else:
            yield {**row, "conversation": list(first), "turns": 1}

    def _first(self, row: Row) -> tuple[Message, ...]:
        return (
            Message(role="user", content=row[self.question]),
            Message(role="assistant", content=row[self.answer]),
        )

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the chats by their turns."""
        counts = kept.group_by("turns").len().sort("turns").collect().rows()
        return (
            [", ".join(f"{count:,} with {turns} turn{'s'[: turns > 1]}" for turns, count in counts)] if counts else []
        )
