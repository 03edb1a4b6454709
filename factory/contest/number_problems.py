"""Families of difficulty 1 to 4 about a few integers: sums, products, divisors, digits."""

import random

from factory.contest.kinds import Draft, Shape, kind
from factory.contest.shapes import ANSWER, INTEGERS, TOPS, bounds, cases, distinct, integers, letters, person, thing
from factory.contest.topics import Both


@kind("arithmetic", 1)
def _sum_of_numbers(rng: random.Random) -> Draft:
    names = letters(rng, rng.choice([2, 2, 3]))
    who, what = person(rng), thing(rng)
    listed, code = ", ".join(names[:-1]) + f" and {names[-1]}", " + ".join(names)
    days, japanese = {2: ("two", "2"), 3: ("three", "3")}[len(names)], "、".join(names)
    return Draft(
        [
            Both(
                f"Given {days[0]} integers {listed}, find their sum.",
                f"{days[1]} つの整数 {japanese} の和を求めてください。",
            ),
            Both(
                f"{who.en} counted {what.en} on {days[0]} days: {listed}. How many {what.en} is that in all?",
                f"{who.ja}は{days[1]}日間{what.ja}を数え、それぞれ {japanese} 個でした。合計は何個ですか。",
            ),
            Both(
                f"There are {days[0]} boxes with {listed} {what.en}. Add the numbers up for {who.en}.",
                f"{days[1]}つの箱に{what.ja}が {japanese} 個ずつ入っています。{who.ja}のために合計を計算してください。",
            ),
            Both(f"Compute {code}.", f"{code} を計算してください。"),
        ],
        [
            Both(f"Print the value of {code}.", f"{code} の値を出力してください。"),
            Both("Print the sum on one line.", "和を 1 行に出力せよ。"),
            ANSWER,
        ],
        shape := integers(rng, names, rng.choice([0, 1]), rng.choice(TOPS)),
        f"{shape.read}\nprint({code.lower()})",
    )


@kind("arithmetic", 1)
def _difference(rng: random.Random) -> Draft:
    (a, b), who, what = letters(rng, 2), person(rng), thing(rng)
    shape = integers(rng, [a, b], rng.choice([0, 1]), rng.choice(TOPS))
    absolute = rng.random() < 0.4
    if absolute:
        return Draft(
            [
                Both(f"How far apart are the integers {a} and {b}?", f"整数 {a} と {b} はどれだけ離れていますか。"),
                Both(
                    f"{who.en} has {a} {what.en} and a friend has {b}. By how many do the two numbers differ?",
                    f"{who.ja}は{what.ja}を {a} 個、友だちは {b} 個持っています。個数の差はいくつですか。",
                ),
                Both(f"Find the absolute difference |{a} - {b}|.", f"差の絶対値 |{a} - {b}| を求めよ。"),
            ],
            [
                Both("Print the difference, which is never negative.", "差(0 以上)を出力してください。"),
                Both(f"Print |{a} - {b}|.", f"|{a} - {b}| を出力せよ。"),
            ],
            shape,
            f"{shape.read}\nprint(abs({a.lower()} - {b.lower()}))",
        )
    return Draft(
        [
            Both(f"Subtract {b} from {a}.", f"{a} から {b} を引いてください。"),
            Both(
                f"{who.en} had {a} points and lost {b} of them; the score may fall below zero. What is the score now?",
                f"{who.ja}の得点は {a} 点でしたが、{b} 点減りました。得点は負にもなります。今の得点は何点ですか。",
            ),
            Both(
                f"It was {a} degrees in the morning and {b} degrees colder at night. What was it at night?",
                f"朝の気温は {a} 度で、夜は {b} 度下がりました。夜の気温を求めてください。",
            ),
        ],
        [Both(f"Print {a} - {b}.", f"{a} - {b} を出力してください。"), ANSWER],
        shape,
        f"{shape.read}\nprint({a.lower()} - {b.lower()})",
    )


