"""How duplicate detection sees a text: as tokens, and as the set of runs of n consecutive tokens.

The one definition, which `kernels` computes on UTF-8 bytes:

1. the text is NFKC-normalised, and each character lower-cased by itself (one that lower-cases to several
   stays as it is);
2. a *word character* is a letter, mark or number of Unicode, or the underscore. With unit "auto" a token is
   a maximal run of word characters, except that in scripts written without spaces (Han, Kana, Thai …), and
   in Hangul, each character is a token: Japanese gets character n-grams, English words, and a mixed text
   both, without a border where one turns into the other. With "word", all scripts go by runs. With "char",
   each character that is neither space nor control is a token, punctuation included;
3. a *shingle* is n consecutive tokens. A text of fewer tokens, but at least one, is one shingle; a text
   without a token has none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

Unit = Literal["auto", "word", "char"]
Bytes = npt.NDArray[np.uint8]
Alphabet = npt.NDArray[np.uint32]

SINGLE = 1 << 31
"""In an alphabet: this character is a token by itself."""

_UNSPACED = (
    (0x0E00, 0x0F00),  # Thai, Lao
    (0x1000, 0x10A0),  # Myanmar
    (0x1100, 0x1200),  # Hangul Jamo
    (0x1780, 0x1800),  # Khmer
    (0x2E80, 0x2FE0),  # Han radicals
    (0x3005, 0x3400),  # Kana, Bopomofo, Hangul Jamo, enclosed Han
    (0x3400, 0xA000),  # Han
    (0xA960, 0xA980),  # Hangul Jamo
    (0xAC00, 0xD800),  # Hangul
    (0xF900, 0xFB00),  # Han
    (0xFF66, 0xFFE0),  # half-width Kana and Hangul
    (0x1AFF0, 0x1B170),  # Kana
)
_HAN = range(0x20000, 0x40000)  # planes 2 and 3 hold nothing else
_CODE_POINTS = 0x110000


@lru_cache(maxsize=3)
def alphabet(unit: Unit) -> Alphabet:
    """(0x110000,) for each code point, its lower case, with `SINGLE` if so; 0 where it separates tokens.

    Raises ValueError for an unknown unit.
    """
    if unit not in ("auto", "word", "char"):
        raise ValueError(f"unit must be 'auto', 'word' or 'char', not {unit!r}")
    table = np.zeros(_CODE_POINTS, np.uint32)
    for code in range(_HAN.start):
        character = chr(code)
        category = unicodedata.category(character)[0]
        if category in "LMN" or character == "_" or (unit == "char" and category in "PS"):
            lower = character.lower()
            table[code] = ord(lower) if len(lower) == 1 else code
    table[_HAN.start : _HAN.stop] = _HAN
    if unit == "char":
        table[table > 0] |= SINGLE
    if unit == "auto":
        for start, stop in (*_UNSPACED, (_HAN.start, _HAN.stop)):
            letters = table[start:stop]
            letters[letters > 0] |= SINGLE
    table.setflags(write=False)
    return table


def normalise(text: str) -> str:
    """The text in NFKC, as it is where that changes nothing."""
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        return text
    return unicodedata.normalize("NFKC", text)


def encode(texts: Iterable[str]) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """The normalised texts one after another in UTF-8, and the (n + 1,) offsets at which they start and end.

    Lone surrogates, which UTF-8 does not allow, pass as three bytes each.
    """
    pieces = [normalise(text).encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.zeros(len(pieces) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, pieces), np.int64, len(pieces)), out=offsets[1:])
    return np.frombuffer(b"".join(pieces), np.uint8), offsets
