"""Duplicates in meaning: sentence embeddings whose cosine is high (see `factory.dedup.semantic`)."""

import polars as pl
from pydantic import Field

from factory.dedup.duplicates import Duplicates
from factory.dedup.semantic import embed, semantic_duplicates
from factory.rows import Columns
from factory.stage import TableStage
from factory.stages.near_duplicates import decided, found_within, ranked


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
        vectors = embed(rows[self.column].to_list(), model=self.model) if len(rows) > 1 else None

        def find(places: list[int]) -> Duplicates:
            assert vectors is not None  # noqa: S101 - there are rows to compare
            return semantic_duplicates(vectors[places], self.threshold)

        of, likeness = found_within(rows, self.within, find)
        return decided(rows["id"].to_list(), "semantic_duplicate", of, likeness, "semantic_duplicate_of", "cosine")
