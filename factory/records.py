"""The records inside rows of any recipe: a candidate answer, and a tag that says what was measured on a text.

{"text": "Use `sorted(...)` …", "thinking": None, "finish": "stop", "model": "SmolLM2…", "fault": None,
 "tags": [{"tagger": "characters", "column": "responses", "value": 412.0, "detail": ""}],
 "scores": [{"name": "reward", "value": 1.72, "spread": null, "detail": ""}]}
"""

import math
from collections.abc import Iterable

from typing_extensions import TypedDict

from factory.request import Choice


class Tag(TypedDict):
    """What a tagger measured on the text of `column`; whether that is too much is for `filter` to say."""

    tagger: str
    column: str
    value: float
    detail: str


class Score(TypedDict):
    """How good a text is by one measure. A `value` of null is a score that could not be had: `detail` says why.

    `spread` is the largest less the smallest of what was averaged; null where nothing was.
    """

    name: str
    value: float | None
    spread: float | None
    detail: str


class Response(TypedDict):
    """One candidate answer; `thinking` is what the model kept apart. `fault` says why it is out; null: it is in."""

    text: str
    thinking: str | None
    finish: str
    model: str
    tags: list[Tag]
    fault: str | None
    scores: list[Score]


class Mend(TypedDict):
    """One repair of a row, `by` which repair; the stage and reason it was rejected for, the text before, the tokens."""

    by: str
    stage: str
    reason: str
    before: str
    tokens: int


def response(choice: Choice, model: str) -> Response:
    """Make a candidate of a choice."""
    return candidate(choice.text, choice.reasoning, choice.finish, model)


def candidate(text: str, thinking: str | None, finish: str, model: str) -> Response:
    """Make a candidate that nothing is known of yet."""
    return Response(text=text.strip(), thinking=thinking, finish=finish, model=model, tags=[], fault=None, scores=[])


def score(name: str, value: float | None, detail: str = "", spread: float | None = None) -> Score:
    """Make a score; a number that is none (NaN, infinity) is no score."""
    if value is not None and not math.isfinite(value):
        value, detail = None, f"unscored: {value}"
    return Score(name=name, value=value, spread=spread, detail=detail[:500])


def value_of(one: Response, name: str) -> float | None:
    """Give a candidate's score; None where it has none."""
    return next((found["value"] for found in one["scores"] if found["name"] == name), None)


def scored(one: Response, scores: Iterable[Score]) -> Response:
    """Add scores to a candidate, in place of earlier ones of the same names."""
    new = list(scores)
    names = {found["name"] for found in new}
    return {**one, "scores": [*(found for found in one["scores"] if found["name"] not in names), *new]}
