"""Rows that repeat others: near copies, paraphrases, benchmark items; and rows that only resemble them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from factory.maths.families import FAMILIES
from factory.shipped import shipped
from planted.case import Case
from planted.chat import CHAT
from planted.problems import solved

BENCHMARK = shipped("pipelines") / "benchmarks/held_out_maths.jsonl"
PARAPHRASES = {
    "en": [
        (
            "Emma has 12 pencils and buys 7 more. How many pencils does she have now?",
            "Emma owned 12 pencils. After buying 7 further pencils, how many pencils has she got?",
            "19",
        ),
        (
            "A baker bakes 30 rolls and sells 18. How many rolls are left?",
            "Of the 30 rolls that a baker made, 18 were sold. How many rolls remain?",
            "12",
        ),
        (
            "What is the perimeter of a square with sides of 9 cm?",
            "A square has a side length of 9 cm. Find its perimeter.",
            "36",
        ),
        ("How many minutes are there in 5 hours?", "Convert 5 hours into minutes.", "300"),
        ("Find the average of 4, 8 and 12.", "What is the mean of the numbers 4, 8 and 12?", "8"),
        (
            "A shirt costs 40 dollars and is reduced by 25%. What is the new price?",
            "What do you pay for a 40 dollar shirt at a 25% discount?",
            "30",
        ),
        (
            "Tom reads 15 pages a day. How many pages does he read in a week?",
            "If Tom reads 15 pages every day, how many pages will he have read after seven days?",
            "105",
        ),
        (
            "A car uses 6 litres of petrol for 100 km. How many litres does it use for 350 km?",
            "Driving 100 km takes a car 6 litres of fuel. How much fuel does it need for 350 km?",
            "21",
        ),
        (
            "What is the area of a rectangle 8 m long and 5 m wide?",
            "A rectangle measures 8 m by 5 m. What is its area?",
            "40",
        ),
        (
            "Three friends share 24 sweets equally. How many does each get?",
            "24 sweets are divided equally among three friends. How many sweets does each friend receive?",
            "8",
        ),
        ("Solve the equation x + 14 = 31.", "Which number x satisfies x + 14 = 31?", "17"),
        (
            "A bag contains 3 red and 5 blue marbles. What is the probability of drawing a red one?",
            "One marble is taken from a bag of 3 red and 5 blue marbles. How likely is it to be red?",
            "3/8",
        ),
    ],
    "ja": [
        (
            "花子は鉛筆を12本持っていて、さらに7本買いました。今は何本ありますか。",
            "鉛筆が12本ある花子が7本買い足すと、全部で何本になりますか。",
            "19",
        ),
        (
            "パン屋が30個のパンを焼き、18個売りました。残りは何個ですか。",
            "焼いた30個のパンのうち18個が売れたとき、残ったパンの数を求めなさい。",
            "12",
        ),
        ("一辺が9 cmの正方形の周りの長さは何cmですか。", "正方形の一辺の長さは9 cmです。周の長さを求めなさい。", "36"),
        ("5時間は何分ですか。", "5時間を分に直しなさい。", "300"),
        ("4と8と12の平均を求めなさい。", "三つの数4、8、12の平均値はいくつですか。", "8"),
        (
            "4000円のシャツが25％引きになりました。いくらですか。",
            "定価4000円のシャツを25％割引で買うと、代金はいくらですか。",
            "3000",
        ),
        (
            "太郎は毎日15ページ読みます。一週間で何ページ読みますか。",
            "一日に15ページずつ読む太郎は、七日間で何ページ読むことになりますか。",
            "105",
        ),
        (
            "100 km走るのに6リットルのガソリンを使う車は、350 kmで何リットル使いますか。",
            "ある車は6リットルの燃料で100 km走ります。350 km走るには何リットル必要ですか。",
            "21",
        ),
        (
            "縦8 m、横5 mの長方形の面積を求めなさい。",
            "二辺の長さが8 mと5 mの長方形の面積は何平方メートルですか。",
            "40",
        ),
        (
            "24個のあめを三人で等しく分けます。一人何個ですか。",
            "三人が24個のあめを同じ数ずつもらうとき、一人分はいくつですか。",
            "8",
        ),
        ("方程式 x + 14 = 31 を解きなさい。", "x + 14 = 31 を満たすxはいくつですか。", "17"),
        (
            "袋に赤玉3個と青玉5個があります。一つ取り出すとき赤である確率は？",
            "赤玉が3個、青玉が5個入った袋から一個引くとき、それが赤い確率を求めなさい。",
            "3/8",
        ),
    ],
}
"""A problem, the same in other words, and the answer of both."""


def good() -> Iterator[Case]:
    """Problems of the same families with other numbers, and answers about other things."""
    for language in ("en", "ja"):
        for stem, (first, _, result) in enumerate(PARAPHRASES[language]):
            yield _row("meaning", None, language, stem, f"{language}-p{stem}-0", first, answer=result)
        for stem, (_, text) in enumerate(CHAT[language]):
            yield _row("near", None, language, stem, f"{language}-c{stem}-0", text)
    seen: set[str] = set()
    for language, stem, turn, one in solved(6):
        if one.problem in seen:
            continue
        seen.add(one.problem)
        yield _row("benchmark", None, language, stem, "", one.problem)
        yield _row("near", None, language, stem, f"{language}-t{stem}-{turn}", one.problem)
    for stem, (name, family) in enumerate(FAMILIES.items()):
        for problem in dict.fromkeys(family.make(seed).problem for seed in range(4)):
            yield _row("benchmark", None, "en", stem, "", problem)
            yield _row("near", None, "en", stem, f"en-f{name}-{problem}", problem)


def bad() -> Iterator[Case]:
    for language in ("en", "ja"):
        for stem, (_, again, result) in enumerate(PARAPHRASES[language]):
            case = _row("meaning", "paraphrase", language, stem, f"{language}-p{stem}-1", again, answer=result)
            yield case
        for stem, (_, text) in enumerate(CHAT[language]):
            yield _row("near", "copy but for its form", language, stem, f"{language}-c{stem}-1", _restyled(text))
            if len(text) > (250 if language == "en" else 120):
                changed = _row("near", "near copy", language, stem, f"{language}-c{stem}-2", _edited(text, language))
                yield changed
    framed = {
        "en": "Solve the following problem step by step.\n\n{}",
        "ja": "次の問題を順を追って解いてください。\n\n{}",
    }
    for stem, item in enumerate(_items()):
        language, text = item["id"].split("/")[0], item["text"]
        for shown in (text, framed[language].format(text)):
            yield _row("benchmark", "benchmark item", language, stem, "", shown)
        if other := _renumbered(text):
            yield _row("benchmark", "benchmark item with other numbers", language, stem, "", other)


def _items() -> list[dict[str, str]]:
    return [json.loads(line) for line in BENCHMARK.read_text(encoding="utf-8").splitlines()]


def _restyled(text: str) -> str:
    """Change case, stops and white space: the words stay."""
    return "  " + re.sub(r"[.,;:!?]", "", text).upper().replace("。", "．").replace("\n", "\n\n") + "\n"


def _edited(text: str, language: str) -> str:
    """Change one word, or two characters, near the end."""
    if language == "ja":
        return text[:-12] + "やや" + text[-10:]
    words = text.split(" ")
    return " ".join([*words[:-4], "perhaps", *words[-3:]])


def _renumbered(text: str) -> str:
    return re.sub(r"\d+", lambda number: str(int(number[0]) + 3), text)


def _row(check: str, kind: str | None, language: str, stem: int, name: str, text: str, **more: Any) -> Case:
    return Case(check, kind, language, stem, {"id": name, "problem": text, **more})
