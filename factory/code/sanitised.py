"""The function that an answer gives, and what it needs, taken out of prose, examples and prints by its syntax tree.

>>> print(
...     sanitised("Sure:\\n```python\\nimport math\\ndef up(x):\\n    return math.ceil(x)\\nprint(up(2))\\n```", "up")
... )
import math
def up(x):
    return math.ceil(x)

Answers of a chat and completions of a base model both count. What the entry point reaches is kept, and no statement
that merely runs, as EvalPlus does (Liu et al. 2023, arXiv:2305.01210); this is an implementation of its own.
"""

import ast
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from factory.code.blocks import blocks

_LONGEST = 100_000
"""Characters of an answer that are looked at."""
_MOST_CUTS = 200
"""Lines that may be cut off a completion's end before it is given up."""
_INDENT = "    "
_PYTHON = ("python", None)
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class _Read(NamedTuple):
    """What parses of a reading, and how many lines of its end do not."""

    tree: ast.Module | None
    cut: int


def sanitised(text: str, entry_point: str, beginning: str = "") -> str | None:
    """Give a program that defines `entry_point`, as the answer `text` has it; None if the answer has it not.

    `beginning` is what the answer was asked to go on from: its imports and helpers are kept, and an answer that is only
    the body of the function goes behind it. Nothing is executed, and nothing raises on junk.
    """
    given = _parsed(beginning) or _parsed(f"{beginning.rstrip()}\n{_INDENT}pass")
    helpers = [node for node in given.body if not _defines(node, entry_point)] if given else []
    text = text[:_LONGEST].replace("\r\n", "\n")
    fenced = [block.code for block in blocks(text) if block.language in _PYTHON]
    for readings in _readings(text, fenced, beginning):
        tree = min(map(_longest, readings), key=lambda read: read.cut).tree
        if tree is not None and any(_implements(node, entry_point) for node in tree.body):
            beside = [node for code in fenced if (other := _longest(code).tree) for node in other.body]
            return _program([*helpers, *tree.body], [entry_point, *_all_names(helpers)], beside)
    return None


def _readings(text: str, fenced: list[str], beginning: str) -> Iterator[tuple[str, ...]]:
    """Yield what may be the program, likeliest first: a block, all blocks, the text, the beginning and the text.

    A body that goes on from the beginning stands at the margin, or has lost the indentation of its first line, as
    answers are trimmed: of such readings that with the least to cut off is right.
    """
    yield from ((code,) for code in fenced)
    yield ("\n\n".join(fenced),)
    yield (text,)
    for body in (*fenced, text) if beginning else ():
        trimmed = f"{_INDENT}{body.strip()}"
        at_margin = textwrap.indent(textwrap.dedent(body), _INDENT)
        yield tuple(f"{beginning.rstrip()}\n{one}" for one in (at_margin, trimmed))


def _longest(code: str) -> _Read:
    """Parse the longest beginning of the code that is Python: what follows a completion is often cut off or prose."""
    lines = code.rstrip().split("\n")
    for cut in range(min(_MOST_CUTS, len(lines))):
        if (tree := _parsed("\n".join(lines[: len(lines) - cut]))) is not None:
            return _Read(tree, cut)
    return _Read(None, len(lines))


def _parsed(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _program(body: list[ast.stmt], wanted: list[str], beside: list[ast.stmt]) -> str | None:
    """Keep the imports, and the definitions and constants that the `wanted` names reach.

    What is reached and is not in the body is taken from `beside`, the answer's other blocks.
    """
    by_name = _by_name(beside) | _by_name(body)
    kept: set[int] = set()
    seen = set(wanted)
    while wanted:
        for node in by_name.get(wanted.pop(), ()):
            kept.add(id(node))
            used = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            wanted += used - seen
            seen |= used
    chosen = [node for node in beside if id(node) in kept]
    chosen += [node for node in body if id(node) in kept or _is_import(node)]
    try:
        return ast.unparse(ast.Module(chosen, [])) + "\n"
    except (ValueError, RecursionError):
        return None


def _names(node: ast.stmt) -> Iterable[str]:
    """Name what a statement at the top level defines."""
    if isinstance(node, _Definition):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)]
    return []


def _by_name(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    found: dict[str, list[ast.stmt]] = {}
    for node in body:
        imported = node.names if isinstance(node, ast.Import | ast.ImportFrom) else []
        for name in (*_names(node), *(alias.asname or alias.name.partition(".")[0] for alias in imported)):
            found.setdefault(name, []).append(node)
    return found


def _all_names(body: list[ast.stmt]) -> list[str]:
    return [name for node in body for name in _names(node)]


def _defines(node: ast.stmt, name: str) -> bool:
    return name in _names(node)


def _implements(node: ast.stmt, name: str) -> bool:
    """Tell a definition with something in it from one that has only its docstring, as the beginning has, or `pass`."""
    if not isinstance(node, _Definition):
        return _defines(node, name)
    return node.name == name and not all(map(_is_left_out, node.body))


def _is_left_out(node: ast.stmt) -> bool:
    """Tell what stands where a body is still to be written: a docstring, `...`, `pass`, NotImplementedError."""
    if isinstance(node, ast.Raise):
        return "NotImplementedError" in {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _is_import(node: ast.stmt) -> bool:
    """Tell imports, alone or in a `try`; one from the future must stand first, and does nothing here."""
    if isinstance(node, ast.Try):
        return all(_is_import(inner) or isinstance(inner, ast.Pass) for inner in node.body)
    if isinstance(node, ast.ImportFrom):
        return node.module != "__future__"
    return isinstance(node, ast.Import)
