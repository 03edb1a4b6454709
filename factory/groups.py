"""Which rows belong together, so that a split never puts one of them in training and another in the test.

    groups = Groups()
    groups.add(["prompt: what is 2 + 3?", "from: 17"])
    groups.add(["prompt: what is 2 + 3?", "from: 18"])
    groups.named()        # array([6843…, 6843…], dtype=uint64), one for each row

Rows that share a key belong together, and so do those that are joined by others: a connected component. A component is
named by the least of its keys, so that its side of the split does not depend on the order of the rows.
"""

import unicodedata
from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

from factory.rows import digest

if TYPE_CHECKING:
    import numpy as np


class Groups:
    """Rows, in their order, and the keys of each. Memory: 16 bytes a key, and while they are joined five times that."""

    def __init__(self) -> None:
        self._rows = 0
        self._from, self._keys = array("q"), array("Q")

    def add(self, keys: Iterable[str]) -> None:
        """Add a row with all that it must not be parted from: one key at least."""
        for key in keys:
            self._from.append(self._rows)
            self._keys.append(int(digest(key), 16))
        self._rows += 1

    def named(self) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
        """Give each row the name of its component."""
        import numpy as np
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        if not self._rows:
            return np.zeros(0, dtype=np.uint64)
        keys, numbers = np.unique(np.asarray(self._keys), return_inverse=True)
        count = self._rows + len(keys)
        ends = np.asarray(self._from), numbers + self._rows
        graph = coo_array((np.ones(len(numbers), dtype=np.int8), ends), (count, count))
        _, components = connected_components(graph, directed=False)
        least = np.full(components.max() + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
        np.minimum.at(least, components[self._rows :], keys)
        named: np.ndarray[tuple[int], np.dtype[np.uint64]] = least[components[: self._rows]]
        return named


def normalised(text: str) -> str:
    """Write a prompt without what makes no other prompt of it: case, width, and how its words are spaced."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
