"""Overlap of generated rows with benchmark items (contamination): shared runs of n tokens.

The runs are those of GPT-3 (arXiv:2005.14165, appendix C): 13 words; others take 8 (PaLM, arXiv:2204.02311).
Scripts written without spaces take 30 characters: 13 English words are some 75 characters with their spaces,
and a Japanese translation has about 0.4 characters for one English; runs of 13 characters would be set
phrases such as 「次の文章を読んで問いに答えなさい」.

    index = Benchmarks([("gsm8k", "test/17", "Natalia sold clips to 48 of her friends in April, and …")])
    index.overlap("Solve this. Natalia sold clips to 48 of her friends in April, and …")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from factory.dedup.shingles import SINGLE, Bytes, alphabet, encode

Hashes = npt.NDArray[np.uint64]
Spans = npt.NDArray[np.int64]

_BLOCK = 4096  # items encoded at a time


class Overlap(NamedTuple):
    """What a row shares with the benchmark item that it shares most with."""

    benchmark: str
    item: str
    """The item's id within its benchmark."""
    share: float
    """Of the row's distinct n-grams, how many the item has, in (0, 1]."""
    coverage: float
    """Of the item's distinct n-grams, how many the row has, in (0, 1]: 1 if the row quotes all of it."""
    matched: int
    """The number of distinct n-grams in both."""
    span: str
    """The longest passage of the row (NFKC) that consists of shared n-grams."""


class Benchmarks:
    """An index of benchmark texts, to be asked about one row at a time. Can be pickled.

    Takes 12 bytes an n-gram: about 150 MB for 100 k items of 117 words.
    """

    def __init__(self, items: Iterable[tuple[str, str, str]], *, words: int = 13, characters: int = 30) -> None:
        """Index items of (benchmark, item id, text).

        An item is indexed by n-grams of `words` tokens, or of `characters` where more than half of its tokens
        are characters of a script written without spaces; see `shingles`. A text shorter than that counts as
        one n-gram: it matches the same text alone, in whole.

        Raises ValueError if `words` or `characters` is below 1.
        """
        if words < 1 or characters < 1:
            raise ValueError("words and characters must be at least 1")
        self._names: list[tuple[str, str]] = []
        self._postings: dict[int, tuple[Hashes, npt.NDArray[np.int32]]] = {}
        found: dict[int, list[tuple[Hashes, int]]] = {words: [], characters: []}
        for benchmark, item, text in items:
            tokens, spans, data = _tokens(text)
            ngram = characters if _is_unspaced(data, spans) else words
            found[ngram].append((np.unique(_ngrams(tokens, ngram)), len(self._names)))
            self._names.append((benchmark, item))
        self._sizes = np.zeros(len(self._names), np.int32)
        for ngram, entries in found.items():
            self._index(ngram, entries)
