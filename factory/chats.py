"""The turns of a shard's chats as trainers know them: with the reasoning as a field, with calls of tools as calls.

    {"role": "assistant", "content": "Let me count.", "name": null,
     "tool_calls": [{"type": "function", "function": {"name": "python", "arguments": {"code": "print(2 + 3)"}}}]}
    {"role": "tool", "content": "5", "name": "python", "tool_calls": null}

These are the fields that the chat templates of Hugging Face's models read
(https://huggingface.co/docs/transformers/chat_extras), and the ones that TRL hands to them.
"""

from collections.abc import Sequence

import orjson
from typing_extensions import TypedDict

from factory.code.blocks import blocks
from factory.request import Message


class ThinkingMessage(TypedDict):
    """A turn whose reasoning is kept apart; null where there is none."""

    role: str
    content: str
    reasoning_content: str | None


class Arguments(TypedDict):
    """What the tool is given."""

    code: str


class Function(TypedDict):
    """The tool that is called, and with what."""

    name: str
    arguments: Arguments


class ToolCall(TypedDict):
    """A call of a tool."""

    type: str
    function: Function


class ToolMessage(TypedDict):
    """A turn that may call a tool, or say what one gave back."""

    role: str
    content: str
    name: str | None
    tool_calls: list[ToolCall] | None


TOOL = "python"
TOOLS = orjson.dumps(
    [
        {
            "type": "function",
            "function": {
                "name": TOOL,
                "description": "Runs a Python program and gives back what it prints. Names last from call to call.",
                "parameters": {
                    "type": "object",
                    "properties": {"code": {"type": "string", "description": "The program."}},
                    "required": ["code"],
                },
            },
        }
    ]
).decode()
"""The schema of the one tool that a solution can call, as JSON: the form in which trainers take a list of tools."""


def with_calls(turns: Sequence[Message]) -> list[ToolMessage]:
    """Turn the program that an assistant's turn ends in, where a tool's turn follows, into a call."""
    following = [turn["role"] for turn in turns[1:]] + [""]
    return [_called(turn) if then == "tool" else _plain(turn) for turn, then in zip(turns, following, strict=True)]


def _called(turn: Message) -> ToolMessage:
    last = next(iter(blocks(turn["content"])[-1:]), None)
    behind = turn["content"][last.end :].strip() if last else ""
    if turn["role"] != "assistant" or last is None or last.language != "python" or behind:
        return _plain(turn)
    call = ToolCall(type="function", function=Function(name=TOOL, arguments=Arguments(code=last.code)))
    said = turn["content"][: last.start].rstrip()
    return ToolMessage(role="assistant", content=said, name=None, tool_calls=[call])


def _plain(turn: Message) -> ToolMessage:
    name = TOOL if turn["role"] == "tool" else None
    return ToolMessage(role=turn["role"], content=turn["content"], name=name, tool_calls=None)
