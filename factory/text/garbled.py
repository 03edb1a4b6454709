"""Text that is no language: mojibake ("thÃ©", 「縺ゅ＞縺」), characters lost in decoding, random letters and signs.

Mojibake of the single-byte encodings is told by `ftfy.badness`; of UTF-8 read as Shift JIS by the three kanji
that the lead bytes of kana become. Random text is told by what no language has much of: words with digits inside or
without vowels, the rare kana, punctuation.
"""

import re

_CODE_OR_MATHS = re.compile(r"```.*?(?:```|\Z)|\$\$[^$]++\$\$|https?://\S+", re.DOTALL)
_SHIFT_JIS = re.compile(r"(?:[縺繧繝].{0,2}){3}")
_RULER = re.compile(r"([-=_.*#~+])\1{2,}|\|")
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_WORD = re.compile(r"[A-Za-z0-9]{5,}")
_NO_WORD = re.compile(r"[a-z]\d+[a-z]|\A[^aeiouyAEIOUY]+\Z|[b-df-hj-np-tv-xz]{5}")
_HIRAGANA, _RARE_KANA = re.compile("[ぁ-ゖ]"), re.compile("[ぬへほふむゆろひゐゑ]")

_MANY_SIGNS, _MANY_NO_WORDS, _MANY_RARE = 0.6, 0.4, 0.12
"""Shares from which a text is random: prose has 0.05, 0.02 and 0.04 of them."""
_LEAST = 40
"""Characters from which signs and kana are counted; of words a fourth."""


def find_garbled(text: str) -> str | None:
    """Return what shows that `text` is garbled, or None. Random letters and signs are judged outside code and maths."""
    from ftfy.badness import BADNESS_RE

    if "\ufffd" in text:
        return f"{text.count(chr(0xFFFD))} characters were lost"
    found = BADNESS_RE.search(text) or _SHIFT_JIS.search(text)
    if found:
        return f"mojibake: {found[0]!r}"
    return _random(_RULER.sub(" ", _CODE_OR_MATHS.sub(" ", text)))


def _random(prose: str) -> str | None:
    written = len("".join(prose.split()))
    if written >= _LEAST and len(_SIGN.findall(prose)) > _MANY_SIGNS * written:
        return "random signs"
    words = _WORD.findall(prose)
    if 4 * len(words) >= _LEAST and sum(map(bool, map(_NO_WORD.search, words))) > _MANY_NO_WORDS * len(words):
        return f"random letters: {' '.join(words[:3])!r}"
    kana = len(_HIRAGANA.findall(prose))
    if kana >= _LEAST and len(_RARE_KANA.findall(prose)) > _MANY_RARE * kana:
        return "random kana"
    return None
