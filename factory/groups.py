"""Which rows belong together, so that a split never puts one of them in training and another in the test.

    groups = Groups()
    groups.add("row-1", ["prompt: what is 2 + 3?", "from: 17"])
    groups.add("row-2", ["prompt: what is 2 + 3?", "from: 18"])
    groups.named()["row-1"] == groups.named()["row-2"]

Rows that share a key belong together, and so do those that are joined by others: a connected component. A component is
named by the least of its keys, so that its side of the split does not depend on the order of the rows.
"""

import unicodedata
from array import array
from collections.abc import Iterable

from factory.rows import digest


class Groups:
    """Rows and their keys. Memory: some 150 bytes for each key, and for each row its id."""

    def __init__(self) -> None:
        self._rows: list[str] = []
        self._numbers: dict[int, int] = {}
        self._from, self._to = array("q"), array("q")

    def add(self, row: str, keys: Iterable[str]) -> None:
        """Add a row with all that it must not be parted from."""
        for key in keys:
            number = self._numbers.setdefault(int(digest(key), 16), len(self._numbers))
            self._from.append(len(self._rows))
            self._to.append(number)
        self._rows.append(row)

    def named(self) -> dict[str, int]:
        """Give each row the name of its component."""
        import numpy as np
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        if not self._rows:
            return {}
        count = len(self._rows) + len(self._numbers)
        ends = np.asarray(self._from), np.asarray(self._to) + len(self._rows)
        graph = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), (count,) * 2)
        _, components = connected_components(graph, directed=False)
        keys = np.fromiter(self._numbers, dtype=np.uint64, count=len(self._numbers))
        least = np.full(components.max() + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
        np.minimum.at(least, components[len(self._rows) :], keys)
        return dict(zip(self._rows, least[components[: len(self._rows)]].tolist(), strict=True))


def normalised(text: str) -> str:
    """Write a prompt without what makes no other prompt of it: case, width, and how its words are spaced."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
