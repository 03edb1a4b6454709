"""The records inside rows of any recipe: a candidate answer, and a tag that says what was measured on a text.

{"text": "Use `sorted(...)` …", "thinking": None, "finish": "stop", "model": "SmolLM2…", "fault": None,
 "tags": [{"tagger": "characters", "column": "responses", "value": 412.0, "detail": ""}]}
"""

from typing_extensions import TypedDict

from factory.request import Choice


class Tag(TypedDict):
    """What a tagger measured on the text of `column`; whether that is too much is for `filter` to say."""

    tagger: str
    column: str
    value: float
    detail: str


class Response(TypedDict):
    """One candidate answer; `thinking` is what the model kept apart. `fault` says why it is out; null: it is in."""

    text: str
    thinking: str | None
    finish: str
    model: str
    tags: list[Tag]
    fault: str | None


class Mend(TypedDict):
    """One repair of a row, `by` which repair; the stage and reason it was rejected for, the text before, the tokens."""

    by: str
    stage: str
    reason: str
    before: str
    tokens: int


def response(choice: Choice, model: str) -> Response:
    """Make a candidate of a choice."""
    return Response(
        text=choice.text.strip(), thinking=choice.reasoning, finish=choice.finish, model=model, tags=[], fault=None
    )
