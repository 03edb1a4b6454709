"""Small stages and scripts that the tests name as `tests.toys:…`."""

import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

import polars as pl

from factory.prompts import PromptName
from factory.request import Ability, Fault, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage, Source, TableStage


class Numbers(Source):
    """Rows with a number each."""

    amount: ClassVar[frozenset[str]] = frozenset({"count"})
    count: int = 10

    def size(self) -> int:
        return self.count

    def makes(self) -> Columns:
        return {"number": int, "language": str}

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        return ({"number": number, "language": "en"} for number in range(start, stop))


class Ask(RowStage):
    """Asks an engine about the number, once or several times."""

    engine: str
    times: int = 1
    prompt: PromptName | None = None
    reject: str | None = None

    def needs(self) -> set[str]:
        return {"number"}

    def makes(self) -> Columns:
        return {"said": list[str]}

    def ask(self, row: Row) -> list[Request]:
        asked = self.prompt.render(row) if self.prompt else {"prompt": f"number {row['number']}"}
        return [Request(**asked) for _ in range(self.times)]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        said = [reply.text for reply in replies]
        if self.reject and any(self.reject in text for text in said):
            yield Drop({**row, "said": said}, f"unwanted: {self.reject}")
        else:
            yield {**row, "said": said}


class Invent(Ask):
    """Has the model write the user's turn."""

    def uses(self) -> set[Ability]:
        return {"instruct"}

    def ask(self, row: Row) -> list[Request]:
        return [Request(task="instruct", max_tokens=60)]


class Double(RowStage):
    """CPU-bound; misbehaves on the numbers it is told to."""

    hang: tuple[int, ...] = ()
    crash: tuple[int, ...] = ()
    broken: tuple[int, ...] = ()

    def needs(self) -> set[str]:
        return {"number"}

    def makes(self) -> Columns:
        return {"doubled": int}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if row["number"] in self.hang:
            time.sleep(1000)
        if row["number"] in self.crash:
            os._exit(7)
        if row["number"] in self.broken:
            raise ZeroDivisionError("oh no")
        yield {**row, "doubled": 2 * row["number"]}


class Split(RowStage):
    """Makes as many rows of a row as its number says, up to `most`; of 0 none."""

    most: int = 3

    def needs(self) -> set[str]:
        return {"number"}

    def makes(self) -> Columns:
        return {"piece": int}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        for piece in range(row["number"] % (self.most + 1)):
            yield {**row, "piece": piece}


class EveryOther(TableStage):
    """Keeps every other number."""

    def needs(self) -> set[str]:
        return {"number"}

    def makes(self) -> Columns:
        return {"rank": int}

    def decide(self, table: pl.LazyFrame) -> pl.DataFrame:
        odd = pl.when(pl.col("number") % 2 == 1).then(pl.format("odd: {}", "number"))
        ranked = table.select("id", pl.col("number").rank("ordinal").cast(pl.Int64).alias("rank"), odd.alias("_reason"))
        return ranked.collect()


def echo(request: Request) -> str:
    """Say something that depends on the whole request, seed included."""
    asked = request.prompt or str(request.messages)
    return f"{asked} → {hashlib.sha256(repr(request).encode()).hexdigest()[:12]}"


def logged_echo(request: Request) -> str:
    """Echo, and leave a line in the file that FACTORY_TEST_LOG names."""
    with Path(os.environ["FACTORY_TEST_LOG"]).open("a") as file:
        file.write(request.key({}) + "\n")
    return echo(request)


def flaky(request: Request) -> Reply | str:
    """Fail for good on numbers that end in 3, refuse those that end in 5."""
    asked = request.prompt or ""
    if asked.endswith("3"):
        return Reply(fault=Fault("malformed", "nonsense", retry=False))
    if asked.endswith("5"):
        return Reply(fault=Fault("too_long", "more than fits", retry=False))
    return echo(request)


class Texts(RowStage):
    """A problem that eight rows share, and what an engine says of it."""

    engine: str
    reject: str | None = None

    def makes(self) -> Columns:
        return {"problem": str, "solution": str, "answer": str, "model": str}

    def ask(self, row: Row) -> list[Request]:
        return [Request(prompt=f"number {row['number']}")]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        said = {"solution": replies[0].text, "answer": str(row["number"]), "model": replies[0].model}
        made = {**row, "problem": f"problem {row['number'] // 8}", **said}
        if self.reject and self.reject in made["problem"]:
            yield Drop(made, f"unwanted: {self.reject}")
        else:
            yield made
