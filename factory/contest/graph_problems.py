"""Families of difficulty 6 to 9 on grids, roads and orders."""

import random

from factory.contest.kinds import Draft, Shape, kind
from factory.contest.shapes import ANSWER, INTEGERS, bounds, cases, person
from factory.contest.topics import Both


def _grid(rng: random.Random, most: int, walls: float) -> Shape:
    def build(size: int) -> str:
        h, w = (size, size) if size in (1, most) else (rng.randint(2, size), rng.randint(2, size))
        cells = [rng.choices(".#", [1 - walls, walls], k=w) for _ in range(h)]
        cells[0][0] = cells[-1][-1] = "."
        return "\n".join([f"{h} {w}", *("".join(row) for row in cells)])

    blocked = "3 3\n.#.\n##.\n..."
    return Shape(
        "H W\nC_1\nC_2\n:\nC_H",
        [
            bounds(1, "H, W", most),
            Both(
                "C_i consists of W characters, '.' (free) or '#' (wall).",
                "C_i は W 文字で、'.'(通路)または '#'(壁)からなる。",
            ),
            Both("The first and the last cell are free.", "最初と最後のマスは通路である。"),
        ],
        "h, w = map(int, input().split())\ngrid = [input() for _ in range(h)]",
        cases(build, 4, most, 1, [blocked]),
    )


@kind("graphs", 6)
def _maze(rng: random.Random) -> Draft:
    who, none = person(rng), rng.choice(["-1", "NONE"])
    diagonal = rng.random() < 0.3
    step = (
        Both("to a neighbouring free cell, also diagonally", "斜めも含む隣の通路のマスへ")
        if diagonal
        else Both("up, down, left or right to a free cell", "上下左右の隣の通路のマスへ")
    )
    moves = "[(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]" if diagonal else "[(0, 1), (1, 0), (0, -1), (-1, 0)]"
    shape, shown = _grid(rng, rng.choice([10, 15, 20]), 0.25), none if none == "-1" else f'"{none}"'
    return Draft(
        [
            Both(
                f"{who.en} is at the top left of an H × W grid and wants to get to the bottom right. "
                f"A step goes {step.en}. How many steps are needed at least?",
                f"{who.ja}は H × W のグリッドの左上のマスから右下のマスへ行きます。"
                f"1 歩で{step.ja}移動できます。最少で何歩かかりますか。",
            ),
            Both(
                "A robot crosses a maze of H rows and W columns from the first cell to the last. Each move "
                f"goes {step.en}. "
                "Find the length of the shortest way.",
                f"ロボットが H 行 W 列の迷路を最初のマスから最後のマスまで進みます。1 回に{step.ja}動けます。"
                "最短の手数を求めてください。",
            ),
        ],
        Both(
            f"Print the number of steps, or {none} if there is no way.",
            f"歩数を出力してください。たどり着けない場合は {none} です。",
        ),
        shape,
        f"from collections import deque\n\n{shape.read}\nmoves = {moves}\nsteps = {{(0, 0): 0}}\nqueue = deque(steps)\n"
        "while queue:\n    y, x = queue.popleft()\n    for dy, dx in moves:\n        cell = r, c = y + dy, x + dx\n"
        '        if 0 <= r < h and 0 <= c < w and grid[r][c] == "." and cell not in steps:\n'
        "            steps[cell] = steps[y, x] + 1\n            queue.append(cell)\n"
        f"print(steps.get((h - 1, w - 1), {shown}))",
    )


