"""Rows that share passages with benchmark texts are dropped, each with the benchmark and the item (see
`factory.dedup.overlap`).

    - benchmark_overlap:
        files: [benchmarks/gsm8k.jsonl]      # {"id": "test/17", "text": "Natalia sold clips to …"}
        max_share: 0.5
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field

from factory.dedup.overlap import Benchmarks, Overlap
from factory.errors import UserError
from factory.files import read_records
from factory.request import Reply
from factory.rows import Columns, Drop, Row
from factory.stage import DataFile, RowStage


class BenchmarkOverlap(RowStage):
    """Annotates the row with the item that it shares most with, and drops it from `max_share` or `max_coverage` on."""

    files: tuple[DataFile, ...] = Field(min_length=1)
    """JSON Lines or Parquet; the file's name is the benchmark's."""
    text: str = "text"
    """The key of the item's text; its id is under `id`, or is its place in the file."""
    column: str = "problem"
    words: int = Field(13, ge=1)
    """Words that make an n-gram."""
    characters: int = Field(30, ge=1)
    """Characters that do, in a script written without spaces."""
    max_share: float = Field(0.5, gt=0, le=1)
    """Of the row's n-grams."""
    max_coverage: float = Field(0.5, gt=0, le=1)
    """Of the item's n-grams."""
    any_numbers: bool = True
    """An item with other numbers in it is still the item."""

    def identity(self) -> list[Any]:
        return [*super().identity(), [path.stem for path in self.files]]

    def needs(self) -> set[str]:
        return {self.column}

    def makes(self) -> Columns:
        return {"benchmark": str | None, "benchmark_item": str | None, "benchmark_share": float | None}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        found = self._overlap(row[self.column])
        if found is None:
            yield {**row, "benchmark": None, "benchmark_item": None, "benchmark_share": None}
            return
        seen = {**row, "benchmark": found.benchmark, "benchmark_item": found.item, "benchmark_share": found.share}
        if found.share >= self.max_share or found.coverage >= self.max_coverage:
            yield Drop(seen, f"benchmark: {found.benchmark} {found.item}, {found.share:.0%} shared: {found.span}"[:300])
        else:
            yield seen

    def _overlap(self, text: str) -> Overlap | None:
        ways = (False, True) if self.any_numbers else (False,)
        indices = (_index(self.files, self.text, self.words, self.characters, way) for way in ways)
        found = (index.overlap(text) for index in indices)
        return max((one for one in found if one is not None), key=self._weight, default=None)

    def _weight(self, found: Overlap) -> float:
        return max(found.share / self.max_share, found.coverage / self.max_coverage)


@lru_cache(maxsize=4)
def _index(files: tuple[Path, ...], key: str, words: int, characters: int, any_numbers: bool) -> Benchmarks:
    """Index the files once in each process."""
    return Benchmarks(_items(files, key), words=words, characters=characters, any_numbers=any_numbers)


def _items(files: tuple[Path, ...], key: str) -> Iterator[tuple[str, str, str]]:
    for path in files:
        for number, record in enumerate(read_records(path)):
            if not isinstance(record.get(key), str):
                raise UserError(f"{path}: record {number + 1} has no text under {key!r}; it has {', '.join(record)}")
            yield path.stem, str(record.get("id", number)), record[key]