@kind("arithmetic", 1)
def _product(rng: random.Random) -> Draft:
    (a, b), who, what = letters(rng, 2), person(rng), thing(rng)
    return Draft(
        [
            Both(f"Find the product of {a} and {b}.", f"{a} と {b} の積を求めてください。"),
            Both(
                f"{who.en} buys {a} {what.en} at {b} yen each. How much does {who.en} pay?",
                f"{who.ja}は 1 個 {b} 円の{what.ja}を {a} 個買います。代金は何円ですか。",
            ),
            Both(
                f"There are {a} boxes with {b} {what.en} in each. How many {what.en} are there?",
                f"{what.ja}が {b} 個ずつ入った箱が {a} 箱あります。{what.ja}は全部で何個ですか。",
            ),
            Both(f"Multiply the integers {a} and {b}.", f"整数 {a} と {b} を掛けてください。"),
        ],
        [Both(f"Print {a} × {b}.", f"{a} × {b} を出力してください。"), ANSWER],
        shape := integers(rng, [a, b], rng.choice([0, 1]), rng.choice(TOPS)),
        f"{shape.read}\nprint({a.lower()} * {b.lower()})",
    )


@kind("arithmetic", 1)
def _multiple(rng: random.Random) -> Draft:
    (n,), who, what, k = letters(rng, 1), person(rng), thing(rng), rng.choice([2, 2, *range(2, 40)])
    return Draft(
        [
            Both(f"Multiply {n} by {k}.", f"{n} を {k} 倍してください。"),
            Both(
                f"A bag holds {k} {what.en}. {who.en} has {n} full bags. How many {what.en} are there?",
                f"1 袋に{what.ja}が {k} 個入っています。{who.ja}は {n} 袋持っています。{what.ja}は何個ですか。",
            ),
            Both(
                f"What is the {n}-th positive multiple of {k}?",
                f"{k} の正の倍数のうち、小さいほうから {n} 番目を求めよ。",
            ),
            Both(
                f"{who.en} earns {k} coins an hour and works for {n} hours. How many coins is that?",
                f"{who.ja}は 1 時間に {k} 枚のコインをもらい、{n} 時間働きます。コインは何枚になりますか。",
            ),
        ],
        [Both(f"Print the result of {k} × {n}.", f"{k} × {n} の結果を出力してください。"), ANSWER],
        shape := integers(rng, [n], 1, rng.choice(TOPS)),
        f"{shape.read}\nprint({rng.choice([f'{n.lower()} * {k}', f'{k} * {n.lower()}'])})",
    )


@kind("arithmetic", 1)
def _shifted(rng: random.Random) -> Draft:
    (n,), who, what, k = letters(rng, 1), person(rng), thing(rng), rng.randint(1, 99)
    return Draft(
        [
            Both(f"Add {k} to the integer {n}.", f"整数 {n} に {k} を足してください。"),
            Both(
                f"{who.en} has {n} {what.en} and gets {k} more. How many does {who.en} have now?",
                f"{who.ja}は{what.ja}を {n} 個持っていて、さらに {k} 個もらいました。今いくつ持っていますか。",
            ),
            Both(
                f"{who.en} is {n} years old. How old will {who.en} be in {k} years?",
                f"{who.ja}は {n} 歳です。{k} 年後には何歳になりますか。",
            ),
            Both(f"Compute {n} + {k}.", f"{n} + {k} を計算せよ。"),
        ],
        [Both(f"Print {n} + {k}.", f"{n} + {k} を出力してください。"), ANSWER],
        shape := integers(rng, [n], 0, rng.choice(TOPS)),
        f"{shape.read}\nprint({n.lower()} + {k})",
    )


@kind("arithmetic", 1)
def _extreme_of_few(rng: random.Random) -> Draft:
    names, who = letters(rng, rng.choice([2, 3])), person(rng)
    largest = rng.random() < 0.5
    word, kanji, code = ("largest", "最大", "max") if largest else ("smallest", "最小", "min")
    best, japanese = ("highest", "最も高い") if largest else ("lowest", "最も低い")
    listed = ", ".join(names)
    return Draft(
        [
            Both(f"Find the {word} of the integers {listed}.", f"整数 {listed} のうち{kanji}のものを求めてください。"),
            Both(
                f"{who.en} got the scores {listed} in {len(names)} games. What was the {best} score?",
                f"{who.ja}の {len(names)} 回の得点は {listed} でした。{japanese}得点を求めてください。",
            ),
            Both(
                f"The towers in town are {listed} metres high. How high is the one that is {best}?",
                f"町の塔の高さは {listed} メートルです。{japanese}塔の高さは何メートルですか。",
            ),
        ],
        [Both(f"Print the {word} value.", f"{kanji}の値を出力してください。"), Both("Print it.", "その値を出力せよ。")],
        shape := integers(rng, names, 0, rng.choice(TOPS)),
        f"{shape.read}\nprint({code}({listed.lower()}))",
    )


