"""Test inputs for the problems whose tests are not known, written by a model or made by a program that it writes.

A reply with a program in it (prompt `contest/{language}/write_generator`) is run in the sandbox, and what that prints
is read; any other reply (`contest/{language}/write_inputs`) is read as it stands. What a right program prints for them
is for `run_tests` to find out: a model that writes outputs as well is often wrong about its own tests (CodeT, Chen et
al., arXiv:2207.10397).
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field

from factory.contest.reading import read_inputs, read_program
from factory.prompts import PromptName
from factory.request import Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage, Sampling
from factory.stages._sandboxed import Sandboxed, complaint


class WriteTests(Sandboxed, RowStage):
    """Fills in `inputs` where `tests` is empty; a row with fewer than `least` of them ends here."""

    slow: ClassVar[bool] = True
    engine: str
    prompt: PromptName = Field(default="contest/{language}/write_inputs", validate_default=True)
    least: int = Field(3, ge=1)
    most: int = Field(20, ge=1)
    sampling: Sampling = Sampling(temperature=0.6)

    def needs(self) -> set[str]:
        return {"statement", "tests"}

    def makes(self) -> Columns:
        return {"inputs": list[str]}

    def ask(self, row: Row) -> list[Request]:
        return [] if row["tests"] else [Request(**self.prompt.render(row), **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if not replies:
            yield {**row, "inputs": []}
            return
        text = replies[0].text
        if (program := read_program(text)) is not None:
            outcome = self.execute(program)
            if outcome.end != "ok":
                yield Drop({**row, "inputs": []}, f"broken_generator: {complaint(outcome)}")
                return
            text = outcome.stdout
        inputs = read_inputs(text)[: self.most]
        written = {**row, "inputs": inputs}
        yield written if len(inputs) >= self.least else Drop(written, f"too_few_tests: {len(inputs)}")

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the inputs of the problems that have some."""
        counts = made.select(pl.col("inputs").list.len()).filter(pl.col("inputs") > 0).collect()["inputs"]
        if not len(counts):
            return []
        return [f"{counts.sum() / len(counts):.1f} inputs for each of {len(counts)} problems without known tests"]
