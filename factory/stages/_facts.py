"""What is a fact that can be asked with the book closed, by rule; and what in a text can be asked for.

fact_fault(Fact(span="highest point: Mount Ngerchelchuus 242 m", answer="242 m",
                question="How high is the mountain in the text?"), chunk, "en")
→ "needs_the_text: 'in the text'"
"""

import re

from typing_extensions import TypedDict

from factory.documents.sentences import split
from factory.stages._stated import NUMBER_WORD, normal, squeezed, stated, whole_amount, whole_date
from factory.text.instructions import instruction_fault
from factory.text.language import identify, is_language

_QUESTION = re.compile(r"[?？]\s*\Z|か[。．]?\s*\Z")
_POINTS_AT_THE_TEXT = re.compile(
    r"\b(?:according to|in|from|by|of|does|do|is|are|based on) (?:the|this|these|that) "
    r"(?:above |given |provided |following )?(?:text|passage|excerpt|paragraph|document|article|section|chunk|author|"
    r"list|source|statement|sentence)s?\b"
    r"|\b(?:mentioned|described|stated|listed|given|discussed|shown|provided) (?:above|below|here|in the (?:text|"
    r"passage|document|article|paragraph|list))"
    r"|(?:この|本|上記の?|以下の|次の|前記の?|当該)(?:文章|条文|文|テキスト|本文|資料|文書|記事|段落|節|一節|抜粋|筆者|著者)"
    r"|本文(?:中|に|で|の)|(?:文章|テキスト|資料|記事)(?:中|によ|に(?:書|述|記))|上記|前(?:項|条|二条|三条)|筆者",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:he|she|they|it|his|her|their|them|him|its)\b|彼女?(?:ら|たち)?[はがのをに]|それ[はがのをに]", re.I
)
_NAME = re.compile(r"(?<!\A)\b[A-Z][\w-]+|\d|[ァ-ヺー]{2,}|[一-鿿]{2,}")
_LABELLED = re.compile(r"^[-*•]? ?[\w /-]{2,40}[:：] ?(?P<value>[^:：;；\n]{1,80})$")
_PICKED = re.compile(
    r"(?:\d{1,2} )?\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
    r"(?: \d{1,2}(?!\d))?(?:,? \d{4})?"
    r"|(?<![\w/.-])[$€¥]?\d[\d,.]*(?<![,.])(?![/\w-])(?: (?:million|billion)\b)?(?: ?%)?"
    r"|(?<![\w/.-])\d[\d,.]* ?(?:m|km|feet|miles?|hours?|minutes?|days?|years?|kg|sq km|年|月|日|人|円)(?!\w)"
    r"|[一二三四五六七八九十百千]{1,6}(?:年|月|日|人|回|歳)(?:以[内上下])?"
    r"|[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+){0,5}"
    r"|[ァ-ヺー]{3,20}"
    r"|(?<![第一-鿿])[一-鿿々]{2,10}"
)
_MOST_PICKED = 12
"""Answers offered of one sentence."""
_EDGES = " \t\r\n.。…\"'“”「」『』-"
_LEAST_AROUND = 4
"""Letters that a span has beside the answer: a bare answer says nothing about anything."""


_WHEN = re.compile(r"\b(?:when|year|date|century|decade|since|until)\b|いつ|何年|年|世紀|何月|何日", re.IGNORECASE)
_HOW_MUCH = re.compile(
    r"\bhow (?:many|much|high|long|far|old|tall|deep|large|big|fast|heavy|wide|often)\b"
    r"|\bwhat (?:percentage|share|number)\b"
    r"|いくつ|いくら|何(?:人|個|回|日|年|歳|分の|パーセント|％|%|メートル|キロ|名|条)|どれ(?:くらい|ほど|だけ)|どのくらい",
    re.IGNORECASE,
)
_NO_NUMBER = re.compile(
    r"\b(?:who|whom|where|why|name of|how (?:did|do|does|is|was|were|can))\b"
    r"|\bwhich (?!year|cent|dec|date|day|month|percent|number|share|article|size)|誰|だれ|どこ|なぜ|名前|名称",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:1\d|20)\d\d年?")
