"""Rows from a file or a dataset of the user's own.

- read:
    file: problems.jsonl
    columns: {problem: text, known_answer: text}
    constants: {language: en}
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice

from pydantic import Field, PrivateAttr

from factory.files import Record
from factory.rows import Columns, Row
from factory.stage import Source
from factory.stages._records import FromRecords


class Read(FromRecords, Source):
    """Makes a row of each record."""

    constants: dict[str, str | bool | int | float] = Field(default_factory=dict)
    """Columns that have the same value in every row."""

    _cursor: tuple[int, Iterator[Record]] = PrivateAttr(default=(-1, iter(())))

    def size(self) -> int:
        return self._count

    @cached_property
    def _count(self) -> int:
        return sum(1 for _ in self.records())

    def makes(self) -> Columns:
        return super().makes() | {name: type(value) for name, value in self.constants.items()}

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        place, records = self._cursor
        if place != start:  # partitions mostly come in order: a file is then read once and not once for each
            records = islice(self.records(), start, None)
        rows = [
            {**self.taken(record, number), **self.constants}
            for number, record in enumerate(islice(records, stop - start), start)
        ]
        self._cursor = (stop, records)
        return rows
