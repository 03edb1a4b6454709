"""Answers in prose: good ones, and what goes wrong in them."""

import random
from collections.abc import Iterator
from itertools import cycle, islice

from planted import chat_en, chat_ja
from planted.case import Case
from planted.phrases import (
    ASSISTANT,
    FOREIGN,
    LEAKED,
    REFUSALS,
    SHORT,
    TIC,
    TOKENS,
    TURNS,
)
from planted.spellings import IN_PROSE, PLAIN

CHAT: dict[str, list[tuple[str, str]]] = {"en": chat_en.CHAT, "ja": chat_ja.CHAT}
_INTRO = {
    "en": ("Good question. ", "In short: ", "Here is what matters.\n\n", "**Answer**\n\n"),
    "ja": ("よい質問ですね。", "簡単に言うと、次のとおりです。", "要点をまとめます。\n\n", "**回答**\n\n"),
}
_OUTRO = {
    "en": (
        " I hope that helps.",
        "\n\nTell me if you would like more detail.",
        "\n\n*(See also the next section of the guide.)*",
    ),
    "ja": (
        "お役に立てば幸いです。",
        "\n\n詳しく知りたい点があれば、お知らせください。",
        "\n\n（次の節もご覧ください。）",
    ),
}


def good() -> Iterator[Case]:
    """Each answer as it is, as a list, and framed; and each with a sentence that resembles a fault."""
    for language in ("en", "ja"):
        for stem, (question, text) in enumerate(CHAT[language]):
            outro = _OUTRO[language][stem % 3]
            for variant in (text, _INTRO[language][stem % 4] + text, text + outro, _listed(text, language)):
                yield _case(None, language, stem, question, variant)
        for stem, sentence in enumerate(PLAIN[language]):
            for question, text in CHAT[language][stem : stem + 24 : 8]:
                first, end, rest = text.partition(_stop(language))
                yield _case(None, language, stem, question, first + end + _space(language) + sentence + rest)


def bad() -> Iterator[Case]:
    for language in ("en", "ja"):
        prose = [(stem, *pair) for stem, pair in enumerate(CHAT[language]) if _is_prose(pair[1], language)]
        yield from _damaged(language, prose)
        yield from _repeating(language, prose)
        yield from _said(language)
        yield from _leaking(language)
        yield from _foreign(language, prose)
        yield from _garbled(language, prose)


def _damaged(language: str, prose: list[tuple[int, str, str]]) -> Iterator[Case]:
    for stem, question, text in prose:
        yield _case("truncated prose", language, stem, question, _cut(text, language, stem))
        yield _case("echo of the question", language, stem, _longer(question, language), _longer(question, language))
        sure = {"en": "Sure! ", "ja": "はい。"}[language]
        if stem % 3 == 0:
            again = sure + _longer(question, language)
            yield _case("echo of the question", language, stem, _longer(question, language), again)
        if stem % 2 == stem // 2 % 2:
            fenced = f"{text}\n\n```\n{_sentences(text, language)[0]}"
            yield _case("unclosed fence in prose", language, stem, question, fenced)
    for stem, text in enumerate(SHORT[language]):
        yield _case("too short", language, stem, CHAT[language][stem][0], text)
    for stem, text in enumerate(("", " ", "\n\n", "\t", "　", "\u200b") * 2):
        yield _case("empty", language, stem, CHAT[language][stem][0], text)
    for stem in range(12):
        many = "\n\n".join(text for _, text in CHAT[language])
        start = many[37 * stem :]
        yield _case("too long", language, stem, CHAT[language][stem][0], "".join(islice(cycle(start + "\n\n"), 9_000)))


