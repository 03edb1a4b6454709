"""Near-duplicate removal against its peers: documents per CPU-second, recall, and what is removed wrongly.

    python bench/near_duplicates.py [--rows 100000] [--smoke]

A tenth of the rows are copies of others with one run of tokens replaced, so that true Jaccard similarities,
computed here in plain Python, lie evenly between 0.78 and 1. Recall is of the copies at or above 0.8. All is
single-threaded, compiled before the clock starts, and includes the shingling.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import time
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import NamedTuple

from factory.dedup.minhash import near_duplicates

NGRAM, THRESHOLD, PERMUTATIONS = 5, 0.8, 128
RECALL_BAR = 0.975
SPEED_BARS = {"words": 150_000, "japanese": 70_000}


class Corpus(NamedTuple):
    """Texts, and the true similarity of each planted copy to its original."""

    texts: list[str]
    copies: dict[int, float]
    separator: str


class Figures(NamedTuple):
    """What one program made of a corpus."""

    per_second: float
    recall: float
    below: int
    unrelated: int


def corpus(kind: str, rows: int, seed: int = 0) -> Corpus:
    """`rows` random documents of 117 words, or of about as many Japanese words, a tenth of them edited copies."""
    rng = random.Random(seed)
    letters, separator = ("abcdefghijklmnopqrstuvwxyz", " ") if kind == "words" else (_japanese_letters(), "")
    longest = 10 if kind == "words" else 3
    vocabulary = ["".join(rng.choices(letters, k=rng.randint(1, longest))) for _ in range(50_000)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(vocabulary))))
    documents = []
    for _ in range(rows - rows // 10):
        words = rng.choices(vocabulary, cum_weights=weights, k=117)
        documents.append(words if kind == "words" else list("".join(words)))
    copies = {}
    for original in rng.sample(range(len(documents)), rows // 10):
        tokens = documents[original]
        run = rng.randint(1, len(tokens) // 9 - NGRAM + 2)
        start = rng.randrange(NGRAM, len(tokens) - NGRAM - run)
        fresh = rng.choices(vocabulary if kind == "words" else letters, k=run)
        copy = [*tokens[:start], *fresh, *tokens[start + run :]]
        a, b = _shingles(tokens), _shingles(copy)
        copies[len(documents)] = len(a & b) / len(a | b)
        documents.append(copy)
    return Corpus([separator.join(tokens) for tokens in documents], copies, separator)


def _japanese_letters() -> str:
    kana = "".join(map(chr, range(0x3042, 0x3094)))
    return kana * 4 + "".join(map(chr, range(0x4E00, 0x4E00 + 2000)))


def _shingles(tokens: list[str]) -> set[tuple[str, ...]]:
    return {tuple(tokens[i : i + NGRAM]) for i in range(len(tokens) - NGRAM + 1)}


def _joined_shingles(text: str, separator: str) -> set[str]:
    """What the peers are fed: the same shingles, each as one string."""
    tokens = text.lower().split() if separator else list(text)
    return {separator.join(tokens[i : i + NGRAM]) for i in range(len(tokens) - NGRAM + 1)}


def factory(data: Corpus) -> Iterable[int]:
    return (~near_duplicates(data.texts, ngram=NGRAM, threshold=THRESHOLD).kept).nonzero()[0].tolist()


def datasketch(data: Corpus) -> Iterable[int]:
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    for i, text in enumerate(data.texts):
        sketch = MinHash(PERMUTATIONS)
        sketch.update_batch([shingle.encode() for shingle in _joined_shingles(text, data.separator)])
        if lsh.query(sketch):
            yield i
        else:
            lsh.insert(i, sketch)


def rensa(data: Corpus) -> Iterable[int]:
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(THRESHOLD, PERMUTATIONS, 16)
    kept = {}
    for i, text in enumerate(data.texts):
        sketch = RMinHash(PERMUTATIONS, 42)
        sketch.update(list(_joined_shingles(text, data.separator)))
        if any(sketch.jaccard(kept[j]) >= THRESHOLD for j in lsh.query(sketch)):
            yield i
        else:
            lsh.insert(i, sketch)
            kept[i] = sketch


def measure(program: Callable[[Corpus], Iterable[int]], data: Corpus) -> Figures:
    start = time.process_time()
    removed = set(program(data))
    seconds = time.process_time() - start
    near = {i for i, similarity in data.copies.items() if similarity >= THRESHOLD}
    return Figures(
        per_second=len(data.texts) / seconds,
        recall=len(removed & near) / len(near),
        below=len(removed & (data.copies.keys() - near)),
        unrelated=len(removed - data.copies.keys()),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--smoke", action="store_true", help="4,000 rows; fails on recall or wrong removals")
    options = parser.parse_args()
    missed = False
    for kind, speed_bar in SPEED_BARS.items():
        data = corpus(kind, 4_000 if options.smoke else options.rows)
        near_duplicates(data.texts[:100] * 2)  # compiles, or loads what was compiled
        length = sum(map(len, data.texts)) / len(data.texts)
        print(f"{kind}: {len(data.texts):,} documents of {length:.0f} characters, {NGRAM}-grams")
        print("  program      docs/CPU-s   recall   removed below 0.8   removed unrelated")
        for program in (factory, datasketch, rensa):
            name = program.__name__
            if program is not factory and importlib.util.find_spec(name) is None:
                print(f"  {name:<12} not installed")
                continue
            found = measure(program, data)
            print(
                f"  {name:<12} {found.per_second:>10,.0f}   {found.recall:.4f}"
                f"   {found.below:>17}   {found.unrelated:>17}"
            )
            if program is factory:
                missed |= found.recall < RECALL_BAR or found.below + found.unrelated > 0
        print(f"  bar          {speed_bar:>10,}   {RECALL_BAR:.4f}   {0:>17}   {0:>17}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
