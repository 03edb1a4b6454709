"""Tellings of facts: new ones, and copies of the source or of a sibling, whole or in part."""

from collections.abc import Iterator

from planted.case import Case
from planted.facts import FACTS

_FRAME = {
    "en": (
        "It is worth knowing the following. ",
        "Many readers have heard of it, and here is what there is to say about it: ",
    ),
    "ja": ("次のことは知っておく価値があります。", "聞いたことのある人も多いでしょうが、詳しくは次のとおりです。"),
}


def good() -> Iterator[Case]:
    for language in ("en", "ja"):
        for stem, (source, tellings) in enumerate(FACTS[language]):
            for place, text in enumerate(tellings):
                siblings = [*tellings[:place], *tellings[place + 1 :]]
                yield _case(None, language, stem, text, [source, *siblings])
            for other, others in FACTS[language]:
                if other != source:
                    yield _case(None, language, stem, tellings[0], [other, *others])


def bad() -> Iterator[Case]:
    for language in ("en", "ja"):
        for stem, (source, tellings) in enumerate(FACTS[language]):
            half = source[: len(source) * 6 // 10]
            first, second, third = tellings
            frame = _FRAME[language]
            for text in (source, frame[0] + source, source.upper().replace(",", "")):
                yield _case("copy of the source", language, stem, text, [source, second])
            for text in (half, frame[1] + half + third, first + half):
                yield _case("part copied from the source", language, stem, text, [source, second])
            for text in (second, frame[0] + second):
                yield _case("copy of a sibling", language, stem, text, [source, first, second])
            yield _case("copy of a sibling", language, stem, first[: len(first) // 2] + third, [source, first])
            for text in (_changed(source, 17), _changed(source, 23), _changed(second, 19)):
                yield _case("copy with some words changed", language, stem, text, [source, second])


def _changed(text: str, step: int) -> str:
    """Change what a thesaurus would: one word, or a few characters, in every `step`."""
    if " " in text:
        words = text.split()
        return " ".join("indeed" if at % step == step // 2 else word for at, word in enumerate(words))
    return "".join("実に" if at % (2 * step) == step else letter for at, letter in enumerate(text))


def _case(kind: str | None, language: str, stem: int, text: str, sources: list[str]) -> Case:
    return Case("telling", kind, language, stem, {"language": language, "text": text, "sources": sources})
