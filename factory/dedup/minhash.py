"""Near-duplicate removal: texts that share most of their shingles.

Candidates come from MinHash (Broder, "On the resemblance and containment of documents", 1997) with
locality-sensitive hashing by bands (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", §3.4), and
are then decided by their true Jaccard similarity, against kept texts only. See `shingles` for what a shingle
is.

    near_duplicates(["the cat sat on the mat", "The cat sat on the mat!", "a dog"]).of  # [-1, 0, -1]

Memory beside the texts is about 200 bytes a text: texts are read in blocks and candidates by index, so
`texts` may be a sequence that reads them from disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from factory.dedup.duplicates import Duplicates, Indices, checked_order, nothing_found
from factory.dedup.shingles import Unit, alphabet, encode

if TYPE_CHECKING:
    from factory.dedup.kernels import Index

_RECALL = 0.99  # of pairs exactly at the threshold, when `rows` is left to us
_DEVIATIONS = 4.0  # of the sketch's binomial distribution, beyond which a candidate is not looked at
_BLOCK = 2048  # texts in memory at a time, as bytes


def near_duplicates(
    texts: Sequence[str],
    *,
    ngram: int = 5,
    unit: Unit = "auto",
    threshold: float = 0.8,
    bands: int = 16,
    rows: int | None = None,
    order: Sequence[int] | Indices | None = None,
    seed: int = 0,
) -> Duplicates:
    """For each text, the kept text to whose shingles its own have a Jaccard similarity >= `threshold`.

    Texts are decided one by one in `order` (indices, the first is the first to keep; default: as they come).
    A text is removed only if it is that similar to one that is kept already, and is credited to the most
    similar of those found. Texts without a token (empty, punctuation only) have nothing to compare: they are
    all kept, and are a length filter's to reject.

    `ngram` tokens, as `unit` defines them, make a shingle. Of two texts at similarity s, LSH finds the pair
    with probability 1 - (1 - s**rows)**bands; `rows` defaults to the most that give 0.99 at the threshold.
    What is removed is exact (up to collisions of 64-bit hashes); `seed` can only change what is missed.

    Raises ValueError for parameters out of range, or an `order` that is not a permutation.
    """
    if ngram < 1 or bands < 1 or (rows is not None and rows < 1):
        raise ValueError("ngram, bands and rows must be at least 1")
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be in (0, 1], not {threshold}")
    from factory.dedup import kernels

    ranked = checked_order(order, len(texts))
    letters = alphabet(unit)
    hashes = bands * (rows or _rows(threshold, bands))
    factors, terms = _hash_functions(hashes, seed)
    index = _empty_index(len(texts), bands, hashes)
    tolerance = _tolerance(threshold, hashes)
    result = nothing_found(len(texts))
    for base in range(0, len(texts), _BLOCK):
        block = ranked[base : base + _BLOCK].tolist()
        keys = np.empty((len(block), bands), np.uint32)
        empty = np.empty(len(block), np.bool_)
        data, offsets = encode(texts[i] for i in block)
        sketches = index.sketches[base : base + len(block)]
        kernels.sign(data, offsets, letters, ngram, factors, terms, keys, sketches, empty)
        at = 0
        while True:
            at, count = kernels.advance(index, keys, empty, at, base, tolerance)
            if at == len(block):
                break
            candidates = ranked[np.sort(index.found[:count])].tolist()
            pair = encode(texts[i] for i in (block[at], *candidates))
            best, similarity = kernels.most_similar(*pair, letters, ngram)
            if similarity >= threshold:
                result.of[block[at]], result.similarity[block[at]] = candidates[best], similarity
            else:
                kernels.keep(index, keys[at], base + at)
            at += 1
    return result


def _rows(threshold: float, bands: int) -> int:
    """The most rows a band may have for `_RECALL` at the threshold: more rows, fewer idle candidates."""
    rows = 1
    while rows < 32 and 1 - (1 - threshold ** (rows + 1)) ** bands >= _RECALL:
        rows += 1
    return rows


def _tolerance(threshold: float, hashes: int) -> int:
    """How many bits may differ between the sketches of two texts that are to be compared.

    Two texts of similarity s agree in a minimum with probability s, and else in its lowest bit half the time
    (b-bit minwise hashing: Li and König, arXiv:0910.3349).
    """
    differ = (1 - threshold) / 2
    return int(hashes * differ + _DEVIATIONS * (hashes * differ * (1 - differ)) ** 0.5)


def _hash_functions(count: int, seed: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """The odd factors and the terms of `count` hash functions a * x + b modulo 2**32."""
    drawn = np.random.Generator(np.random.PCG64(seed)).integers(0, 2**32, (2, count), np.uint32)
    return drawn[0] | np.uint32(1), drawn[1]


def _empty_index(n: int, bands: int, hashes: int) -> Index:
    """Room for `n` texts; memory is taken up only as texts are entered."""
    from factory.dedup.kernels import Index

    slots = 1 << max(4, (n - 1).bit_length())
    return Index(
        heads=np.zeros((bands, slots), np.int32),
        links=np.zeros((n, bands), np.int32),
        sketches=np.zeros((n, -(-hashes // 64)), np.uint64),
        seen=np.zeros(n, np.int32),
        found=np.empty(n, np.int32),
    )
