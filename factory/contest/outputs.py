"""Comparing what programs print, as judges do, and the output that most programs agree on.

same_output("3 0.5000001\\n", "3 0.5")  # True
"""

import re
from collections.abc import Sequence
from math import isclose

_TOLERANCE = 1e-6
_DECIMAL = re.compile(
    r"[+-]?(?:\d+\.\d*(?:[eE][+-]?\d{1,4})?|\.\d+(?:[eE][+-]?\d{1,4})?|\d+[eE][+-]?\d{1,4})", re.ASCII
)


def same_output(got: str, want: str) -> bool:
    """Tell whether two outputs have the same tokens; white space, line feeds included, only separates them.

    Two decimal numbers (both with a point or an exponent) are the same within 1e-6, absolute or relative.
    Everything else has to be equal to the letter: 1 is not 1.0, and Yes is not YES.
    """
    if got == want:
        return True
    mine, theirs = got.split(), want.split()
    return len(mine) == len(theirs) and all(map(_same_token, mine, theirs))


def _same_token(got: str, want: str) -> bool:
    if got == want:
        return True
    if not (_DECIMAL.fullmatch(got) and _DECIMAL.fullmatch(want)):
        return False
    return isclose(float(got), float(want), rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def majority_output(outputs: Sequence[str | None]) -> tuple[str | None, float]:
    """Return the output that most programs print for one input, and their share of *all* programs.

    `outputs` has one entry a program, None where it failed: failures agree with nobody but count in the
    denominator. Of equally large groups the first wins; without any output it is (None, 0.0). Programs that behave
    alike on inputs without a known answer are likely right together: clustering by behaviour as in AlphaCode (Li et
    al., 2022, arXiv:2203.07814) and agreement as in CodeT (Chen et al., 2022, arXiv:2207.10397).
    """
    groups: list[tuple[str, int]] = []
    for output in outputs:
        if output is None:
            continue
        at = next((i for i, (first, _) in enumerate(groups) if same_output(output, first)), None)
        if at is None:
            groups.append((output, 1))
        else:
            groups[at] = (groups[at][0], groups[at][1] + 1)
    if not groups:
        return None, 0.0
    best, votes = max(groups, key=lambda group: group[1])
    return best, votes / len(outputs)
