"""Cleans a document's text of what its layout put there and keeps what its author wrote.

    clean(["The Annual Re-\\nport\\n\\nPage 1", "…\\n\\nPage 2"]).text   # "The Annual Report …", two footers dropped

Unicode is normalised where that is safe only: NFKC as a whole would turn x² into x2, ① into 1, ½ into 1⁄2, …
into three dots and the full-width ！（） of Japanese into ASCII, and even NFC changes the kanji of names (神 U+FA19).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b\u200e\u200f\u2060\ufeff\ufffe]|\u00ad\n?[ \t]*")
_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\t]")
_RUN_OF_SPACES = re.compile(r"(?<=\S) {2,}")
_COMPOSED_BY_MARKS = re.compile(r"[^\W\d_][\u0300-\u036f\u3099\u309a]{1,4}|[\u1100-\u11ff]{2,3}")
_COMPATIBLE = re.compile(
    r"[０-９Ａ-Ｚａ-ｚ]"  # full-width letters and digits, and not the punctuation
    r"|[ｦ-ﾟ]+"  # half-width katakana, with their sound marks
    r"|[\ufb00-\ufb06]"  # ligatures of typesetting: ﬁ
    r"|[\u2f00-\u2fd5]"  # radicals that PDFs have in place of kanji: ⼈
)
_BLANK_LINES = re.compile(r"\n{3,}")
_FENCE = re.compile(r"[ ]*(?:```|~~~)")

_EDGE = 3
"""Lines at the top and bottom of a page that may be a header or a footer."""
_REPEATED = 0.3
"""Share of the pages from which on a line at their edge is a header or a footer; left and right pages may differ."""
_DIGITS = re.compile(r"\d+")

_BOILERPLATE = re.compile(
    r"[^\w\n]*(?:"
    r"(?:we|this (?:web)?site|our (?:web)?site)(?: and our partners)? uses? cookies\b.{0,200}"
    r"|by (?:using|continuing)\b.{0,80}\bcookies?\b.{0,120}"
    r"|(?:accept|reject|manage|allow)(?: all)? cookies?(?: settings| preferences)?|cookie (?:policy|settings|notice)"
    r"|(?:share|tweet|post|pin) (?:this|on|via)(?: .{1,40})?|share|tweet|follow us(?: on .{1,40})?|print this page"
    r"|(?:sign|log) (?:in|up|out)(?: or (?:register|(?:sign|log) (?:in|up)))?|skip to (?:main )?content"
    r"|subscribe(?: (?:now|to (?:our|the) .{0,30}newsletter.{0,40}))?|(?:back|return) to (?:the )?(?:top|home)"
    r"|(?:click here to )?read more|advertisement|sponsored content"
    r"|(?:terms of (?:use|service)|privacy policy)(?:\W+(?:terms of (?:use|service)|privacy policy|contact us))?"
    r"|(?:copyright|©|\(c\))[ ©]{0,4}(?:\(c\) )?(?:19|20)\d\d\b.{0,100}|all rights reserved"
    r"|(?:当|本|この)(?:web|ウェブ)?サイト.{0,20}(?:cookie|クッキー)(?:（.{1,12}）)?を(?:使用|利用).{0,120}"
    r"|(?:この(?:記事|ページ)を)?(?:シェア|ツイート|ポスト|共有)(?:する)?|(?:いいね|フォロー)(?:する|！)?"
    r"|(?:この?ページの?|ページ)?(?:トップ|先頭|上部?)へ(?:戻る)?|(?:本文|メニュー)へ(?:スキップ|移動)|メニューを(?:開く|閉じる)"
    r"|(?:続き|もっと)(?:を)?(?:読む|見る)|(?:ログイン|会員登録)(?:はこちら)?|スポンサーリンク"
    r"|(?:プライバシーポリシー|利用規約|お問い?合わせ)|.{0,20}無断転載.{0,20}"
    r"|与此页面分享|分享到.{1,20}|阅读更多|返回顶部|版权所有.{0,40}"
    r")[^\w\n]*",
    re.IGNORECASE,
)
_LONGEST_BOILERPLATE = 250

_WIDE = re.compile(r"[ᄀ-ᅟ⺀-〾ぁ-꓏가-힣豈-﫿︰-﹏！-｠￠-￦\U0001f300-\U0001faff\U00020000-\U0003fffd]+")
_CJK = re.compile("[\u3000-〿ぁ-ヿ㐀-鿿豈-﫿！-｠\U00020000-\U0003fffd]")
_FIRST_WORD = re.compile(rf"\s*({_CJK.pattern}|(?:(?!{_CJK.pattern})\S){{1,60}})")
_WORD = re.compile(r"\w{1,31}")
_DIVIDED = re.compile(r"\b(\w{1,30})-$")
_HYPHENATED = re.compile(r"\b\w{1,30}-[a-z]\w{0,30}")
_STARTS_BLOCK = re.compile(
    r"#{1,6} |>|\||\u3000| {4}"
    r"|[ ]*(?:[-*+•・●○◆■□※–] ?(?=\S)|\(?\d{1,3}[.)] |[(（]\w{1,3}[)）]|[①-⑳])"
)
_ENDS_SENTENCE = re.compile(r"[.!?。！？:：;；」』][\"'”’)）]*$")
_WRAP_WIDTHS = range(30, 161)
"""Display widths that a wrapped text may have; a longest line beyond is a paragraph in one line."""

_PLAIN_HEADING = re.compile(
    r"[ \u3000]*(?:第[〇一二三四五六七八九十百\d]{1,5}(?P<unit>[編部章節款])(?:[ \u3000][^\n。]{0,40})?"
    r"|(?P<word>Part|Book|Chapter|Article|Section|Appendix|Teil|Kapitel|Partie|Chapitre|Parte|Capítulo)"
    r"[ ](?:\d{1,3}|[IVXLC]{1,6}|[A-Z])(?:[.:]?[ ][^\n]{0,60}|\.)?"
    r"|(?P<number>\d{1,2}(?:\.\d{1,2}){1,3})\.?[ \u3000][^\W\d_][^\n。]{0,60})[ ]*",
    re.IGNORECASE,
)
_UNITS = {"編": 1, "部": 1, "章": 2, "節": 3, "款": 4}
_WORDS = {"part": 1, "book": 1, "teil": 1, "partie": 1, "parte": 1, "section": 3}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`text` with headings as Markdown `#` lines and one line for each paragraph; `dropped`: reason → lines."""

    text: str
    dropped: dict[str, int]


