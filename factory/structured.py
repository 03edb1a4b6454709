"""Holds answers to the JSON Schema that was asked for: checked, given one chance of repair, then marked invalid.

A server that constrains its decoding rarely needs this; one that only promises to, or that cut the answer off, does.
What is still wrong comes back with `finish` "invalid", and the stage that asked decides what becomes of the row.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator

from factory.engine import Wrapper
from factory.request import Choice, Message, Reply, Request

_REPAIR = "This is not what was asked for: {problem}. Answer again, with nothing but the JSON."


class Structured(Wrapper):
    """An engine whose answers follow their request's JSON Schema, or say that they do not."""

    async def ask(self, request: Request) -> Reply:
        """Ask, and ask once more for each choice that does not follow the schema."""
        reply = await self._engine.ask(request)
        if request.json_schema is None or reply.fault is not None:
            return reply
        choices = list(reply.choices)
        for number, choice in enumerate(choices):
            if (problem := invalid(choice.text, request.json_schema)) is None:
                continue
            again = await self._engine.ask(_repair(request, choice, problem, number))
            if again.fault is not None and again.fault.retry and again.fault.kind != "empty":
                return again  # the engine's trouble, which another run may not have
            reply = replace(
                reply,
                prompt_tokens=reply.prompt_tokens + again.prompt_tokens,
                completion_tokens=reply.completion_tokens + again.completion_tokens,
            )
            repaired = again.fault is None and invalid(again.text, request.json_schema) is None
            choices[number] = again.choices[0] if repaired else replace(choice, finish="invalid")
        return replace(reply, choices=tuple(choices))


def invalid(text: str, schema: dict[str, Any]) -> str | None:
    """Say in a few words how the text fails to be JSON that follows the schema (2020-12); None if it does not."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return f"it is not JSON ({error})"
    wrong = next(_validator(orjson.dumps(schema)).iter_errors(value), None)
    return None if wrong is None else f"{wrong.json_path}: {wrong.message}"[:300]


@lru_cache(64)
def _validator(schema: bytes) -> Draft202012Validator:
    return Draft202012Validator(orjson.loads(schema))


def _repair(request: Request, choice: Choice, problem: str, number: int) -> Request:
    """Show a chat what was wrong with its answer; a raw text can only be drawn again."""
    seed = None if request.seed is None else (request.seed + number + 1) & 0x7FFFFFFF
    if not request.messages or request.messages[-1]["role"] == "assistant":
        return replace(request, n=1, seed=seed)
    turns = (
        Message(role="assistant", content=choice.text),
        Message(role="user", content=_REPAIR.format(problem=problem)),
    )
    return replace(request, n=1, seed=seed, messages=request.messages + turns)
