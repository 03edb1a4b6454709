"""What a piece of code leaves open at its end, without a grammar: brackets, strings, comments, and Bash's words.

scan("foo(a, [1, 2", "java")  ->  open == [")", "]"]
"""

import re
from dataclasses import dataclass, field
from functools import cache

from factory.code.languages import LANGUAGES

_CLOSER = {"(": ")", "[": "]", "{": "}"}
_BASH = {"if": "fi", "case": "esac", "do": "done"}
_LONG_STRINGS = {
    "python": ('"""', "'''"),
    "kotlin": ('"""',),
    "scala": ('"""',),
    "java": ('"""',),
    "swift": ('"""',),
    "julia": ('"""',),
    "elixir": ('"""',),
    "csharp": ('"""',),
    "javascript": ("`",),
    "typescript": ("`",),
    "go": ("`",),
}
_QUOTED_NAMES = {"rust", "haskell", "ocaml", "scala", "swift", "perl", "julia", "html", "matlab", "fortran", "zig"}
"""Languages where `'` also marks a lifetime, a primed name, a transpose or an apostrophe."""


@dataclass
class Scan:
    """The state at the end of the code."""

    open: list[str] = field(default_factory=list)
    """The closers that are still owed, the outermost first."""
    words: list[str] = field(default_factory=list)
    """The same of Bash's `if`, `do` and `case`."""
    unfinished: bool = False
    """A comment or a string over several lines begins and does not end."""
    mismatched: bool = False
    """A closer does not fit its bracket: the code is wrong before its end."""


def scan(code: str, language: str) -> Scan:
    """Return what `code` in `language` (a key of `LANGUAGES`) leaves open. Linear in its length."""
    state = Scan()
    for found in _tokens(language).finditer(code):
        token, kind = found[0], found.lastgroup
        if kind == "unfinished":
            state.unfinished = True
        elif kind == "open":
            state.open.append(_CLOSER[token])
        elif kind == "close":
            if not state.open or state.open.pop() != token:
                state.mismatched = True
                return state
        elif kind == "word":
            if token in _BASH:
                state.words.append(_BASH[token])
            elif state.words and state.words[-1] == token:
                state.words.pop()
    return state


@cache
def _tokens(language: str) -> re.Pattern[str]:
    """Return the pattern of what counts: comments and strings, so as to be skipped, and brackets."""
    known = LANGUAGES[language]
    parts, unfinished = [], []
    pairs = [known.block_comment] if known.block_comment else []
    long = _LONG_STRINGS.get(language, ())
    pairs += [("[[", "]]")] if language == "lua" else [(mark, mark) for mark in long]
    for opening, closing in pairs:
        parts.append(rf"{re.escape(opening)}(?s:.*?){re.escape(closing)}")
        unfinished.append(re.escape(opening))
    if unfinished:
        parts.append(rf"(?P<unfinished>(?:{'|'.join(unfinished)})(?s:.*))")
    if language == "bash":
        parts.append(
            r"\$#|\$\{[^{}\n]*\}|\\.|[^\s()]\#|^[ \t]*[^\s()]+\)|<<-?'?(?P<here>\w+)'?[^\n]*\n(?s:.*?)^\s*(?P=here)$"
        )
    if known.line_comments:
        parts.append(rf"(?:{'|'.join(map(re.escape, known.line_comments))})[^\n]*")
    parts.append(r'"(?:\\.|[^"\\\n])*"')
    if language in _QUOTED_NAMES:
        parts.append(r"'(?:\\[^\n]{1,9}|[^'\\\n])'")
    else:
        parts.append(r"'(?:\\.|[^'\\\n])*'")
    parts += [r"(?P<open>[(\[{])", r"(?P<close>[)\]}])"]
    if language == "bash":
        parts.append(r"\b(?P<word>if|fi|case|esac|do|done)\b")
    return re.compile("|".join(parts), re.MULTILINE)
