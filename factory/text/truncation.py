"""Whether a text whose finish reason is unknown was cut off before its end.

What is open proves it (a code fence, a formula, a brace); otherwise the last line tells. The benefit of the
doubt goes to the text: headings, list items, bare results and words without a full stop are ends.
"""

import re

_FENCE = re.compile(r"^[ \t]*(```|~~~)", re.MULTILINE)
_FENCED = re.compile(r"^[ \t]*(```|~~~).*?^[ \t]*\1[^\n]*$", re.MULTILINE | re.DOTALL)
_DELIMITER = re.compile(r"\\\\|\\\$|\$\$|\$|\n[ \t]*\n")
_MONEY = re.compile(r"\$\d[\d,]*(?:\.\d+)?[kKmMbB]?(?:[.,;:!?)]*(?:\s+[^\W\d_]{2}|\s*\Z)|[^\x00-\x7f])")
_DISPLAY = re.compile(r"(?<!\\)\\([\[\]()])")
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([^{}\n]{1,30})\}")

_ENDERS = ".!?。！？…｡．।؟۔♪"
_CLOSERS = ")]}）］｝」』】〉》”’»›\"'"
_OPEN_END = re.compile(
    r"(?<!::):$|[,;、，；：(\[{（［｛「『【〈《“‘«&^\\]$"  # a comma, a colon, an opening bracket, LaTeX unfinished
    r"|[\s\w)\]}][=≈≠≤≥<]$|[\s)\]}][-+×÷/−]$"  # an operator without its right-hand side
    r"|(?:^|\s)(?:[dlnsjmtc]['’]|qu['’]|[\"'])$"  # an elided article, an opening quotation mark
)
_LIST_ITEM = re.compile(r"^[ \t]*(?:[-*+•・|#>]|\(?\w{1,3}[.)]|[①-⑳])")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_KANA_HAN = re.compile(r"[ぁ-ゖァ-ヺー々一-鿿]")

_LONG = 8
"""Words from which a last line is a sentence and needs its full stop, where the text uses full stops."""
_DANGLING = {
    language: frozenset(words.split())
    for language, words in {
        "en": "an the and or but nor of to in on at by for from with into as if than which who whose because since "
        "while when where is are was were will would can could should must their its our your my we they he she "
        "thus therefore hence",
        "fr": "le la les un une des du de et ou mais donc car que qui dont où à au aux en dans par pour avec sur "
        "est sont était ont ce cette ces son sa ses notre nous il elle si comme",
        "de": "der die das den dem des eine einen einem einer und oder aber denn dass weil wenn als wie von vom für "
        "im wir seine ihre unser",
        "es": "el la los las un una unos unas y o u pero que de del al en con por para sin sobre es son era han su "
        "sus nuestro si como porque cuando donde se",
        "it": "il lo la i gli le un una e o ma che di del della da in con per su è sono",
        "pt": "o os as um uma e ou mas que de do da dos das em no na com por para é são",
        "nl": "de het een en of maar dat die van met voor is wordt we",
    }.items()
}
"""Words that cannot be the last; German particles and verbs can, and so are left out."""
_RESULT = re.compile(r"\d\S*(?:\s+\S+){0,2}$|[$)\]}]\s*\S+$")
"""A number with its unit, or a word after a formula."""
_STARTS_SENTENCE = re.compile(r"[.!?…][\"')\]”’]?\s+[A-ZÀ-Þ][^\W\d_]*$")
_INCHES = re.compile(r"\d\s*in$")

_JA_DANGLING = re.compile(
    r"(?:[をへ]|(?<!です)が|(?<!で)(?<!にち)(?<!ばん)は|(?<!ますよう)(?<!せんよう)に|(?<![こひあも])と|(?<!も)の|"
    r"つまり|そして|したがって|"
    r"よって|また|まず)$"
)
_JA_UNFINISHED = re.compile(
    r"[ァ-ヺー一-鿿々ぁ-ゖ](?<![るたすいだんうかねよなつくぐむぶぬろえさ])(?<!ますように)(?<!せんように)(?<!けり)(?<!べし)$"
)
"""A noun, a particle or a stem: no form that a Japanese sentence ends in, nor a wish or a poem."""
_JA_FINISHED = re.compile(
    r"(?:です|ます|でした|ました|ません|でしょう|ましょう|ください|下さい|ますように|せんように|だ|"
    r"[よねか]|以上|笑|[wｗ]|頼む|お願い|よろしく|くれ|ほしい|欲しい|(?:教え|書い|作っ|見せ|説明し|直し|挙げ|"
    r"まとめ|考え)て)$"
)
"""What may end a text whose other sentences have their full stop: "。よろしくお願いします"."""
_ZH_DANGLING = re.compile(
    r"(?:(?<![目似])的|(?<![之总總温])和|(?<![存现現所])在|(?<![参參])[与與]|[是把被从從为為且或]|以及|所以|因此)$"
)
_KO_DANGLING = re.compile(r"[가-힣](?:[을를은는]|에서|으로|그리고|따라서)$")


