"""Which natural language a generated text is in, judged on its prose alone.

Scripts decide first (kana, hangul, Han), because they are certain and work on a single word; `py3langid`
decides among the languages that share a script. Code, mathematics, links and digits are set aside before
judging: a maths answer is mostly symbols, and symbols belong to no language.
"""

import re
from functools import cache
from typing import Any

UNDETERMINED = "und"

_SAMPLE = 8_000
"""Characters looked at: a language does not need more, and the model costs 0.2 µs a byte."""
_CONFIDENT = 0.35
"""Least probability at which the model's first choice is reported."""
_POSSIBLE = 0.15
"""Least probability at which an expected language is still believed against the first choice."""
_SHORT_HAN = 30
"""Up to this many Han characters (a title, a name, a compound) may be Japanese without kana."""
_JAPANESE_KANA = 0.1
"""Least share of kana in Japanese running text; headlines reach it, Chinese with a quoted word does not."""

_SENTENCE = 8
"""Words, or twice as many CJK characters, that are a sentence."""
_FOREIGN = 0.4
"""Share of a text in lines of another language from which it is mixed."""
_OF_LANGUAGES = re.compile(
    "英(?:語|文|訳|作|会話|単語)|翻訳|和訳|例文|原文|訳す|[一-鿿ァ-ヺ][語语]|外国|翻译|英文|원문|번역|영어|영문"
)

