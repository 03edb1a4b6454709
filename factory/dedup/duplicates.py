"""What a search for duplicates answers, whatever it compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


class Duplicates(NamedTuple):
    """For each of n texts, the kept text that it duplicates.

    There are no clusters: a text is removed only for a text that is kept *and* is itself similar enough, so
    of a chain A ~ B ~ C, where A and C are not similar, B goes and C stays.
    """

    of: Indices
    """(n,) the index of the kept text that this one duplicates; -1 where this one is kept."""
    similarity: npt.NDArray[np.float64]
    """(n,) the similarity to that text; 0 where this one is kept."""

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """(n,) whether the text is kept."""
        return self.of < 0


def nothing_found(n: int) -> Duplicates:
    """The answer for `n` texts before any duplicate is found: all are kept."""
    return Duplicates(of=np.full(n, -1, np.int64), similarity=np.zeros(n))


def checked_order(order: Sequence[int] | Indices | None, n: int) -> Indices:
    """The indices of `n` texts from the first to keep to the last; None: as they come.

    Raises ValueError unless `order` is a permutation of 0 … n-1.
    """
    if order is None:
        return np.arange(n)
    indices = np.asarray(order, np.int64)
    if indices.shape != (n,) or not np.array_equal(np.sort(indices), np.arange(n)):
        raise ValueError(f"order must hold each of the {n} indices once")
    return indices
