"""Semantic near-duplicates against their peers: CPU-seconds and recall at cosine >= 0.9.

    python bench/semantic_duplicates.py [--rows 100000] [--smoke]

A tenth of the rows are copies of others, turned by a known angle: cosines lie evenly between 0.86 and 1.
"isotropic" rows fill all 384 dimensions alike, the hardest case; "decaying" ones have directions that matter
and others that hardly do, as sentence embeddings have. All is single-threaded.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from factory.dedup.semantic import semantic_duplicates

DIMENSIONS, THRESHOLD = 384, 0.9
RECALL_BAR, SECONDS_BAR = 0.999, 12
BLOCK = 2048

Pairs = set[tuple[int, int]]


class Corpus(NamedTuple):
    """(n, 384) unit rows, and the (original, copy) pairs that reach the threshold."""

    rows: npt.NDArray[np.float32]
    near: Pairs


def corpus(kind: str, n: int, seed: int = 0) -> Corpus:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n, DIMENSIONS))
    if kind == "decaying":
        rows *= np.arange(1, DIMENSIONS + 1) ** -0.5
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    originals = rng.choice(n - n // 10, n // 10, replace=False)
    copies = np.arange(n - n // 10, n)
    cosines = rng.uniform(0.86, 0.999, n // 10)
    cosines = cosines[np.abs(cosines - THRESHOLD) > 1e-5]  # float32 cannot tell these from the threshold
    originals, copies = originals[: len(cosines)], copies[: len(cosines)]
    across = rng.standard_normal((len(copies), DIMENSIONS))
    across -= np.einsum("ij,ij->i", across, rows[originals])[:, None] * rows[originals]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    rows[copies] = cosines[:, None] * rows[originals] + np.sqrt(1 - cosines**2)[:, None] * across
    near = cosines >= THRESHOLD
    pairs = set(zip(originals[near].tolist(), copies[near].tolist(), strict=True))
    return Corpus(rows.astype(np.float32), pairs)


def factory(rows: npt.NDArray[np.float32]) -> Pairs:
    of = semantic_duplicates(rows, THRESHOLD, threads=1).of
    return {(int(of[i]), int(i)) for i in np.flatnonzero(of >= 0)}


def exhaustive(rows: npt.NDArray[np.float32]) -> Pairs:
    found: Pairs = set()
    for start in range(0, len(rows), BLOCK):
        for first in range(0, start + 1, BLOCK):
            later, earlier = np.nonzero(rows[start : start + BLOCK] @ rows[first : first + BLOCK].T >= THRESHOLD)
            pairs = zip((earlier + first).tolist(), (later + start).tolist(), strict=True)
            found.update((a, b) for a, b in pairs if a < b)
    return found


def faiss(rows: npt.NDArray[np.float32]) -> Pairs:
    import faiss as library

    library.omp_set_num_threads(1)
    lists = int(4 * len(rows) ** 0.5)
    index = library.IndexIVFFlat(library.IndexFlatIP(DIMENSIONS), DIMENSIONS, lists, library.METRIC_INNER_PRODUCT)
    index.train(rows[:: max(1, len(rows) // (40 * lists))])
    index.add(rows)
    index.nprobe = 32
    limits, _, others = index.range_search(rows, THRESHOLD)
    this = np.repeat(np.arange(len(rows)), np.diff(limits.astype(np.int64)))
    return {(a, b) for a, b in zip(others.tolist(), this.tolist(), strict=True) if a < b}


PROGRAMS: dict[str, tuple[str, Callable[[npt.NDArray[np.float32]], Pairs]]] = {
    "factory": ("factory", factory),
    "faiss IVF": ("faiss", faiss),
    "numpy": ("numpy", exhaustive),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--smoke", action="store_true", help="6,000 rows; fails on recall or wrong pairs")
    options = parser.parse_args()
    missed = False
    factory(corpus("isotropic", 500).rows)  # compiles, or loads what was compiled
    for kind in ("isotropic", "decaying"):
        data = corpus(kind, 6_000 if options.smoke else options.rows)
        print(f"{kind}: {len(data.rows):,} x {DIMENSIONS}, cosine >= {THRESHOLD}")
        print("  program      CPU-s   recall   wrong pairs")
        for name, (module, program) in PROGRAMS.items():
            if importlib.util.find_spec(module) is None:
                print(f"  {name:<10} not installed")
                continue
            with threadpool_limits(1):
                start = time.process_time()
                found = program(data.rows)
                seconds = time.process_time() - start
            recall, wrong = len(found & data.near) / len(data.near), len(found - data.near)
            print(f"  {name:<10} {seconds:>7.2f}   {recall:.4f}   {wrong:>11}")
            if name == "factory":
                missed |= recall < RECALL_BAR or wrong > 0
        print(f"  bar at 100 k {SECONDS_BAR:>5}   {RECALL_BAR:.4f}   {0:>11}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