_OWN_NAME = re.compile(r"(?<![.?!] )(?<!\A)\b[A-Z][\w-]{2,}|\d[\d,.]*\d|\d|[ァ-ヺー]{3,}")
_ORDINARY = frozenset(["which", "what", "when", "where", "who", "how", "why", "the"])


class Fact(TypedDict):
    """What the model must give for each fact, in this order: it quotes before it asks."""

    span: str
    answer: str
    question: str


def fact_fault(fact: Fact, chunk: str, language: str, known: str = "") -> str | None:
    """Say what is wrong with a fact, as "kind: detail", or None; `known` is what may be named beside the chunk.

    Kinds: "empty", "not_in_text" (the span is not in the chunk verbatim, spaces and width aside), "not_in_span" (the
    answer), "bare_span" (it says no more than the answer), "gives_away" (the question has the answer),
    "needs_the_text" (the question cannot be understood without it), "no_question", "language", "wrong_kind" (a number
    where a person is asked for, and the like), "unknown_name" (the question names what is not in `known`).
    """
    question, answer, span = fact["question"].strip(), fact["answer"].strip(), fact["span"].strip()
    if not (normal(question) and normal(answer) and normal(span)):
        return "empty: the question, the answer or the span"
    if squeezed(span).strip(_EDGES) not in squeezed(chunk):
        return f"not_in_text: {span!r}"
    if not stated(answer, span):
        return f"not_in_span: {answer!r}"
    if len(squeezed(normal(span))) < len(squeezed(normal(answer))) + _LEAST_AROUND:
        return f"bare_span: {span!r}"
    if not _QUESTION.search(question):
        return f"no_question: {question!r}"
    if not is_language(question, language):
        return f"language: {identify(question)}, not {language}"
    if stated(answer, question):
        return f"gives_away: {question!r}"
    if found := _POINTS_AT_THE_TEXT.search(question):
        return f"needs_the_text: {found[0]!r}"
    if (found := _PRONOUN.search(question)) and not _NAME.search(question):
        return f"needs_the_text: who or what is {found[0]!r}?"
    if fault := instruction_fault(question, language):
        return f"no_question: {fault}"
    if fault := _wrong_kind(question, answer):
        return fault
    told = normal(f"{chunk} {known}")
    names = [name for name in _OWN_NAME.findall(question) if normal(name) not in told]
    strange = [name for name in names if name.lower() not in _ORDINARY]
    return f"unknown_name: {strange[0]!r}" if strange else None


def _wrong_kind(question: str, answer: str) -> str | None:
    """Say that the question does not ask for such an answer: a number, a person, a time."""
    if (asked := _HOW_MUCH.search(question)) and not NUMBER_WORD.search(answer):
        return f"wrong_kind: {asked[0]!r} and {answer!r}"
    number = whole_date(answer) or whole_amount(answer)
    if number and not _HOW_MUCH.search(question) and (asked := _NO_NUMBER.search(question)):
        return f"wrong_kind: {asked[0]!r} and {answer!r}"
    if _YEAR.fullmatch(answer) and not _WHEN.search(question):
        return f"wrong_kind: no time is asked for, and {answer!r}"
    return None


def picks(chunk: str, longest_span: int, longest_answer: int) -> list[tuple[str, list[str]]]:
    """Give the sentences of a chunk with what in each may be an answer: names, numbers, dates, a label's value."""
    found = []
    for segment in split(chunk):
        span = " ".join(chunk[segment.start : segment.end].split()).removeprefix("- ")
        whole = _LABELLED.match(span)
        answers = [whole["value"]] if whole else [match[0] for match in _PICKED.finditer(span) if match.start()]
        good = [answer for answer in dict.fromkeys(answers) if 1 < len(answer) <= longest_answer or answer.isdigit()]
        if segment.kind == "sentence" and good and len(span) <= longest_span:
            found.append((span, good[:_MOST_PICKED]))
    return found