def display_width(text: str) -> int:
    """Count columns as a terminal does: 2 for a character of Chinese, Japanese or Korean, 1 for any other."""
    return len(text) if text.isascii() else len(text) + sum(len(run) for run in _WIDE.findall(text))


def clean(pages: Sequence[str]) -> Cleaned:
    """Clean the pages of a document (one, where the format has none) and join them."""
    dropped = Counter[str]()
    lines_of = [[line.rstrip() for line in normalise(page).split("\n")] for page in pages]
    if len(pages) > 1:
        lines_of = _without_headers(lines_of, dropped)
    lines = _without_boilerplate([line for lines in lines_of for line in lines], dropped)
    text = "\n".join(_unwrapped(_with_headings(lines)))
    return Cleaned(_BLANK_LINES.sub("\n\n", text).strip("\n"), dict(dropped))


def normalise(text: str) -> str:
    """Give the text with one kind of line break and space, no invisible characters, and in safe Unicode forms."""
    text = _INVISIBLE.sub("", _LINE_BREAKS.sub("\n", text))
    if text.isascii():
        return text.replace("\t", "    ")
    text = _COMPOSED_BY_MARKS.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    text = _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return _SPACES.sub(lambda found: "    " if found[0] == "\t" else " ", text)


def _without_headers(pages: list[list[str]], dropped: Counter[str]) -> list[list[str]]:
    """Drop the lines at the edges of pages that come back, whatever their numbers: titles, "Page 3 of 9"."""

    def key(line: str) -> str:
        return _DIGITS.sub("0", line.strip().lstrip("# "))

    edges = []
    for lines in pages:
        written = [number for number, line in enumerate(lines) if line.strip()]
        edges.append({*written[:_EDGE], *written[-_EDGE:]})
    seen = Counter(
        name for lines, edge in zip(pages, edges, strict=True) for name in {key(lines[number]) for number in edge}
    )
    needed = max(2, _REPEATED * len(pages))
    kept = []
    for lines, edge in zip(pages, edges, strict=True):
        repeated = {number for number in edge if seen[key(lines[number])] >= needed}
        dropped["header or footer"] += len(repeated)
        kept.append([line for number, line in enumerate(lines) if number not in repeated])
    for earlier, later in pairwise(kept):  # a sentence may run on over the page
        while earlier and not earlier[-1].strip():
            earlier.pop()
        del later[: next((number for number, line in enumerate(later) if line.strip()), len(later))]
    return kept


