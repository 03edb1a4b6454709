"""Families of difficulty 2 to 7 about a list: sums, counts, order, greedy choices."""

import random

from factory.contest.kinds import Draft, Shape, kind
from factory.contest.shapes import ANSWER, INTEGERS, TOPS, bounds, cases, listing, person, thing
from factory.contest.topics import Both


@kind("arrays", 2)
def _list_total(rng: random.Random) -> Draft:
    who, what = person(rng), thing(rng)
    asked, kanji, code = rng.choice(
        [
            ("sum", "合計", "sum(a)"),
            ("largest value", "最大値", "max(a)"),
            ("smallest value", "最小値", "min(a)"),
            ("difference between the largest and the smallest value", "最大値と最小値の差", "max(a) - min(a)"),
        ]
    )
    return Draft(
        [
            Both(
                f"You are given N integers. Find the {asked}.", f"N 個の整数が与えられます。{kanji}を求めてください。"
            ),
            Both(
                f"{who.en} counted {what.en} on N days, A_i on day i. Find the {asked} of these numbers.",
                f"{who.ja}は N 日間{what.ja}を数え、i 日目は A_i 個でした。これらの{kanji}を求めてください。",
            ),
            Both(
                f"N baskets hold {what.en}; basket i holds A_i. What is the {asked}?",
                f"{what.ja}の入ったかごが N 個あり、i 番目には A_i 個入っています。個数の{kanji}はいくつですか。",
            ),
        ],
        [Both(f"Print the {asked}.", f"{kanji}を出力してください。"), ANSWER],
        shape := listing(rng, rng.choice([0, 1, -100]), rng.choice(TOPS), rng.choice([50, 100, 200])),
        f"{shape.read}\nprint({code})",
    )


@kind("arrays", 2)
def _average(rng: random.Random) -> Draft:
    who = person(rng)
    return Draft(
        [
            Both("Find the mean of the N integers A_1, …, A_N.", "N 個の整数 A_1, …, A_N の平均を求めてください。"),
            Both(
                f"{who.en} took N tests and got A_i points in test i. What is the average score?",
                f"{who.ja}は N 回のテストを受け、i 回目は A_i 点でした。平均点を求めてください。",
            ),
            Both(
                f"On N days {who.en} walked A_i kilometres on day i. How far is that per day on average?",
                f"{who.ja}は N 日間歩き、i 日目は A_i キロ歩きました。1 日あたりの平均は何キロですか。",
            ),
        ],
        [
            Both(
                "Print the average. An absolute or relative error of 10^-6 is allowed.",
                "平均を出力してください。絶対誤差または相対誤差 10^-6 まで許容されます。",
            ),
            Both(
                "Print it as a decimal number; errors up to 10^-6 are accepted.",
                "小数で出力せよ。10^-6 以下の誤差は許される。",
            ),
        ],
        shape := listing(rng, 0, rng.choice(TOPS), rng.choice([50, 100])),
        f"{shape.read}\nprint(sum(a) / n)",
    )


_COMPARED = [
    ("greater than", "より大きい", ">"),
    ("less than", "より小さい", "<"),
    ("at least", "以上である", ">="),
    ("at most", "以下である", "<="),
]


@kind("counting", 2)
def _count_beyond(rng: random.Random) -> Draft:
    who, (words, kanji, sign), high = person(rng), rng.choice(_COMPARED), rng.choice([20, 50, 100, 200])
    k = rng.randint(3, high - 5)
    return Draft(
        [
            Both(
                f"How many of the N integers are {words} {k}?", f"N 個の整数のうち、{k} {kanji}ものはいくつありますか。"
            ),
            Both(
                f"N pupils of {who.en} took a test. How many scores A_i are {words} {k}?",
                f"{who.ja}先生の生徒 N 人がテストを受けました。{k} {kanji}点数 A_i はいくつありますか。",
            ),
            Both(
                f"{who.en} weighs N parcels. Count the weights that are {words} {k}.",
                f"{who.ja}は N 個の荷物の重さを量ります。{k} {kanji}重さを数えてください。",
            ),
        ],
        [Both("Print the count.", "個数を出力してください。"), ANSWER],
        shape := listing(rng, 0, high, rng.choice([50, 100, 200])),
        rng.choice(
            [
                f"{shape.read}\nprint(sum(x {sign} {k} for x in a))",
                f"{shape.read}\nprint(len([x for x in a if x {sign} {k}]))",
            ]
        ),
    )


