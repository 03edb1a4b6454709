"""Which programming languages a text names: "a Rust program", 「Goで書いて」; not "let's go" or "vitamin C"."""

import re
import unicodedata
from functools import cache

from factory.code.languages import LANGUAGES

_WORDS = {
    "go", "c", "r", "rust", "swift", "julia", "ruby", "dart", "scala", "bash", "zig", "elixir", "scheme", "nim",
    "pascal", "perl", "lua", "assembly", "prolog", "cobol", "lisp", "groovy", "clojure", "diff",
}  # fmt: skip
"""Names that are also words, or too short to be sure of: they count with a capital and where a language stands."""
_ALSO = {
    "bash": ("shell script", "シェルスクリプト", "bash script"),
    "go": ("golang", "go言語"),
    "c": ("c言語",),
    "r": ("r言語",),
    "python": ("パイソン",),
    "java": ("ジャバ",),
    "rust": ("rust-lang", "cargo crate"),
    "lisp": ("common lisp",),
    "vba": ("visual basic",),
    "perl": ("perl",),
    "lua": ("lua",),
    "cobol": ("cobol",),
    "prolog": ("prolog",),
    "clojure": ("clojure",),
    "matlab": ("octave",),
}
"""Further names that need no company."""
_NOUN = (
    r"programs?|functions?|code|codebase|scripts?|snippets?|class(?:es)?|methods?|modules?|packages?|librar(?:y|ies)|projects?|"  # noqa: E501, RUF100
    r"applications?|apps?|structs?|traits?|crates?|developers?|programmers?|programming|languages?|"
    r"implementations?|solutions?|"
    r"compilers?|tests?|examples?|versions?|services?|servers?|macros?|goroutines?|closures?|enums?|interfaces?|"
    r"protocols?|"
    r"iterators?|types?|syntax|files?|standard library|expressions?|widgets?|gems?|API|CLI|one-liners?|data ?frames?|equivalent"  # noqa: E501
)
_JA_NOUN = "言語|プログラム|コード|関数|スクリプト|クラス|構造体|モジュール|ライブラリ|アプリ|メソッド|実装|開発|プログラミング"  # noqa: E501
_HOW = r"(?:the[ \t]+)?(?:(?:idiomatic|modern|pure|plain|safe|standard|simple|concurrent|generic)[ \t]+)?"
_BEFORE, _AFTER = r"(?<![A-Za-z0-9_+#.$@/-])", r"(?![A-Za-z0-9_+#])(?!\.[A-Za-z])"
_TRANSLATES = re.compile(r"(?i)\b(?:translat|convert|port|rewrit|migrat|transpil)|変換|移植|翻訳|書き換え")


def named(text: str) -> list[str]:
    """Return the keys of the programming languages that `text`, English or Japanese, names; data formats left out."""
    text = unicodedata.normalize("NFKC", text)
    sure, words, moved = _patterns()
    found = {_key(match) for match in sure.finditer(text)} | {_key(match) for match in words.finditer(text)}
    if _TRANSLATES.search(text):
        found |= {_key(match) for match in moved.finditer(text)}
    return [key for key in LANGUAGES if key in found]


def _key(match: re.Match[str]) -> str:
    return _names()[next(group for group in match.groups() if group).lower()]


@cache
def _names() -> dict[str, str]:
    names = {language.name.lower(): key for key, language in LANGUAGES.items() if not language.data}
    return names | {name: key for key, also in _ALSO.items() for name in also}


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return patterns for sure names, for words where a language stands, and for words after `to` and `from`."""
    alone = [name for name, key in _names().items() if key not in _WORDS or name in _ALSO.get(key, ())]
    sure = "|".join(re.escape(name) for name in sorted(alone, key=len, reverse=True))
    word = "|".join(LANGUAGES[key].name for key in sorted(_WORDS) if not LANGUAGES[key].data)
    company = (
        r"(?:[Nn]ew to|[Ll]earn(?:ing)?|[Ss]tudying|[Ff]amiliar with|"
        r"(?:beginner|experienced?|background) (?:in|at|with))"
    )
    return (
        re.compile(rf"(?i:{_BEFORE}({sure}){_AFTER})"),
        re.compile(
            rf"\b(?:[Ii]n|[Uu]sing|into)[ \t]+{_HOW}({word}){_AFTER}(?![ \t]+(?:major|minor)\b)"
            rf"|{_BEFORE}({word})(?:[ \t]+\d[\d.]*)?[ \t]+(?:{_NOUN})\b"
            rf"|\b{company}[ \t]+{_HOW}({word})(?=[ \t]*(?:[.,;:!?)。、]|$|(?:and|or|but|so|as|after|from|coming|"
            rf"for)\b))"
            rf"|(?<!ビタミン){_BEFORE}({word})[ \t]?(?:の?[ \t]?(?:初心者|初学者|入門|勉強|学習|経験)|"
            rf"を[ \t]?(?:学|勉強|始め|習|覚え)|"
            rf"(?:に|は)(?:初めて|はじめて|不慣れ))"
            rf"|{_BEFORE}({word})[ \t]?(?:で(?!す|あ)|の[ \t]?(?:{_JA_NOUN})|(?:{_JA_NOUN})|を(?:使|用)|における|による)"  # noqa: E501
        ),
        re.compile(rf"\b(?:to|from|into)[ \t]+{_HOW}({word}){_AFTER}|{_BEFORE}({word})[ \t]?(?:から|へ|に)"),
    )
