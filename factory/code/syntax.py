"""Whether code parses: `ast` for Python, tree-sitter for the rest; and whether it is wrong or only cut off.

    syntax_error("def f(:\\n    pass", "python")  ->  "line 1: invalid syntax: def f(:"

What people show as a fragment is no error: a method without its class, statements without a function, PHP without
`<?php`, a REPL transcript. Each is tried inside what it lacks. Measured on 1,400 published files of 60 lines or
less: the grammars left out here (SQL, MATLAB, PowerShell) refuse one in eleven or more that are right.
"""

import ast
import re
import textwrap
import warnings
from functools import cache
from typing import TYPE_CHECKING

from factory.code.scan import Scan, scan

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_BODY, _METHODS = ("void _() {\n", "\n}"), ("class _ {\n", "\n}")
_GRAMMARS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "javascript": (("javascript", "", ""), ("javascript", *_METHODS), ("javascript", "(", "\n)")),
    "typescript": (("typescript", "", ""), ("tsx", "", ""), ("typescript", *_METHODS), ("typescript", "(", "\n)")),
    "java": (("java", "", ""), ("java", *_METHODS), ("java", "class _ { " + _BODY[0], "\n}}")),
    "c": (("c", "", ""), ("c", *_BODY)),
    "cpp": (("cpp", "", ""), ("cpp", *_BODY), ("cpp", "class _ {\n", "\n};")),
    "csharp": (("csharp", "", ""), ("csharp", *_METHODS)),
    "go": (("go", "", ""), ("go", "func _() {\n", "\n}")),
    "rust": (("rust", "", ""), ("rust", "fn _() {\n", "\n}"), ("rust", "impl _ {\n", "\n}")),
    "ruby": (("ruby", "", ""),),
    "php": (("php", "", ""), ("php", "<?php class _ {\n", "\n}")),
    "swift": (("swift", "", ""), ("swift", *_METHODS)),
    "kotlin": (("kotlin", "", ""), ("kotlin", *_METHODS)),
    "scala": (("scala", "", ""), ("scala", *_METHODS)),
    "haskell": (("haskell", "", ""), ("haskell", "main = do\n", "")),
    "dart": (("dart", "", ""), ("dart", "void _() async {\n", "\n}"), ("dart", *_METHODS)),
    "zig": (("zig", "", ""), ("zig", "fn _() void {\n", "\n}")),
    "css": (("css", "", ""), ("css", "a {\n", "\n}")),
    **{key: ((key, "", ""),) for key in ("bash", "elixir", "fortran", "html", "json", "julia", "lua", "ocaml", "perl")},
    **{key: ((key, "", ""),) for key in ("r", "toml", "xml", "yaml")},
}
"""By language, the grammar and what is put around the code, the bare code first."""

_WORK = 60
"""Parsing stops after this and one for each 40 characters, in hundreds of parser steps: right code needs a quarter."""
_LONG = 12_000
"""Characters from which nothing is parsed: four hundred lines. Recovery from errors grows faster than the text."""
_SLOW, _LONG_SLOW = ("bash", "perl"), 5_000
"""Grammars that recover slowly from errors, and their limit."""
_TANGLED = "too tangled to parse"
_DEEP = 200
"""Brackets open at once from which nothing is parsed, which is also where CPython stops."""
_BRACKET = re.compile(r"[()\[\]{}]")
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: |$)|^In \[\d+\]: ", re.MULTILINE)
_MAGIC = re.compile(r"^([ \t]*)[!%](?=[\w%])[^\n]*", re.MULTILINE)
_ENDS = {"ruby": "end", "lua": "end", "elixir": "end", "julia": "end"}
_CONFLICT = re.compile(r"^<{7}(?: [^\n]*)?\n.*?^(={7})$", re.MULTILINE | re.DOTALL)
_SIGNS = re.compile("[、。，！？：；（）「」『』]")
"""Signs of Japanese and Chinese, which some grammars take for letters of a name."""
_LINES_DROPPED = 6
"""Lines at the end of cut code that may be a statement's unfinished part."""


class _TooMuchError(Exception):
    """Parsing was given up."""


def checks(language: str) -> bool:
    """Say whether `syntax_error` knows the grammar of `language`."""
    return language == "python" or language in _GRAMMARS


def syntax_error(code: str, language: str) -> str | None:
    """Return the first syntax error of `code` as "line 7: …", or None: it parses, or there is no grammar for it.

    `language` is a key of `LANGUAGES`. Code of more than 12,000 characters (5,000 of Bash and Perl) is not judged: None.
    What is shorter and takes the parser several times its usual work is an error.
    """  # noqa: E501
    if not checks(language) or not code.strip() or _is_long(code, language):
        return None
    try:
        if _depth(code) > _DEEP:
            raise _TooMuchError
        return _python_error(code) if language == "python" else _tree_error(code, language)
    except _TooMuchError:
        return f"line 1: {_TANGLED}"


def parses(code: str, language: str) -> bool:
    """Tell whether `code` parses as it stands, for a language that `checks` knows. Most fragments do."""
    if language == "python":
        return syntax_error(code, language) is None
    before = "<?php " if language == "php" and "<?" not in code else ""
    if _is_long(code, language) or _depth(code) > _DEEP:
        return False
    try:
        return not _parse(before + code, _GRAMMARS[language][0][0]).has_error
    except _TooMuchError:
        return False


