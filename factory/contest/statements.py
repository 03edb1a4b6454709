"""Taking a model's problem statement apart into its sections and examples, in English and Japanese.

Headings are recognised as they come: Markdown ("## Input"), bold, in brackets (【入力】, [Input]), with a square or
a colon, numbered ("Sample Input 2", 入力例２), or at the beginning of a line with the text after it ("Input: 3 5").
"""

import re
import unicodedata
from dataclasses import dataclass, field

from factory.contest.records import Test

_MOST_TEXT = 200_000
_HEADINGS = {
    "title": "title|problem title|problem name|タイトル|題名|問題名",
    "story": "problem|problem statement|statement|description|task|story|問題|問題文|問題の説明|課題",
    "input": "input|input format|input description|入力|入力形式|入力フォーマット|入力の形式|入力について",
    "output": "output|output format|output description|出力|出力形式|出力フォーマット|出力の形式|出力について",
    "constraints": "constraints|constraint|limits|limitations|制約|制約条件|制限",
    "example input": "sample input|example input|input example|入力例|サンプル入力|入力サンプル|例の入力",
    "example output": "sample output|example output|output example|expected output"
    "|出力例|サンプル出力|出力サンプル|期待される出力",
    "example": "example|examples|sample|samples|test case|sample test case|sample test cases|sample tests"
    "|例|サンプル|入出力例",
    "other": "explanation|note|notes|hint|hints|solution|answer|difficulty|topic|tags|time limit|memory limit"
    "|説明|解説|注|注意|注釈|補足|ヒント|解答|解答例|解法|難易度|備考|実行時間制限|メモリ制限",
}
_SECTION = {word: section for section, words in _HEADINGS.items() for word in words.split("|")}
_COLON = re.compile("[:：]")
_DECORATION = " \t#*_■◆●▼【】[]<>():。."
_NUMBER = re.compile(r"(?:\s*(?:#|no\.?)?\s*\d{1,3})$|^\d{1,2}[.)]\s+")
_FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)")
_TITLE = re.compile(r"^[ \t]*(?:#{1,3}[ \t]+|\*\*)(?P<title>[^\n]{1,120})$")


@dataclass
class Statement:
    """The sections of a statement, "" where one is missing; examples as whole files that end with a line feed."""

    title: str = ""
    story: str = ""
    input: str = ""
    output: str = ""
    constraints: str = ""
    examples: list[Test] = field(default_factory=list)


def read_statement(text: str) -> Statement:
    """Take a statement apart. Text before the first heading is the story, and an example needs input *and* output.

    An explanation of an example, notes, hints and solutions are left out.
    """
    found: dict[str, list[str]] = {}
    examples: list[tuple[str, list[str]]] = []
    section, fenced = "story", False
    for line in text[:_MOST_TEXT].replace("\r\n", "\n").split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
            if not section.startswith("example"):
                found.setdefault(section, []).append(line)
            continue
        heading, rest = _heading(line, fenced)
        if heading and section.startswith("example") and heading in ("input", "output"):
            heading = _within_example(heading, line)
        if heading and (not fenced or heading.startswith("example") or section.startswith("example")):
            section = heading
            if section in ("example input", "example output"):
                examples.append((section, [rest] if rest else []))
            elif rest:
                found.setdefault(section, []).append(rest)
                section = _after(section)
        elif section in ("example input", "example output"):
            examples[-1][1].append(line)
        elif not (section == "story" and not found and _takes_title(line, found)):
            found.setdefault(section, []).append(line)
            section = _after(section) if line.strip() else section
    sections = {name: "\n".join(lines).strip() for name, lines in found.items()}
    return Statement(
        **{name: sections.get(name, "") for name in ("title", "story", "input", "output", "constraints")},
        examples=_pairs(examples),
    )


def _after(section: str) -> str:
    """A title is one line; the story follows it."""
    return "story" if section == "title" else section


def _within_example(heading: str, line: str) -> str:
    """After an example has begun, "Input" is the example's, unless it says that a format is described."""
    return heading if re.search("format|description|形式|フォーマット", line.lower()) else f"example {heading}"


def _takes_title(line: str, found: dict[str, list[str]]) -> bool:
    match = _TITLE.match(line)
    if match:
        found["title"] = [match["title"].strip(_DECORATION)]
    return bool(match)


def _heading(line: str, fenced: bool) -> tuple[str, str]:
    """Return the section that a line begins and the text after its heading; ("", "") for any other line."""
    if len(line) > 2000 or not line.strip() or (fenced and ":" not in line and "：" not in line):
        return "", ""
    alone = _section(line)
    if alone:
        return alone, ""
    colon = _COLON.search(line)
    head, rest = (line[: colon.start()], line[colon.end() :]) if colon else ("", "")
    section = _section(head)
    return (section, rest.strip().strip("*_").strip().strip("`")) if section else ("", "")


def _section(text: str) -> str:
    if len(text) > 60:
        return ""
    name = unicodedata.normalize("NFKC", text).strip(_DECORATION).lower()
    return "" if ":" in name else _SECTION.get(_NUMBER.sub("", name).strip(_DECORATION), "")


def _pairs(parts: list[tuple[str, list[str]]]) -> list[Test]:
    """Join each example's input with the output after it; shown twice, it counts once."""
    tests: list[Test] = []
    pending = None
    for kind, lines in parts:
        text = "\n".join(lines).strip("\n").rstrip()
        text = text.lstrip("\n") + "\n" if text.strip() else ""
        if kind == "example input":
            pending = text
        elif pending is not None and text:
            test = Test(input=pending, output=text)
            if test not in tests:
                tests.append(test)
            pending = None
    return tests
