"""Whether a text states a fact's answer, and whether two short answers are the same: by rule, in any wording.

    stated("242 m", "標高242メートルのゲルチェルチュース山が最高峰である。")     # True: 242 m as written in Japanese
    stated("1 October 1994", "パラオは1994年10月1日に独立した。")               # True: the same date
    graded("It was the US, I think.", "Spain")                                # False
    graded("The Olbiil Era Kelulau, or the Senate.", "Olbiil Era Kelulau")    # None: a rule cannot say

Strings are compared without case, punctuation, width (NFKC), article and kind of kana, as the exact match of SQuAD
(Rajpurkar et al., arXiv:1606.05250) is without case, punctuation and articles; numbers by value and unit
(`factory.maths.quantities`); dates by year, month and day, with the Japanese eras.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from factory.maths import quantities
from factory.maths.quantities import Quantity
from factory.text.refusals import find_refusal

_LONGEST = 10_000
"""Characters of a text that are looked at."""
_CJK = "ぁ-ゖァ-ヺー々〆㐀-䶿一-鿿豈-﫿"
_WORD = re.compile(rf"\d+(?:\.\d+)?|[{_CJK}]+|[^\W_{_CJK}]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SPACE_CJK = re.compile(rf"(?<=[{_CJK}]) | (?=[{_CJK}])")
_NEGATIVE = re.compile(r"(?<![^\s(])[-−](?=\d)")
_ARTICLE = re.compile(r"^(?:the|an?) (?=\w)")
_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_BRACKETED = re.compile(r"\(([^()]{2,80})\)|（([^（）]{2,80})）")
_EDGE = r"a-z0-9.\u00df-\u024f"

_AMOUNT = re.compile(
    r"(?<![\w.])(?P<number>-?\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,9})?)"
    r"(?P<tail> ?(?:[A-Za-z°%]{1,12}(?![A-Za-z])|[ァ-ヶー]{1,9}|[一-鿿ヶか]{1,3}))?"
    r"|(?P<kanji>[〇零一二三四五六七八九十百千万億兆]{1,12})(?P<unit>[ァ-ヶー]{1,9}|[一-鿿ヶか]{1,3})",
    re.ASCII,
)
_NUMBERS = "two three four five six seven eight nine ten eleven twelve"  # "one" is mostly no number
_SPELLED = {word: str(value) for value, word in enumerate(_NUMBERS.split(), 2)}
_SPELLED_OUT = re.compile(rf"\b(?:{'|'.join(_SPELLED)})\b", re.IGNORECASE)
NUMBER_WORD = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|"
    r"nine)ty|hundreds?|thousands?|million|billion|dozen|half|third|quarter|once|twice|none|no|first|second)\b"
    r"|[〇零一二三四五六七八九十百千万億兆半]",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"^(?:about|approximately|around|some|約|およそ|ほぼ) ?|(?:以[内上下]|未満|程度)$", re.I)
_COUNTED = re.compile(r"\d[\d,.]* ?[^\W\d][\w ]{0,30}")

_MONTHS = {name: at for at, name in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"), 1)}
_MONTH = (
    r"(?P<month{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_DATE = re.compile(
    r"(?<!\d)(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})(?!\d)"
    r"|(?P<era>明治|大正|昭和|平成|令和)?(?P<y2>元|\d{1,4})年(?:(?P<m2>\d{1,2})月(?:(?P<d2>\d{1,2})日)?)?(?!間)"
    r"|(?<!\w)" + _MONTH.format(3) + r" (?P<d3>\d{1,2})(?:st|nd|rd|th)?(?:,? (?P<y3>\d{4}))?(?!\d)"
    r"|(?<!\w)(?:(?P<d4>\d{1,2})(?:st|nd|rd|th)? (?:of )?)?" + _MONTH.format(4) + r",? (?P<y4>\d{4})(?!\d)"
    r"|(?<![\w.,])(?P<y5>1[0-9]{3}|20[0-9]{2})(?![\w.,]?\d)",
    re.IGNORECASE | re.ASCII,
)
_HEDGE = re.compile(
    r"\b(?:or|either|not|never|no longer|maybe)\b|n['’]t\b|または|又は|もしくは|あるいは|ではな|ではあり|じゃな",
    re.IGNORECASE,
)
_IGNORANT = re.compile(
    r"\b(?:do not|don['’]?t) know\b|\b(?:not sure|no idea|unknown)\b|(?:わか|分か|知)りません|存じません|不明です",
    re.IGNORECASE,
)
_BESIDE = (
    ("[ァ-ヺー]", "(?<![ァ-ヺー])", "(?![ァ-ヺー])"),
    ("[一-鿿々]", "(?<![一-鿿々])", "(?:(?![一-鿿々])|(?=[都道府県市区町村国](?![一-鿿々])))"),
)
"""What must stand before and behind a word in katakana, or in kanji, for it to be one of its own."""
_COMMON_WORDS = "the a an of and or in on at to for by from with is are was were it its"
_COMMON = frozenset(_COMMON_WORDS.split())


class Date(NamedTuple):
    """A date, as far as it is given."""

    year: int | None
    month: int | None = None
    day: int | None = None


def squeezed(text: str) -> str:
    """Give the text in NFKC without any space: what stands verbatim in another text stands in it so."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(256)
