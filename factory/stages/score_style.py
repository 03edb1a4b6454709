"""Penalties for length and for mark-up: 0 up to a soft limit, then down on a straight line to -1 at the hard one.

    - score_style: {length: [1500, 4000], markup: [4, 12]}

That shape is DAPO's soft punishment of overlong answers (Yu et al., arXiv:2503.14476, §3.4), in characters here, so
that Japanese is measured too. Mark-up is what Chatbot Arena's style control counts beside length: headings, bold
texts and list items (Li et al., "Does style matter?", 2024), here for each 1,000 characters outside code. Both are what
reward models and judges like for its own sake; `score_sum` takes them off a reward.
"""

import re
from collections.abc import Iterable, Sequence

from pydantic import field_validator, model_validator

from factory.code.blocks import blocks
from factory.records import Score, score
from factory.request import Reply
from factory.rows import Row
from factory.stages._scored import Scored

_MARKS = re.compile(r"^#{1,6} |^ {0,6}(?:[-*+•・]|\d{1,3}[.)．]) |\*\*[^*\n]+\*\*", re.M)
_LEAST = 200
"""Characters as which a shorter text counts: one list item in a line is no style."""


class ScoreStyle(Scored):
    """Writes the scores `length` and `markup` on each candidate, from -1 to 0; null leaves one out."""

    length: tuple[float, float] | None = (2000, 6000)
    """Characters: the soft limit and the hard one."""
    markup: tuple[float, float] | None = (10, 30)
    """Headings, bold texts and list items for each 1,000 characters."""

    @field_validator("length", "markup")
    @classmethod
    def _ordered(cls, limits: tuple[float, float] | None) -> tuple[float, float] | None:
        if limits is not None and not 0 <= limits[0] < limits[1]:
            raise ValueError(f"expected a soft limit below the hard one, found [{limits[0]:g}, {limits[1]:g}]")
        return limits

    @model_validator(mode="after")
    def _something(self) -> "ScoreStyle":
        if self.length is None and self.markup is None:
            raise ValueError("expected `length` or `markup`")
        return self

    def names(self) -> list[str]:
        return [name for name in ("length", "markup") if getattr(self, name)]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        yield self.with_scores(row, (self._scores(one["text"]) for one in self.candidates(row)))

    def _scores(self, text: str) -> list[Score]:
        scores = []
        if self.length is not None:
            scores.append(score("length", _penalty(len(text), self.length), f"{len(text):,} characters"))
        if self.markup is not None:
            prose = _without_code(text)
            marks = len(_MARKS.findall(prose))
            density = 1000 * marks / max(len(prose), _LEAST)
            scores.append(score("markup", _penalty(density, self.markup), f"{marks} marks"))
        return scores


def _penalty(amount: float, limits: tuple[float, float]) -> float:
    soft, hard = limits
    return -min(max((amount - soft) / (hard - soft), 0.0), 1.0) or 0.0  # and not -0.0


def _without_code(text: str) -> str:
    for block in reversed(blocks(text)):
        text = text[: block.start] + text[block.end :]
    return text
