"""Overlap of generated rows with benchmark items (contamination): shared runs of n tokens.

The runs are those of GPT-3 (arXiv:2005.14165, appendix C): 13 words; others take 8 (PaLM, arXiv:2204.02311).
Scripts written without spaces take 30 characters: 13 English words are some 75 characters with their spaces,
and a Japanese translation has about 0.4 characters for one English; runs of 13 characters would be set
phrases such as 「次の文章を読んで問いに答えなさい」.

    index = Benchmarks([("gsm8k", "test/17", "Natalia sold clips to 48 of her friends in April, and …")])
    index.overlap("Solve this. Natalia sold clips to 48 of her friends in April, and …")
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from factory.dedup.shingles import SINGLE, alphabet, encode

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
_NUMBER = re.compile(r"\d(?:[\d.,:]*\d)?")


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

    Takes 12 bytes an n-gram: about 130 MB for 100 k items of 117 words, and three times that while it is built.
    """

    def __init__(
        self,
        items: Iterable[tuple[str, str, str]],
        *,
        words: int = 13,
        characters: int = 30,
        any_numbers: bool = False,
    ) -> None:
        """Index items of (benchmark, item id, text).

        An item is indexed by n-grams of `words` tokens, or of `characters` where more than half of its tokens
        are characters of a script written without spaces; see `shingles`. A text shorter than that counts as
        one n-gram: it matches the same text alone, in whole.

        With `any_numbers` an item matches whatever the numbers in it are, and items shorter than an n-gram match
        nothing: "What is 2 + 3?" would be every sum.

        Raises ValueError if `words` or `characters` is below 1.
        """
        if words < 1 or characters < 1:
            raise ValueError("words and characters must be at least 1")
        self._any_numbers = any_numbers
        self._names: list[tuple[str, str]] = []
        found: dict[int, list[tuple[int, Hashes]]] = {words: [], characters: []}
        for number, (benchmark, item, text) in enumerate(items):
            self._names.append((benchmark, item))
            tokens = self._tokens(text)
            ngram = characters if tokens.mostly_characters() else words
            hashes = tokens.ngrams(ngram)[: 0 if any_numbers and len(tokens) < ngram else None]
            found[ngram].append((number, np.unique(hashes)))
        self._sizes = np.zeros(len(self._names), np.int32)
        self._postings: dict[int, tuple[Hashes, Numbers]] = {}
        for ngram, entries in found.items():
            if any(len(hashes) for _, hashes in entries):
                self._postings[ngram] = self._posted(entries)

    def __len__(self) -> int:
        """The number of items."""
        return len(self._names)

    def overlap(self, text: str) -> Overlap | None:
        """The item most shared, by its own n-grams or by the row's (of equals, the first indexed); None if none is."""
        tokens = self._tokens(text)
        found = [self._best(tokens, ngram) for ngram in self._postings]
        return max((o for o in found if o is not None), key=lambda o: max(o.share, o.coverage), default=None)

    def _tokens(self, text: str) -> _Tokens:
        return _Tokens(_NUMBER.sub("0", text) if self._any_numbers else text)

    def _posted(self, entries: list[tuple[int, Hashes]]) -> tuple[Hashes, Numbers]:
        """The n-grams of all items in ascending order, and whose each is."""
        numbers = np.array([number for number, _ in entries], np.int32)
        sizes = np.array([len(hashes) for _, hashes in entries], np.int32)
        self._sizes[numbers] = sizes
        hashes = np.concatenate([hashes for _, hashes in entries])
        ascending = np.argsort(hashes, kind="stable")
        return hashes[ascending], np.repeat(numbers, sizes)[ascending]

    def _best(self, tokens: _Tokens, ngram: int) -> Overlap | None:
        """What the row shares with the best of the items indexed by `ngram`."""
        hashes, numbers = self._postings[ngram]
        row = tokens.ngrams(ngram)
        mine = np.unique(row)
        first = np.searchsorted(hashes, mine)
        known = hashes[np.minimum(first, len(hashes) - 1)] == mine  # few are, so only they are looked up again
        past = np.searchsorted(hashes, mine[known], "right")
        posts = np.concatenate([np.arange(0), *map(np.arange, first[known], past)])
        if not len(posts):
            return None
        candidates, shared = np.unique(numbers[posts], return_counts=True)
        at = int(np.argmax(np.maximum(shared / len(mine), shared / self._sizes[candidates])))
        best, matched = int(candidates[at]), int(shared[at])
        common = hashes[posts[numbers[posts] == best]]
        benchmark, item = self._names[best]
        return Overlap(
            benchmark=benchmark,
            item=item,
            share=matched / len(mine),
            coverage=matched / int(self._sizes[best]),
            matched=matched,
            span=tokens.passage(*_longest_run(np.isin(row, common)), ngram),
        )


class _Tokens:
    """A text as tokens, with their places in its UTF-8 bytes."""

    def __init__(self, text: str) -> None:
        from factory.dedup.kernels import tokenise

        self._bytes, _ = encode([text])
        hashes = np.empty(self._bytes.size, np.uint64)
        spans = np.empty((self._bytes.size, 2), np.int64)
        count = tokenise(self._bytes, alphabet("auto"), hashes, spans)
        self._hashes, self._spans = hashes[:count], spans[:count]

    def __len__(self) -> int:
        return len(self._hashes)

    def mostly_characters(self) -> bool:
        """Whether most tokens are characters of a script written without spaces."""
        text = self._bytes.tobytes().decode("utf-8", "surrogatepass")
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        return bool(2 * np.count_nonzero(alphabet("auto")[codes] >= SINGLE) > len(self._hashes))

    def ngrams(self, ngram: int) -> Hashes:
        """The hashes of its n-grams, in the order in which they come."""
        from factory.dedup.kernels import shingle

        hashes = np.empty(len(self._hashes), np.uint64)
        return hashes[: shingle(self._hashes, len(self._hashes), ngram, hashes)]

    def passage(self, first: int, count: int, ngram: int) -> str:
        """The text that `count` successive n-grams cover, from the n-gram `first` on."""
        last = min(first + count + ngram - 1, len(self._spans)) - 1
        start, stop = self._spans[first, 0], self._spans[last, 1]
        return self._bytes[start:stop].tobytes().decode("utf-8", "surrogatepass")


def _longest_run(matched: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest run of True starts (of equals, the first), and its length."""
    edges = np.flatnonzero(np.diff(matched, prepend=False, append=False))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    longest = int(np.argmax(lengths))
    return int(starts[longest]), int(lengths[longest])
