"""Cuts a clean text into sentences, headings and code blocks, each with its place in the text.

    "Dr. Ito left at 3.15 p.m. He said 「はい。」と。"  →  two sentences, not five

Made for English and Japanese, and good for Chinese, Korean, French, German and Spanish: the rules look at the
characters around a mark, never at spaces alone, and one list of abbreviations serves all the languages at once,
since a document quotes others. The idea of rules over exceptions is that of Pragmatic Segmenter (Sadvilkar and
Neumann, "PySBD", NLP-OSS 2020).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "code", "sentence"]

_LINE = re.compile(r"^[^\n]*\S[^\n]*", re.MULTILINE)
_FENCE = re.compile(r"[ ]{0,3}(```|~~~)")
_HEADING = re.compile(r"(#{1,6})[ ]+\S")
_ITEM = re.compile(r"[ ]*(?:[-*+•・●○◆■□※][ ]?(?=\S)|\d{1,3}[.)．][ ]|[(（]\w{1,3}[)）]|[①-⑳]|\|)")
_LEADER = re.compile(r"\s*(?:[-*+•]\s+)?(?:\d{1,3}|[A-Za-z])[.)]\s")

_CLOSERS = "」』）)】〉》〕］\\]”’\"'»"
_MARK = re.compile(
    rf"(?P<wide>[。｡]+|[！？!?‼⁇⁈⁉]+|．(?![0-9０-９A-Za-zＡ-ｚ]))[{_CLOSERS}]*(?:\s»)?"
    rf"|(?P<narrow>\.(?:[ ]\.){{1,5}}|\.{{1,6}}|…{{1,4}})(?:[{_CLOSERS}]|\[\d{{1,3}}\])*(?:\s»)?(?=\s)"
)
_BRACKET = re.compile(r"[「『（(【〈《〔」』）)】〉》〕]")
_PAIRS = dict(zip("」』）)】〉》〕", "「『（(【〈《〔", strict=True))
_QUOTED = 200
"""A bracketed passage of up to this many characters is not cut: 「はい。行きます。」と言った。"""
_AFTER_QUOTE = re.compile(r"[とっのをがはにでへ、，,;；。]|など|や|も(?!し)")
_AFTER_CRY = re.compile(r"[とっをがの、，。…」』]")
_CJK = re.compile(r"[\u3000-〿ぁ-ヿ㐀-鿿가-힣豈-﫿！-｠]")
_LAST_WORD = re.compile(r"(?:^|[\s(（\[\"'“‘«—–/])([^\s(（\[\"'“‘«—–/]{1,24})\Z")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# What follows belongs to them: a name, an example.
_LEADS_ON = _words("""
    dr mr mrs ms prof st mt ft gen lt sgt capt cmdr adm rev hon gov sen rep messrs cf ca approx vs viz e.g i.e
    hr frl nr vgl z.b d.h u.a o.ä ggf evtl inkl bzw mme mlle mm mgr env sr sra srta dra ud uds pág págs núm p.ej
""")
# Only a number belongs to them, or a name to the capitalised: "no. 5" and "Fig. A", and not "He said no. Then …".
_NUMBERED = _words("""
    fig figs eq eqs sec secs ch chap no nos n° vol vols p pp pg art arts ref refs tab ex ed eds op abs bd str s v col
    jan feb mar apr jun jul aug sep sept oct nov dec max min
""")
# They may end a sentence: it ends where a word follows that begins sentences.
_MAY_END = _words("""
    etc al inc ltd co corp jr bros plc llc u.s u.k u.n u.s.a d.c a.m p.m b.c a.d ph.d m.d usw mio mrd j.-c ee.uu
""")
_STARTERS = _words("""
    the a an in it its he she they we you i this that these those however but and so for if when while after before
    there then as at on by to from with our their his her my no not what who why how where both each all some many
    most such since although because der die das ein eine es er sie wir ich im und aber le la les un une il elle ils
    elles nous dans el los las una en lo se su
""")
_MONTHS = re.compile(
    r"\s+(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|Jahrhundert|Jh)\b"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """`text[start:end]`, without white space around it; `level` is a heading's, else 0."""

    start: int
    end: int
    kind: Kind = "sentence"
    level: int = 0


