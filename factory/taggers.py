"""Taggers: each measures one thing about a text and says how much of it there is; none decides (as in Dolma, Soldaini
et al., arXiv:2402.00159). What is too much is said later, by the limits of `filter`.

    tag("… 3, 4, 5 …\\n```python\\n# TODO: implement\\n```", About("responses", language="en", question="Write …"))
    → [Tag(tagger="characters", value=412.0, …), Tag(tagger="placeholder", value=1.0, detail="# TODO: implement")]
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from factory.code.blocks import main_block
from factory.code.detect import language_of
from factory.code.lint import lint
from factory.code.syntax import looks_cut, syntax_error
from factory.records import Tag
from factory.text.echo import echoes
from factory.text.garbled import find_garbled
from factory.text.language import identify, is_language
from factory.text.leakage import find_leak
from factory.text.placeholders import find_assistant_talk, find_placeholder
from factory.text.refusals import find_refusal
from factory.text.repetition import repetition
from factory.text.truncation import looks_truncated


@dataclass(frozen=True, slots=True)
class About:
    """What is known about a text beside itself."""

    column: str
    language: str
    """The natural language that it should be in."""
    is_question: bool = False
    """A question may end in a colon, and cannot echo one."""
    question: str | None = None
    """What the text answers."""
    programming: str | None = None
    """The programming language that its code should be in."""
    finish: str | None = None
    wordings: Sequence[str] = ()
    """Instructions that must not turn up in it."""


Found = Iterable[tuple[float, str]]
_repetition = lru_cache(4)(repetition)


def _characters(text: str, about: About) -> Found:
    yield float(len(text.strip())), ""


def _truncated(text: str, about: About) -> Found:
    if about.finish == "length":
        yield 1.0, "the answer was cut off"
    elif not about.is_question and looks_truncated(text, about.language):
        yield 1.0, f"ends in {text[-30:]!r}"


def _loop(text: str, about: About) -> Found:
    found = _repetition(text)
    if found.loop:
        yield found.loops, f"ends in {' '.join(found.loop.split())[:40]!r} again and again"


def _duplicate_lines(text: str, about: About) -> Found:
    yield _repetition(text).duplicate_lines, ""


def _top_ngram(text: str, about: About) -> Found:
    yield _repetition(text).top_ngram, ""


def _duplicate_ngrams(text: str, about: About) -> Found:
    yield _repetition(text).duplicate_ngrams, ""


def _language(text: str, about: About) -> Found:
    if about.language and not is_language(text, about.language):
        yield 1.0, f"{identify(text)}, not {about.language}"


def _leakage(text: str, about: About) -> Found:
    return _said(find_leak(text, list(about.wordings)))


def _echo(text: str, about: About) -> Found:
    return _said(echoes(text, about.question)) if about.question else ()


def _programming(text: str, about: About) -> Found:
    if about.programming and (found := language_of(text)) not in (None, about.programming):
        yield 1.0, f"{found}, not {about.programming}"


def _syntax(text: str, about: About) -> Found:
    if about.programming and (block := main_block(text, about.programming)):
        if looks_cut(block.code, about.programming):
            return
        yield from _said(syntax_error(block.code, about.programming))


def _cut_code(text: str, about: About) -> Found:
    if about.programming and (block := main_block(text, about.programming)):
        if not block.closed:
            yield 1.0, "the fence is not closed"
        elif looks_cut(block.code, about.programming):
            yield 1.0, f"the code ends in {block.code.rstrip()[-30:]!r}"


def _lint(text: str, about: About) -> Found:
    if about.programming and (block := main_block(text, about.programming)):
        complaints = lint(block.code, about.programming)
        yield float(len(complaints)), "; ".join(complaints)[:200]


def _said(found: str | None) -> Found:
    if found:
        yield 1.0, found


TAGGERS: dict[str, Callable[[str, About], Found]] = {  # what explains most comes first: it is the reason told
    "characters": _characters,
    "loop": _loop,
    "duplicate_lines": _duplicate_lines,
    "top_ngram": _top_ngram,
    "duplicate_ngrams": _duplicate_ngrams,
    "truncated": _truncated,
    "placeholder": lambda text, about: _said(find_placeholder(text)),
    "refusal": lambda text, about: _said(None if about.is_question else find_refusal(text)),
    "assistant_talk": lambda text, about: _said(find_assistant_talk(text)),
    "leakage": _leakage,
    "garbled": lambda text, about: _said(find_garbled(text)),
    "language": _language,
    "echo": _echo,
    "programming": _programming,
    "syntax": _syntax,
    "cut_code": _cut_code,
    "lint": _lint,
}

LIMITS: dict[str, tuple[float, float]] = {
    "characters": (1, 20_000),
    "truncated": (0, 0),
    "loop": (0, 0),
    "duplicate_lines": (0, 0.3),
    "top_ngram": (0, 0.25),
    "duplicate_ngrams": (0, 0.4),
    "placeholder": (0, 0),
    "assistant_talk": (0, 0),
    "refusal": (0, 0),
    "leakage": (0, 0),
    "garbled": (0, 0),
    "language": (0, 0),
    "echo": (0, 0),
    "programming": (0, 0),
    "syntax": (0, 0),
    "cut_code": (0, 0),
}
"""What is let through where a pipeline says nothing else: least and most. A tagger without limits only annotates."""


def tag(text: str, about: About, taggers: Iterable[str] = TAGGERS) -> list[Tag]:
    """Measure the text; what there is nothing of is not listed, except its length.

    A blank text has its length alone.
    """
    if not text.strip():
        return [Tag(tagger="characters", column=about.column, value=0.0, detail="")]
    return [
        Tag(tagger=name, column=about.column, value=value, detail=detail)
        for name in taggers
        for value, detail in TAGGERS[name](text, about)
        if value or name == "characters"
    ]


def beyond(tags: Iterable[Tag], limits: dict[str, tuple[float, float]]) -> str | None:
    """Give the first tag that is beyond its limits, as a reason "tagger: column: detail"; None if all are within."""
    for one in tags:
        least, most = limits.get(one["tagger"], (float("-inf"), float("inf")))
        if not least <= one["value"] <= most:
            detail = one["detail"] or f"{one['value']:,.2f}".rstrip("0").rstrip(".")
            return f"{one['tagger']}: {one['column']}: {detail}"[:300]
    return None