@kind("number_theory", 2)
def _divisible(rng: random.Random) -> Draft:
    (n,), who, what, k = letters(rng, 1), person(rng), thing(rng), rng.choice([2, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12])
    yes, no = rng.choice([("Yes", "No"), ("YES", "NO"), ("yes", "no"), ("OK", "NG"), ("Fair", "Unfair")])
    v = n.lower()
    return Draft(
        [
            Both(f"Is {n} divisible by {k}?", f"{n} は {k} で割り切れますか。"),
            Both(
                f"{who.en} shares {n} {what.en} equally among {k} children. Can this be done with none left over?",
                f"{who.ja}は {n} 個の{what.ja}を {k} 人に同じ数ずつ配ります。余りなく配れますか。",
            ),
            Both(f"Decide whether the integer {n} is a multiple of {k}.", f"整数 {n} が {k} の倍数か判定せよ。"),
        ],
        [
            Both(
                f"Print '{yes}' if so and '{no}' if not.",
                f"そうなら '{yes}'、そうでなければ '{no}' を出力してください。",
            ),
            Both(f"Print {yes} or {no}.", f"できる(正しい)なら {yes}、そうでないなら {no} と出力せよ。"),
        ],
        shape := integers(rng, [n], 1, rng.choice(TOPS), [k, k * rng.randint(1, 20 // k), k + 1]),
        rng.choice(
            [
                f'{shape.read}\nprint("{yes}" if {v} % {k} == 0 else "{no}")',
                f'{shape.read}\nif {v} % {k} == 0:\n    print("{yes}")\nelse:\n    print("{no}")',
            ]
        ),
    )


@kind("number_theory", 3)
def _digits(rng: random.Random) -> Draft:
    who, power, digit = person(rng), rng.choice([1, 1, 2, 3]), rng.choice([None, *range(10)])
    if digit is None:
        asked = {1: ("sum", "和"), 2: ("sum of the squares", "2 乗の和"), 3: ("sum of the cubes", "3 乗の和")}[power]
        code = f"sum(int(d){f' ** {power}' if power > 1 else ''} for d in n)"
        words, kanji = f"Find the {asked[0]} of the digits of N.", f"N の各桁の数字の{asked[1]}を求めてください。"
    else:
        code = f'n.count("{digit}")'
        words, kanji = f"How often does the digit {digit} occur in N?", f"N に数字 {digit} は何回現れますか。"
    top = rng.choice([10**6, 10**9, 10**12])
    first = [rng.randint(10, 999), int(f"6{digit or 0}{digit or 0}"), rng.randint(100, 99999)]
    values = [*first, 1, top, top - 1, *(rng.randint(1, top) for _ in range(5))]
    return Draft(
        [
            Both(words, kanji),
            Both(f"{who.en} wrote down the integer N. {words}", f"{who.ja}は整数 N を書きました。{kanji}"),
            Both(f"The number on {who.en}'s ticket is N. {words}", f"{who.ja}の切符の番号は N です。{kanji}"),
        ],
        [ANSWER, Both("Print one integer.", "整数を 1 つ出力せよ。")],
        Shape("N", [bounds(1, "N", top), rng.choice(INTEGERS)], "n = input()", distinct([str(v) for v in values])),
        f"n = input()\nprint({code})",
    )


@kind("number_theory", 4)
def _divisors(rng: random.Random) -> Draft:
    who, what, top = person(rng), thing(rng), rng.choice([1000, 5000, 10000])
    asked, kanji, code = rng.choice(
        [
            ("How many positive divisors does N have?", "N の正の約数は何個ありますか。", "len(d)"),
            ("Find the sum of the positive divisors of N.", "N の正の約数の和を求めてください。", "sum(d)"),
            ("List the positive divisors of N in ascending order.", "N の正の約数を小さい順に並べてください。", "*d"),
        ]
    )
    return Draft(
        [
            Both(asked, kanji),
            Both(
                f"{who.en} can put N {what.en} into equal rows in several ways. {asked}",
                f"{who.ja}は N 個の{what.ja}を同じ数ずつ並べる方法を調べています。{kanji}",
            ),
            Both(f"{who.en} likes the number N. {asked}", f"{who.ja}は数 N が好きです。{kanji}"),
        ],
        Both("Print them on one line, separated by spaces.", "空白区切りで 1 行に出力してください。")
        if code == "*d"
        else ANSWER,
        shape := integers(rng, ["N"], 1, top),
        f"{shape.read}\nd = [i for i in range(1, n + 1) if n % i == 0]\nprint({code})",
    )


@kind("number_theory", 4)
def _primes(rng: random.Random) -> Draft:
    (a, b), who, top = rng.choice([("A", "B"), ("L", "R")]), person(rng), rng.choice([100, 500, 1000])
    asked, kanji, code = rng.choice(
        [
            ("How many primes are there", "素数は何個ありますか。", "len(primes)"),
            ("What is the sum of the primes", "素数の和を求めてください。", "sum(primes)"),
            (
                "What is the largest prime (0 if there is none)",
                "最大の素数を求めてください(なければ 0)。",
                "max(primes, default=0)",
            ),
        ]
    )
    pairs = [sorted(rng.sample(range(1, 60), 2)), *(sorted(rng.sample(range(1, top + 1), 2)) for _ in range(6))]
    rows = distinct([f"{x} {y}" for x, y in [*pairs, [1, 1], [1, top], [top, top]]])
    between = Both(f"from {a} to {b} (both included)", f"{a} 以上 {b} 以下の範囲で、")
    return Draft(
        [
            Both(f"{asked} {between.en}?", f"{between.ja}{kanji}"),
            Both(f"{who.en} loves primes. {asked} {between.en}?", f"{who.ja}は素数が大好きです。{between.ja}{kanji}"),
            Both(f"The houses are numbered. {asked} {between.en}?", f"家に番号が付いています。{between.ja}{kanji}"),
        ],
        [ANSWER, Both("Print one integer.", "整数を 1 つ出力せよ。")],
        Shape(f"{a} {b}", [Both(*[f"1 ≤ {a} ≤ {b} ≤ {top}"] * 2), rng.choice(INTEGERS)], "", rows),
        f"{a.lower()}, {b.lower()} = map(int, input().split())\n\n\ndef is_prime(n):\n"
        "    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))\n\n\n"
        f"primes = [n for n in range({a.lower()}, {b.lower()} + 1) if is_prime(n)]\nprint({code})",
    )


@kind("number_theory", 4)
def _common_divisor(rng: random.Random) -> Draft:
    who, what, unit = person(rng), thing(rng), rng.choice([2, 3, 6, 12])
    n_most, most = rng.choice([10, 20, 50]), rng.choice([1000, 10000])

    def build(size: int) -> str:
        return f"{size}\n" + " ".join(str(rng.randint(1, most // unit) * unit) for _ in range(size))

    shape = Shape(
        "N\nA_1 A_2 … A_N",
        [bounds(2, "N", n_most), bounds(1, "A_i", most), rng.choice(INTEGERS)],
        "n = int(input())\na = list(map(int, input().split()))",
        cases(build, rng.choice([2, 3]), n_most, 2, [f"3\n{most} {most} {most}", "2\n1 1"]),
    )
    if rng.random() < 0.5:
        stories = [
            Both("Find the greatest common divisor of N integers.", "N 個の整数の最大公約数を求めてください。"),
            Both(
                f"{who.en} cuts N ropes of A_i cm into pieces of one length, a whole number of cm, with nothing left. "
                "How long can the pieces be at most?",
                f"{who.ja}は長さ A_i cm のひも N 本を、余りなくすべて同じ整数の長さに切り分けます。"
                "1 本の長さは最大で何 cm ですか。",
            ),
        ]
        code = "gcd(*a)"
    else:
        stories = [
            Both(
                f"{who.en} has N bags with A_i {what.en}. All go into small packs of one size that hold the "
                "contents of one "
                "bag only, with nothing left and the packs as large as possible. How many packs are there?",
                f"{who.ja}は{what.ja}が A_i 個入った袋を N 個持っています。"
                "別の袋のものを混ぜず、余りなく同じ個数ずつできるだけ"
                "大きな小袋に分けます。小袋はいくつできますか。",
            ),
            Both(
                "Divide N integers by their greatest common divisor and add up the results.",
                "N 個の整数をそれらの最大公約数で割り、結果をすべて足してください。",
            ),
        ]
        code = "sum(a) // gcd(*a)"
    return Draft(stories, ANSWER, shape, f"from math import gcd\n\n{shape.read}\nprint({code})")
