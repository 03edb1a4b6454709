"""How much of a text is copied from another: a telling of a fact must say it anew, not lift its source's sentences.

    copied("The tower, built in 1889, is 330 m tall.", source).longest   # "built in 1889 is 330 m tall"

The measure is the share of the text's n-grams that stand in the source, as in the overlap analyses of GPT-3 (Brown
et al. 2020, arXiv:2005.14165, appendix C), and the longest run of them. Tokens are those of `factory.dedup.shingles`
with unit "auto" (NFKC, no case, no punctuation; a word, or one character of a script written without spaces), found
by regular expressions here: a few thousand characters are not worth loading compiled kernels. One word counts as
much as two characters of such a script.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u9fff\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[^\W{_UNSPACED}]+|\w")
_BETWEEN = re.compile(f"(?<=[{_UNSPACED}]) | (?=[{_UNSPACED}])")


@dataclass(frozen=True, slots=True)
class Copied:
    """What of a text stands in another."""

    share: float
    """Share of the text's n-grams that stand in the source, between 0 and 1; of a text shorter than one n-gram,
    1 where all of it does. 0 for a text without a word."""
    longest: str
    """The longest stretch whose every n-gram stands in the source, normalised; "" where none does."""
    words: float
    """The length of that stretch in words, an unspaced character (Japanese, Chinese, Korean) for half a word."""


class _Tokens(NamedTuple):
    """The tokens of a text, each followed by a space; where each starts, and the end; whether most are characters."""

    text: str
    starts: list[int]
    unspaced: bool


def copied(text: str, source: str, *, n: int = 6) -> Copied:
    """Measure what `text` has from `source`, in n-grams of `n` words, or of 2 `n` characters in unspaced scripts.

    The kind is that of most of the text's tokens. Linear in both lengths. Raises ValueError where `n` is below 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}; an n-gram has at least one word")
    text, starts, unspaced = _tokens(text)
    if not text:
        return Copied(0.0, "", 0.0)
    width = min(2 * n if unspaced else n, len(starts) - 1)
    known = _grams(source, width)
    found = [text[start:end] in known for start, end in zip(starts, starts[width:], strict=False)]
    first, length = _longest_run(found)
    if not length:
        return Copied(0.0, "", 0.0)
    run = length + width - 1
    stretch = text[starts[first] : starts[first + run] - 1]
    stretch = _BETWEEN.sub("", stretch)
    return Copied(sum(found) / len(found), stretch, run / 2 if unspaced else float(run))


def copies_any(
    text: str, sources: Iterable[str], max_share: float = 0.25, max_run: float = 10, *, n: int = 6
) -> str | None:
    """Return why `text` copies one of `sources` (its source, its sibling tellings), or None.

    `max_share` is the largest share of `copied`, `max_run` the longest run in words (an unspaced character counts
    half) that are let through: enough for a name, a title, a quoted term. A reason reads
    "run: 17 words: 'the tower …'" or "share: 41% of the text: 'the tower …'".
    """
    for source in sources:
        measured = copied(text, source, n=n)
        quoted = measured.longest if len(measured.longest) <= 80 else measured.longest[:79] + "…"
        if measured.words > max_run:
            return f"run: {measured.words:g} words: {quoted!r}"
        if measured.share > max_share:
            return f"share: {measured.share:.0%} of the text: {quoted!r}"
    return None


def _longest_run(found: list[bool]) -> tuple[int, int]:
    """Return where the longest run of True begins, and its length."""
    first = length = start = 0
    for at, hit in enumerate(found):
        if not hit:
            start = at + 1
        elif at + 1 - start > length:
            first, length = start, at + 1 - start
    return first, length


@lru_cache(maxsize=64)
def _grams(source: str, width: int) -> frozenset[str]:
    """Return the n-grams of `source`; kept, as all tellings of a fact are compared with the same few texts."""
    tokens = _tokens(source)
    return frozenset(tokens.text[start:end] for start, end in zip(tokens.starts, tokens.starts[width:], strict=False))


@lru_cache(maxsize=64)
def _tokens(text: str) -> _Tokens:
    """Normalise `text` and find its tokens: equal token sequences are equal strings."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    tokens = _TOKEN.findall(text.casefold())
    joined = " ".join([*tokens, ""])
    starts = list(accumulate(map((1).__add__, map(len, tokens)), initial=0))
    return _Tokens(joined, starts, len(joined) < 3 * len(tokens))
