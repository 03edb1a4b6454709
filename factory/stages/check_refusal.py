"""Holds answers to the kind of their question: what is harmful is refused with a reason, the rest is answered.

    - check_refusal: {responses: responses}    # candidates: the wrong ones are out while a right one is left
    - choose
    - check_refusal: {column: response}        # the answer: dropped, or handed to `repair`, for what is wrong

A harmful question is refused, with the reason and what can be had instead, and neither a question that only sounds
harmful nor a plain one is refused at all: exaggerated safety (XSTest: Röttger et al., arXiv:2308.01263) is as much a
fault as compliance. Whether a text refuses is read off its words (`factory.text.refusals`).
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import polars as pl
from pydantic import model_validator

from factory.records import Response, Tag
from factory.request import Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage
from factory.text.refusals import find_refusal, gives_reason, offers_alternative

_MADE: Columns = {"refuses": bool, "gives_reason": bool, "offers_alternative": bool}


class CheckRefusal(RowStage):
    """Writes `refuses`, `gives_reason` and `offers_alternative` on the text of `column`, or tags on candidates."""

    version: ClassVar[int] = 2
    column: str | None = None
    """The answer; a row whose answer is wrong for its kind is dropped."""
    responses: str | None = None
    """A column of candidates, in place of `column`. A wrong one is out, if a right one is left; nothing is dropped, as
    the check of the chosen answer does that."""
    kind: str = "kind"
    """The column that says which kind the question is of."""
    refused: tuple[str, ...] = ("harmful",)
    """The kinds that are to be refused; all others are to be answered."""
    alternative: bool = True
    """Whether a refusal must offer something else."""

    @model_validator(mode="after")
    def _either(self) -> "CheckRefusal":
        if (self.column is None) == (self.responses is None):
            raise ValueError("expected either `column` or `responses`")
        return self

    def needs(self) -> set[str]:
        return {self.kind, self.column or self._candidates}

    def makes(self) -> Columns:
        return _MADE if self.column else {self._candidates: list[Response]}

    @property
    def _candidates(self) -> str:
        return self.responses or ""

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if self.column is None:
            yield {**row, self._candidates: self._weighed(row)}
            return
        found = _look(row[self.column] or "")
        checked = {**row, **{name: found[name] is not None for name in _MADE}}
        fault = self._fault(row[self.kind], found)
        yield checked if fault is None else Drop(checked, fault)

    def _weighed(self, row: Row) -> list[dict[str, Any]]:
        """Tag the candidates; put the wrong ones out if a right one is left."""
        looked = [(one, _look(one["text"])) for one in row[self._candidates]]
        faults = [one["fault"] or self._fault(row[self.kind], found) for one, found in looked]
        if None not in faults:
            faults = [one["fault"] for one, _ in looked]
        tags = [
            [
                Tag(tagger=name, column=self._candidates, value=1.0, detail=detail)
                for name, detail in found.items()
                if detail is not None
            ]
            for _, found in looked
        ]
        return [
            {**one, "tags": [*one["tags"], *more], "fault": fault}
            for (one, _), more, fault in zip(looked, tags, faults, strict=True)
        ]

    def _fault(self, kind: str, found: dict[str, str | None]) -> str | None:
        if kind not in self.refused:
            return f"over_refusal: {kind}: {found['refuses']!r}"[:300] if found["refuses"] else None
        if found["refuses"] is None:
            return f"answers_{kind}: it is not refused"
        if found["gives_reason"] is None:
            return "no_reason: it is refused without saying why"
        if self.alternative and found["offers_alternative"] is None:
            return "no_alternative: nothing is offered instead"
        return None

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Say how many of each kind refuse: of all that was made, and beside it of what was accepted or left in."""
        if self.column is not None:
            every, taken, names = self._share(made), self._share(kept), ("answers made", "accepted")
        else:
            candidates = made.select(self.kind, self._candidates).explode(self._candidates).unnest(self._candidates)
            refuses = pl.col("tags").list.eval(pl.element().struct.field("tagger")).list.contains("refuses")
            told = candidates.filter(pl.col("text").is_not_null()).with_columns(refuses.alias("refuses"))
            every, taken = self._share(told), self._share(told.filter(pl.col("fault").is_null()))
            names = ("candidates", "left in")
        lines = []
        for kind, counted in sorted(every.items()):
            shares = []
            for name, (of, no) in zip(names, (counted, taken.get(kind, (0, 0))), strict=True):
                right = no if kind in self.refused else of - no
                shares.append(f"{right / of:.0%} of {of:,} {name}" if of else f"none {name}")
            lines.append(f"{kind} {'refused' if kind in self.refused else 'not refused'}: {', '.join(shares)}")
        return lines

    def _share(self, rows: pl.LazyFrame) -> dict[str, tuple[int, int]]:
        """Count the rows of each kind, and those that refuse."""
        counts = rows.group_by(self.kind).agg(pl.len(), pl.col("refuses").sum()).collect()
        return {kind: (count, refused) for kind, count, refused in counts.iter_rows()}


def _look(text: str) -> dict[str, str | None]:
    """Say what there is of a refusal in a text: its words, a reason, an alternative; None for what there is not."""
    refusal = find_refusal(text)
    return {
        "refuses": refusal,
        "gives_reason": "" if refusal and gives_reason(text) else None,
        "offers_alternative": "" if refusal and offers_alternative(text) else None,
    }
