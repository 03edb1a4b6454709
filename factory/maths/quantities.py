r"""Read a plain number with or without a unit: `-1,234.5`, `\frac{3}{4}`, `1 1/2`, `25 %`, `12 cm`, `十二円`.

The cheap and exact part of comparing answers. Units of one dimension convert into each other (120 cm is
1.2 m), other words that follow a number are a dimension of their own (apples are not oranges).
"""

import re
from fractions import Fraction
from typing import NamedTuple


class Unit(NamedTuple):
    """A unit as its dimension and its size in that dimension's base unit."""

    dimension: str
    factor: Fraction


class Quantity(NamedTuple):
    """A number as written: `places` counts its decimals, None when the notation is exact (12, 3/4)."""

    value: Fraction
    places: int | None = None
    unit: Unit | None = None


PERCENT = "%"
_NUMBERS = ""  # the dimension of words that only scale the number before them
_TABLE = {
    _NUMBERS: {"12": "dozen ダース", "100": "hundred", "1e3": "thousand", "1e6": "million", "1e9": "billion"},
    PERCENT: {"1": "% percent パーセント"},
    "m": {
        "1e-3": "mm millimeter millimetre ミリ ミリメートル",
        "1e-2": "cm centimeter centimetre センチ センチメートル",
        "1": "m meter metre メートル",
        "1e3": "km kilometer kilometre キロメートル",
        "0.0254": "in inch インチ",
        "0.3048": "ft foot feet フィート",
        "0.9144": "yd yard ヤード",
        "1609.344": "mi mile マイル",
    },
    "m^3": {
        "1e-6": "ml mL milliliter millilitre cc ミリリットル",
        "1e-4": "dl dL デシリットル",
        "1e-3": "l L liter litre リットル",
    },
    "g": {
        "1e-3": "mg milligram ミリグラム",
        "1": "g gram グラム",
        "1e3": "kg kilogram キログラム",
        "1e6": "t ton tonne トン",
    },
    "s": {
        "1": "s sec second 秒 秒間",
        "60": "min minute 分 分間",
        "3600": "h hr hour hrs 時間",
        "86400": "day 日 日間",
        "604800": "week 週 週間",
    },
    "year": {"1": "year yr 年 年間", "1/12": "month か月 ヶ月 ヵ月 カ月"},
    "dollar": {"1": "dollar ドル", "1e-2": "cent セント"},
    "yen": {"1": "yen 円"},
    "degree": {"1": "° deg degree 度"},
    "celsius": {"1": "°C celsius"},
    "person": {"1": "人 名 people person"},
    "piece": {"1": "個 コ ケ つ piece"},
    **{
        counter: {"1": counter}
        for counter in [
            "本",
            "枚",
            "匹",
            "頭",
            "冊",
            "台",
            "回",
            "通り",
            "歳",
            "点",
            "羽",
            "倍",
            "箱",
            "組",
            "杯",
            "足",
            "階",
            "番",
            "問",
            "票",
        ]
    },
}
_UNITS = {
    name: Unit(dimension, Fraction(factor))
    for dimension, sizes in _TABLE.items()
    for factor, names in sizes.items()
    for name in names.split()
}
# Words of formulas, which are never units.
MATHS_WORDS = frozenset(
    ["pi", "sqrt", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "and", "or", "mod", "inf", "infinity"]
)

_DECIMAL = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
_FRACTION = (
    rf"(?:\\frac *(?:\{{ *(?P<n>{_DECIMAL}) *\}}|(?P<n1>\d)) *(?:\{{ *(?P<d>{_DECIMAL}) *\}}|(?P<d1>\d))"
    rf"|(?P<n2>{_DECIMAL}) ?/ ?(?P<d2>{_DECIMAL}))"
)
_POWER_OF_TEN = r"(?: ?(?:[eE]|(?:\\times|\\cdot|×|\*) ?10 ?(?:\^|\*\*)) ?\{?(?P<power>[-+]?\d{1,3})\}?)?"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?) ?(?:(?:(?P<whole>\d+)(?: (?=\d+ ?/)| ?(?=\\frac)))?{_FRACTION}"
    r"|(?P<spaced>\d{1,3}(?: \d{3})+)"
    rf"|(?P<decimal>{_DECIMAL}){_POWER_OF_TEN})$"
)
_JAPANESE_DIGITS = {kanji: value for value, kanji in enumerate("〇一二三四五六七八九")} | {"零": 0}
_JAPANESE_TENS = {"十": 10, "百": 100, "千": 1000}
_JAPANESE_MYRIADS = {"万": 10**4, "億": 10**8, "兆": 10**12}
_JAPANESE = r"[0-9,.]*[〇零一二三四五六七八九十百千万億兆][0-9,.〇零一二三四五六七八九十百千万億兆]*"
_JAPANESE_NUMBER = re.compile(rf"({_JAPANESE})(.*)")
_JAPANESE_FRACTION = re.compile(rf"(\d+|{_JAPANESE})分の(\d+|{_JAPANESE})(.*)")
_TAIL = re.compile(
    r"(?P<body>.*[0-9)}\].π])(?P<space> *)"
    r"(?P<unit>(?:[A-Za-z°%/ ]|[^\x00-\u036f\u0370-\u03ff\u2190-\u22ff])+(?:\^ ?\{?[23]\}?)?)"
)
_RATIO = re.compile(r"([^/]+?)(?: ?/ ?| per )([^/]+)")
_POWER = re.compile(r"(?:(square |sq |平方)|(cubic |立方))?(.*?)(?: ?\^ ?\{?([23])\}?)?")