def split(text: str) -> list[Segment]:
    """Cut `text` into segments, in order; between them is nothing but white space.

    A heading, a fenced code block and a table's or list's line of their own begin and end a segment; so do blank
    lines. A single line break within a paragraph is a space: it ends a sentence where a mark stands before it.
    """
    segments: list[Segment] = []
    start = end = -1  # of the paragraph at hand
    code, fence = -1, ""  # where the code block at hand began, and with which marks
    for line in _LINE.finditer(text):
        stop = line.start() + len(line[0].rstrip())
        if code >= 0:
            if line[0].strip().startswith(fence) and not line[0].strip(" `~"):
                segments.append(Segment(code, stop, "code"))
                code = -1
            continue
        heading, opening = _HEADING.match(line[0]), _FENCE.match(line[0])
        apart = heading or opening or _ITEM.match(line[0]) or "\n" in text[end + 1 : line.start()]
        if start >= 0 and apart:
            segments += _sentences(text, start, end)
            start = -1
        if heading:
            segments.append(Segment(line.start(), stop, "heading", len(heading[1])))
        elif line[0].startswith("|"):
            segments.append(Segment(line.start(), stop))
        elif opening:
            code, fence = line.start(), opening[1]
        else:
            start, end = (line.start() if start < 0 else start), line.end()
    if start >= 0:
        segments += _sentences(text, start, end)
    if code >= 0:
        segments.append(Segment(code, len(text.rstrip()), "code"))
    return segments


def sentences(text: str) -> list[str]:
    """Give the texts of the segments."""
    return [text[segment.start : segment.end] for segment in split(text)]


def _sentences(text: str, start: int, end: int) -> Iterator[Segment]:
    """Cut the paragraph `text[start:end]` at the marks that end a sentence."""
    paragraph = text[start:end]
    leader = _LEADER.match(paragraph)
    quoted = _quoted(paragraph)
    begin, passage = 0, 0
    for mark in _MARK.finditer(paragraph, leader.end() if leader else 0):
        while passage < len(quoted) and quoted[passage][1] <= mark.start():
            passage += 1
        if passage < len(quoted) and quoted[passage][0] < mark.start() and mark.end() < quoted[passage][1]:
            continue
        if _ends(paragraph, mark):
            yield from _trimmed(paragraph, begin, mark.end(), start)
            begin = mark.end()
    yield from _trimmed(paragraph, begin, len(paragraph), start)


def _trimmed(paragraph: str, begin: int, stop: int, offset: int) -> Iterator[Segment]:
    piece = paragraph[begin:stop]
    if body := piece.strip():
        first = begin + piece.index(body[0])
        yield Segment(offset + first, offset + first + len(body))


def _quoted(paragraph: str) -> list[tuple[int, int]]:
    """Find the outermost bracketed passages that are short enough to stay whole."""
    opened: list[tuple[str, int]] = []
    passages: list[tuple[int, int]] = []
    for bracket in _BRACKET.finditer(paragraph):
        opening = _PAIRS.get(bracket[0])
        if opening is None:
            opened.append((bracket[0], bracket.start()))
        elif opened and opened[-1][0] == opening:
            begin = opened.pop()[1]
            if bracket.end() - begin <= _QUOTED:
                while passages and passages[-1][0] > begin:
                    passages.pop()
                passages.append((begin, bracket.end()))
    return passages


def _ends(paragraph: str, mark: re.Match[str]) -> bool:
    """Tell whether a sentence ends with this mark, by what stands before and after it."""
    after = paragraph[mark.end() : mark.end() + 40]
    following = after.lstrip()
    if not following:
        return True
    if mark["wide"] is not None:
        closed = len(mark[0]) > len(mark["wide"])
        if mark["wide"][0] in "!?" and not after[0].isspace() and not _CJK.match(after):
            return False  # a?b in an address, !important
        if (_AFTER_QUOTE if closed else _AFTER_CRY).match(after):
            return False
        return mark["wide"][0] in "。｡．" or not following[0].islower()
    if following[0].islower():
        return False
    return mark["narrow"] != "." or not _abbreviates(paragraph, mark.start(), mark.end(), following)


def _abbreviates(paragraph: str, stop: int, after: int, following: str) -> bool:
    """Tell whether the full stop at `stop` belongs to the word before it and ends no sentence."""
    found = _LAST_WORD.search(paragraph[max(0, stop - 25) : stop])
    if found is None:
        return False
    word = found[1].lower()
    next_word = re.match(r"[\"'“‘«(\[¿¡]*([^\W\d_]*)", following)
    starts = next_word is not None and next_word[1].lower() in _STARTERS
    if word in _LEADS_ON:
        return True
    if word in _NUMBERED and (following[0].isdigit() or found[1].istitle()):
        return following[0].isdigit() or not starts
    if word in _MAY_END:
        return not (starts or (word == "etc" and following[0].isupper()))
    if len(word) == 1 and word.isalpha() and not _CJK.match(word):
        initial = re.match(r"[^\W\d_]\.", following) is not None  # z. B., J. R. Smith
        return initial or (found[1].isupper() and following[0].isupper() and not starts)
    if re.fullmatch(r"(?:[^\W\d_]\.){1,4}[^\W\d_]", word):
        return not starts
    return word.isdigit() and len(word) <= 2 and _MONTHS.match(paragraph, after) is not None