def _repeating(language: str, prose: list[tuple[int, str, str]]) -> Iterator[Case]:
    space = _space(language)
    for stem, question, text in prose:
        sentences = _sentences(text, language)
        rng = random.Random(f"{language}:{stem}")
        last = sentences[-1]
        times = rng.randint(6, 30)
        loop = text + space + space.join([last] * times)
        yield _case("repeated loop", language, stem, question, loop)
        half = text + space + space.join([last] * times) + space + last[: len(last) // 2]
        yield _case("repeated loop, cut", language, stem, question, half)
        first, second = sentences[0], sentences[1]
        lines = [line for other in sentences[2:] for line in (first, second, other)] + [first, second] * 2
        rng.shuffle(lines)
        yield _case("repeated lines", language, stem, question, "\n".join([*lines, sentences[-1]]))
    whole = [text for _, _, text in prose]
    for stem in range(20):
        one, two, three = (whole[(stem + step) % len(whole)].replace("\n", space) for step in (0, 5, 9))
        again = "\n\n".join([one, two, one, three[: len(three) // 2], two, one, three])
        yield _case("repeated paragraphs", language, stem, prose[stem][1], again)
        phrase, things = TIC[language]
        rng = random.Random(stem)
        tic = space.join(phrase.format(thing) for thing in rng.sample(things, 9 + stem % 6))
        yield _case("repeated n-grams", language, stem, prose[stem][1], tic)


def _said(language: str) -> Iterator[Case]:
    space = _space(language)
    for kind, phrases in (("refusal of a harmless question", REFUSALS), ("talk of being an AI", ASSISTANT)):
        for stem, phrase in enumerate(phrases[language]):
            for step in range(3):
                question, text = CHAT[language][(stem * 3 + step) % len(CHAT[language])]
                shown = phrase if kind.startswith("refusal") else phrase + space + text
                if step == 2 and kind.startswith("talk"):
                    shown = text + space + phrase
                if step == 2 and kind.startswith("refusal"):
                    shown = {"en": "Thank you for asking. ", "ja": "ご質問ありがとうございます。"}[language] + phrase
                yield _case(kind, language, stem, question, shown)
    for stem, phrase in enumerate(IN_PROSE[language]):
        for step in range(3):
            question, text = CHAT[language][(stem * 3 + step) % len(CHAT[language])]
            order = (phrase, text) if stem % 2 == 0 and step else (text, phrase)
            yield _case("placeholder in prose", language, stem, question, "\n\n".join(order))


def _leaking(language: str) -> Iterator[Case]:
    for stem, token in enumerate(TOKENS):
        for step in range(2):
            question, text = CHAT[language][(stem + 11 * step) % len(CHAT[language])]
            yield _case("template tokens", language, stem, question, text + token if step else token + text)
    for stem, turn in enumerate(TURNS[language]):
        for step in range(4):
            question, text = CHAT[language][(stem + 7 * step) % len(CHAT[language])]
            following = CHAT[language][(stem + step + 3) % len(CHAT[language])][0]
            yield _case("several turns in an answer", language, stem, question, f"{text}\n\n{turn.format(q=following)}")
    for stem, leaked in enumerate(LEAKED[language]):
        for step in range(5):
            question, text = CHAT[language][(stem + 7 * step) % len(CHAT[language])]
            shown = leaked + _space(language) + text if step % 2 else f"{text}\n{leaked}"
            yield _case("leaked instructions", language, stem, question, shown)


def _foreign(language: str, prose: list[tuple[int, str, str]]) -> Iterator[Case]:
    other = "ja" if language == "en" else "en"
    for stem, text in enumerate(FOREIGN.values()):
        question, own = CHAT[language][stem]
        yield _case("wrong natural language", language, stem, question, text)
        # Half of the text is in another language, from its middle on.
        sentences = _sentences(own, language)
        mixed = _space(language).join(sentences[: max(1, len(sentences) // 3)]) + "\n\n" + text
        yield _case("mixed language", language, stem, question, mixed)
    for stem, question, text in prose[:12]:
        foreign = dict(enumerate(CHAT[other]))[stem][1]
        yield _case("wrong natural language", language, stem, question, foreign)
        yield _case("mixed language", language, stem, question, text[: len(text) // 2] + "\n" + foreign)


def _garbled(language: str, prose: list[tuple[int, str, str]]) -> Iterator[Case]:
    letters = (
        "abcdefghijklmnopqrstuvwxyz0123456789" if language == "en" else "ぬふあうえおやゆよわほへたていすかんなにらせ"
    )
    for stem, question, text in prose[:16]:
        rng = random.Random(f"garbled:{language}:{stem}")
        if language == "ja":
            wrong = text.encode("utf-8").decode("cp1252", "replace" if stem % 4 < 2 else "ignore")
            yield _case("garbled: mojibake", language, stem, question, wrong)
            wrong = text.encode("shift_jis", "replace").decode("utf-8", "replace")
            yield _case("garbled: mojibake", language, stem, question, wrong)
        else:
            quotes = text.replace("'", "’").replace(",", " –").replace("e", "é")
            yield _case("garbled: mojibake", language, stem, question, quotes.encode().decode("cp1252", "replace"))
        noise = " ".join("".join(rng.choices(letters, k=rng.randint(2, 12))) for _ in range(40))
        yield _case("garbled: random characters", language, stem, question, noise)
        marks = "".join(rng.choices("#@$%^&*()[]{}<>?/\\|~!;:,.+-=_ ", k=240))
        yield _case("garbled: random signs", language, stem, question, marks)
        lost = "".join("\ufffd" if rng.random() < 0.3 else letter for letter in text)
        yield _case("garbled: replacement characters", language, stem, question, lost)


def _case(kind: str | None, language: str, stem: int, question: str, text: str) -> Case:
    return Case("answer", kind, language, stem, {"language": language, "question": question, "text": text})


def _stop(language: str) -> str:
    return ". " if language == "en" else "。"


def _space(language: str) -> str:
    return " " if language == "en" else ""


def _sentences(text: str, language: str) -> list[str]:
    stop = _stop(language)
    parts = [part.strip() for part in text.replace("\n", stop).split(stop) if len(part.strip()) > 8]
    return [part if part.endswith((".", "。", "!", "?", "」")) else part + stop.strip() for part in parts]


def _is_prose(text: str, language: str) -> bool:
    return "\n" not in text and len(_sentences(text, language)) > 2


def _listed(text: str, language: str) -> str:
    """Set the sentences as a numbered list, without a last full stop, as models do."""
    if "\n" in text or '"' in text or "「" in text:
        return text
    sentences = _sentences(text, language)
    return "\n".join(f"{number}. {sentence.rstrip('。.')}" for number, sentence in enumerate(sentences, 1))


def _longer(question: str, language: str) -> str:
    """Give the question a length that an echo can be told from."""
    more = {
        "en": "Please explain it to me as you would to a friend.",
        "ja": "友だちに話すように分かりやすく説明してください。",
    }
    return question + _space(language) + more[language]


def _cut(text: str, language: str, stem: int) -> str:
    """Stop inside a sentence of the second half: after a word, or inside one; never where the sentence is whole."""
    at = len(text) * (60 + stem % 3 * 10) // 100
    if language == "en":
        if stem % 2:
            at = text.rfind(" ", 0, at)
        while at > 1 and not (text[at - 2 : at].isalpha() and text[at] not in ".!?:;,"):
            at -= 1
    else:
        while at > 1 and any(sign in "。、！？」』）" for sign in text[at - 1 : at + 3]):
            at -= 1
    return text[:at]