@kind("dp", 7)
def _grid_ways(rng: random.Random) -> Draft:
    who, mod, diagonal = person(rng), rng.choice([10**9 + 7, 998244353, 1000]), rng.random() < 0.4
    step = ("right, down or diagonally down right", "右・下・右下") if diagonal else ("right or down", "右または下")
    shape = _grid(rng, rng.choice([10, 15, 20]), 0.15)
    return Draft(
        [
            Both(
                f"How many ways lead {who.en} from the top left to the bottom right of an H × W grid, "
                f"if each step goes one cell {step[0]} and never into a wall?",
                f"{who.ja}が H × W のグリッドの左上から右下まで、壁を避けて 1 "
                f"マスずつ{step[1]}に進む道順は何通りありますか。",
            ),
            Both(
                f"A piece moves over a board of H rows and W columns, always one cell {step[0]} and never onto a wall. "
                "Count its ways from the first to the last cell.",
                f"駒が H 行 W 列の盤を、壁を避けて常に 1 マス{step[1]}へ動きます。"
                "最初のマスから最後のマスまでの行き方を数えてください。",
            ),
        ],
        Both(f"Print the number of ways modulo {mod}.", f"道順の数を {mod} で割った余りを出力してください。"),
        shape,
        f"{shape.read}\nways = [[0] * (w + 1) for _ in range(h + 1)]\nways[1][1] = 1\n"
        "for i in range(1, h + 1):\n    for j in range(1, w + 1):\n"
        '        if grid[i - 1][j - 1] == "#":\n            ways[i][j] = 0\n        elif (i, j) != (1, 1):\n'
        "            ways[i][j] = (ways[i - 1][j] + ways[i][j - "
        f"1]{' + ways[i - 1][j - 1]' if diagonal else ''}) % {mod}\nprint(ways[h][w])",
    )


_FIND = (
    "parent = list(range(n + 1))\n\n\ndef find(x):\n    while parent[x] != x:\n"
    "        parent[x] = x = parent[parent[x]]\n    return x\n\n\n"
)


def _roads(rng: random.Random, most: int, long: int | None, connected: bool, fewest: int = 2) -> Shape:
    """Towns and roads between them, with lengths up to `long` where it is given."""

    def build(n: int) -> str:
        pairs = [(i, j) for i in range(1, n + 1) for j in range(i + 1, n + 1)]
        tree = [(rng.randint(1, i - 1), i) for i in range(2, n + 1)] if connected else []
        others = rng.sample(pairs, min(len(pairs), rng.randint(0, n)))
        roads = list(dict.fromkeys([*tree, *others]))
        rng.shuffle(roads)
        length = [f" {rng.randint(1, 20 if n < 8 else long)}" if long else "" for _ in roads]
        return "\n".join([f"{n} {len(roads)}", *(f"{a} {b}{c}" for (a, b), c in zip(roads, length, strict=True))])

    each = "a_{0} b_{0} c_{0}" if long else "a_{0} b_{0}"
    roads_most = most * (most - 1) // 2
    return Shape(
        "N M\n" + "\n".join([each.format(1), each.format(2), ":", each.format("M")]),
        [
            bounds(fewest, "N", most),
            bounds(0, "M", roads_most),
            Both(*["1 ≤ a_i < b_i ≤ N"] * 2),
            *([bounds(1, "c_i", long)] if long else []),
            Both("Each pair of towns is joined by at most one road.", "どの 2 つの町も高々 1 本の道で結ばれる。"),
            *([Both("All towns can be reached from town 1.", "町 1 からすべての町へ行ける。")] if connected else []),
        ],
        "n, m = map(int, input().split())",
        cases(build, 4, most, fewest),
    )


@kind("graphs", 6)
def _groups(rng: random.Random) -> Draft:
    who = person(rng)
    asked, kanji, code = rng.choice(
        [
            ("How many groups are there?", "グループはいくつありますか。", "len(set(roots))"),
            (
                "How many members has the largest group?",
                "最大のグループの人数を求めてください。",
                "max(map(roots.count, roots))",
            ),
            (
                "How many people are in no group but their own?",
                "1 人だけのグループはいくつありますか。",
                "sum(roots.count(r) == 1 for r in roots)",
            ),
        ]
    )
    shape = _roads(rng, rng.choice([20, 30, 50]), None, False)
    people = Both("Nobody is paired with another person twice.", "同じ 2 人の組は 2 度現れない。")
    constraints = [*shape.constraints[:3], people]
    return Draft(
        [
            Both(
                "Of N people numbered 1 to N, a_i and b_i are friends for each i. Friends of friends are in "
                f"one group. {asked}",
                "1 から N の番号の付いた N 人がいて、各 i について a_i と b_i は友だちです。"
                f"友だちの友だちは同じグループに属します。{kanji}",
            ),
            Both(
                f"{who.en} invites N people; a_i and b_i know each other. Who is linked through others counts "
                f"as one group. {asked}",
                f"{who.ja}は N 人を招待しました。a_i と b_i は知り合いです。"
                f"人づてにつながる人は同じグループとみなします。{kanji}",
            ),
        ],
        ANSWER,
        Shape(shape.form, constraints, shape.read, shape.inputs),
        f"{shape.read}\n{_FIND}for _ in range(m):\n    a, b = map(int, input().split())\n"
        "    parent[find(a)] = find(b)\n"
        f"roots = [find(x) for x in range(1, n + 1)]\nprint({code})",
    )


