"""Rewrites instructions into harder or rarer ones (Evol-Instruct: Xu et al., arXiv:2304.12244).

In depth: add constraints, deepen, concretise, ask for more steps of reasoning; in breadth: a new instruction of the
same field. As there, an evolution that failed is thrown away and the instruction stays as it was: one that says
nothing new, that repeats the rewriter's own words, that is no instruction, or that left its language.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, get_args

import polars as pl
from pydantic import Field

from factory.prompts import PromptName
from factory.request import Reply, Request
from factory.rows import Columns, Row, share_of
from factory.stage import Again, RowStage, Sampling
from factory.stages.instruct import is_about
from factory.text.copies import copied
from factory.text.instructions import instruction_fault
from factory.text.language import is_language
from factory.text.leakage import find_leak

Way = Literal["constraints", "deepen", "concretise", "reasoning", "breadth"]


class Evolve(RowStage):
    """Changes `instruction` of a share of the rows, `rounds` times; `evolved` has the ways taken, and what failed."""

    hears_faults: ClassVar[bool] = True
    extras: ClassVar[frozenset[str]] = frozenset({"way"})
    engine: str
    prompt: PromptName = Field(default="magpie/evolve/{language}/{way}", validate_default=True)
    ways: tuple[Way, ...] = Field(default=get_args(Way), min_length=1)
    share: float = Field(1.0, ge=0, le=1)
    rounds: int = Field(1, ge=1, le=5)
    programming: str | None = None
    max_same: float = Field(0.9, gt=0, le=1)
    """Share of the new text that may stand in the old one; above, nothing was gained."""
    sampling: Sampling = Sampling(temperature=0.7, max_tokens=600)

    def needs(self) -> set[str]:
        return {"instruction", "language", *([self.programming] if self.programming else [])}

    def makes(self) -> Columns:
        return {"instruction": str, "instruction_model": str, "evolved": list[str]}

    def ask(self, row: Row) -> list[Request]:
        if share_of(row["id"], "evolve") >= self.share or not self.prompt.covers(row, way=self._way(row)):
            return []
        return [Request(**self.prompt.render(row, way=self._way(row)), **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Again]:
        evolved = list(row.get("_evolved") or [])
        if not replies:
            yield {**row, "evolved": evolved}
            return
        (reply,) = replies
        way, text = self._way(row), reply.text.strip().strip('#*"「」 \n')
        fault = self._failure(row, text, cut_off=not reply.choices or reply.choices[0].finish == "length")
        told = dict(row) if fault else {**row, "instruction": text, "instruction_model": reply.model}
        told["_evolved"] = [*evolved, f"failed {way}: {fault}"[:200] if fault else way]
        further = self.ask(told) if len(told["_evolved"]) < self.rounds else []
        yield Again(told, further) if further else {**told, "evolved": told["_evolved"]}

    def _way(self, row: Row) -> Way:
        drawn = share_of(row["id"], "way", len(row.get("_evolved") or ()))
        return self.ways[int(drawn * len(self.ways))]

    def _failure(self, row: Row, text: str, cut_off: bool) -> str | None:
        """Say how the evolution failed; None if it did not."""
        if cut_off:
            return "not finished"
        if fault := instruction_fault(text, row["language"]):
            return fault
        if copied(text, row["instruction"]).share > self.max_same:
            return "nothing new"
        if leak := find_leak(text, self.prompt.wording):
            return f"the rewriter's own words: {leak!r}"
        if not is_language(text, row["language"]):
            return "another language"
        if self.programming and not is_about(text, row[self.programming]):
            return "another programming language"
        return None

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the ways taken and the failures."""
        ways = made.select(pl.col("evolved").explode().str.split(":").list.first().alias("way")).drop_nulls()
        counts = ways.group_by("way").len().sort("way").collect().rows()
        return [", ".join(f"{way} {count:,}" for way, count in counts)] if counts else []
