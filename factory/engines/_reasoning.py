"""Keeps what a model thinks apart from what it answers, in the marks that open models use for it.

    "<think>\n2 + 3 is 5\n</think>\n\nFive."                  →  ("2 + 3 is 5", "Five.")
    "<|channel|>analysis<|message|>2 + 3 …<|end|><|start|>assistant<|channel|>final<|message|>Five."   the same

Servers with a reasoning parser do this themselves and send `reasoning_content` or `reasoning`; this is for the others.
Marks: DeepSeek-R1, Qwen3 and most others `<think>`; Magistral `[THINK]`; Seed-OSS `<seed:think>`; gpt-oss channels
(the harmony format, https://cookbook.openai.com/articles/openai-harmony).
"""

import re

_MARKS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>"))
_CHANNEL = re.compile(
    r"<\|channel\|>(?P<name>\w+)(?:(?!<\|message).)*<\|message\|>(?P<text>.*?)(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)


def split(text: str) -> tuple[str | None, str]:
    """Give (reasoning, answer); without marks the reasoning is None and the answer the text as it is.

    A block that was cut off is all reasoning. One whose opening mark was part of the prompt, as chat templates of
    reasoning models have it, is closed without having been opened.
    """
    if "<|channel|>" in text:
        return _channels(text)
    for opening, closing in _MARKS:
        thought, closed, answer = text.partition(closing)
        begins = thought.lstrip().startswith(opening)
        if closed and (begins or opening not in thought):
            return thought.lstrip().removeprefix(opening).strip() or None, answer.lstrip()
        if begins:
            return thought.lstrip().removeprefix(opening).strip() or None, ""
    return None, text


def opened(prompt: str) -> str:
    """Give the mark of reasoning that a prompt ends with; "" for most."""
    return next((opening for opening, _ in _MARKS if prompt.rstrip().endswith(opening)), "")


def _channels(text: str) -> tuple[str | None, str]:
    thought: list[str] = []
    answer: list[str] = []
    for channel in _CHANNEL.finditer(text):
        (answer if channel["name"] == "final" else thought).append(channel["text"].strip())
    return "\n\n".join(thought) or None, "\n\n".join(answer)