def normal(text: str) -> str:
    """Give the words of `text` without case, punctuation, width, leading article and kind of kana."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold().translate(_TO_HIRAGANA)
    folded = _NEGATIVE.sub("minus ", folded)
    words = " ".join(_WORD.findall(_THOUSANDS.sub("", folded)))
    return _ARTICLE.sub("", _SPACE_CJK.sub("", words))


def stated(answer: str, text: str) -> bool:
    """Tell whether `text` says `answer`: its words in this order, or the same number or date.

    Of "National Congress (Olbiil Era Kelulau)" either name is enough.
    """
    amount = whole_amount(answer)
    there = list(amounts(text)) if amount is not None else []
    if amount is not None and any(quantities.equal(amount, one) for one in there):
        return True
    if date := whole_date(answer):
        return any(_covers(date, one) for one in dates(text))
    if there and amount is not None and amount.unit is not None:
        return False  # the words alone would find 3.5 % in "3.5 million"
    return any(_contains(normal(text), normal(one)) for one in _forms(answer))


def same_numbers(answer: str, text: str) -> bool:
    """Tell whether every number of `answer` is in `text`: what can be told of an answer in another language."""
    if date := whole_date(answer):
        return any(_covers(date, found) for found in dates(text))
    found = list(amounts(text))
    return all(any(quantities.equal(one, other) for other in found) for one in amounts(answer))


def graded(said: str, reference: str) -> bool | None:
    """Tell whether the answer `said` is the reference; None where a rule cannot say.

    Wrong are: nothing, "I don't know", another number or date, and words of the reference's script of which it has
    none (so "America" for "the United States": where that matters, let a model give those verdicts).
    """
    there = stated(reference, said)
    if not normal(said) or (not there and (_IGNORANT.search(said) or find_refusal(said))):
        return False
    if there:
        doubts = any(one.search(said) and not one.search(reference) for one in (_HEDGE, _IGNORANT))
        return None if doubts or find_refusal(said) or _in_longer_word(reference, said) else True
    if date := whole_date(reference):
        found = list(dates(said))
        if found:
            return None if any(_covers(other, date) for other in found) else False
        numbers = list(amounts(said))
        measures = numbers and all(one.unit and one.unit.dimension != "year" for one in numbers)
        return None if NUMBER_WORD.search(said) and not measures else False
    if whole_amount(reference) is not None:
        return None if NUMBER_WORD.search(said) and not any(amounts(said)) else False
    ours, theirs = _pieces(reference), _pieces(said)
    if ours & theirs or script(reference) != script(said):
        return None
    return None if _initials(reference) == normal(said) or _initials(said) == normal(reference) else False


def whole_amount(answer: str) -> Quantity | None:
    """Read an answer that is one number, with or without a unit (of "18 years of age", 18 years); None for others."""
    text = unicodedata.normalize("NFKC", _SPELLED_OUT.sub(_digits, answer)).strip(" .。")
    text = _ABOUT.sub("", text)
    found = quantities.read(text)
    if found and _is_known(found):
        return found
    numbers = list(amounts(text)) if _COUNTED.fullmatch(text) else []
    return numbers[0] if len(numbers) == 1 else None


def amounts(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a text, with their units where those are known ones."""
    text = unicodedata.normalize("NFKC", _SPELLED_OUT.sub(_digits, text[:_LONGEST]))
    for match in _AMOUNT.finditer(text):
        number = match["number"] or match["kanji"]
        tail = match["tail"] or match["unit"] or ""
        shortest = 1 if tail and "一" <= tail[-1] <= "鿿" else len(tail)
        for end in range(len(tail), shortest - 1, -1):
            found = quantities.read(number + tail[:end]) if tail else None
            if found and _is_known(found):
                yield found
                break
        else:
            if match["number"] and (bare := quantities.read(number)):
                yield bare


