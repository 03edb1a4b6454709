"""Asks again for what was rejected for a reason that can be mended (see `factory.mending`).

The prompt has the row's columns, and beside them `said` (the text as it was) and `reason` (why it was rejected), after
self-refinement with feedback (Madaan et al., arXiv:2303.17651), where the feedback is the check's own reason.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field

from factory.mending import DEFECT, MENDS, Mender
from factory.prompts import PromptName
from factory.records import Mend
from factory.request import Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Sampling


class Repair(Mender):
    """Rewrites `column` of the rows that have a `defect`; each attempt is kept in `mends`.

    `mend_model` names the model that rewrote it, for `export.models`.
    """

    extras: ClassVar[frozenset[str]] = frozenset({"said", "reason"})
    engine: str
    column: str
    prompt: PromptName = Field(default="repair/{language}/rewrite", validate_default=True)
    sampling: Sampling = Sampling()

    def needs(self) -> set[str]:
        return {self.column, "defect"}

    def makes(self) -> Columns:
        return {self.column: str, "mend_model": str | None} | DEFECT | MENDS

    def ask(self, row: Row) -> list[Request]:
        if row["defect"] is None:
            return []
        shown = self.prompt.render(row, said=row[self.column] or "", reason=row["defect"].partition(": ")[2])
        return [Request(**shown, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        mends = list(row.get("mends") or ())
        if row["defect"] is None:
            yield {**row, "mends": mends, "mend_model": row.get("mend_model")}
            return
        stage, _, reason = row["defect"].partition(": ")
        (reply,) = replies
        mend = Mend(
            by=self._label,
            stage=stage,
            reason=reason,
            before=row[self.column] or "",
            tokens=reply.prompt_tokens + reply.completion_tokens,
        )
        rewritten = {self.column: reply.text.strip(), "mend_model": reply.model}
        mended = {**row, **rewritten, "defect": None, "mends": [*mends, mend]}
        if reply.choices[0].finish == "length":
            yield Drop(mended, f"cut_off_again: mending {reason}"[:300])
        else:
            yield mended

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Say how many rows each reason gave back, and at what cost."""
        last = pl.col("mends").list.last().struct
        kind = last.field("reason").str.split(":").list.first().alias("kind")
        mine = last.field("by") == self._label
        tried = made.filter(mine).group_by(kind).agg(pl.len(), last.field("tokens").sum().alias("tokens"))
        counts = tried.sort("kind").collect()
        back = dict(kept.filter(mine).group_by(kind).len().collect().iter_rows())
        never = [kind for kind in self.reasons if kind not in counts["kind"]]
        lines = [
            f"{kind}: {back.get(kind, 0)} of {rows} mended and kept, {tokens:,} tokens"
            + (f", {tokens / back[kind]:,.0f} a row kept" if back.get(kind) else "")
            for kind, rows, tokens in counts.iter_rows()
        ]
        return [*lines, f"nothing to mend: {', '.join(never)}"] if never else lines
