r"""Find the final answer in the text of a solution.

>>> extract("3 + 4 = 7, so Anna has \\boxed{7} apples.")
Answer(text='7', how='boxed')

Solvers are asked for `\boxed{}`; what they write instead is tried in order of how plainly it says "this is
the answer": a phrase, GSM8K's `####`, an `<answer>` tag, and at last the last number of the text.
Everything here is linear in the length of the text: a model stuck in a loop can emit any string.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

How = Literal["boxed", "phrase", "hashes", "tag", "last_number"]


class Answer(NamedTuple):
    """An extracted answer and the convention by which it was found (`boxed` is the most trustworthy)."""

    text: str
    how: How


# NFKC would turn cm² into cm2 and 1½ into 11/2; a caret and a space before it keep the meaning.
_SUPERSCRIPT = re.compile(r"[⁻⁰¹²³⁴-⁹]+")
_VULGAR_FRACTION = re.compile(r"(?<=\d)(?=[¼-¾⅐-⅞])")
_SQUARED_UNIT = re.compile(r"[㎟㎠㎡㎢㎤㎥]")
_SQUARED_UNITS = {"㎟": "mm²", "㎠": "cm²", "㎡": "m²", "㎢": "km²", "㎤": "cm³", "㎥": "m³"}

_BRACES = re.compile(r"\\(?:boxed|fbox)\s*\{|\\[{}]|[{}]")
_PHRASE = re.compile(  # without IGNORECASE, which would search three times slower
    r"(?:answer|Answer|ANSWER|答え|解答|正解|答)[\s*]*(?:is\b|IS\b|は|:|=)[\s*:、]*(?=([^\n]{1,300}))"
)
_PHRASE_END = re.compile(
    r"[.!](?=\s|$)|[。]|(?:となります|になります|であります|となる|になる|であり|である|です|だ)(?=[。、\s]|$)"
    r"|,?\s(?:because|since|which|so|as)\s|(?i:</?answer>)"
)
_VERDICT = re.compile(r"(?:(?:indeed|also|not)\s+)?(?:correct|right|wrong|incorrect|reasonable)\b|正し|間違|合って")
"""What a check of the answer says of it: it is not the answer."""
_LEADING_MATHS = re.compile(r"\$([^$]+)\$(?!\d)|\\\((.+?)\\\)")  # two prices are no formula
_TAG = re.compile(r"<(/?)answer>", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_\\^])(?<!\^\{)"
    r"(?:(?<![A-Za-z0-9)\]}])[-+])?"
    r"(?:\\[dt]?frac\{-?\d+\}\{\d+\}|\d{1,3} \d{1,3}/\d{1,3}|\d{1,4}分の\d{1,4}"
    r"|(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+|(?=\.\d))(?:\.\d+)?(?:/\d+)?)"
    r"(?:\s?\\?%|\s(?:hundred|thousand|million|billion|trillion)\b|(?:[十百千万億兆](?:\d{1,4}(?:\.\d+)?)?){1,8})?"
)
_LONGEST_PHRASE = 100
_PIECE = 1000
_THINK_END = "</think>"


def extract(text: str) -> Answer | None:
    """Return the final answer of a solution, or None when it gives none.

    Reasoning between `<think>` and `</think>` does not count, and a box that is never closed (the reply was
    cut) is no answer: the rest of its line is ignored. Time is linear in `text`; nothing is raised.
    """
    text = normalise(split_reasoning(text)[1])
    boxes, text = _boxes(text)
    for box in boxes:
        if answer := clean(box):
            return Answer(answer, "boxed")
    found: tuple[tuple[str | None, How], ...] = (
        (_after_phrase(text), "phrase"),
        (_after_hashes(text), "hashes"),
        (_in_tag(text), "tag"),
        (_last_number(text), "last_number"),
    )
    return next((Answer(answer, how) for raw, how in found if raw and (answer := clean(raw))), None)


def split_reasoning(text: str) -> tuple[str, str]:
    """Split a reply into its reasoning and what follows `</think>`.

    The opening tag may be missing (chat templates often put it in the prompt). Reasoning that was never
    closed leaves an empty reply; a text without either tag is all reply.
    """
    before, end, after = text.rpartition(_THINK_END)
    opened = (before if end else text).lstrip()
    if not end and not opened.startswith("<think>"):
        return "", text
    return opened.removeprefix("<think>").strip(), after.strip() if end else ""


def normalise(text: str) -> str:
    """Fold full-width forms to ASCII (NFKC) while keeping the meaning of exponents, fractions and minus."""
    if text.isascii():
        return text
    text = _SQUARED_UNIT.sub(lambda unit: _SQUARED_UNITS[unit.group()], text)
    text = _VULGAR_FRACTION.sub(" ", _SUPERSCRIPT.sub(r"^\g<0>", text))
    # NFKC is quadratic in a run of combining marks (12 s for 100 kB of them), so it is given pieces.
    pieces = (text[i : i + _PIECE] for i in range(0, len(text), _PIECE))
    text = "".join(unicodedata.normalize("NFKC", piece) for piece in pieces)
    return text.replace("\u2044", "/").replace("\u2212", "-").replace("\u2010", "-")  # fraction slash, minus, hyphen


def clean(answer: str) -> str:
    r"""Strip what surrounds an answer but is not part of it: `$`, `\(`, `**`, quotes, a closing period."""
    answer = answer.strip(' \t\r\n$*`"「」『』').rstrip(' \t\r\n$*`"「」『』.。,、;:')
    for opening, closing in (("\\(", "\\)"), ("\\[", "\\]")):
        if answer.startswith(opening) and answer.endswith(closing):
            answer = answer[2:-2].strip()
    return answer.rstrip(".。 ")


def _boxes(text: str) -> tuple[Iterator[str], str]:
    """Return the contents of the closed boxes, last opened first, and the text without boxes that were cut.

    One pass with a stack of open braces; escaped braces are text. Of nested boxes the inner one comes first,
    for it holds the answer itself.
    """
    if "box" not in text:
        return iter(()), text
    closed: list[tuple[int, int]] = []
    stack: list[re.Match[str]] = []
    for brace in _BRACES.finditer(text):
        if brace.group() == "}":
            if stack and _is_box(opening := stack.pop()):
                closed.append((opening.end(), brace.start()))
        elif brace.group() == "{" or _is_box(brace):
            stack.append(brace)
    closed.sort(reverse=True)
    contents = (text[start:end] for start, end in closed)
    return contents, _without_lines_from(text, [opening.start() for opening in stack if _is_box(opening)])


def _is_box(brace: re.Match[str]) -> bool:
    return brace.end() - brace.start() > len("\\{")


def _without_lines_from(text: str, starts: list[int]) -> str:
    kept, position = [], 0
    for start in starts:
        if start < position:  # inside a line already left out
            continue
        kept.append(text[position:start])
        position = text.find("\n", start)
        if position < 0:
            return "".join(kept)
    return "".join([*kept, text[position:]])


def _after_phrase(text: str) -> str | None:
    said = None
    for phrase in _PHRASE.finditer(text):
        if said is None or not _VERDICT.match(phrase.group(1)):
            said = phrase.group(1)
    if said is None:
        return None
    if maths := _LEADING_MATHS.match(said):
        return maths.group(1) or maths.group(2)
    answer = _PHRASE_END.split(said, maxsplit=1)[0]
    return answer if len(answer) <= _LONGEST_PHRASE else None


def _after_hashes(text: str) -> str | None:
    # Only as the last line: elsewhere `####` is a Markdown heading.
    line = text.rstrip().rpartition("\n")[2].lstrip()
    return line.lstrip("#") if line.startswith("####") else None


def _in_tag(text: str) -> str | None:
    opened, answer = -1, None
    for tag in _TAG.finditer(text):
        if not tag.group(1):
            opened = tag.end()
        elif opened >= 0:
            answer, opened = text[opened : tag.start()], -1
    return answer


def _last_number(text: str) -> str | None:
    found = (_last(_NUMBER, line) for line in reversed(text.splitlines()))
    return next((number.group() for number in found if number), None)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)
