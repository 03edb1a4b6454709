"""Maths problems with a worked solution in English and Japanese; the stem is the template."""
# ruff: noqa: E501

import random
from collections.abc import Callable, Iterator
from math import comb, gcd
from typing import NamedTuple


class Solved(NamedTuple):
    r"""A problem; its solution without the answer's line; the answer, and a wrong one. `{box}` is not in it yet."""

    problem: str
    steps: str
    answer: str
    wrong: str


Pair = tuple[Solved, Solved]


def _train(rng: random.Random) -> Pair:
    speed, hours = rng.randint(4, 18) * 10, rng.randint(2, 9)
    way = speed * hours
    en = f"Distance is speed times time.\n\n$$d = v \\cdot t = {speed} \\cdot {hours} = {way}$$\n\nThe train covers {way} km."
    ja = f"道のりは速さと時間の積です。\n\n$$d = v \\cdot t = {speed} \\cdot {hours} = {way}$$\n\nしたがって、列車は{way} km進みます。"
    return (
        Solved(
            f"A train runs at {speed} km/h for {hours} hours. How many kilometres does it cover?",
            en,
            str(way),
            str(way + speed),
        ),
        Solved(f"時速{speed} kmの列車が{hours}時間走ります。何km進みますか。", ja, str(way), str(way + speed)),
    )


def _linear(rng: random.Random) -> Pair:
    a, x, b = rng.randint(2, 12), rng.randint(2, 30), rng.randint(1, 40)
    c = a * x + b
    en = f"We solve ${a}x + {b} = {c}$.\n\n1. Subtract {b} from both sides: ${a}x = {c - b}$.\n2. Divide by {a}: $x = {x}$.\n\nCheck: ${a} \\cdot {x} + {b} = {c}$, as required."
    ja = f"${a}x + {b} = {c}$ を解きます。\n\n1. 両辺から{b}を引くと ${a}x = {c - b}$ です。\n2. 両辺を{a}で割ると $x = {x}$ となります。\n\n検算すると ${a} \\cdot {x} + {b} = {c}$ で、確かに成り立ちます。"
    return (
        Solved(f"{a} times a number, plus {b}, is {c}. What is the number?", en, str(x), str(x + 2)),
        Solved(f"ある数を{a}倍して{b}を足すと{c}になります。ある数を求めなさい。", ja, str(x), str(x + 2)),
    )


def _tickets(rng: random.Random) -> Pair:
    adult, child, n = rng.randint(8, 19) * 100, rng.randint(3, 7) * 100, rng.randint(10, 40)
    adults = rng.randint(3, n - 3)
    total = adult * adults + child * (n - adults)
    en = f"Let $a$ be the number of adults, so there are ${n} - a$ children. Then\n\n\\[\n{adult}a + {child}({n} - a) = {total}.\n\\]\n\nExpanding gives ${adult - child}a = {total - child * n}$, hence $a = {adults}$. So {adults} adults came."
    ja = f"大人の人数を $a$ とすると、子どもは ${n} - a$ 人です。料金の合計から\n\n\\[\n{adult}a + {child}({n} - a) = {total}\n\\]\n\nとなります。整理すると ${adult - child}a = {total - child * n}$ なので、$a = {adults}$ です。よって大人は{adults}人です。"
    return (
        Solved(
            f"A ticket costs {adult} yen for adults and {child} yen for children. {n} people paid {total} yen. How many of them were adults?",
            en,
            str(adults),
            str(n - adults if 2 * adults != n else adults + 1),
        ),
        Solved(
            f"入場料は大人{adult}円、子ども{child}円です。{n}人で合計{total}円でした。大人は何人ですか。",
            ja,
            str(adults),
            str(n - adults if 2 * adults != n else adults + 1),
        ),
    )


def _gcd(rng: random.Random) -> Pair:
    d, p, q = rng.randint(3, 15), rng.choice((4, 5, 7)), rng.choice((6, 9, 11))
    a, b = d * p, d * q
    g = gcd(a, b)
    rows, x, y = [], b, a
    while y:
        rows.append(f"{x} &= {x // y} \\cdot {y} + {x % y}")
        x, y = y, x % y
    table = "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"
    en = f"The Euclidean algorithm gives\n\n{table}\n\nThe last remainder that is not zero is {g}, so that is the greatest common divisor."
    ja = f"ユークリッドの互除法を用いると、\n\n{table}\n\nとなります。最後の0でない余りは{g}なので、これが最大公約数です。"
    return (
        Solved(f"Find the greatest common divisor of {a} and {b}.", en, str(g), str(2 * g)),
        Solved(f"{a}と{b}の最大公約数を求めなさい。", ja, str(g), str(2 * g)),
    )