@kind("graphs", 7)
def _shortest_way(rng: random.Random) -> Draft:
    who, far = person(rng), rng.random() < 0.4
    shape = _roads(rng, rng.choice([10, 20, 30]), rng.choice([50, 100, 1000]), True)
    goal = (
        Both("How far is the town that is farthest from town 1?", "町 1 から最も遠い町までの距離を求めてください。")
        if far
        else Both(
            "How long is the shortest way from town 1 to town N?", "町 1 から町 N までの最短距離を求めてください。"
        )
    )
    return Draft(
        [
            Both(
                f"N towns are joined by M roads; road i joins a_i and b_i and is c_i km long. {goal.en}",
                f"N 個の町が M 本の道で結ばれ、i 番目の道は a_i と b_i を結ぶ長さ c_i km の道です。{goal.ja}",
            ),
            Both(
                f"{who.en} lives in town 1 of N towns. Road i between a_i and b_i takes c_i minutes, both "
                "ways; let that be its length. "
                f"{goal.en}",
                f"{who.ja}は N 個の町のうち町 1 に住んでいます。"
                f"a_i と b_i の間の道は双方向で c_i 分かかり、これを長さとします。{goal.ja}",
            ),
        ],
        ANSWER,
        shape,
        f"import heapq\n\n{shape.read}\nroads = [[] for _ in range(n + 1)]\nfor _ in range(m):\n"
        "    a, b, c = map(int, input().split())\n"
        "    roads[a].append((b, c))\n    roads[b].append((a, c))\ndist = {}\nqueue = [(0, 1)]\n"
        "while queue:\n    d, town = heapq.heappop(queue)\n"
        "    if town in dist:\n        continue\n    dist[town] = d\n    for other, c in roads[town]:\n"
        "        heapq.heappush(queue, (d + c, other))\n"
        f"print({'max(dist.values())' if far else 'dist[n]'})",
    )


_READ_EDGES = "edges = [tuple(map(int, input().split())) for _ in range(m)]"


@kind("graphs", 7)
def _cheapest_net(rng: random.Random) -> Draft:
    who, most = person(rng), rng.random() < 0.3
    shape = _roads(rng, rng.choice([10, 20, 30]), rng.choice([50, 100, 1000]), True)
    end, kanji = ("largest", "最大") if most else ("smallest", "最小")
    return Draft(
        [
            Both(
                "Keep only N - 1 of the M roads so that all N towns stay linked. Road i costs c_i. Find the "
                f"{end} total cost.",
                "M 本の道のうち N - 1 本だけを残し、N 個の町がすべてつながったままにします。"
                f"道 i の費用は c_i です。費用の合計の{kanji}値を求めてください。",
            ),
            Both(
                f"{who.en} may build M cables between N houses, at a price of c_i between a_i and b_i, and "
                "needs N - 1 that link all. "
                f"What is the {end} possible price?",
                f"{who.ja}は N 軒の家の間に M 本のケーブルを引けます。a_i と b_i の間は c_i 円です。"
                f"全体をつなぐ N - 1 本を選ぶとき、{kanji}の費用はいくらですか。",
            ),
        ],
        ANSWER,
        shape,
        f"{shape.read}\n{_READ_EDGES}\n{_FIND}total = 0\n"
        f"for a, b, c in sorted(edges, key=lambda e: e[2]{', reverse=True' if most else ''}):\n"
        "    if find(a) != find(b):\n        parent[find(a)] = find(b)\n        total += c\nprint(total)",
    )


