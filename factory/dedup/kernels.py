"""The compiled inner loops of `minhash`, `semantic` and `overlap`; imported where they are called, as numba is heavy.

All hashes are modulo 2**64, with constants of our own, so that they are the same on every machine.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

jit = numba.njit(cache=True, nogil=True)

Array = Any  # a numpy array; numba finds its type by itself

_SEED = np.uint64(0x9E3779B97F4A7C15)
_BASE = np.uint64(0x9FB21C651E98DF25)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_WIDE = np.uint64(32)
_SINGLE = np.uint32(1 << 31)
_ZERO, _ONE = np.uint64(0), np.uint64(1)


@jit
def _mix(h: Any) -> Any:
    """Spread a 64-bit hash over all its bits (the finaliser of MurmurHash3, half of it)."""
    h ^= h >> _WIDE
    h *= _MIX
    return h ^ (h >> _WIDE)


@jit
def tokenise(text: Array, alphabet: Array, tokens: Array, spans: Array) -> int:
    """Write the hash of each token of a UTF-8 text and its (first, past last) byte; return how many.

    `tokens` (bytes,) uint64, `spans` (bytes, 2) int64. Bound by mispredicted branches, about one a token.
    """
    count = 0
    word = _ZERO  # hash of the word being read; 0: none
    code, rest, lead = np.uint32(0), 0, 0
    for at in range(text.size):
        byte = np.uint32(text[at])
        if byte < 0x80:
            code, lead = byte, at
        elif byte < 0xC0:
            code = np.uint32(code << np.uint32(6) | byte & np.uint32(0x3F))
            rest -= 1
            if rest > 0:
                continue
        else:
            rest = 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3
            code, lead = np.uint32(byte & np.uint32(0x3F >> rest)), at
            continue
        letter = alphabet[code]
        if letter != 0 and letter < _SINGLE:
            if word == _ZERO:
                spans[count, 0] = lead
            word = ((word ^ np.uint64(letter)) + _SEED) * _BASE
            continue
        if word != _ZERO:
            tokens[count] = _mix(word)
            spans[count, 1] = lead
            count += 1
            word = _ZERO
        if letter != 0:
            tokens[count] = _mix((_SEED ^ np.uint64(letter)) * _BASE)
            spans[count, 0], spans[count, 1] = lead, at + 1
            count += 1
    if word != _ZERO:
        tokens[count] = _mix(word)
        spans[count, 1] = text.size
        count += 1
    return count


@jit
def shingle(tokens: Array, count: int, ngram: int, hashes: Array) -> int:
    """Write the hash of each run of `ngram` of the `count` tokens (of all, if fewer); return how many."""
    if count == 0:
        return 0
    width = min(ngram, count)
    leading = _ONE  # _BASE ** width: what a token has been multiplied with when it leaves the window
    h = _ZERO
    for i in range(width):
        h = h * _BASE + tokens[i]
        leading *= _BASE
    hashes[0] = _mix(h)
    for i in range(width, count):
        h = h * _BASE + tokens[i] - tokens[i - width] * leading
        hashes[i - width + 1] = _mix(h)
    return count - width + 1


@jit
def _minima(hashes: Array, count: int, factors: Array, terms: Array, minima: Array) -> None:
    """Write, for each hash function factors[k] * x + terms[k] (mod 2**32), its minimum over the shingles."""
    minima[:] = np.uint32(0xFFFFFFFF)
    for i in range(count, (count + 3) // 4 * 4):
        hashes[i] = hashes[0]  # so that they come in fours; a repeated one changes no minimum
    for i in range(0, count, 4):
        x0, x1 = np.uint32(hashes[i] >> _WIDE), np.uint32(hashes[i + 1] >> _WIDE)
        x2, x3 = np.uint32(hashes[i + 2] >> _WIDE), np.uint32(hashes[i + 3] >> _WIDE)
        for k in range(factors.size):
            a, b = factors[k], terms[k]
            low = min(np.uint32(a * x0 + b), np.uint32(a * x1 + b))
            high = min(np.uint32(a * x2 + b), np.uint32(a * x3 + b))
            minima[k] = min(minima[k], low, high)


@jit
def sign(
    data: Array,
    offsets: Array,
    alphabet: Array,
    ngram: int,
    factors: Array,
    terms: Array,
    keys: Array,
    sketches: Array,
    empty: Array,
) -> None:
    """MinHash each text of `data`.

    Writes `keys` (n, bands) uint32, a hash of the band's minima; `sketches` (n, words) uint64, the lowest bit
    of every minimum; and `empty` (n,), whether there was no shingle at all.
    """
    longest = np.max(offsets[1:] - offsets[:-1])
    tokens = np.empty(longest + 1, np.uint64)
    spans = np.empty((longest + 1, 2), np.int64)
    hashes = np.empty(longest + 4, np.uint64)
    minima = np.empty(factors.size, np.uint32)
    bands = keys.shape[1]
    rows = factors.size // bands
    for i in range(offsets.size - 1):
        count = tokenise(data[offsets[i] : offsets[i + 1]], alphabet, tokens, spans)
        count = shingle(tokens, count, ngram, hashes)
        empty[i] = count == 0
        _minima(hashes, count, factors, terms, minima)
        for band in range(bands):
            h = _SEED
            for k in range(band * rows, (band + 1) * rows):
                h = (h ^ np.uint64(minima[k])) * _BASE
            keys[i, band] = np.uint32(_mix(h) >> _WIDE)
        for k in range(factors.size):
            sketches[i, k // 64] |= np.uint64(minima[k] & np.uint32(1)) << np.uint64(k % 64)


class Index(NamedTuple):
    """The kept texts by the hash of each band: one chained hash table a band. A text is its rank in order."""

    heads: Array
    """(bands, power of two) int32: the last text kept under this hash, plus one; 0: none."""
    links: Array
    """(n, bands) int32: the text kept before it under the same hash, plus one; 0: none."""
    sketches: Array
    """(n, words) uint64: one bit of each minimum."""
    seen: Array
    """(n,) int32: the last text that this one was a candidate for, plus one."""
    found: Array
    """(n,) int32: scratch for candidates."""


@jit
def _differing(a: Array, b: Array) -> int:
    """How many bits differ between two sketches."""
    count = 0
    for word in range(a.size):
        bits = a[word] ^ b[word]
        bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
        bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
        bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        count += (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return count


@jit
def _candidates(index: Index, keys: Array, text: int, tolerance: int) -> int:
    """Write to `index.found` the kept texts that share a band with `text`, and most of the sketch."""
    count = 0
    mask = np.uint32(index.heads.shape[1] - 1)
    for band in range(keys.size):
        other = index.heads[band, keys[band] & mask] - 1
        while other >= 0:
            if index.seen[other] != text + 1:
                index.seen[other] = text + 1
                if _differing(index.sketches[other], index.sketches[text]) <= tolerance:
                    index.found[count] = other
                    count += 1
            other = index.links[other, band] - 1
    return count


@jit
def keep(index: Index, keys: Array, text: int) -> None:
    """Enter a kept text under each of its band keys."""
    mask = np.uint32(index.heads.shape[1] - 1)
    for band in range(keys.size):
        slot = keys[band] & mask
        index.links[text, band] = index.heads[band, slot]
        index.heads[band, slot] = text + 1


@jit
def advance(index: Index, keys: Array, empty: Array, start: int, base: int, tolerance: int) -> tuple[int, int]:
    """Keep the texts of a block, from `start` on, up to the first that has candidates.

    Returns its place in the block (the block's length if there is none) and the number of its candidates.
    """
    for i in range(start, empty.size):
        if empty[i]:
            continue
        count = _candidates(index, keys[i], base + i, tolerance)
        if count > 0:
            return i, count
        keep(index, keys[i], base + i)
    return empty.size, 0


@jit
def _jaccard(a: Array, b: Array) -> float:
    """|A ∩ B| / |A ∪ B| of two arrays of hashes taken as sets, by one open-addressed table."""
    size = 16
    while size < 2 * (a.size + b.size):
        size *= 2
    mask = np.uint64(size - 1)
    table = np.zeros(size, np.uint64)
    marks = np.zeros(size, np.uint8)  # 1: in A, 2: in B
    union = 0
    shared = 0
    for side in range(2):
        mark = np.uint8(1 + side)
        for h in a if side == 0 else b:
            slot = h & mask
            while marks[slot] != 0 and table[slot] != h:
                slot = (slot + _ONE) & mask
            if marks[slot] == 0:
                table[slot] = h
                union += 1
            elif marks[slot] == 1 and side == 1:
                shared += 1
            marks[slot] |= mark
    return shared / union


@jit
def most_similar(data: Array, offsets: Array, alphabet: Array, ngram: int) -> tuple[int, float]:
    """Which of the texts after the first has the highest Jaccard similarity to the first, and that.

    Counts from 0, leaving out the first; of equally similar ones it is the earliest.
    """
    longest = np.max(offsets[1:] - offsets[:-1])
    tokens = np.empty(longest + 1, np.uint64)
    spans = np.empty((longest + 1, 2), np.int64)
    first = np.empty(offsets[1] - offsets[0] + 1, np.uint64)
    other = np.empty(longest + 1, np.uint64)
    count = tokenise(data[: offsets[1]], alphabet, tokens, spans)
    first = first[: shingle(tokens, count, ngram, first)]
    best, best_similarity = 0, -1.0
    for i in range(1, offsets.size - 1):
        count = tokenise(data[offsets[i] : offsets[i + 1]], alphabet, tokens, spans)
        similarity = _jaccard(first, other[: shingle(tokens, count, ngram, other)])
        if similarity > best_similarity:
            best, best_similarity = i - 1, similarity
    return best, best_similarity


@numba.njit(cache=True, nogil=True, fastmath={"reassoc"})
def _cosine(a: Array, b: Array) -> float:
    """The scalar product of two vectors, summed in double precision."""
    total = 0.0
    for i in range(a.size):
        total += np.float64(a[i]) * np.float64(b[i])
    return total


@jit
def settle(
    hits: Array, block: Array, others: Array, threshold: float, vectors: Array, of: Array, similarity: Array
) -> None:
    """Credit texts of `block` to the most similar of `others` that are kept, where at least `threshold`.

    `hits` are the places in the flattened block x others matrix to look at, ascending: a text's hits are
    done with before the next text's. A later one of `others` must be more similar to win.
    """
    for hit in hits:
        row, other = block[hit // others.size], others[hit % others.size]
        if of[other] < 0:
            cosine = _cosine(vectors[row], vectors[other])
            if cosine >= threshold and cosine > similarity[row]:
                of[row], similarity[row] = other, cosine
