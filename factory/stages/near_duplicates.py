"""Near-duplicates by MinHash, each candidate checked by its true Jaccard similarity (see `factory.dedup.minhash`)."""

from collections.abc import Callable
from typing import Literal

import polars as pl
from pydantic import Field

from factory.dedup.duplicates import Duplicates
from factory.dedup.minhash import near_duplicates
from factory.rows import Columns
from factory.stage import TableStage


class NearDuplicates(TableStage):
    """Keeps the best row of each group of alike: highest in the `prefer` columns, then by id."""

    column: str = "problem"
    threshold: float = Field(0.8, gt=0, le=1)
    """Jaccard similarity of the shingle sets from which two texts are the same."""
    ngram: int = Field(5, ge=1)
    unit: Literal["auto", "word", "char"] = "auto"
    """What a shingle is made of; auto takes characters for Japanese, Chinese and Korean, words for the rest."""
    within: str | None = None
    """Only rows with the same value here are compared: two problems with different answers are not the same."""
    prefer: tuple[str, ...] = ()

    def needs(self) -> set[str]:
        return {self.column, *self.prefer, *([self.within] if self.within else [])}

    def makes(self) -> Columns:
        return {"near_duplicate_of": str | None, "jaccard": float | None}

    def decide(self, table: pl.LazyFrame) -> pl.DataFrame:
        rows = ranked(table, [self.column, *([self.within] if self.within else [])], self.prefer)
        texts = rows[self.column].to_list()

        def find(places: list[int]) -> Duplicates:
            compared = [texts[place] for place in places]
            return near_duplicates(compared, ngram=self.ngram, unit=self.unit, threshold=self.threshold)

        of, likeness = found_within(rows, self.within, find)
        return decided(rows["id"].to_list(), "near_duplicate", of, likeness, "near_duplicate_of", "jaccard")


def ranked(table: pl.LazyFrame, columns: list[str], prefer: tuple[str, ...]) -> pl.DataFrame:
    """Take the columns, with the rows in such an order that of two alike the first is to be kept."""
    descending = [*(True for _ in prefer), False]
    wanted = dict.fromkeys(["id", *columns, *prefer])
    return table.select(*wanted).sort(*prefer, "id", descending=descending, nulls_last=True).collect()


def found_within(
    rows: pl.DataFrame, within: str | None, find: Callable[[list[int]], Duplicates]
) -> tuple[list[str | None], list[float | None]]:
    """Give, for each row, the id of the one that it repeats and how alike they are, looking among its own group."""
    ids = rows["id"].to_list()
    of: list[str | None] = [None] * len(ids)
    likeness: list[float | None] = [None] * len(ids)
    groups = [list(range(len(ids)))]
    if within is not None:
        numbered = rows.with_row_index("_place").group_by(within, maintain_order=True).agg("_place")
        groups = numbered["_place"].to_list()
    for places in groups:
        if len(places) < 2:
            continue
        found = find(places)
        for place, other, value in zip(places, found.of, found.similarity, strict=True):
            if other >= 0:
                of[place], likeness[place] = ids[places[other]], float(value)
    return of, likeness


def decided(
    ids: list[str], kind: str, of: list[str | None], likeness: list[float | None], name: str, score: str
) -> pl.DataFrame:
    """Make the decision about each row: null where it is kept, else the row that it repeats."""
    reasons = [
        None if other is None else f"{kind}: {value:.2f} like {other}"
        for other, value in zip(of, likeness, strict=True)
    ]
    columns = {"id": ids, name: of, score: likeness, "_reason": reasons}
    return pl.DataFrame(columns, schema={"id": pl.String, name: pl.String, score: pl.Float64, "_reason": pl.String})
