"""An engine whose replies are written down, for tests and for trying a pipeline out: no model, same seam.

    engines:
      judge: {kind: scripted, replies: {"Is .* even": ['{"verdict": "pass"}'], ".*": ["I cannot say."]}}
      generator: {kind: scripted, script: "tests.scripts:solve"}

The first pattern found in the last turn (or the raw prompt) gives the replies; the request's own key chooses among
them, so that the same request always gets the same reply. A script is a function from Request to a Reply, a text,
or one text per choice.
"""

import asyncio
import importlib
import re
from collections.abc import Callable, Sequence
from typing import Any, get_args

from pydantic import Field

from factory.engine import Engine, EngineSpec
from factory.request import Ability, Choice, Reply, Request

Script = Callable[[Request], Reply | str | Sequence[str]]


class Spec(EngineSpec):
    """The block of an engine whose replies are given."""

    model: str = "scripted"
    license: str | None = "apache-2.0"
    replies: dict[str, list[str]] = Field(default_factory=dict)
    script: str | None = None
    delay: float = Field(0, ge=0)
    """Seconds that each answer takes."""
    concurrency: int = Field(64, ge=1)

    @property
    def can(self) -> frozenset[Ability]:
        """Whatever the script answers."""
        return frozenset(get_args(Ability))

    @property
    def chat_template(self) -> str:
        """None is needed to look a reply up."""
        return ""

    def identity(self) -> dict[str, Any]:
        """The model's name and what it is told to say."""
        return {"model": self.model, "replies": self.replies, "script": self.script}

    def check(self) -> None:
        """Raise ValueError if a pattern or the script cannot be used."""
        for pattern, replies in self.replies.items():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"the pattern {pattern!r} is not a regular expression: {error}") from None
            if not replies:
                raise ValueError(f"the pattern {pattern!r} has no replies")
        if self.script is not None:
            _load(self.script)

    def build(self) -> Engine:
        """Make the engine."""
        return ScriptedEngine(self)


class ScriptedEngine:
    """Says what it is told to."""

    def __init__(self, spec: Spec) -> None:
        self.slots = spec.concurrency
        self._spec = spec
        self._script = _load(spec.script) if spec.script else self._listed

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def ask(self, request: Request) -> Reply:
        """Answer, after the delay."""
        await asyncio.sleep(self._spec.delay)
        said = self._script(request)
        if isinstance(said, Reply):
            return said
        texts = [said] * request.n if isinstance(said, str) else list(said)
        words = sum(len(text.split()) for text in texts)
        return Reply(tuple(Choice(text) for text in texts), completion_tokens=words, model=self._spec.model)

    def _listed(self, request: Request) -> list[str]:
        asked = request.prompt if request.prompt is not None else request.messages[-1]["content"]
        for pattern, replies in self._spec.replies.items():
            if re.search(pattern, asked):
                start = int(request.key(self._spec.identity()), 16)
                return [replies[(start + number) % len(replies)] for number in range(request.n)]
        return [""] * request.n


def _load(name: str) -> Script:
    module, _, function = name.partition(":")
    try:
        script: Script = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"the script {name!r} cannot be loaded: {error}") from None
    return script
