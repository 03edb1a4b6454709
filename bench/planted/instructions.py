"""Users' turns that a model wrote, as Magpie draws them: good ones, and what it writes instead."""

from collections.abc import Iterator
from itertools import cycle, islice

from factory.code.languages import LANGUAGES
from planted.case import Case
from planted.phrases import FOREIGN
from planted.requests import BAD, CODE, GOOD, TEMPLATES, TOPICS

_PROGRAMMING = [
    "python", "javascript", "typescript", "java", "c", "cpp", "csharp", "go", "rust", "ruby", "php", "kotlin", "swift",
    "sql", "bash", "haskell", "r", "lua",
]  # fmt: skip


def good() -> Iterator[Case]:
    for language in ("en", "ja"):
        for stem, text in enumerate(GOOD[language]):
            yield _case(None, language, stem, text)
        for stem, template in enumerate(TEMPLATES[language]):
            for topic in TOPICS[language]:
                yield _case(None, language, stem, template.format(topic))
        for stem, template in enumerate(CODE[language]):
            for key in _PROGRAMMING:
                yield _case(None, language, stem, template.format(LANGUAGES[key].name), key)


def bad() -> Iterator[Case]:
    for kind, texts in BAD.items():
        for language in ("en", "ja"):
            for stem, text in enumerate(texts[language]):
                yield _case(kind, language, stem, text)
    for language in ("en", "ja"):
        for stem, template in enumerate(CODE[language]):
            for place, key in enumerate(_PROGRAMMING):
                if place % 3 == stem % 3:
                    other = LANGUAGES[_PROGRAMMING[(place + 5) % len(_PROGRAMMING)]].name
                    yield _case(
                        "instruction about another programming language", language, stem, template.format(other), key
                    )
        for stem, text in enumerate(FOREIGN.values()):
            yield _case("instruction in another language", language, stem, text + "?")
        for stem, text in enumerate(GOOD[language][:14]):
            cut = _case("instruction cut off by its length", language, stem, text)
            yield cut._replace(row={**cut.row, "finish": "length"})
            runaway = "".join(islice(cycle(text + "\n"), 8_500))
            yield _case("instruction that is too long", language, stem, runaway)


def _case(kind: str | None, language: str, stem: int, text: str, programming: str | None = None) -> Case:
    row = {"language": language, "text": text, "programming": programming}
    return Case("instruction", kind, language, stem, row)