@kind("arrays", 3)
def _sum_beyond(rng: random.Random) -> Draft:
    who, (words, kanji, sign), high = person(rng), rng.choice(_COMPARED), rng.choice([20, 50, 100, 200])
    k = rng.randint(3, high - 5)
    return Draft(
        [
            Both(
                f"Add up those of the N integers that are {words} {k}.",
                f"N 個の整数のうち {k} {kanji}ものの和を求めてください。",
            ),
            Both(
                f"{who.en} pays N bills of A_i coins, but only those that are {words} {k}. How many coins is that?",
                f"{who.ja}は A_i 枚の請求書 N 通のうち {k} {kanji}ものだけ支払います。コインは何枚必要ですか。",
            ),
            Both(
                f"Ignore all values but those {words} {k}; what is the sum of the rest?",
                f"{k} {kanji}値だけを足すといくつになりますか。",
            ),
        ],
        [Both("Print the sum, 0 if there is none.", "和を出力してください。なければ 0 です。"), ANSWER],
        shape := listing(rng, 0, high, rng.choice([50, 100, 200])),
        rng.choice(
            [
                f"{shape.read}\nprint(sum(x for x in a if x {sign} {k}))",
                f"{shape.read}\ntotal = 0\nfor x in a:\n    if x {sign} {k}:\n        total += x\nprint(total)",
            ]
        ),
    )


@kind("sorting", 2)
def _sort_list(rng: random.Random) -> Draft:
    who, down, lines = person(rng), rng.random() < 0.5, rng.random() < 0.3
    order, kanji = ("descending", "大きい順") if down else ("ascending", "小さい順")
    code = f"sorted(a{', reverse=True' if down else ''})"
    return Draft(
        [
            Both(f"Sort the N integers in {order} order.", f"N 個の整数を{kanji}に並べ替えてください。"),
            Both(
                f"{who.en} puts N cards with the numbers A_i in {order} order. What do they look like?",
                f"{who.ja}は数 A_i の書かれた N 枚のカードを{kanji}に並べます。どう並びますか。",
            ),
            Both(
                f"N pupils are A_i cm tall. Line them up in {order} order.",
                f"身長 A_i cm の生徒 N 人を{kanji}に並べよ。",
            ),
        ],
        Both("Print one value on each line.", "1 行に 1 つずつ出力してください。")
        if lines
        else Both("Print the values on one line, separated by spaces.", "空白区切りで 1 行に出力してください。"),
        shape := listing(rng, 0, rng.choice([100, 200, 1000]), rng.choice([30, 50, 100])),
        f"{shape.read}\nfor x in {code}:\n    print(x)" if lines else f"{shape.read}\nprint(*{code})",
    )


