"""Families of difficulty 5 to 7 solved by dynamic programming over a list, a sum or two words."""

import random
from itertools import pairwise

from factory.contest.kinds import Draft, Shape, kind
from factory.contest.shapes import (
    ANSWER,
    INTEGERS,
    bounds,
    cases,
    distinct,
    integers,
    listing,
    person,
    text,
    thing,
)
from factory.contest.topics import Both


@kind("dp", 5)
def _best_run(rng: random.Random) -> Draft:
    who, most, high, least = person(rng), rng.choice([50, 100, 200]), rng.choice([20, 100, 1000]), rng.random() < 0.3
    best, kanji, code = ("smallest", "最小", "min") if least else ("largest", "最大", "max")
    return Draft(
        [
            Both(
                f"Choose one or more consecutive numbers of A_1, …, A_N so that their sum is the {best} possible.",
                f"A_1, …, A_N から連続する 1 個以上の数を選び、その和を{kanji}にしてください。",
            ),
            Both(
                f"A_i is the change of {who.en}'s savings on day i. Over which run of days is the total the {best}?",
                f"A_i は {who.ja}の貯金の i 日目の増減です。"
                f"連続する 1 日以上の期間の増減の合計は{kanji}でいくつですか。",
            ),
        ],
        [
            Both("Print that sum.", "その和を出力してください。"),
            Both(f"Print the {best} sum.", f"和の{kanji}値を出力せよ。"),
        ],
        shape := listing(rng, -high, high, most),
        f"{shape.read}\nbest = run = a[0]\nfor x in a[1:]:\n    run = {code}(run + x, x)\n"
        f"    best = {code}(best, run)\nprint(best)",
    )


@kind("dp", 5)
def _stairs(rng: random.Random) -> Draft:
    who, steps, most = person(rng), sorted(rng.sample(range(1, 7), rng.choice([2, 2, 3]))), rng.choice([30, 50, 80])
    mod = rng.choice([10**9 + 7, 998244353, 1000])
    listed, japanese = " or ".join(map(str, steps)), " 段、".join(map(str, steps))
    modulo = Both(f"Print the number of ways modulo {mod}.", f"方法の数を {mod} で割った余りを出力してください。")
    return Draft(
        [
            Both(
                f"{who.en} climbs N stairs, {listed} at a time. In how many ways can this be done?",
                f"{who.ja}は N 段の階段を、一度に {japanese} 段のいずれかで上ります。上り方は何通りありますか。",
            ),
            Both(
                f"In how many ordered ways is N a sum of numbers that are {listed}?",
                f"N を {'、'.join(map(str, steps))} の和として表す方法は、順序も区別して何通りありますか。",
            ),
        ],
        modulo,
        shape := integers(rng, ["N"], 1, most),
        f"{shape.read}\nways = [1] + [0] * n\nfor i in range(1, n + 1):\n"
        f"    ways[i] = sum(ways[i - s] for s in ({', '.join(map(str, steps))}) if i >= s) % {mod}\n"
        "print(ways[n])",
    )


@kind("dp", 6)
def _coins(rng: random.Random) -> Draft:
    who, coins, most = person(rng), sorted(rng.sample(range(2, 30), rng.randint(2, 4))), rng.choice([100, 200, 500])
    listed, japanese = ", ".join(map(str, coins[:-1])) + f" and {coins[-1]}", "、".join(map(str, coins))
    if rng.random() < 0.5:
        asked = Both(
            "What is the smallest number of coins that make N? Print -1 if none do.",
            "ちょうど N にするコインの最少枚数を出力してください。不可能なら -1 です。",
        )
        code = (
            "best = [0] + [10**9] * n\nfor i in range(1, n + 1):\n"
            "    best[i] = min([best[i - c] + 1 for c in coins if c <= i], default=10**9)\n"
            "print(best[n] if best[n] < 10**9 else -1)"
        )
    else:
        asked = Both(
            "In how many ways do coins make N, order aside?",
            "順序を区別しないとき、ちょうど N にする方法は何通りありますか。",
        )
        code = (
            "ways = [1] + [0] * n\nfor c in coins:\n    for i in range(c, n + 1):\n"
            "        ways[i] += ways[i - c]\nprint(ways[n])"
        )
    return Draft(
        [
            Both(
                f"There are coins of {listed}, as many of each as you like. {asked.en}",
                f"額面 {japanese} のコインが何枚でもあります。{asked.ja}",
            ),
            Both(
                f"In {who.en}'s country coins are worth {listed}; {who.en} has plenty of each. {asked.en}",
                f"{who.ja}の国のコインは {japanese} で、どれもたくさんあります。{asked.ja}",
            ),
        ],
        ANSWER,
        shape := integers(rng, ["N"], 1, most, [coins[0] + coins[-1], 3 * coins[0], 1]),
        f"{shape.read}\ncoins = {coins}\n{code}",
    )