def _choose(rng: random.Random) -> Pair:
    n, k = rng.randint(6, 14), rng.randint(2, 4)
    ways = comb(n, k)
    en = f"The order does not matter, so we count combinations:\n\n$$\\binom{{{n}}}{{{k}}} = {ways}.$$\n\nThere are {ways} ways."
    ja = f"順番は関係ないので、組合せの数を求めます。\n\n$$\\binom{{{n}}}{{{k}}} = {ways}$$\n\n全部で{ways}通りあります。"
    return (
        Solved(f"In how many ways can a committee of {k} be chosen from {n} people?", en, str(ways), str(ways * 2)),
        Solved(f"{n}人の中から{k}人の委員を選ぶ方法は何通りありますか。", ja, str(ways), str(ways * 2)),
    )


def _discount(rng: random.Random) -> Pair:
    price, off = rng.randint(4, 40) * 100, rng.choice((10, 15, 20, 25, 30, 40))
    cut = price * off // 100
    en = f"**Step 1.** The discount is {off}% of ${price}, which is $\\${cut}$.\n\n**Step 2.** Take it away: {price} - {cut} = {price - cut}.\n\nThe coat costs ${price - cut} now."
    ja = f"**手順1** 割引額は{price}円の{off}％なので、{cut}円です。\n\n**手順2** 元の値段から引きます：{price} - {cut} = {price - cut}\n\nコートは{price - cut}円になります。"
    return (
        Solved(
            f"A coat for ${price} is reduced by {off}%. What does it cost now, in dollars?",
            en,
            str(price - cut),
            str(cut if 2 * cut != price else price),
        ),
        Solved(
            f"{price}円のコートが{off}％引きになりました。いくらですか。",
            ja,
            str(price - cut),
            str(cut if 2 * cut != price else price),
        ),
    )


def _roots(rng: random.Random) -> Pair:
    p, q = rng.randint(1, 9), rng.randint(10, 16)
    en = f"We look for two numbers with sum {p + q} and product {p * q}: they are {p} and {q}. Therefore\n\n$$x^2 - {p + q}x + {p * q} = (x - {p})(x - {q}) = 0,$$\n\nand the larger root is $x = {q}$."
    ja = f"和が{p + q}、積が{p * q}になる二つの数は{p}と{q}です。したがって\n\n$$x^2 - {p + q}x + {p * q} = (x - {p})(x - {q}) = 0$$\n\nと因数分解でき、大きいほうの解は $x = {q}$ です。"
    return (
        Solved(f"What is the larger root of $x^2 - {p + q}x + {p * q} = 0$?", en, str(q), str(p)),
        Solved(f"方程式 $x^2 - {p + q}x + {p * q} = 0$ の大きいほうの解を求めなさい。", ja, str(q), str(p)),
    )


def _sum(rng: random.Random) -> Pair:
    n = rng.randint(10, 90)
    total = n * (n + 1) // 2
    en = f"Pair the first number with the last, the second with the last but one, and so on. Each pair adds up to ${n + 1}$, and there are $\\frac{{{n}}}{{2}}$ pairs:\n\\[ \\frac{{{n} \\cdot {n + 1}}}{{2}} = {total}. \\]"
    ja = f"最初と最後、二番目と最後から二番目というように組にすると、どの組の和も ${n + 1}$ です。組の数は $\\frac{{{n}}}{{2}}$ なので、\n\\[ \\frac{{{n} \\cdot {n + 1}}}{{2}} = {total} \\]\nとなります。"
    return (
        Solved(f"Add up all whole numbers from 1 to {n}.", en, str(total), str(total + n)),
        Solved(f"1から{n}までの整数をすべて足すといくつですか。", ja, str(total), str(total + n)),
    )


