"""Degenerate repetition: what a model writes when it runs away.

The measures over the whole text follow the repetition filters of Gopher (Rae et al. 2021, arXiv:2112.11446,
table A1). Its limits were set for web pages; those here are wider, because a worked solution restates its
problem and repeats its turns of phrase. To them comes the failure of small models, which web pages do not
show: the same unit over and over until the token limit, found exactly as the period of the text's end.
"""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_TAIL = 3_000
"""Characters of the end searched for a loop: a unit of up to a third of it is found."""
_MIN_TOKENS = 50
"""Below this many words (twice as many CJK characters) shares mean nothing, as in Gopher."""
_MIN_LOOP = 120
"""Characters that a loop of words covers at least; half for CJK, double where the unit has no letter."""
_MIN_LINES = 5
"""Fewer lines than this repeat by chance (a function shown before and after, say)."""
_LINE = 10
"""Characters of a line that counts: closing brackets, `pass` and blank lines repeat by right."""
_TOP_N = 4
"""Words in the most frequent n-gram, the longest of Gopher's; CJK characters count half."""
_DUPLICATE_N = 20
"""Words in a duplicate n-gram. Gopher stops at 10, but the lines of a worked case analysis ("for n = 3 we
substitute … and get 10") share more than that and differ in their numbers alone."""
_MANY_NUMBERS = 0.05
"""Share of numbers and formulas among the tokens from which a phrase may recur: they change around it."""
_MIN_COUNT = 5
"""Occurrences from which a phrase is a tic and not a turn of the argument."""

_CJK = "ぁ-ゖァ-ヺー々〆㐀-䶿一-鿿豈-﫿가-힣"
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_LETTER = re.compile(r"[^\W\d_]")
_FORMULA = r"\$\$[^$]++\$\$|\$[^$\n]++\$|\\\[(?:[^\\]|\\(?![\[\]]))*+\\\]"
_TOKEN = re.compile(rf"{_FORMULA}|\\?[A-Za-z]+|[{_CJK}]|\d+|[^\W\d_{_CJK}]+")
"""A formula is one token: lines that differ only inside it do differ. A LaTeX command is not a word."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """How much of a text repeats itself; every share is between 0 and 1, and 0 for short texts."""

    duplicate_lines: float
    """Share of the lines that repeat an earlier one; of lines with some length and a letter only."""
    top_ngram: float
    """Share of the prose's characters in its most frequent 4-word n-gram (8 CJK characters); 0 where a
    twentieth of the tokens are numbers or formulas, and for a phrase that stands fewer than 5 times."""
    duplicate_ngrams: float
    """Share of the prose's characters in 20-word n-grams (40 CJK characters) that stand earlier in it."""
    loop: str
    """The unit that the text ends in repeating, "" for none."""
    loops: float
    """How many times that unit stands at the end, counted within the last 3,000 characters."""


def repetition(text: str) -> Repetition:
    """Measure the repetition in `text`, in time linear in its length."""
    tokens = _TOKEN.findall(text)
    width = 2 if 2 * len(_CJK_CHARACTER.findall(text)) > len(tokens) else 1
    top = duplicates = 0.0
    if len(tokens) >= _MIN_TOKENS * width:
        spelled = _spell(tokens)
        ends = [0, *accumulate(map(len, tokens))]
        words = [0, *accumulate(token[0].isalpha() for token in tokens)]
        if words[-1] > (1 - _MANY_NUMBERS) * len(tokens):
            top = _top_share(spelled, ends, words, _TOP_N * width)
        duplicates = _duplicate_share(spelled, ends, words, _DUPLICATE_N * width)
    loop, loops = _tail_loop(text)
    return Repetition(_duplicate_lines(text), top, duplicates, loop, loops)