@kind("dp", 6)
def _knapsack(rng: random.Random) -> Draft:
    who, what, most, room = person(rng), thing(rng), rng.choice([20, 30, 50]), rng.choice([50, 100, 200])

    def build(n: int) -> str:
        w = rng.randint(10, 20) if n < 8 else rng.randint(room // 2, room)
        return "\n".join([f"{n} {w}", *(f"{rng.randint(1, max(5, w // 2))} {rng.randint(1, 100)}" for _ in range(n))])

    heavy = "\n".join([f"{most} 1", *(f"{room} 100" for _ in range(most))])
    return Draft(
        [
            Both(
                f"{who.en} can carry W kg. There are N kinds of {what.en}, one piece of each, with weight w_i "
                "and value v_i. "
                "What total value can be carried at most?",
                f"{who.ja}は W kg まで運べます。{what.ja}が N 種類 1 個ずつあり、i 番目の重さは w_i、価値は v_i です。"
                "運べる価値の合計の最大値はいくつですか。",
            ),
            Both(
                "Choose some of N items with weight w_i and value v_i, of weight W at most in all, for the "
                "largest total value.",
                "重さ w_i、価値 v_i の N 個の品物から、重さの合計が W 以下になるように選び、"
                "価値の合計を最大にしてください。",
            ),
        ],
        [Both("Print the largest total value.", "価値の合計の最大値を出力してください。"), ANSWER],
        Shape(
            "N W\nw_1 v_1\nw_2 v_2\n:\nw_N v_N",
            [
                bounds(1, "N", most),
                bounds(1, "W", room),
                bounds(1, "w_i", room),
                bounds(1, "v_i", 100),
                rng.choice(INTEGERS),
            ],
            "",
            cases(build, 3, most, 1, [heavy]),
        ),
        "n, w = map(int, input().split())\nbest = [0] * (w + 1)\nfor _ in range(n):\n"
        "    weight, value = map(int, input().split())\n"
        "    for i in range(w, weight - 1, -1):\n        best[i] = max(best[i], best[i - weight] + value)\n"
        "print(best[w])",
    )


@kind("dp", 6)
def _rising(rng: random.Random) -> Draft:
    who, most, high, strict = person(rng), rng.choice([50, 100, 200]), rng.choice([20, 100, 1000]), rng.random() < 0.6
    rule = (
        ("each larger than the one before", "前の数より大きい")
        if strict
        else ("none smaller than the one before", "前の数以上である")
    )
    code = "bisect_left" if strict else "bisect_right"
    return Draft(
        [
            Both(
                f"Delete some of A_1, …, A_N so that those left, in their order, are {rule[0]}. How many can "
                "be left at most?",
                f"A_1, …, A_N からいくつか取り除き、残りの数が順に「{rule[1]}」ようにします。最大で何個残せますか。",
            ),
            Both(
                f"{who.en} takes cards from a row, from left to right: {rule[0]}. How many can be taken at most?",
                f"{who.ja}は並んだカードを左から順に取ります。取る数はどれも{rule[1]}ようにします。最大で何枚取れますか。",
            ),
        ],
        ANSWER,
        shape := listing(rng, 1, high, most),
        f"from bisect import {code}\n\n{shape.read}\ntails = []\nfor x in a:\n    i = {code}(tails, x)\n"
        "    tails[i:i + 1] = [x]\nprint(len(tails))",
    )


@kind("dp", 7)
def _two_words(rng: random.Random) -> Draft:
    who, most, edit = person(rng), rng.choice([20, 40]), rng.random() < 0.5
    alphabet = rng.choice(["ab", "abc", "abcd"])
    single = text(rng, most, alphabet)
    words = [one.rstrip("\n") for one in single.inputs]
    pairs = [*pairwise(words), (words[0], words[0]), ("a" * most, "b" * most)]
    if edit:
        asked = Both(
            "How many changes turn S into T at least? A change inserts, deletes or replaces one letter.",
            "S を T に変えるのに必要な操作は最少で何回ですか。操作は 1 文字の挿入・削除・置換です。",
        )
        first, body = "list(range(len(t) + 1))", "row[j] + (c != d), row[j + 1] + 1, new[-1] + 1"
        new, pick = "[row[0] + 1]", "min"
    else:
        asked = Both(
            "How long is the longest string that arises from S as well as from T by deleting letters?",
            "S と T のどちらからも、いくつかの文字を消して得られる文字列のうち、最長のものの長さを求めてください。",
        )
        first, body = "[0] * (len(t) + 1)", "row[j] + (c == d), row[j + 1], new[-1]"
        new, pick = "[0]", "max"
    return Draft(
        [
            Both(f"You are given strings S and T. {asked.en}", f"文字列 S と T が与えられます。{asked.ja}"),
            Both(
                f"{who.en} compares two notes S and T. {asked.en}",
                f"{who.ja}は 2 つのメモ S と T を比べます。{asked.ja}",
            ),
        ],
        ANSWER,
        Shape(
            "S\nT",
            [
                Both(f"S and T have 1 to {most} letters.", f"S と T の長さは 1 以上 {most} 以下である。"),
                Both(
                    f"They consist of the letters {', '.join(alphabet)}.",
                    f"どちらも {', '.join(alphabet)} のみからなる。",
                ),
            ],
            "",
            distinct(["\n".join(pair) for pair in pairs]),
        ),
        f"s, t = input(), input()\nrow = {first}\nfor c in s:\n    new = {new}\n    for j, d in enumerate(t):\n"
        f"        new.append({pick}({body}))\n    row = new\nprint(row[-1])",
    )