_NOT_PROSE = re.compile(
    r"```.*?(?:```|\Z)"
    r"|`[^`\n]+`"
    r"|\$\$.{1,1000}?\$\$"
    r"|\$(?!\d[\d,.]*\s+[a-z]{2})[^$\n]{1,300}\$"
    r"|\\\[.{1,1000}?\\\]"
    r"|\\\(.{1,500}?\\\)"
    r"|\\begin\{(\w{1,20}\*?)\}.{0,1000}?\\end\{\1\}"
    r"|\b(?:https?://|www\.)[^\s<>、。）」]+"
    r"|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"
    r"|</?[A-Za-z][^<>\n]{0,200}>"
    r"|\\[A-Za-z]+",
    re.DOTALL,
)
_CODE_LINE = re.compile(
    r"^[ \t]*+(?:"
    r"(?:def|class|function|func|fn)[ ]+\w+[ ]?[(:<{][^\n]*"
    r"|(?:import|from|#include|using|package|let|const|var|public|private|static)[ <][^\n。、]{0,80}"
    r"|(?:elif|while|for|if|else|try|except|with)\b[^\n]*:(?=[ \t]*\n[ \t]+\S)"
    r"|(?:return|yield|raise)\b[^\n.。]*"
    r"|[A-Za-z_][\w.\[\]]{0,80}(?:[ ]?[-+*/|&:]?=[^\n。、]*|\([^\n。、]*\))"
    r"|[^\n(=]*+[(=][^\n]*[;{]"
    r"|[{}\[\]();]+"
    r")[ \t]*$",
    re.MULTILINE,
)
_MATHS_WORDS = re.compile(
    r"\b(?:(?:arc)?(?:sin|cos|tan)h?|log|ln|exp|lim|max|min|sup|inf|gcd|lcm|mod|det|dim|deg"
    r"|[kcm]?m|kg|mg|ml|hz|usd|eur|jpy|qed)\b",
    re.IGNORECASE,
)
_KANA = re.compile(r"[ぁ-ゖァ-ヺｦ-ﾝ]")
_HAN = re.compile(r"[㐀-䶿一-鿿々〆\uf900-\ufaff\U00020000-\U0003134F]")
_HANGUL = re.compile(r"[가-힣ᄀ-ᇿㄱ-ㆎ]")
_CJK = re.compile(f"{_KANA.pattern}|{_HAN.pattern}|{_HANGUL.pattern}|[ー・]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_DIGITS = re.compile(r"[\d_]+")


def identify(text: str) -> str:
    """Return the ISO 639-1 code of the language of `text`, or "und" when its prose does not tell.

    Where CJK and other scripts are mixed, two CJK characters weigh as much as one spaced word, so that
    Japanese full of English terms stays Japanese and English quoting a Japanese word stays English; where
    the two balance, the answer is "und".
    """
    prose = _prose(text)
    script = _script(prose)
    if script is not None:
        return script
    code, probability = _best(prose)
    return code if probability >= _CONFIDENT else UNDETERMINED


def is_language(text: str, expected: str) -> bool:
    """Tell whether `text` may be in `expected` (ISO 639-1; a region as in "pt-BR" is ignored).

    An undetermined text is given the benefit of the doubt, and so are a short text of kanji only where
    Japanese is expected and a close second guess of the model (Norwegian and Danish, Malay and Indonesian).
    """
    expected = expected.lower().replace("_", "-").split("-")[0]
    prose = _prose(text)
    script = _script(prose)
    if expected in ("ja", "zh", "ko") and script in (expected, UNDETERMINED) and _has_a_foreign_part(prose, expected):
        return False
    if script == "zh" and expected == "ja":
        return not _KANA.search(prose) and len(_HAN.findall(prose)) <= _SHORT_HAN and not _only_chinese(prose)
    if script is not None:
        return script in (expected, UNDETERMINED)
    code, probability = _best(prose)
    return code == expected or probability < _CONFIDENT or _probability(prose, expected) >= _POSSIBLE


def _prose(text: str) -> str:
    """Return what is left of the beginning of `text` without code, mathematics, links and markup."""
    prose = _NOT_PROSE.sub(" ", text[:_SAMPLE])
    return _MATHS_WORDS.sub(" ", _CODE_LINE.sub(" ", prose))


def _script(prose: str) -> str | None:
    """Return the language that the script of `prose` proves, "und" for none, None where a model must tell."""
    words = len(_WORD.findall(_CJK.sub(" ", prose)))
    kana, han, hangul = (len(script.findall(prose)) for script in (_KANA, _HAN, _HANGUL))
    cjk = (kana + han + hangul) / 2
    if not cjk:
        return None if words else UNDETERMINED
    if cjk <= words:
        return None if cjk < 0.6 * words else UNDETERMINED
    if hangul >= kana + han:
        return "ko"
    if kana >= _JAPANESE_KANA * (kana + han) or (kana and not _only_chinese(prose)):
        return "ja"
    return "ja" if _only_japanese(prose) else "zh"


def _has_a_foreign_part(prose: str, expected: str) -> bool:
    """Tell whether a good part of `prose`, otherwise in `expected` (ja, zh, ko), is in another language.

    Lines count that are long enough to be sentences. What speaks of English, or of a translation, may quote it.
    """
    foreign = whole = 0.0
    for line in prose.splitlines():
        words = len(_WORD.findall(_CJK.sub(" ", line)))
        cjk = len(_CJK.findall(line)) / 2
        whole += words + cjk
        if (words >= _SENTENCE and cjk < words) or (
            cjk >= _SENTENCE and _script(line) not in (expected, UNDETERMINED, "zh")
        ):
            foreign += words + cjk
    return foreign > _FOREIGN * whole and not _OF_LANGUAGES.search(prose)


def _only_chinese(prose: str) -> bool:
    """Tell whether a Han character of `prose` is outside JIS X 0208 (simplified forms, 你, 們 …)."""
    return any(not _encodes(character, "shift_jis") for character in set(_HAN.findall(prose)))


def _only_japanese(prose: str) -> bool:
    """Tell whether `prose` has a Han character of Japan's own (気, 円, 図 …) and none that it lacks."""
    characters = set(_HAN.findall(prose))
    own = any(not _encodes(character, "gb2312") and not _encodes(character, "big5") for character in characters)
    return own and not _only_chinese(prose)


@cache
def _encodes(character: str, charset: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _best(prose: str) -> tuple[str, float]:
    """Return the model's first choice for the non-CJK part of `prose` and its probability."""
    code, probability = _identifier().classify(_for_model(prose))
    return str(code), float(probability)


def _probability(prose: str, code: str) -> float:
    """Return the probability that the model gives to `code`; 0 for a language it does not know."""
    return float(dict(_identifier().rank(_for_model(prose))).get(code, 0.0))


def _for_model(prose: str) -> str:
    """Return the words of `prose` outside CJK, with their punctuation and without digits."""
    return " ".join(_DIGITS.sub(" ", _CJK.sub(" ", prose)).split())


@cache
def _identifier() -> Any:
    """Load the model (0.7 s, once), narrowed to the languages that have an ISO 639-1 code."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2])
    return identifier
