"""Facts of a chunk: questions with their answers, each with the span of the text that says so.

    {"span": "highest point: Mount Ngerchelchuus 242 m", "answer": "242 m",
     "question": "How high is Mount Ngerchelchuus in Palau?"}

Small self-contained facts are what can be probed and told again one by one; to start from what the document says, and
not from what the model believes, is what EntiGraph (Yang et al., arXiv:2409.07431) and WRAP (Maini et al.,
arXiv:2401.16380) do with whole documents. A fact is taken only if a rule finds its span in the chunk and its answer in
the span, so that what a model made up cannot pass. The answer comes before the question, as in PAQ (Lewis et al.,
arXiv:2102.07033); as there, answers can be picked beforehand, which lets a model that is too small to quote do it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import orjson
import polars as pl
from pydantic import Field

from factory.prompts import PromptName
from factory.request import Ability, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Again, RowStage, Sampling
from factory.stages._facts import Fact, fact_fault, picks

_LONGEST_QUESTION = 300
_NAMES = ("title", "heading")
"""Columns with what a chunk is about."""


class FindFacts(RowStage):
    """Makes a row of each fact; `fact_faults`, with the chunk's first row, says why others were not taken."""

    extras: ClassVar[frozenset[str]] = frozenset({"most"})
    engine: str
    prompt: PromptName = Field(default="knowledge/{language}/find_facts", validate_default=True)
    most: int = Field(5, ge=1, le=50)
    """Facts asked for of one chunk."""
    longest_answer: int = Field(80, ge=1)
    """Characters of an answer."""
    longest_span: int = Field(300, ge=20)
    """Characters of a span; chunks of longer sentences need more."""
    pick: bool = False
    """Offer the chunk's sentences as spans, and the names, numbers and dates in them as answers, and let the model
    write the questions alone: a small one misquotes what it is to copy."""
    attempts: int = Field(1, ge=1, le=10)
    """Draws for a chunk as long as no fact of it could be taken."""
    sampling: Sampling = Sampling(temperature=0.3, max_tokens=1024)

    def needs(self) -> set[str]:
        return {"chunk", "language", *_NAMES}

    def makes(self) -> Columns:
        return {"question": str, "answer": str, "span": str, "fact_model": str, "fact_faults": list[str]}

    def uses(self) -> set[Ability]:
        return super().uses() | {"json_schema"}

    def schema_of_facts(self, row: Row) -> dict[str, Any]:
        """Give the JSON Schema of a reply; with `pick`, one of this chunk's own."""
        question = {"type": "string", "minLength": 1, "maxLength": _LONGEST_QUESTION}
        picked = [
            _object(span={"const": span}, answer={"enum": answers}, question=question)
            for span, answers in (picks(row["chunk"], self.longest_span, self.longest_answer) if self.pick else ())
        ]
        span = {"type": "string", "minLength": 1, "maxLength": self.longest_span}
        answer = {"type": "string", "minLength": 1, "maxLength": self.longest_answer}
        fact = {"anyOf": picked} if self.pick else _object(span=span, answer=answer, question=question)
        return _object(facts={"type": "array", "items": fact, "maxItems": self.most})

    def ask(self, row: Row) -> list[Request]:
        if self.pick and not picks(row["chunk"], self.longest_span, self.longest_answer):
            return []
        shown = self.prompt.render(row, most=self.most)
        return [Request(**shown, json_schema=self.schema_of_facts(row), **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop | Again]:
        if not replies:
            yield Drop({**row, "fact_faults": []}, "no_facts: there is nothing to pick")
            return
        (reply,) = replies
        faults: list[str] = list(row.get("_faults") or ())
        taken: list[Fact] = []
        facts = _read(reply.text)
        if isinstance(facts, str):
            faults.append(facts)
            facts = []
        for fact in facts[: self.most]:
            if fault := fact_fault(fact, row["chunk"], row["language"], " ".join(row[name] or "" for name in _NAMES)):
                faults.append(fault[:200])
            else:
                taken.append(fact)
        drawn = row.get("_draws", 0) + 1
        told = {**row, "fact_model": reply.model, "fact_faults": faults, "_faults": faults, "_draws": drawn}
        if taken:
            yield from self._rows(told, taken)
        elif drawn < self.attempts:
            yield Again(told, self.ask(row))
        else:
            yield Drop(told, f"no_facts: {faults[-1] if faults else 'none was given'}"[:300])

    def _rows(self, row: Row, facts: list[Fact]) -> Iterator[Row]:
        for number, fact in enumerate(facts):
            texts = {name: str(text).strip() for name, text in fact.items()}
            yield {**row, **texts, "fact_faults": [] if number else row["fact_faults"]}

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the facts found, and those not taken by what was wrong with them."""
        faults = made.select(pl.col("fact_faults").explode().str.split(":").list.first().alias("fault")).drop_nulls()
        counts = faults.group_by("fault").len().sort(["len", "fault"], descending=[True, False]).collect().rows()
        found: Any = made.filter(pl.col("_state") == "accepted").select(pl.len()).collect().item()
        told = ", ".join(f"{fault} {count:,}" for fault, count in counts)
        return [f"{found:,} facts found" + (f"; not taken: {told}" if told else "")]


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _read(text: str) -> list[Fact] | str:
    """Read the reply, or say why it cannot be read."""
    try:
        return [
            Fact(span=str(one["span"]), question=str(one["question"]), answer=str(one["answer"]))
            for one in orjson.loads(text)["facts"]
        ]
    except (orjson.JSONDecodeError, TypeError, LookupError):
        return f"unreadable: {text[:100]!r}"