@kind("sorting", 3)
def _ranked(rng: random.Random) -> Draft:
    who, k, down, once = person(rng), rng.randint(2, 5), rng.random() < 0.5, rng.random() < 0.4
    end, kanji = ("largest", "大きい") if down else ("smallest", "小さい")
    rule = (
        ("Equal values count once; if there are too few, print -1.", "同じ値は 1 つと数えます。足りなければ -1 です。")
        if once
        else ("Equal values count separately.", "同じ値も別々に数えます。")
    )
    nth = f"{k}{ {2: 'nd', 3: 'rd'}.get(k, 'th') }"
    shape = listing(rng, 0, rng.choice([100, 1000]), rng.choice([50, 100]), fewest=k, drawn=30 if once else None)
    source = "set(a)" if once else "a"
    ordered = f"b = sorted({source}{', reverse=True' if down else ''})"
    shown = f"print(b[{k - 1}] if len(b) >= {k} else -1)" if once else f"print(b[{k - 1}])"
    return Draft(
        [
            Both(
                f"Find the {nth} {end} of N integers. {rule[0]}",
                f"N 個の整数のうち {k} 番目に{kanji}値を求めてください。{rule[1]}",
            ),
            Both(
                f"N friends of {who.en} have A_i points. What is the {nth} {end} score? {rule[0]}",
                f"{who.ja}の友だち N 人の得点は A_i です。{k} 番目に{kanji}得点はいくつですか。{rule[1]}",
            ),
            Both(
                f"{who.en} orders N stones by weight. How heavy is the {nth} {end} one? {rule[0]}",
                f"{who.ja}は N 個の石を重さの順に並べます。{k} 番目に{kanji}重さを答えよ。{rule[1]}",
            ),
        ],
        [Both("Print the value.", "その値を出力してください。"), ANSWER],
        shape,
        f"{shape.read}\n{ordered}\n{shown}",
    )


@kind("counting", 5)
def _pairs_with_sum(rng: random.Random) -> Draft:
    who, k, most, high = person(rng), rng.randint(5, 40), rng.choice([50, 100, 200]), rng.choice([20, 30, 50])
    relation, kanji, code = rng.choice(
        [("exactly", "ちょうど", "=="), ("at most", "以下", "<="), ("a multiple of", "の倍数", "%")]
    )
    told = f"ちょうど {k} " if code == "==" else f" {k} {kanji}"

    def build(size: int) -> str:
        return f"{size}\n" + " ".join(str(rng.randint(1, high)) for _ in range(size))

    body = {
        "==": f"count = Counter()\npairs = 0\nfor x in a:\n    pairs += count[{k} - x]\n    count[x] += 1\n"
        "print(pairs)",
        "<=": f"a.sort()\nprint(sum(bisect_right(a, {k} - x, i + 1) - i - 1 for i, x in enumerate(a)))",
        "%": f"count = Counter()\npairs = 0\nfor x in a:\n    pairs += count[-x % {k}]\n"
        f"    count[x % {k}] += 1\nprint(pairs)",
    }[code]
    imported = "from bisect import bisect_right" if code == "<=" else "from collections import Counter"
    return Draft(
        [
            Both(
                f"How many pairs i < j have a sum A_i + A_j that is {relation} {k}?",
                f"i < j かつ A_i + A_j が{told}である組は何通りありますか。",
            ),
            Both(
                f"{who.en} buys two of N goods with prices A_i. In how many ways is the total {relation} {k}?",
                f"{who.ja}は値段 A_i の商品 N 個から 2 個を買います。合計が{told}になる買い方は何通りですか。",
            ),
        ],
        [Both("Print the number of pairs.", "組の個数を出力してください。"), ANSWER],
        Shape("N\nA_1 A_2 … A_N", [bounds(2, "N", most), bounds(1, "A_i", high)], "", cases(build, 5, most, 2)),
        f"{imported}\n\nn = int(input())\na = list(map(int, input().split()))\n{body}",
    )


@kind("greedy", 5)
def _boats(rng: random.Random) -> Draft:
    who, most, limit = person(rng), rng.choice([50, 100]), rng.choice([100, 120, 150, 200])
    return Draft(
        [
            Both(
                f"A boat carries one or two people of at most {limit} kg together. How many boats do N people need?",
                f"ボートには 1 人または 2 人が乗れ、合計 {limit} kg までです。N 人には最少で何艘のボートが必要ですか。",
            ),
            Both(
                f"{who.en} packs N goods of A_i kg into boxes: at most two in a box, and at most {limit} kg. "
                "Find the smallest number of boxes.",
                f"{who.ja}は重さ A_i kg の品物 N 個を箱に詰めます。1 箱には 2 個まで、合計 {limit} kg までです。"
                "箱の数の最小値を求めてください。",
            ),
        ],
        [Both("Print the smallest number.", "最小の個数を出力してください。"), ANSWER],
        shape := listing(rng, 1, limit, most),
        f"{shape.read}\na.sort()\ni, j, count = 0, n - 1, 0\nwhile i <= j:\n    if a[i] + a[j] <= {limit}:\n"
        "        i += 1\n"
        "    j -= 1\n    count += 1\nprint(count)",
    )