@kind("dp", 8)
def _orders(rng: random.Random) -> Draft:
    who, most, mod = person(rng), rng.choice([8, 10]), rng.choice([10**9 + 7, 998244353])
    shape = _roads(rng, most, None, False)
    rules = [
        *shape.constraints[:2],
        Both(*["1 ≤ a_i < b_i ≤ N"] * 2),
        Both("All pairs are different.", "同じ組は 2 度現れない。"),
    ]
    return Draft(
        [
            Both(
                f"{who.en} does N jobs one after another. Job a_i has to be done before job b_i, for each of M rules. "
                "In how many orders can the jobs be done?",
                f"{who.ja}は N 個の仕事を 1 つずつ行います。"
                "M 個の各規則について、仕事 a_i は仕事 b_i より先でなければなりません。順番は何通りありますか。",
            ),
            Both(
                "N people line up, and for each of M wishes person a_i must stand somewhere before person "
                "b_i. Count the line-ups.",
                "N 人が 1 列に並びます。M 個の希望それぞれについて、a_i は b_i "
                "より前に並ばなければなりません。並び方を数えてください。",
            ),
        ],
        Both(f"Print the number modulo {mod}.", f"総数を {mod} で割った余りを出力してください。"),
        Shape(shape.form, rules, shape.read, shape.inputs),
        f"{shape.read}\nbefore = [0] * n\nfor _ in range(m):\n    a, b = map(int, input().split())\n"
        "    before[b - 1] |= 1 << (a - 1)\n"
        "ways = [1] + [0] * (2**n - 1)\nfor done in range(2**n):\n    for job in range(n):\n"
        "        if not done >> job & 1 and before[job] & done == before[job]:\n"
        "            ways[done | 1 << job] += ways[done]\n"
        f"print(ways[-1] % {mod})",
    )


@kind("dp", 9)
def _round_trip(rng: random.Random) -> Draft:
    who, most, high, back = person(rng), rng.choice([7, 8]), rng.choice([20, 100, 1000]), rng.random() < 0.6

    def build(n: int) -> str:
        top = 20 if n < 5 else high
        rows = [[0 if i == j else rng.randint(1, top) for j in range(n)] for i in range(n)]
        return "\n".join([str(n), *(" ".join(map(str, row)) for row in rows)])

    end = (
        ("and comes back to town 1", "町 1 に戻ります")
        if back
        else ("and ends anywhere", "最後はどの町でもかまいません")
    )
    return Draft(
        [
            Both(
                f"{who.en} starts in town 1, visits each of the other N - 1 towns exactly once {end[0]}. "
                "Getting from town i to town j costs A_{i,j}. What does the cheapest tour cost?",
                f"{who.ja}は町 1 を出発し、他の N - 1 個の町をちょうど 1 回ずつ訪れ、{end[1]}。"
                "町 i から町 j への移動には A_{i,j} の費用がかかります。最小の費用を求めてください。",
            ),
            Both(
                f"A van leaves town 1, calls at all N - 1 other towns once {end[0]}. The way from i to j "
                f"takes A_{{i,j}} minutes. "
                "Find the shortest time.",
                f"配達車は町 1 を出て、他の N - 1 個の町を 1 回ずつ回り、{end[1]}。"
                f"i から j へは A_{{i,j}} 分かかります。最短時間を求めてください。",
            ),
        ],
        ANSWER,
        Shape(
            "N\nA_{1,1} A_{1,2} … A_{1,N}\nA_{2,1} A_{2,2} … A_{2,N}\n:\nA_{N,1} A_{N,2} … A_{N,N}",
            [
                bounds(2, "N", most),
                Both(
                    f"A_{{i,i}} = 0, and 1 ≤ A_{{i,j}} ≤ {high} for i ≠ j.",
                    f"A_{{i,i}} = 0 であり、i ≠ j のとき 1 ≤ A_{{i,j}} ≤ {high} である。",
                ),
                rng.choice(INTEGERS),
            ],
            "",
            cases(build, 3, most, 2),
        ),
        "n = int(input())\na = [list(map(int, input().split())) for _ in range(n)]\nbest = {(1, 0): 0}\n"
        "for seen in range(1, 2**n, 2):\n"
        "    for here in range(n):\n        cost = best.get((seen, here))\n        if cost is None:\n"
        "            continue\n        for town in range(1, n):\n"
        "            if not seen >> town & 1:\n                key = seen | 1 << town, town\n"
        "                best[key] = min(best.get(key, 10**9), cost + a[here][town])\n"
        f"print(min(best[2**n - 1, town]{' + a[town][0]' if back else ''} for town in range(1, n)))",
    )