def read(text: str) -> Quantity | None:
    """Read `text` (NFKC, no `$`) as one number with an optional unit, or return None when it is more."""
    if japanese := _japanese(text):
        return japanese
    body, unit = split_unit(text)
    quantity = _number(body)
    if quantity is None or unit is None:
        return quantity
    if unit.dimension == _NUMBERS:
        return Quantity(quantity.value * unit.factor)
    return quantity._replace(unit=unit)


def split_unit(text: str) -> tuple[str, Unit | None]:
    """Split a trailing unit off a number or formula: `3\\sqrt{2} cm` gives `3\\sqrt{2}` and centimetres."""
    tail = _TAIL.fullmatch(text)
    if tail is None:
        return text, None
    unit = _unit(tail["unit"].strip(), spaced=bool(tail["space"]))
    return (tail["body"], unit) if unit else (text, None)


def equal(a: Quantity, b: Quantity) -> bool:
    """Whether two quantities are the same; a missing unit is taken from the other one.

    A decimal stands for a value that rounds to it, given six significant digits (0.333333 is 1/3, 0.33 is
    not). 50 % is 0.5, and also a bare 50, for questions that ask "how many percent".
    """
    if a.unit and b.unit:
        if a.unit.dimension != b.unit.dimension:
            return False
        if a.unit.factor != b.unit.factor:
            return a.value * a.unit.factor == b.value * b.unit.factor
    elif any(q.unit and q.unit.dimension == PERCENT for q in (a, b)):
        fractions = (q._replace(value=q.value / 100) if q.unit else q for q in (a, b))
        return _close(a, b) or _close(*fractions)
    return _close(a, b)


def _close(a: Quantity, b: Quantity) -> bool:
    if a.value == b.value:
        return True
    rounded = [q for q in (a, b) if q.places is not None]
    if not rounded:
        return False
    coarse = min(rounded, key=lambda q: q.places or 0)
    places = coarse.places or 0
    significant = len(str(abs(int(coarse.value * 10**places))))
    return significant >= 6 and abs(a.value - b.value) * 2 * 10**places < 1


def _number(text: str) -> Quantity | None:
    match = _NUMBER.match(text.strip())
    if match is None:
        return None
    sign = -1 if match["sign"] == "-" else 1
    if decimal := match["decimal"]:
        places = len(decimal.partition(".")[2]) or None
        power = int(match["power"] or 0)
        value = sign * _fraction(decimal) * Fraction(10) ** power
        return Quantity(value, None if power else places)
    if spaced := match["spaced"]:
        return Quantity(Fraction(sign * int(spaced.replace(" ", ""))))
    bottom = _fraction(match["d"] or match["d1"] or match["d2"])
    if not bottom:
        return None
    top = _fraction(match["n"] or match["n1"] or match["n2"])
    return Quantity(sign * (int(match["whole"] or 0) + top / bottom))


def _fraction(decimal: str) -> Fraction:
    return Fraction(decimal.replace(",", "").removesuffix("."))


def _japanese(text: str) -> Quantity | None:
    """Read `十二`, `3万5千円`, `三分の二`; a kanji numeral counts only before a known unit (not in 三角形)."""
    if text.isascii():
        return None
    sign = -1 if text.startswith("-") else 1
    text = text.removeprefix("-")
    if match := _JAPANESE_FRACTION.fullmatch(text):
        bottom, value, unit = _japanese_value(match[1]), _japanese_value(match[2]), match[3]
    elif match := _JAPANESE_NUMBER.fullmatch(text):
        bottom, value, unit = Fraction(1), _japanese_value(match[1]), match[2]
    else:
        return None
    if not bottom or (unit and unit not in _UNITS):
        return None
    return Quantity(sign * value / bottom, unit=_UNITS.get(unit))


def _japanese_value(numeral: str) -> Fraction:
    total = section = current = Fraction(0)
    for token in re.findall(r"\d+(?:\.\d+)?|[^\d,.]", numeral.replace(",", "")):
        if token in _JAPANESE_DIGITS:
            current = current * 10 + _JAPANESE_DIGITS[token]
        elif token in _JAPANESE_TENS:
            section += (current or 1) * _JAPANESE_TENS[token]
            current = Fraction(0)
        elif token in _JAPANESE_MYRIADS:
            total += ((section + current) or 1) * _JAPANESE_MYRIADS[token]
            section = current = Fraction(0)
        else:
            current = Fraction(token)
    return total + section + current


def _unit(name: str, *, spaced: bool) -> Unit | None:
    if ratio := _RATIO.fullmatch(name):
        top, bottom = _known(ratio[1]), _known(ratio[2])
        if top and bottom:
            return Unit(f"{top.dimension}/{bottom.dimension}", top.factor / bottom.factor)
    square, cubic, base, exponent = _POWER.fullmatch(name).groups()  # type: ignore[union-attr]  # matches all
    # `12m` and `5ab` are algebra; `12 m`, `12cm` and `5 apples` are quantities.
    if not spaced and len(base) == 1 and base.isascii() and base.isalpha():
        return None
    power = 2 if square else 3 if cubic else int(exponent or 1)
    if known := _known(base):
        return Unit(f"{known.dimension}^{power}", known.factor**power) if power > 1 else known
    words = base.casefold().split()
    if not words or any(word in MATHS_WORDS for word in words):
        return None
    if base.isascii() and (not spaced or max(map(len, words)) < 3):
        return None
    return Unit(f"{' '.join(words).removesuffix('s')}^{power}", Fraction(1))


def _known(name: str) -> Unit | None:
    if len(name) < 3:
        return _UNITS.get(name)
    lower = name.lower()
    return next((_UNITS[f] for f in (lower, lower.removesuffix("s"), lower.removesuffix("es")) if f in _UNITS), None)
