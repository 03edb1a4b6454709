"""Reads the body of a server's answer: choices with the reasoning kept apart, or the numbers asked for."""

from collections.abc import Callable
from typing import Any

import orjson

from factory.engines import _reasoning
from factory.request import Choice, Fault, Reply, Request


def read_body(content: bytes, request: Request, model: str) -> Reply:
    """Make a reply of a body; one that is not what the API promises is a `malformed` fault, one of nothing `empty`."""
    try:
        body = orjson.loads(content)
        if request.task in _NUMBERS:
            usage = body.get("usage") or {}
            numbers = tuple(float(number) for number in _NUMBERS[request.task](body))
            return Reply(prompt_tokens=int(usage.get("prompt_tokens") or 0), model=model, numbers=numbers)
        choices = tuple([_choice(choice, request) for choice in body["choices"]])
        usage = body.get("usage") or {}
        written = int(usage.get("completion_tokens") or 0)
        if request.n > 1:
            written = max(written, sum(map(_listed, body["choices"])))
        read = int(usage.get("prompt_tokens") or 0)
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError, ValueError) as error:
        start = content[:80].decode("utf-8", "replace")
        return Reply(fault=Fault("malformed", f"{type(error).__name__} in an answer that begins {start!r}"))
    if len(choices) != request.n:
        message = f"{len(choices)} choices came back, {request.n} were asked for"
        return Reply(fault=Fault("malformed", message))
    if not any(choice.text or choice.reasoning for choice in choices):
        return Reply(fault=Fault("empty", "the answer has no text", after=0.0))
    return Reply(choices, read, written, model)


def _choice(choice: dict[str, Any], request: Request) -> Choice:
    finish = choice.get("finish_reason") or "stop"
    logprobs = _logprobs(choice["logprobs"]) if request.logprobs else None
    message = choice.get("message")
    if message is None:
        return Choice(_text(choice["text"]), finish, None, logprobs)
    text = _text(message["content"])
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    if not reasoning and ("<" in text or "[" in text):
        reasoning, text = _reasoning.split(text)
    return Choice(text, finish, reasoning or None, logprobs)


def _logprobs(found: dict[str, Any]) -> tuple[dict[str, float], ...]:
    """Read either form: a list of tokens with their alternatives (chat), or parallel lists (completions)."""
    if found.get("content") is not None:
        return tuple(
            {other["token"]: other["logprob"] for other in token["top_logprobs"]} for token in found["content"]
        )
    return tuple(dict(alternatives) for alternatives in found["top_logprobs"])


def _embedding(body: dict[str, Any]) -> list[float]:
    numbers: list[float] = body["data"][0]["embedding"]
    return numbers


def _score(body: dict[str, Any]) -> list[float]:
    numbers: list[float] = body["data"][0]["probs"]
    return numbers


def _likelihood(body: dict[str, Any]) -> list[float]:
    """Take the log-probability of the tokens that are there; the first has none, as nothing comes before it."""
    found: list[dict[str, dict[str, Any]] | None] = body["choices"][0]["prompt_logprobs"]
    return [next(iter(token.values()))["logprob"] for token in found if token]


_NUMBERS: dict[str, Callable[[dict[str, Any]], list[float]]] = {
    "embed": _embedding,
    "score": _score,
    "likelihood": _likelihood,
}


def _listed(choice: dict[str, Any]) -> int:
    """Count the tokens of a choice that came with log-probabilities: llama.cpp's usage counts the first choice only."""
    return len((choice.get("logprobs") or {}).get("content") or ())


def _text(value: Any) -> str:
    """Take a choice without text as an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"text is {type(value).__name__}")
    return value
