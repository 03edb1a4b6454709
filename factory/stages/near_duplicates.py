"""Near-duplicates by MinHash, each candidate checked by its true Jaccard similarity (see `factory.dedup.minhash`)."""

from typing import Literal

import polars as pl
from pydantic import Field

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
    prefer: tuple[str, ...] = ()

    def needs(self) -> set[str]:
        return {self.column, *self.prefer}

    def makes(self) -> Columns:
        return {"near_duplicate_of": str | None, "jaccard": float | None}

    def decide(self, table: pl.LazyFrame) -> pl.DataFrame:
        rows = ranked(table, [self.column], self.prefer)
        found = near_duplicates(rows[self.column].to_list(), ngram=self.ngram, unit=self.unit, threshold=self.threshold)
        ids = rows["id"].to_list()
        of = [ids[other] if other >= 0 else None for other in found.of]
        likeness = [
            float(value) if other >= 0 else None for other, value in zip(found.of, found.similarity, strict=True)
        ]
        return decided(ids, "near_duplicate", of, likeness, "near_duplicate_of", "jaccard")


def ranked(table: pl.LazyFrame, columns: list[str], prefer: tuple[str, ...]) -> pl.DataFrame:
    """Take the columns, with the rows in such an order that of two alike the first is to be kept."""
    descending = [*(True for _ in prefer), False]
    wanted = dict.fromkeys(["id", *columns, *prefer])
    return table.select(*wanted).sort(*prefer, "id", descending=descending, nulls_last=True).collect()


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