def _probability(rng: random.Random) -> Pair:
    red, blue = rng.randint(2, 9), rng.randint(2, 9)
    n = red + blue
    g = gcd(red, n)
    answer = f"\\frac{{{red // g}}}{{{n // g}}}"
    wrong = f"\\frac{{{blue}}}{{{n}}}" if red != blue else "\\frac{1}{3}"
    en = f"There are {red} + {blue} = {n} balls in the bag, and each is as likely as the others. {red} of them are red, so the probability is $\\frac{{{red}}}{{{n}}} = {answer}$."
    ja = f"袋の中の玉は全部で {red} + {blue} = {n} 個で、どれも同じ確からしさで取り出されます。そのうち赤は{red}個なので、確率は $\\frac{{{red}}}{{{n}}} = {answer}$ です。"
    return (
        Solved(
            f"A bag holds {red} red and {blue} blue balls. One is drawn. What is the probability that it is red?",
            en,
            answer,
            wrong,
        ),
        Solved(
            f"袋に赤玉が{red}個、青玉が{blue}個あります。一つ取り出すとき、赤である確率を求めなさい。",
            ja,
            answer,
            wrong,
        ),
    )


def _ages(rng: random.Random) -> Pair:
    child, years = rng.randint(4, 14), rng.randint(2, 9)
    parent = 2 * (child + years) - years
    en = f"- In {years} years the child is {child} + {years} = {child + years}.\n- Twice that is {2 * (child + years)}, the parent's age then.\n- Today the parent is {2 * (child + years)} - {years} = {parent}."
    ja = f"- {years}年後、子どもは {child} + {years} = {child + years} 歳です。\n- その2倍の{2 * (child + years)}歳が、そのときの親の年齢です。\n- したがって、今の親の年齢は {2 * (child + years)} - {years} = {parent} 歳です。"
    return (
        Solved(
            f"A child is {child}. In {years} years the parent will be twice as old as the child. How old is the parent today?",
            en,
            str(parent),
            str(parent + years),
        ),
        Solved(
            f"子どもは{child}歳です。{years}年後に親の年齢は子どもの2倍になります。親は今何歳ですか。",
            ja,
            str(parent),
            str(parent + years),
        ),
    )


def _triangle(rng: random.Random) -> Pair:
    base, height = rng.randint(2, 20) * 2, rng.randint(3, 25)
    area = base * height // 2
    en = f"The area of a triangle is half of base times height:\n\\begin{{equation*}}\nA = \\tfrac{{1}}{{2}} \\cdot {base} \\cdot {height} = {area}.\n\\end{{equation*}}\nSo the sail has an area of ${area}\\,\\text{{m}}^2$."
    ja = f"三角形の面積は、底辺×高さ÷2です。\n\\begin{{equation*}}\nA = \\tfrac{{1}}{{2}} \\cdot {base} \\cdot {height} = {area}\n\\end{{equation*}}\nよって、帆の面積は ${area}\\,\\text{{m}}^2$ です。"
    return (
        Solved(
            f"A triangular sail is {base} m wide at its foot and {height} m high. What is its area in square metres?",
            en,
            str(area),
            str(area * 2),
        ),
        Solved(f"底辺{base} m、高さ{height} mの三角形の帆の面積は何平方メートルですか。", ja, str(area), str(area * 2)),
    )


def _remainder(rng: random.Random) -> Pair:
    b, e = rng.choice((2, 3)), rng.randint(20, 90)
    answer = pow(b, e, 5)
    shown = ", ".join(str(pow(b, i, 5)) for i in range(1, 9))
    en = f"Modulo 5 the powers of {b} go {shown}, and so on: they repeat every 4 steps. Since ${e} \\equiv {e % 4} \\pmod 4$, we get ${b}^{{{e}}} \\equiv {answer} \\pmod 5$."
    ja = f"5を法とする{b}の累乗は {shown} と、4つごとに繰り返します。${e} \\equiv {e % 4} \\pmod 4$ なので、${b}^{{{e}}} \\equiv {answer} \\pmod 5$ です。"
    return (
        Solved(f"What is the remainder when ${b}^{{{e}}}$ is divided by 5?", en, str(answer), str(answer % 4 + 1)),
        Solved(f"${b}^{{{e}}}$ を5で割った余りを求めなさい。", ja, str(answer), str(answer % 4 + 1)),
    )


TEMPLATES: tuple[Callable[[random.Random], Pair], ...] = (
    _train, _linear, _tickets, _gcd, _choose, _discount, _roots, _sum, _probability, _ages, _triangle, _remainder,
)  # fmt: skip


def solved(times: int) -> Iterator[tuple[str, int, int, Solved]]:
    """Make each template `times` times: the language, the stem, which of them, and the problem."""
    for stem, template in enumerate(TEMPLATES):
        for turn in range(times):
            for language, one in zip(("en", "ja"), template(random.Random(f"{template.__name__}:{turn}")), strict=True):
                yield language, stem, turn, one
