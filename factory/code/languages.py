"""The programming languages the factory knows: how a pipeline, a person and a Markdown fence name each of them.

`csharp` is the value of an axis in YAML, "C#" what a prompt says, and ```` ```cs ```` what a model writes.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """One language. `data` marks formats that hold data or prose: beside a program they are not the answer."""

    key: str
    name: str
    fences: tuple[str, ...] = ()
    """What a fence may say beside `key` and `name`, in lower case."""
    line_comments: tuple[str, ...] = ()
    block_comment: tuple[str, str] | None = None
    data: bool = False


_C = ("/*", "*/")
_XML = ("<!--", "-->")

LANGUAGES: dict[str, Language] = {
    language.key: language
    for language in (
        Language("python", "Python", ("py", "python3", "py3", "pycon", "ipython", "python2", "pyi"), ("#",)),
        Language("javascript", "JavaScript", ("js", "jsx", "mjs", "cjs", "node", "nodejs", "es6"), ("//",), _C),
        Language("typescript", "TypeScript", ("ts", "tsx", "mts"), ("//",), _C),
        Language("java", "Java", ("java17", "java8"), ("//",), _C),
        Language("c", "C", ("h", "c99", "c11", "ansi-c"), ("//",), _C),
        Language("cpp", "C++", ("cc", "cxx", "hpp", "cpp17", "cpp20", "c++17", "c++20", "c++11"), ("//",), _C),
        Language("csharp", "C#", ("cs", "c-sharp", "dotnet"), ("//",), _C),
        Language("go", "Go", ("golang",), ("//",), _C),
        Language("rust", "Rust", ("rs",), ("//",), _C),
        Language("ruby", "Ruby", ("rb", "irb", "rails"), ("#",), ("=begin", "=end")),
        Language("php", "PHP", ("php8", "php7"), ("//", "#"), _C),
        Language("swift", "Swift", (), ("//",), _C),
        Language("kotlin", "Kotlin", ("kt", "kts"), ("//",), _C),
        Language("scala", "Scala", ("sc", "scala3"), ("//",), _C),
        Language("haskell", "Haskell", ("hs", "ghci"), ("--",), ("{-", "-}")),
        Language("lua", "Lua", ("luau",), ("--",), ("--[[", "]]")),
        Language("perl", "Perl", ("pl", "pm", "perl5"), ("#",)),
        Language("r", "R", ("rscript", "rlang"), ("#",)),
        Language("julia", "Julia", ("jl",), ("#",), ("#=", "=#")),
        Language("bash", "Bash", ("sh", "shell", "zsh", "shellscript", "shell-script", "ksh"), ("#",)),
        Language(
            "sql",
            "SQL",
            ("mysql", "postgresql", "postgres", "sqlite", "plsql", "pgsql", "tsql", "t-sql", "sqlite3"),
            ("--",),
            _C,
        ),
        Language("html", "HTML", ("html5", "htm", "xhtml"), (), _XML),
        Language("css", "CSS", ("css3",), (), _C),
        Language("dart", "Dart", ("flutter",), ("//",), _C),
        Language("elixir", "Elixir", ("ex", "exs", "iex"), ("#",)),
        Language("ocaml", "OCaml", ("ml", "mli"), (), ("(*", "*)")),
        Language("fortran", "Fortran", ("f90", "f95", "f77", "f03", "f08"), ("!",)),
        Language("matlab", "MATLAB", ("octave",), ("%",), ("%{", "%}")),
        Language("powershell", "PowerShell", ("ps1", "pwsh", "ps", "posh"), ("#",), ("<#", "#>")),
        Language("zig", "Zig", (), ("//",)),
        Language("objectivec", "Objective-C", ("objc", "objective-c", "obj-c"), ("//",), _C),
        Language("clojure", "Clojure", ("clj", "cljs"), (";",)),
        Language("erlang", "Erlang", ("erl",), ("%",)),
        Language("fsharp", "F#", ("fs", "fsx"), ("//",), ("(*", "*)")),
        Language("groovy", "Groovy", ("gradle",), ("//",), _C),
        Language("scheme", "Scheme", ("scm", "racket", "rkt"), (";",), ("#|", "|#")),
        Language(
            "lisp", "Common Lisp", ("common-lisp", "commonlisp", "cl", "elisp", "emacs-lisp"), (";",), ("#|", "|#")
        ),
        Language("nim", "Nim", (), ("#",), ("#[", "]#")),
        Language("pascal", "Pascal", ("delphi", "pas"), ("//",), ("{", "}")),
        Language("cobol", "COBOL", (), ("*>",)),
        Language("prolog", "Prolog", (), ("%",), _C),
        Language("solidity", "Solidity", ("sol",), ("//",), _C),
        Language("vba", "VBA", ("vb", "vbnet", "visual-basic", "vbscript"), ("'",)),
        Language("assembly", "Assembly", ("asm", "nasm", "x86asm", "gas", "armasm"), (";",)),
        Language("scss", "SCSS", ("sass", "less"), ("//",), _C),
        Language("json", "JSON", ("json5", "jsonc", "jsonl", "ndjson"), ("//",), data=True),
        Language("yaml", "YAML", ("yml",), ("#",), data=True),
        Language("toml", "TOML", ("ini", "cfg", "conf"), ("#",), data=True),
        Language("xml", "XML", ("svg", "xsd", "xaml"), (), _XML, data=True),
        Language("markdown", "Markdown", ("md", "mdx"), (), _XML, data=True),
        Language("latex", "LaTeX", ("tex",), ("%",), data=True),
        Language("dockerfile", "Dockerfile", ("docker",), ("#",), data=True),
        Language("makefile", "Makefile", ("make", "cmake"), ("#",), data=True),
        Language("diff", "diff", ("patch",), (), data=True),
    )
}
"""Every language by its key; those of programs first, the most asked for first."""

_BY_FENCE = {
    fence: language.key
    for language in LANGUAGES.values()
    for fence in (language.key, language.name.lower(), *language.fences)
}


def by_fence(info: str) -> str | None:
    """Return the language that a fence's info string names, or None: `python title="x.py"`, `{.rust}`, `C++`."""
    words = (
        info.strip().lstrip("{.").replace(",", " ").replace("{", " ").replace("}", " ").replace(":", " ").split(None, 1)
    )
    return _BY_FENCE.get(words[0].lower()) if words else None
