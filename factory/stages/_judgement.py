"""A judgement by a rubric, from 1 to 5, as a model fills it in: its schema, how it is read, and how several make one.

{"deductions": [{"what": "partly_false", "points": 2}], "comment": "Bleach is no acid.", "score": 3}
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypedDict

BEST, WORST = 5, 1
_MOST = 5
"""Deductions of one judgement."""
_COMMENT = 200
"""Characters of its comment: where a schema sets no bound, small models write on until they are cut off."""


class Deduction(TypedDict):
    """What points were taken off for, and how many of them (1 to 4)."""

    what: str
    points: int


class Judgement(BaseModel):
    """What the judge must fill in, in this order: it looks for faults before it gives the score."""

    model_config = ConfigDict(extra="forbid", strict=True)
    deductions: list[Deduction] = Field(max_length=_MOST)
    comment: str = Field(max_length=_COMMENT)
    score: int = Field(ge=WORST, le=BEST)

    @property
    def gap(self) -> int:
        """How far the score is from what its own deductions leave."""
        return abs(self.score - max(WORST, BEST - sum(one["points"] for one in self.deductions)))


@dataclass(frozen=True)
class Panel:
    """Several judgements of one answer. They count if more than half of those asked for can be read."""

    judgements: Sequence[Judgement]
    problem: str | None
    """Why there is no rating; None if there is one."""

    @property
    def rating(self) -> float:
        """The mean score, 1 to 5."""
        return sum(one.score for one in self.judgements) / len(self.judgements)

    @property
    def reward(self) -> float:
        """The rating on a scale from 0 to 1."""
        return (self.rating - WORST) / (BEST - WORST)

    @property
    def spread(self) -> float | None:
        """The best reward less the worst; None for a single judgement."""
        scores = [one.score for one in self.judgements]
        return (max(scores) - min(scores)) / (BEST - WORST) if len(scores) > 1 else None

    @property
    def gap(self) -> float:
        """How far the scores are from what their deductions leave, on average."""
        return sum(one.gap for one in self.judgements) / len(self.judgements)

    @property
    def comments(self) -> str:
        """What was said, in one line."""
        return " | ".join(one.comment.strip() for one in self.judgements)

    @property
    def deductions(self) -> list[Deduction]:
        """All deductions."""
        return [deduction for one in self.judgements for deduction in one.deductions]


def panel(texts: Sequence[str], deductions: Sequence[str]) -> Panel:
    """Read the judgements of one answer, given the names of what points may be taken off for."""
    read = [_read(text, deductions) for text in texts]
    judgements = [one for one in read if isinstance(one, Judgement)]
    enough = 2 * len(judgements) > len(read)
    return Panel(judgements, None if enough else next((one for one in read if isinstance(one, str)), "no judgement"))


def schema(deductions: Sequence[str]) -> dict[str, Any]:
    """Give the JSON Schema of a judgement, with nothing in it that some server's grammar cannot follow."""
    points = {"type": "integer", "minimum": 1, "maximum": BEST - WORST}
    deduction = _object(what={"type": "string", "enum": list(deductions)}, points=points)
    return _object(
        deductions={"type": "array", "items": deduction, "maxItems": _MOST},
        comment={"type": "string", "maxLength": _COMMENT},
        score={"type": "integer", "minimum": WORST, "maximum": BEST},
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _read(text: str, deductions: Sequence[str]) -> Judgement | str:
    """Read a judgement, or say why it cannot be read."""
    try:
        judgement = Judgement.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'reply'}: {first['msg']}"[:200]
    unknown = [one["what"] for one in judgement.deductions if one["what"] not in deductions]
    return f"deductions: {unknown[0]!r} is not in the rubric"[:200] if unknown else judgement
