"""Chooses the answer of a row among its candidates: the first that is in, or the best by a score (best of n).

- choose
- choose: {by: reward}
- choose: {by: correct, least: 1}     # a right answer, or none: rejection sampling
"""

from collections.abc import Iterable, Sequence

from pydantic import Field, model_validator

from factory.records import Response, value_of
from factory.request import Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage


class Choose(RowStage):
    """Writes the candidate's text and model; a row whose candidates are all out ends here."""

    responses: str = "responses"
    column: str = Field("response", pattern=r"^[a-z]\w*$")
    """Where the text goes; the model goes to `<column>_model`."""
    by: str | None = None
    """The score to go by. It then goes to `<column>_score`; a row none of whose candidates has it is unscored."""
    least: float | None = None
    """The score that the chosen one must have; a row whose best has less ends here. Rejection-sampling fine-tuning
    keeps verified answers so (Yuan et al., arXiv:2308.01825)."""

    @model_validator(mode="after")
    def _of_a_score(self) -> "Choose":
        if self.least is not None and self.by is None:
            raise ValueError("least: of which score? name it with `by`")
        return self

    def needs(self) -> set[str]:
        return {self.responses}

    def needs_scores(self) -> set[str]:
        return {self.by} if self.by else set()

    def makes(self) -> Columns:
        made: Columns = {self.column: str, f"{self.column}_model": str, f"{self.column}_thinking": str | None}
        return made | ({f"{self.column}_score": float} if self.by else {})

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        left: list[Response] = [one for one in row[self.responses] if one["fault"] is None]
        if not left:
            yield Drop(row, "no_answer: every candidate is out")
            return
        best, value = left[0], None
        if self.by is not None:
            scores = [(found, one) for one in left if (found := value_of(one, self.by)) is not None]
            if not scores:
                yield Drop(row, f"unscored: {self.by}: {len(left)} candidates")
                return
            value, best = max(scores, key=lambda scored: scored[0])
            if self.least is not None and value < self.least:
                yield Drop(row, f"too_low: {self.by}: {value:g} at best of {len(left)} candidates")
                return
        named: Row = {"": best["text"], "_model": best["model"], "_thinking": best["thinking"]}
        named |= {"_score": value} if self.by else {}
        yield {**row, **{f"{self.column}{suffix}": text for suffix, text in named.items()}}