@kind("greedy", 5)
def _intervals(rng: random.Random) -> Draft:
    who, most, top, gap = person(rng), rng.choice([50, 100]), rng.choice([24, 100, 1000]), rng.choice([0, 0, 1, 2, 5])
    rule = (
        (
            f" Each but the first begins at least {gap} after the end of the one before.",
            f"次との間は {gap} 時間以上空けます。",
        )
        if gap
        else (" One may begin when another ends.", "終わりと始まりが同じ時刻でもかまいません。")
    )

    def build(n: int) -> str:
        rows = [sorted(rng.sample(range(top + 1), 2)) for _ in range(n)]
        if n > 8:
            rows = [[start, min(end, start + 1 + top // 10)] for start, end in rows]
        return "\n".join([str(n), *(f"{start} {end}" for start, end in rows)])

    return Draft(
        [
            Both(
                f"There are N talks; talk i lasts from S_i to T_i. How many can {who.en} hear in full?{rule[0]}",
                "講演が N 個あり、i 番目は時刻 S_i から T_i までです。"
                f"{who.ja}は最大でいくつの講演を最後まで聞けますか。{rule[1]}",
            ),
            Both(
                f"{who.en} has one room and N bookings from S_i to T_i. How many can be accepted at most?{rule[0]}",
                f"{who.ja}は 1 つの部屋に対する N 件の予約(S_i から T_i まで)を受けました。"
                f"最大で何件引き受けられますか。{rule[1]}",
            ),
        ],
        [Both("Print the largest possible number.", "最大の個数を出力してください。"), ANSWER],
        Shape(
            "N\nS_1 T_1\nS_2 T_2\n:\nS_N T_N",
            [bounds(1, "N", most), Both(*[f"0 ≤ S_i < T_i ≤ {top}"] * 2), rng.choice(INTEGERS)],
            "",
            cases(build, 4, most, 1, [f"2\n0 1\n1 {top}"]),
        ),
        "n = int(input())\ntalks = [tuple(map(int, input().split())) for _ in range(n)]\n"
        f"talks.sort(key=lambda talk: talk[1])\nfree, count = {-gap}, 0\nfor start, end in talks:\n"
        f"    if start >= free{f' + {gap}' if gap else ''}:\n        free = end\n        count += 1\nprint(count)",
    )


@kind("sorting", 7)
def _swaps(rng: random.Random) -> Draft:
    who, most, high, down = person(rng), rng.choice([50, 100, 200]), rng.choice([20, 100, 1000]), rng.random() < 0.4
    order, kanji = ("non-increasing", "大きい順") if down else ("non-decreasing", "小さい順")
    return Draft(
        [
            Both(
                f"How many swaps of neighbours bring A_1, …, A_N into {order} order at least?",
                f"隣り合う 2 数の交換を最少で何回行えば、A_1, …, A_N を{kanji}に並べられますか。",
            ),
            Both(
                f"{who.en} sorts N books of height A_i into {order} order, swapping neighbours only. "
                "Find the smallest number of swaps.",
                f"{who.ja}は高さ A_i の本 N 冊を、隣どうしの交換だけで{kanji}に並べます。"
                "交換回数の最小値を求めてください。",
            ),
        ],
        [Both("Print the smallest number of swaps.", "交換回数の最小値を出力してください。"), ANSWER],
        shape := listing(rng, 1, high, most),
        f"from bisect import bisect_right, insort\n\n{shape.read}\nseen = []\nswaps = 0\n"
        f"for x in a{'[::-1]' if down else ''}:\n"
        "    swaps += len(seen) - bisect_right(seen, x)\n    insort(seen, x)\nprint(swaps)",
    )
