"""Forms of input that many families share, and the words that their stories draw on."""

import random
from collections.abc import Callable, Sequence

from factory.contest.kinds import Shape
from factory.contest.topics import Both

LOWER = "abcdefghijklmnopqrstuvwxyz"
_LOWERCASE = Both("S consists of lowercase English letters.", "S は英小文字のみからなる。")


def words(text: str) -> list[str]:
    """Split a list of words written as one string."""
    return text.split()


_PEOPLE = [
    Both(*pair.split("/"))
    for pair in words(
        "Anna/アンナ Ben/ベン Carlos/カルロス Dana/ダナ Emma/エマ Felix/フェリックス Grace/グレース "
        "Hiro/ヒロ Ivy/アイビー "
        "Jack/ジャック Kenji/健二 Lily/リリー Maria/マリア Noah/ノア Olga/オルガ Peter/ピーター Rosa/ローザ Sam/サム "
        "Tom/トム Victor/ビクター Yuki/由紀 Zoe/ゾーイ Aiko/愛子 Omar/オマル Priya/プリヤ Lena/レナ Marco/マルコ "
        "Nina/ニーナ Oscar/オスカー Sofia/ソフィア Taro/太郎 "
        "Hana/花 Leo/レオ Mei/芽衣 Ali/アリ Takumi/拓海 Sakura/さくら"
    )
]
_THINGS = [
    Both(*pair.split("/"))
    for pair in words(
        "apples/りんご oranges/みかん pencils/鉛筆 books/本 stickers/シール marbles/ビー玉 coins/コイン cards/カード "
        "shells/貝殻 buttons/ボタン cookies/クッキー "
        "flowers/花 stamps/切手 balloons/風船 eggs/卵 pears/梨 lemons/レモン "
        "toys/おもちゃ beads/ビーズ stones/石 cups/コップ pens/ペン keys/鍵 hats/帽子 plums/すもも nuts/木の実 "
        "candles/ろうそく ribbons/リボン badges/バッジ"
    )
]
ANSWER = Both("Print the answer.", "答えを出力してください。")
TOPS = (20, 50, 100, 200, 500, 1000, 5000, 10000)
INTEGERS = (
    Both("All values are integers.", "入力はすべて整数である。"),
    Both("All input values are integers.", "与えられる値はすべて整数。"),
    Both("Every number in the input is an integer.", "入力中の数はすべて整数です。"),
)


def person(rng: random.Random) -> Both:
    """Draw a name."""
    return rng.choice(_PEOPLE)


def thing(rng: random.Random) -> Both:
    """Draw things that can be counted, in the plural."""
    return rng.choice(_THINGS)


def letters(rng: random.Random, n: int) -> list[str]:
    """Draw `n` names for numbers, such as A, B or X, Y."""
    return list(rng.choice(["ABC", "XYZ", "PQR", "KLM", "STU", "HWD", "NMK"])[:n])


def bounds(low: int | str, name: str, high: int | str) -> Both:
    """Say that low ≤ name ≤ high."""
    text = f"{low} ≤ {name} ≤ {high}"
    return Both(text, text)


def distinct(texts: Sequence[str]) -> list[str]:
    """Drop repeated texts, and end each with a line feed."""
    return list(dict.fromkeys(f"{text}\n" for text in texts))


def cases(build: Callable[[int], str], small: int, top: int, low: int = 1, extra: Sequence[str] = ()) -> list[str]:
    """Inputs of `build(size)`: two small ones to show, the smallest, some in between, the largest, and `extra` ones."""
    sizes = [small, small + 1, low, (low + small) // 2, small, (small + top) // 2, (small + 3 * top) // 4, top, top]
    found = distinct([*(build(size) for size in sizes), *extra])
    while len(found) < 6:
        found = distinct([*(text[:-1] for text in found), build(small)])
    return found


def integers(rng: random.Random, names: Sequence[str], low: int, high: int, telling: Sequence[int] = ()) -> Shape:
    """A few integers, all on one line or each on its own; Python reads them into lower-case names.

    `telling` are values of a single integer for which the answer is not the usual one; the first is shown.
    """
    apart = len(names) > 1 and rng.random() < 0.3
    glue = "\n" if apart else " "
    near = min(high, max(low + 12, 20))
    rows = [
        [rng.randint(max(low, 1), near) for _ in names],
        *([value] for value in telling),
        *([rng.randint(max(low, 1), near) for _ in names] for _ in range(2)),
        *([rng.randint(low, high) for _ in names] for _ in range(4)),
        [low] * len(names),
        [high] * len(names),
        [high, *[low] * (len(names) - 1)],
    ]
    names_read = [name.lower() for name in names]
    if len(names) == 1 or apart:
        read = "\n".join(f"{name} = int(input())" for name in names_read)
    else:
        read = f"{', '.join(names_read)} = map(int, input().split())"
    if rng.random() < 0.5:
        limits = [bounds(low, ", ".join(names), high)]
    else:
        limits = [bounds(low, name, high) for name in names]
    return Shape(
        glue.join(names), [*limits, rng.choice(INTEGERS)], read, distinct([glue.join(map(str, r)) for r in rows])
    )


def listing(rng: random.Random, low: int, high: int, most: int, fewest: int = 1, drawn: int | None = None) -> Shape:
    """A list of integers after its length; Python reads n and a.

    `drawn` narrows the values of the random inputs (not of the extreme ones) to at most that, so that they repeat.
    """
    typical = min(high, drawn or high)

    def build(size: int) -> str:
        bottom, top = (max(low, -20), min(typical, 20 + max(low, 0))) if size < 8 else (low, typical)
        return f"{size}\n" + " ".join(str(rng.randint(bottom, top)) for _ in range(size))

    extremes = [f"{most}\n" + " ".join([str(value)] * most) for value in (low, high)]
    return Shape(
        "N\nA_1 A_2 … A_N",
        [bounds(fewest, "N", most), bounds(low, "A_i", high), rng.choice(INTEGERS)],
        "n = int(input())\na = list(map(int, input().split()))",
        cases(build, rng.randint(max(fewest, 4), 6), most, fewest, extremes),
    )


def text(
    rng: random.Random,
    most: int,
    alphabet: str = LOWER,
    consists: Both = _LOWERCASE,
    extra: Sequence[str] = (),
) -> Shape:
    """A word S of characters of the alphabet; Python reads s. Shown examples are real words where they may be."""
    plain = set(LOWER) <= set(alphabet)
    shown = rng.sample(_WORDS, 3) if plain else []

    def build(size: int) -> str:
        return "".join(rng.choice(alphabet) for _ in range(size))

    inputs = [*shown, *extra, *(text[:-1] for text in cases(build, 5, most))]
    length = rng.choice(
        [
            Both(f"1 ≤ |S| ≤ {most}", f"1 ≤ |S| ≤ {most}"),
            Both(f"The length of S is between 1 and {most}.", f"S の長さは 1 以上 {most} 以下である。"),
        ]
    )
    return Shape("S", [length, consists], "s = input()", distinct(inputs))


_WORDS = words(
    "banana river window planet orange summer kitten letter garden school coffee pepper yellow rabbit castle dragon "
    "forest silver bottle cheese hammer jacket ladder mirror needle parrot puzzle rocket saddle tunnel violin wallet "
    "zipper anchor basket candle desert engine feather giraffe harvest island jungle kettle lantern marble noodle "
    "octopus pencil quartz ribbon shadow tomato umbrella valley whisper"
)
