"""Chooses the answer of a row among its candidates: the first that is in."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from factory.request import Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage


class Choose(RowStage):
    """Writes the candidate's text and model; a row whose candidates are all out ends here."""

    responses: str = "responses"
    column: str = Field("response", pattern=r"^[a-z]\w*$")
    """Where the text goes; the model goes to `<column>_model`."""

    def needs(self) -> set[str]:
        return {self.responses}

    def makes(self) -> Columns:
        return {self.column: str, f"{self.column}_model": str, f"{self.column}_thinking": str | None}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        best = next((one for one in row[self.responses] if one["fault"] is None), None)
        if best is None:
            yield Drop(row, "no_answer: every candidate is out")
            return
        named = {"": best["text"], "_model": best["model"], "_thinking": best["thinking"]}
        yield {**row, **{f"{self.column}{suffix}": value for suffix, value in named.items()}}