def _is_known(amount: Quantity) -> bool:
    """Tell an amount with no unit or one of the table's from one with any word for its unit."""
    return amount.unit is None or not amount.unit.dimension.endswith("^1")


def whole_date(answer: str) -> Date | None:
    """Read an answer that is a date and nothing else; a bare year is one."""
    text = unicodedata.normalize("NFKC", answer).strip(" .。")
    match = _DATE.fullmatch(re.sub(r"^(?:on|in) ", "", text, flags=re.IGNORECASE))
    return _date(match) if match else None


def dates(text: str) -> Iterator[Date]:
    """Yield the dates of a text; a bare number of four digits from 1000 to 2099 is a year."""
    for match in _DATE.finditer(unicodedata.normalize("NFKC", text[:_LONGEST])):
        if found := _date(match):
            yield found


def _date(match: re.Match[str]) -> Date | None:
    parts = {key.rstrip("12345"): value for key, value in match.groupdict().items() if value}
    year = 1 if parts.get("y") == "元" else int(parts["y"]) if "y" in parts else None
    if year is not None and "era" in parts:
        year += _ERAS[parts["era"]]
    elif year is not None and year < 100:
        return None  # 「3年」 is a length of time
    month = _MONTHS[parts["month"][:3].lower()] if "month" in parts else int(parts.get("m", 0)) or None
    return Date(year, month, int(parts.get("d", 0)) or None)


def _covers(wanted: Date, found: Date) -> bool:
    """Tell whether `found` says all that `wanted` does."""
    return all(one is None or one == other for one, other in zip(wanted, found, strict=True))


def _forms(answer: str) -> Iterator[str]:
    yield answer
    if bracketed := _BRACKETED.search(answer):
        yield _BRACKETED.sub(" ", answer)
        yield bracketed[1] or bracketed[2]


def _contains(text: str, part: str) -> bool:
    """Look for whole words, where words are told apart by spaces."""
    if not part or part not in text:
        return False
    left = rf"(?<![{_EDGE}])(?<!minus )" if re.match(f"[{_EDGE}]", part) else ""
    right = rf"(?![{_EDGE}])" if re.match(f"[{_EDGE}]", part[-1]) else ""
    return re.search(left + re.escape(part) + right, text) is not None


def _in_longer_word(answer: str, text: str) -> bool:
    """Tell whether `answer` stands beside more katakana or kanji wherever it is: インド in インドネシア."""
    if whole_amount(answer) is not None or whole_date(answer) is not None:
        return False
    text, found = unicodedata.normalize("NFKC", text[:_LONGEST]), False
    for form in _forms(answer):
        part = unicodedata.normalize("NFKC", form).strip()
        before = next((left for kind, left, _ in _BESIDE if re.match(kind, part)), "")
        behind = next((right for kind, _, right in _BESIDE if re.match(kind, part[-1:])), "")
        if re.search(before + re.escape(part) + behind, text):
            return False
        found |= part in text
    return found


def _pieces(text: str) -> set[str]:
    """Give what two texts may share: words, and pairs of characters where words are not told apart."""
    found: set[str] = set()
    for word in normal(text).split():
        for run in _WORD.findall(word):
            cjk = len(run) > 2 and re.match(f"[{_CJK}]", run)
            found |= {run[at : at + 2] for at in range(len(run) - 1)} if cjk else {run}
    return found - _COMMON


def script(text: str) -> bool:
    """Tell whether a text is written in Chinese or Japanese characters, in part at least."""
    return re.search(f"[{_CJK}]", text) is not None


def _initials(text: str) -> str:
    return "".join(word[0] for word in normal(text).split())


def _digits(match: re.Match[str]) -> str:
    return _SPELLED[match[0].lower()]