def _without_boilerplate(lines: list[str], dropped: Counter[str]) -> list[str]:
    kept, in_code = [], False
    for line in lines:
        in_code ^= _FENCE.match(line) is not None
        short = len(line) <= _LONGEST_BOILERPLATE
        if not in_code and short and line[:1] not in ("", "#") and _BOILERPLATE.fullmatch(line.strip()):
            dropped["boilerplate"] += 1
        else:
            kept.append(line)
    return kept


def _with_headings(lines: list[str]) -> list[str]:
    """Mark 第一章, "Chapter 3" and "2.1 Method" as headings in a text that has no `#` of its own."""
    if any(re.match(r"#{1,6} \S", line) for line in lines):
        return lines
    return [
        _heading(line) if len(line) <= 80 and not line.rstrip().endswith(("。", ",", "、")) else line for line in lines
    ]


def _heading(line: str) -> str:
    found = _PLAIN_HEADING.fullmatch(line)
    if found is None or (line.endswith(".") and (found["number"] is not None or line.count(" ") > 1)):
        return line
    if found["unit"]:
        level = _UNITS[found["unit"]]
    elif found["word"]:
        level = _WORDS.get(found["word"].lower(), 2)
    else:
        level = min(found["number"].count(".") + 1, 6)
    return f"\n{'#' * level} {line.strip()}\n"


def _unwrapped(lines: list[str]) -> list[str]:
    """Join the lines that a layout has broken: those that had no room for the first word of the next."""
    lines = [line for block in lines for line in block.split("\n")]
    width = _wrap_width(lines)
    divided = {found for line in lines for found in _HYPHENATED.findall(line)} if width else set()
    joined: list[list[str]] = []
    in_code, last = False, ""  # `last` is the last line as it stood in the layout
    for line in lines:
        fence = _FENCE.match(line) is not None
        if in_code or fence:
            in_code ^= fence
            joined.append([line])
            last = ""
            continue
        if last and line.strip() and width and _continues(last, line, width):
            joined[-1][-1:] = _join(joined[-1][-1], line.strip(), divided)
        else:
            joined.append([_tidy(line)])
        last = "" if line.startswith("#") else line
    return ["".join(parts) for parts in joined]


def _tidy(line: str) -> str:
    return _RUN_OF_SPACES.sub(" ", line.lstrip("\u3000") if not line.startswith("    ") else line)


def _wrap_width(lines: list[str]) -> int:
    """Give the display width at which the text is wrapped, 0 where its lines do not pile up at a right margin."""
    widths = sorted(display_width(line) for line in lines if not line.startswith(("#", "|")))
    widths = [width for width in widths if width > 20]  # a title or a last word tells nothing
    if len(widths) < 3:
        return 0
    widest = widths[int(0.95 * (len(widths) - 1))]
    full = sum(width >= 0.8 * widest for width in widths)
    return widest if widest in _WRAP_WIDTHS and full >= 0.5 * len(widths) else 0


def _continues(last: str, line: str, width: int) -> bool:
    """Tell whether `line` goes on with the sentence of `last`; lines of the same layout are within a fifth as wide."""
    if _STARTS_BLOCK.match(line) or last.startswith("|") or last.endswith(("。", "。」", "。』", "。）")):
        return False
    if _DIVIDED.search(last[-40:]) and line.lstrip()[:1].islower():
        return True
    word = _FIRST_WORD.match(line)
    used = display_width(last.rstrip()) + 1 + (display_width(word[1]) if word else 0)
    return used > (0.97 if _ENDS_SENTENCE.search(last.rstrip()[-4:]) else 0.8) * width


def _join(before: str, after: str, divided: set[str]) -> tuple[str, str]:
    """Join two lines: without a space in Japanese, without the hyphen where the layout has put it into a word."""
    before = before.rstrip()
    if _CJK.match(before[-1:]) and _CJK.match(after):
        return before, after
    ending, beginning = _DIVIDED.search(before[-40:]), _WORD.match(after)
    if ending and beginning and beginning[0][0].islower():
        stays = f"{ending[1]}-{beginning[0]}" in divided or ending[1].isdigit()
        return before if stays else before[:-1], after
    return before, " " + after
