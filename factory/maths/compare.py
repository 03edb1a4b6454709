r"""Decide whether two answers mean the same, and take the majority of many.

Most pairs are settled by string equality or exact arithmetic (`quantities`). Only formulas, sets, intervals
and the like go to math-verify (https://github.com/huggingface/Math-Verify), after checks that keep it from
computing 9**9**9. Equality of answers is not transitive: 50 % equals 50 and also 0.5.
"""

import functools
import logging
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple, TypeVar, cast

from factory.maths import quantities
from factory.maths.answers import clean, normalise
from factory.maths.quantities import MATHS_WORDS, PERCENT, Quantity, Unit

T = TypeVar("T")

_LONGEST = 200  # a longer answer is prose: compared as a string only
_LARGEST_INTEGER = 10**20
_LARGEST_POWER = 10_000
_LARGEST_EXPANSION = 12  # exponent of a bracket with variables in it; expanding takes memory and time
_LARGEST_FACTORIAL = 1_000
_SECONDS = 2  # for each call into math-verify; its first one also imports much of sympy

_DROPPED = re.compile(r"\\(?:left|right|displaystyle)(?![A-Za-z])|\\[!$]|(?<!\\)\$")
_SPACE = re.compile(r"\\[,;: ]|~|\s+")
_TEXT = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname) ?\{([^{}]*)\}")
_DEGREE = re.compile(r" ?\^ ?\{? ?\\circ ?\}?|\\degree(?![A-Za-z])")
_COPULA = re.compile(r"(?:です|である|となる|になる)$")
_BRACKETED_UNIT = re.compile(r"(?<=\d) ?\(([A-Za-z]{2,}|[^\x00-\x7f]+)\)$")
_NAMED = re.compile(r"([A-Za-zα-ω](?:_\{?\w\}?)?) ?= ?([^=]+)")
_CLOCK = re.compile(r"\d{1,2}:[0-5]\d(?::[0-5]\d)?")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[a-z]+\*?\}")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_FOREIGN = re.compile(r"[^\x00-\x7f\u0370-\u03ff\u2190-\u22ff×÷±°√]")
_LOOP = re.compile(r"\\(?:sum|prod|int|lim)(?![A-Za-z])")
_FACTORIAL = re.compile(r"\\(?:binom|Gamma|zeta)|!")
_EXPONENT = re.compile(
    r"(?P<bracket>[)}\]]?) ?(?:\^|\*\*) ?"
    r"(?P<power>\{(?:[^{}]|\{[^{}]*\})*\}|\([^()]*\)|\\frac ?\d ?\d|\\frac\{[^{}]*\}\{[^{}]*\}|[-+]?\w+)?"
)
_TOWER = re.compile(r" ?(?:\^|\*\*)")
_TO_LATEX = (
    (re.compile(r"\*\*"), "^"),
    (re.compile(r"\^ ?\(?(-?\d{2,})\)?"), r"^{\1}"),
    (re.compile(r"\*"), r"\\cdot "),
    (re.compile(r"√ ?(\d+|[a-z])"), r"\\sqrt{\1}"),
    (re.compile(r"√"), "sqrt"),
    (re.compile(r"(?<![\\A-Za-z])(sin|cos|tan|log|ln|exp|pi|infinity)(?![A-Za-z])"), r"\\\1 "),
    (re.compile(r"、|または|もしくは|及び"), ","),
)
_SYMBOLS = str.maketrans({"π": r"\pi ", "∞": r"\infty ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "±": r"\pm "})


class Vote(NamedTuple):
    """The outcome of a majority vote.

    `answer` is the commonest spelling in the winning cluster (None when nobody answered), `share` its votes
    over all candidates, those without an answer included, `margin` the lead over the second cluster over all
    candidates (0 in a tie), and `votes` the cluster of each candidate in order of appearance, or -1.
    """

    answer: str | None
    share: float
    margin: float
    votes: tuple[int, ...]


class _Form(NamedTuple):
    """An answer prepared for comparison: what it is as a string, as a number and as a formula."""

    key: str
    quantity: Quantity | None = None
    name: str | None = None  # x in "x = 3"
    maths: str | None = None
    unit: Unit | None = None


def same(a: str, b: str) -> bool:
    """Whether two answers mean the same. Symmetric; never raises.

    Answers of more than 200 characters, and formulas that would compute something huge, are equal only as
    strings. What goes to math-verify has a time limit, in any thread (in the main one by SIGALRM).
    """
    if a == b:
        return True
    x, y = _form(a), _form(b)
    if x.key == y.key:
        return True
    if x.name and y.name and x.name != y.name:
        return False
    if x.quantity and y.quantity:
        return quantities.equal(x.quantity, y.quantity)
    if x.maths is None or y.maths is None or (x.unit and y.unit and x.unit != y.unit):
        return False
    return _verified(*sorted((x.maths, y.maths)))


def is_maths(answer: str) -> bool:
    """Whether an answer reads as a number, with or without a unit, or as a formula, and not as words."""
    form = _form(answer)
    return form.quantity is not None or form.maths is not None


def majority(answers: Sequence[str | None]) -> Vote:
    """Take the majority answer: self-consistency (Wang et al. 2022, arXiv:2203.11171).

    Answers join the first cluster whose first spelling is the `same`. In a tie the cluster seen first wins.
    """
    spellings = Counter(answer for answer in answers if answer is not None)
    if not spellings:
        return Vote(None, 0.0, 0.0, (-1,) * len(answers))
    representatives: list[str] = []
    cluster_of: dict[str | None, int] = {None: -1}
    for spelling in spellings:
        cluster = next((i for i, seen in enumerate(representatives) if same(seen, spelling)), None)
        if cluster is None:
            cluster = len(representatives)
            representatives.append(spelling)
        cluster_of[spelling] = cluster
    votes = tuple(cluster_of[answer] for answer in answers)
    ranking = Counter(vote for vote in votes if vote >= 0).most_common()
    winner, first = ranking[0]
    second = ranking[1][1] if len(ranking) > 1 else 0
    answer = max((s for s in spellings if cluster_of[s] == winner), key=lambda s: spellings[s])
    return Vote(answer, first / len(answers), (first - second) / len(answers), votes)


def _form(answer: str) -> _Form:
    # Long answers stay out of the cache, which would otherwise hold gigabytes of prose.
    return _read(answer) if len(answer) <= _LONGEST else _Form(_fold(clean(normalise(answer))))


@functools.lru_cache(maxsize=1 << 16)
def _read(answer: str) -> _Form:
    # Most answers are plain integers, which need no tidying.
    text = answer if answer.isascii() and answer.isdigit() else _tidy(answer)
    named = _NAMED.fullmatch(text)
    if quantity := quantities.read(named[2] if named else text):
        return _Form(text, quantity, named and named[1], _latex_number(quantity), quantity.unit)
    body, unit = quantities.split_unit(text)
    if _is_words(body):
        return _Form(_fold(text))
    key = re.sub(r"\s", "", text)
    maths = _latex(body) if _is_cheap(body) and not _CLOCK.fullmatch(text) else None
    return _Form(key, None, None, maths, unit)


def _tidy(answer: str) -> str:
    """Bring an answer to one spelling: plain ASCII where there is one, no markup, single spaces."""
    text = _DROPPED.sub("", clean(normalise(answer))).replace("{,}", ",").replace("\\%", PERCENT)
    text = _DEGREE.sub("°", _TEXT.sub(r" \1 ", text)).replace("\\pi", "π")
    text = re.sub(r"\\[dtc]frac(?![A-Za-z])", r"\\frac", text)
    text = _BRACKETED_UNIT.sub(r" \1", clean(_SPACE.sub(" ", text)))
    if not text.isascii():
        text = _COPULA.sub("", text).replace("マイナス", "-")
    return re.sub(r"^([-+]?) ?[¥€£]|^0(?=\d:)", r"\1", text)


def _fold(text: str) -> str:
    folded = (" " if text.isascii() else "").join(text.casefold().split())
    return folded[1:-1] if re.fullmatch(r"\([a-z]\)", folded) else folded


def _is_words(text: str) -> bool:
    """Whether a text is words (names, Yes, はい, a choice such as B), which mean themselves and no formula."""
    if re.fullmatch(r"\(?[A-Za-z]\)?", text) or _FOREIGN.search(re.sub(r"、|または|もしくは|及び", "", text)):
        return True
    words = [word for word in _WORD.findall(_ENVIRONMENT.sub("", text)) if word.lower() not in MATHS_WORDS]
    return any(len(word) > 2 or word == text for word in words)


def _is_cheap(text: str) -> bool:
    """Whether sympy can be trusted with a formula: nothing in it computes a huge number or expansion."""
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if max(numbers, default=0) >= _LARGEST_INTEGER:
        return False
    if _LOOP.search(text):
        return False
    if _FACTORIAL.search(text) and (max(numbers, default=0) > _LARGEST_FACTORIAL or re.search(r"[)}!]!", text)):
        return False
    return _exponents_are_small(text)


def _exponents_are_small(text: str) -> bool:
    total = 1
    variables = re.search(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])", text) is not None
    for exponent in _EXPONENT.finditer(text):
        power = exponent["power"]
        if power is None or "^" in power or "**" in power or _TOWER.match(text, exponent.end()):
            return False
        size = prod(max(1, int(n)) for n in re.findall(r"\d+", power))
        if exponent["bracket"] and variables and size > _LARGEST_EXPANSION:
            return False
        total *= size
    return total <= _LARGEST_POWER


def _latex_number(quantity: Quantity) -> str | None:
    if max(abs(quantity.value.numerator), quantity.value.denominator) >= _LARGEST_INTEGER:
        return None
    if quantity.places is not None:
        return f"{float(quantity.value):.{min(quantity.places, 15)}f}"
    return f"\\frac{{{quantity.value.numerator}}}{{{quantity.value.denominator}}}"


def _latex(text: str) -> str:
    for pattern, replacement in _TO_LATEX:
        text = pattern.sub(replacement, text)
    return text.translate(_SYMBOLS).replace("°", "")


@functools.lru_cache(maxsize=1 << 12)
def _parsed(latex: str) -> list[Any]:
    """Parse with math-verify; [] when it is not a formula or took too long."""
    from math_verify.parser import LatexExtractionConfig, NormalizationConfig, parse

    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    # Units are ours to compare: math-verify drops them, and with them the last factor of "2x + 3d".
    config = LatexExtractionConfig(
        normalization_config=NormalizationConfig(
            basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none"
        )
    )
    read = functools.partial(parse, f"${latex}$", [config], "no_fallback", "first_match", parsing_timeout=None)
    return _limited(read) or []


@functools.lru_cache(maxsize=1 << 16)
def _verified(a: str, b: str) -> bool:
    x, y = _parsed(a), _parsed(b)
    if not x or not y or _limited(functools.partial(_differ, x[0], y[0])):
        return False
    from math_verify import verify

    # `verify` treats its first argument as the gold answer ([1, 2) is 1 ≤ x < 2 only one way round).
    return any(
        _limited(functools.partial(verify, gold, answer, timeout_seconds=None)) for gold, answer in ((x, y), (y, x))
    )


def _differ(x: Any, y: Any) -> bool:
    """Whether two expressions differ at a point: a cheap proof that spares `verify` its simplification."""
    try:
        symbols = sorted(x.free_symbols | y.free_symbols, key=str)
        point = {symbol: Fraction(10 * i + 13, 7) for i, symbol in enumerate(symbols)}
        u, v = (complex(expression.subs(point).evalf(15)) for expression in (x, y))
        return abs(u - v) > 1e-5 * max(abs(u), abs(v))
    except Exception:  # noqa: BLE001 - sympy raises anything; sets, relations and infinities are for `verify`
        return False


def _limited(call: Callable[[], T]) -> T | None:
    """Run `call` for at most `_SECONDS`; None when it takes longer.

    math-verify's own limit is an alarm signal, which Python allows in the main thread only. Elsewhere a trace
    function looks at the clock on each Python call, at about twice the cost.
    """
    from math_verify.errors import TimeoutException
    from math_verify.utils import timeout

    def check(*_: object) -> None:
        if time.monotonic() > end:
            raise TimeoutException

    end = time.monotonic() + _SECONDS
    try:
        if threading.current_thread() is threading.main_thread():
            return cast("T", timeout(_SECONDS)(call)())
        previous = sys.gettrace()
        sys.settrace(check)
        try:
            return call()
        finally:
            sys.settrace(previous)
    except TimeoutException:
        return None