def is_repetitive(
    text: str,
    *,
    max_duplicate_lines: float = 0.3,
    max_top_ngram: float = 0.25,
    max_duplicate_ngrams: float = 0.4,
) -> str | None:
    """Return why `text` is degenerate, in a few words, or None where it is not.

    Each limit is the largest share of the measure of that name in `Repetition` that is let through. A loop
    at the end is never let through.
    """
    measured = repetition(text)
    if measured.loop:
        unit = " ".join(measured.loop.split())
        unit = unit if len(unit) <= 40 else unit[:39] + "…"
        return f"ends in a loop: {unit!r} × {measured.loops:.0f}"
    for name, share, limit in (
        ("duplicate lines", measured.duplicate_lines, max_duplicate_lines),
        ("one n-gram", measured.top_ngram, max_top_ngram),
        ("duplicate n-grams", measured.duplicate_ngrams, max_duplicate_ngrams),
    ):
        if share > limit:
            return f"{name}: {share:.0%} of the text"
    return None


def _duplicate_lines(text: str) -> float:
    lines = [line for line in map(str.strip, text.splitlines()) if len(line) >= _LINE and _LETTER.search(line)]
    return 1 - len(set(lines)) / len(lines) if len(lines) >= _MIN_LINES else 0.0


def _spell(tokens: Sequence[str]) -> str:
    """Spell each distinct token with one character of its own, so that an n-gram is a slice."""
    spelling: dict[str, str] = {}
    for token in tokens:
        if token not in spelling:
            spelling[token] = chr(len(spelling) % sys.maxunicode)
    return "".join(map(spelling.__getitem__, tokens))


def _top_share(spelled: str, ends: Sequence[int], words: Sequence[int], n: int) -> float:
    """Return the share of characters in the n-gram that recurs most of those with a word.

    `ends` and `words` hold the characters and the words before each token.
    """
    counts = Counter(spelled[i : i + n] for i in range(len(spelled) - n + 1))
    for gram, count in counts.most_common(10):
        start = spelled.index(gram)
        if count >= _MIN_COUNT and words[start + n] > words[start]:
            # Occurrences of a periodic n-gram overlap, hence the bound.
            return min(1.0, count * (ends[start + n] - ends[start]) / ends[-1])
    return 0.0


def _duplicate_share(spelled: str, ends: Sequence[int], words: Sequence[int], n: int) -> float:
    """Return the share of characters in n-grams with a word seen earlier, each character counted once."""
    seen: set[str] = set()
    repeated = counted_to = 0
    for start in range(len(spelled) - n + 1):
        gram = spelled[start : start + n]
        if gram not in seen:
            seen.add(gram)
        elif words[start + n] > words[start]:
            repeated += ends[start + n] - ends[max(start, counted_to)]
            counted_to = start + n
    return repeated / ends[-1]


def _tail_loop(text: str) -> tuple[str, float]:
    """Return the unit that `text` ends in repeating and how often, or ("", 0).

    The failure function of Knuth, Morris and Pratt on the reversed end gives the shortest period of every
    suffix; the longest suffix that holds its period three times is the loop.
    """
    tail = text.rstrip()[-_TAIL:][::-1]
    border = [0] * len(tail)
    covered = period = length = 0
    for i in range(1, len(tail)):
        while length and tail[i] != tail[length]:
            length = border[length - 1]
        length += tail[i] == tail[length]
        border[i] = length
        if 3 * (i + 1 - length) <= i + 1:
            covered, period = i + 1, i + 1 - length
    unit = tail[:period][::-1]
    if not unit or covered < _shortest_loop(unit):
        return "", 0.0
    return unit, covered / period


def _shortest_loop(unit: str) -> int:
    """Return how many characters the repetitions of `unit` must cover before they are a loop."""
    letters = len(_LETTER.findall(unit))
    if not letters:
        # A rule of dashes, a row of zeros or a recurring decimal is no run-away yet.
        return 2 * _MIN_LOOP
    return _MIN_LOOP // 2 if 2 * len(_CJK_CHARACTER.findall(unit)) > letters else _MIN_LOOP