def looks_cut(code: str, language: str) -> bool:
    """Tell whether `code` stops in the middle: something is open at its end, and all before it is right.

    Code that is wrong before its end is not cut but wrong. Without a grammar, what is open decides alone.
    """
    if not code.strip() or len(code) > _LONG:
        return False
    state = scan(code, language)
    if not checks(language):
        return bool(state.open or state.unfinished)
    error = syntax_error(code, language)
    if error is None or error.endswith(_TANGLED) or state.mismatched:
        return False
    lines = code.rstrip().split("\n")
    if not (state.open or state.words or state.unfinished):
        return _lacks_a_body(lines, language)
    for dropped in range(1, min(_LINES_DROPPED, len(lines)) + 1):
        kept = "\n".join(lines[:-dropped])
        shorter = scan(kept, language)
        if not shorter.unfinished and any(
            syntax_error(whole, language) is None for whole in _completed(kept, shorter, language)
        ):
            return bool(kept.strip()) or len(lines) == 1
    return state.unfinished


def _lacks_a_body(lines: list[str], language: str) -> bool:
    """Tell whether code with no bracket open needs only a block's body or its `end`, or stops at an operator."""
    code = "\n".join(lines)
    if language == "python":
        return lines[-1].endswith((":", "=", "\\", "+", ",", ".", "else")) and any(
            syntax_error(whole, language) is None for whole in _completed(code, Scan(), language)[1:]
        )
    if language not in _ENDS:
        return False
    return any(
        syntax_error(whole, language) is None
        for kept in (code, "\n".join(lines[:-1]))
        for whole in _completed(kept, Scan(), language)[1:]
    )


def _is_long(code: str, language: str) -> bool:
    return len(code) > (_LONG_SLOW if language in _SLOW else _LONG)


def _depth(code: str) -> int:
    """Return the most brackets that are open at once, wherever they stand."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(code):
        depth += 1 if bracket in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


def _completed(code: str, state: Scan, language: str) -> list[str]:
    """Return `code` with what it leaves open closed, in the ways that the language allows."""
    closed = code.rstrip().rstrip(",") + "\n" + "".join(reversed(state.open))
    if language == "python":
        last = code.rstrip().rsplit("\n", 1)[-1]
        indent = last[: len(last) - len(last.lstrip())]
        body = f"\n{indent}    pass"
        return [closed, closed + body, f"{closed}\n{indent}except Exception:{body}", f"{code.rstrip()} None"]
    if language in _ENDS:
        return [closed + ("\n" + _ENDS[language]) * count for count in range(7)]
    if language == "bash":
        return [closed, *("\n".join([code, *reversed(state.words)]),)]
    return [closed, closed + ";"]


def _python_error(code: str) -> str | None:
    if ">>>" in code or "In [" in code:
        code = _session(code)
    error = _compile(code)
    if error is None or _compile(_MAGIC.sub(r"\1pass", textwrap.dedent(code))) is None:
        return None
    return error


def _session(code: str) -> str:
    """Return what was typed in a REPL transcript: the lines after a prompt. Other code comes back as it is."""
    typed = [line[len(found[0]) :] for line in code.split("\n") if (found := _PROMPT.match(line))]
    return "\n".join(typed) if _PROMPT.match(code.lstrip("\n")) else code


def _compile(code: str) -> str | None:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<code>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        return f"line {error.lineno or 1}: {error.msg}{_quoted(error.text)}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"line 1: {error or 'nested too deeply'}"
    return None


def _quoted(line: str | None) -> str:
    line = " ".join((line or "").split())[:60]
    return f": {line}" if line else ""


def _tree_error(code: str, language: str) -> str | None:
    if language == "php" and "<?" not in code:
        code = "<?php " + code
    # Swift takes the marks for operators.
    if "<<<<<<<" in code and (conflict := _CONFLICT.search(code)):
        return f"line {code.count(chr(10), 0, conflict.start()) + 1}: conflict marks of a merge"
    first = None
    for grammar, before, after in _GRAMMARS[language]:
        inside = code.removeprefix("<?php ") if "<?php" in before else code
        root = _parse(before + inside + after, grammar)
        error = _first_error(root) or (_SIGNS.search(inside) and _sentence(root))
        if error is None:
            return None
        first = first or error
    return first


@cache
def _parser(grammar: str) -> "Parser":
    from tree_sitter_language_pack import get_parser

    return get_parser(grammar)  # type: ignore[arg-type]


def _parse(code: str, grammar: str) -> "Node":
    """Return the root of the tree of `code`. Raises _TooMuchError where the parser works too long."""
    source = code.encode("utf-8", "replace")
    left = _WORK + len(source) // 40
    parser = _parser(grammar)

    def give_up(offset: int, has_error: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    try:
        return parser.parse(lambda offset, point: source[offset : offset + 65536], progress_callback=give_up).root_node
    except ValueError:
        parser.reset()
        raise _TooMuchError from None


def _sentence(node: "Node") -> str | None:
    """Return the first name in the tree that has a sentence's signs, as "line 7: …", or None."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if not node.children and ("identifier" in node.type or "operator" in node.type):
            text = (node.text or b"").decode("utf-8", "replace")
            if _SIGNS.search(text):
                return f"line {node.start_point[0] + 1}: unexpected{_quoted(text)}"
        nodes.extend(reversed(node.children))
    return None


def _first_error(node: "Node") -> str | None:
    """Return the first node in the tree that is an error or missing, as "line 7: …", or None."""
    if not node.has_error:
        return None
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            break
        node = inner
    line = node.start_point[0] + 1
    if node.is_missing:
        return f"line {line}: missing {node.type}"
    text = (node.text or b"").decode("utf-8", "replace").lstrip()
    return f"line {line}: unexpected{_quoted(text.split(chr(10), 1)[0])}"
