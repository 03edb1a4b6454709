"""Duplicates in meaning: sentence embeddings whose cosine is high (see `factory.dedup.semantic`)."""

import polars as pl
from pydantic import Field

from factory.dedup.semantic import embed, semantic_duplicates
from factory.rows import Columns
from factory.stage import TableStage
from factory.stages.near_duplicates import decided, ranked


class SemanticDuplicates(TableStage):
    """Keeps the best row of each group of alike: highest in the `prefer` columns, then by id."""

    column: str = "problem"
    model: str | None = None
    """A sentence-transformers model (folder or name on the Hub); the packaged all-MiniLM-L6-v2 without it."""
    threshold: float = Field(0.95, gt=0, le=1)
    """Cosine from which two texts mean the same."""
    within: str | None = None
    """Only rows with the same value here are compared: two problems with different answers are not the same."""
    prefer: tuple[str, ...] = ()

    def needs(self) -> set[str]:
        return {self.column, *self.prefer, *([self.within] if self.within else [])}

    def makes(self) -> Columns:
        return {"semantic_duplicate_of": str | None, "cosine": float | None}

    def decide(self, table: pl.LazyFrame) -> pl.DataFrame:
        rows = ranked(table, [self.column, *([self.within] if self.within else [])], self.prefer)
        ids = rows["id"].to_list()
        of: list[str | None] = [None] * len(ids)
        likeness: list[float | None] = [None] * len(ids)
        vectors = embed(rows[self.column].to_list(), model=self.model) if ids else None
        for places in self._groups(rows):
            assert vectors is not None  # noqa: S101 - there are rows
            found = semantic_duplicates(vectors[places], self.threshold)
            for place, other, value in zip(places, found.of, found.similarity, strict=True):
                if other >= 0:
                    of[place], likeness[place] = ids[places[other]], float(value)
        return decided(ids, "semantic_duplicate", of, likeness, "semantic_duplicate_of", "cosine")

    def _groups(self, rows: pl.DataFrame) -> list[list[int]]:
        if self.within is None:
            return [list(range(len(rows)))] if len(rows) else []
        numbered = rows.with_row_index("_place").group_by(self.within, maintain_order=True).agg("_place")
        return [places for places in numbered["_place"].to_list() if len(places) > 1]
