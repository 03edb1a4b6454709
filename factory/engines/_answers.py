"""Read the body of an OpenAI-style answer: the choices, with the reasoning kept apart."""

import re
from typing import Any

import orjson

from factory.request import Choice, Fault, Reply, Request

_THINK = re.compile(r"\A\s*<think>(.*?)</think>\s*", re.DOTALL)


def read_body(content: bytes, request: Request, model: str) -> Reply:
    """Make a reply of a body; one that is not what the API promises is a `malformed` fault."""
    try:
        body = orjson.loads(content)
        choices = tuple(_choice(choice) for choice in body["choices"])
        usage = body.get("usage") or {}
        written = max(int(usage.get("completion_tokens") or 0), sum(map(_listed, body["choices"])))
        tokens = int(usage.get("prompt_tokens") or 0), written
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        start = content[:80].decode("utf-8", "replace")
        return Reply(fault=Fault("malformed", f"{type(error).__name__} in an answer that begins {start!r}"))
    if len(choices) != request.n:
        message = f"{len(choices)} choices came back, {request.n} were asked for"
        return Reply(fault=Fault("malformed", message))
    return Reply(choices, *tokens, model=model)


def _choice(choice: dict[str, Any]) -> Choice:
    finish = choice.get("finish_reason") or "stop"
    message = choice.get("message")
    if message is None:
        return Choice(_text(choice["text"]), finish)
    text = _text(message["content"])
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    if not reasoning and (thought := _THINK.match(text)):
        reasoning, text = thought[1].strip(), text[thought.end() :]
    return Choice(text, finish, reasoning or None)


def _listed(choice: dict[str, Any]) -> int:
    """Count the tokens of a choice that came with log-probabilities: llama.cpp's usage counts the first choice only."""
    return len((choice.get("logprobs") or {}).get("content") or ())


def _text(value: Any) -> str:
    """Take a choice without text as an empty one; the stage's rules drop it."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"text is {type(value).__name__}")
    return value
