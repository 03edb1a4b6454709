"""Echoes: an answer that gives the question back ("Name three oceans." → "Name three oceans.").

Small models do it, and a judge who reads a fluent answer may miss it. A restated problem that is then solved, and
code quoted to be corrected, are no echo: what counts is that the answer begins as the question does, down to the
question's end, and adds next to nothing, or that it says it again and again.
"""

import re

_LEAST = 24
"""Letters and digits of a question that can be echoed, a CJK one for two: "Good morning!" is an answer to itself."""
_MOST = 20_000
"""Letters and digits compared; a longer echo shows in them."""
_WHOLE = 0.8
"""Share of the question that an echo repeats: a model loses the question mark or the last word."""
_LEAD = 30
"""Letters that may stand before the echo: "Sure!", "Question:", 「質問：」."""
_ADDS = 0.2
"""An answer adds something from this share of the question's length on, or with a result that is not in it."""
_LOOPED = 0.5
"""Share of the answer that copies of the question fill in a loop of two or more."""

_APART = re.compile(r"[\W_]+")
_CJK = re.compile(r"[ぁ-ゖァ-ヺー々〆㐀-䶿一-鿿豈-﫿가-힣]")
_NUMBER = re.compile(r"\d+")
_LABEL = re.compile(r"\b(?:answer|solution|antwort|réponse|respuesta)$|(?:答え|回答|解答|答案|답|답변)$")


def echoes(answer: str, question: str) -> str | None:
    """Return how `answer` repeats `question` ("whole", "start: …", "loop: …"), or None.

    Case, spacing and punctuation are ignored, and questions shorter than 24 letters (12 CJK) are.
    """
    asked, said = _letters(question)[:_MOST], _letters(answer)[:_MOST]
    if len(asked) + len(_CJK.findall(asked)) < _LEAST or len(said) < _WHOLE * len(asked):
        return None
    if said == asked:
        return "whole: the answer is the question"
    head = asked[: int(_WHOLE * len(asked))]
    start = said.find(head, 0, _LEAD + len(head))
    if start < 0:
        return None
    times = said.count(head)
    if times > 1 and times * len(asked) >= _LOOPED * len(said):
        return f"loop: the question stands in the answer {times} times"
    end = start + len(head)
    while end < len(said) and end - start < len(asked) and said[end] == asked[end - start]:
        end += 1
    rest = said[end:]
    if _adds(rest, asked):
        return None
    return f"start: the question, then {rest!r}" if rest else "start: the question and no more"


def _adds(rest: str, asked: str) -> bool:
    """Tell whether `rest`, what follows the echo, says something: a number that was not asked with, or some words."""
    if set(_NUMBER.findall(rest)) - set(_NUMBER.findall(asked)):
        return True
    words = _LABEL.sub("", rest)
    return len(words) > max(_ADDS * len(asked), 6)


def _letters(text: str) -> str:
    return _APART.sub("", text).casefold()
