"""The ways a command ends early: the user's input is wrong (exit 2), the run cannot go on or was stopped (exit 1)."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """The user's input is wrong: one line that names the place, what was expected and the nearest valid name."""


class RunError(Exception):
    """The run cannot go on (a full disk, a dead engine); what is done is kept and a rerun continues from it."""


class Stopped(Exception):  # noqa: N818 - it is no error
    """The user stopped what was going on; the same command goes on with it."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Give `; did you mean "x"?` for the closest of the `known` names, or list them when none is close."""
    names = sorted(set(known))
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known: {', '.join(names)}" if names else ""