def looks_truncated(text: str, language: str) -> bool:
    """Tell whether `text`, in `language` (ISO 639-1), stops before its end.

    Finished sentences, formulas and bare results (12, 12 cm, \\boxed{12}) are ends in every language; the words
    that cannot end a sentence are known for en, fr, de, es, it, pt, nl, ja, zh and ko. An empty text is whole.
    """
    text = text.rstrip()
    if not text:
        return False
    if len(_FENCE.findall(text)) % 2:
        return True
    prose = _FENCED.sub(" \n", text)
    if _open_maths(prose) or _open_brace(prose):
        return True
    if text.endswith(("```", "~~~")):
        return False
    return _open_end(prose.rstrip(), language.lower().replace("_", "-").split("-")[0])


def _open_maths(text: str) -> bool:
    """Tell whether a formula or an environment begins and does not end."""
    displays = _DISPLAY.findall(text)
    if displays.count("[") > displays.count("]") or displays.count("(") > displays.count(")"):
        return True
    depth: dict[str, int] = {}
    for which, name in _ENVIRONMENT.findall(text):
        depth[name] = depth.get(name, 0) + (1 if which == "begin" else -1)
    return any(count > 0 for count in depth.values()) or _open_dollar(text)


def _open_dollar(text: str) -> bool:
    """Tell whether a `$` or `$$` is left open, apart from sums of money. `$` does not cross a blank line."""
    opened, position = "", 0
    for found in _DELIMITER.finditer(text):
        mark = found[0]
        if mark in ("\\\\", "\\$"):
            continue
        if mark.isspace():
            opened = "" if opened == "$" else opened
        elif opened:
            opened = "" if mark == opened else opened
        elif mark == "$$" or not _MONEY.match(text, found.start()):
            opened, position = mark, found.start()
    if opened == "$":
        # What reads like money ("$12 cm$") leaves its closing mark over.
        closing = position == len(text) - 1 and position > 0 and not text[position - 1].isspace()
        return text[-1] not in _ENDERS and not closing
    return opened == "$$"


def _open_brace(text: str) -> bool:
    """Tell whether the last paragraph leaves the argument of a LaTeX command open."""
    paragraph = text[text.rfind("\n\n") + 1 :]
    if not re.search(r"\\[A-Za-z]+\{", paragraph):
        return False
    braces = re.findall(r"\\.|([{}])", paragraph)
    return braces.count("{") > braces.count("}")


def _open_end(text: str, language: str) -> bool:
    """Tell whether the last line stops where a sentence cannot."""
    bare = text.rstrip("*")
    if not bare:
        return False
    if _OPEN_END.search(bare[-3:]):
        return True
    if bare[-1] in _ENDERS or bare[-1] in _CLOSERS:
        return bare[-1] in _CLOSERS and _open_quotation(bare, language)
    line = bare[bare.rfind("\n") + 1 :]
    if language in ("ja", "zh", "ko"):
        return _open_cjk(bare, line, language)
    words = _WORD.findall(line)
    if not words or not line.endswith(words[-1]):
        return False
    # "… 5 dollars. The" is cut; "Who We Are" is a heading and "the WHO" a name.
    last = words[-1].lower() if _STARTS_SENTENCE.search(line) else words[-1]
    if last in _DANGLING.get(language, ()):
        return not _INCHES.search(line)
    if line[0].isspace() or _LIST_ITEM.match(line) or _RESULT.search(line[-80:]) or "://" in line:
        return False
    uses_stops = re.search(r"[.!?][\"')\]]?\s", bare)
    return bool(uses_stops and language in _DANGLING and len(words) >= _LONG)


def _open_quotation(text: str, language: str) -> bool:
    """Tell whether the last paragraph leaves a Japanese or Chinese bracket open."""
    if language not in ("ja", "zh"):
        return False
    paragraph = text[text.rfind("\n\n") + 1 :]
    return any(paragraph.count(opening) > paragraph.count(closing) for opening, closing in ("「」", "『』", "（）"))


def _open_cjk(text: str, line: str, language: str) -> bool:
    if _open_quotation(text, language):
        return True
    if language == "ko":
        return bool(re.search(r"[.!?]\s", text) and _KO_DANGLING.search(line))
    if language == "zh":
        return len(line) > 1 and bool(_ZH_DANGLING.search(line))
    if len(line) > 1 and _JA_DANGLING.search(line):
        return True
    last = line[line.rfind("。") + 1 :].strip()
    sentence = len(_KANA_HAN.findall(last))
    if "。" in line and sentence and not _LIST_ITEM.match(line):
        return not _JA_FINISHED.search(last) and not ("、" not in last and _RESULT.search(last))
    long = sentence >= (12 if "。" in text else 30) and not _LIST_ITEM.match(line)
    return bool(long and _JA_UNFINISHED.search(line))
