"""Families of difficulty 1 to 5 about points and shapes in the plane."""

import random

from factory.contest.kinds import Draft, Shape, kind
from factory.contest.shapes import ANSWER, TOPS, bounds, cases, integers, person
from factory.contest.topics import Both


@kind("geometry", 1)
def _rectangle(rng: random.Random) -> Draft:
    (a, b), who = rng.choice([("H", "W"), ("A", "B"), ("X", "Y")]), person(rng)
    area = rng.random() < 0.5
    size, kanji = ("area", "面積") if area else ("perimeter", "周の長さ")
    product = f"{a} * {b}" if area else f"2 * ({a} + {b})"
    return Draft(
        [
            Both(
                f"Find the {size} of a rectangle with sides {a} and {b}.",
                f"辺の長さが {a} と {b} の長方形の{kanji}を求めてください。",
            ),
            Both(
                f"{who.en}'s garden is a rectangle, {a} metres by {b} metres. Find its {size}.",
                f"{who.ja}の庭は縦 {a} メートル、横 {b} メートルの長方形です。{kanji}を求めてください。",
            ),
            Both(
                f"A sheet of paper is {a} cm high and {b} cm wide. What is its {size}?",
                f"高さ {a} cm、幅 {b} cm の長方形の紙があります。{kanji}はいくつですか。",
            ),
        ],
        [Both(f"Print the {size}.", f"{kanji}を出力してください。"), ANSWER],
        shape := integers(rng, [a, b], 1, rng.choice(TOPS)),
        f"{shape.read}\nprint({product.lower()})",
    )


@kind("geometry", 4)
def _closest_points(rng: random.Random) -> Draft:
    who, most, size, far = person(rng), rng.choice([20, 50]), rng.choice([10, 100, 1000]), rng.random() < 0.4
    end, kanji, code = ("farthest apart", "最も遠い", "max") if far else ("closest together", "最も近い", "min")
    taxi = rng.random() < 0.4
    metric = (
        Both("the Manhattan distance |x - x'| + |y - y'|", "マンハッタン距離 |x - x'| + |y - y'|")
        if taxi
        else Both("the squared distance", "距離の 2 乗")
    )
    term = "abs(p[0] - q[0]) + abs(p[1] - q[1])" if taxi else "(p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2"

    def build(n: int) -> str:
        near = 9 if n < 8 else size
        points = rng.sample(
            [(x, y) for x in range(-near, near + 1) for y in (rng.randint(-near, near),)], min(n, 2 * near)
        )
        return "\n".join([str(len(points)), *(f"{x} {y}" for x, y in points)])

    shape = Shape(
        "N\nx_1 y_1\nx_2 y_2\n:\nx_N y_N",
        [
            bounds(2, "N", most),
            bounds(-size, "x_i, y_i", size),
            Both("No two points are the same.", "どの 2 点も異なる。"),
        ],
        "",
        cases(build, 3, most if size > 25 else 20, 2, [f"2\n{-size} {-size}\n{size} {size}"]),
    )
    return Draft(
        [
            Both(
                f"Of N points in the plane, take the two that are {end} in the sense of {metric.en}.",
                f"平面上の N 個の点から、{metric.ja}の意味で{kanji} 2 点を選びます。",
            ),
            Both(
                f"{who.en} marked N points on a map and joins the two {end}, by {metric.en}.",
                f"{who.ja}は地図に N 個の点を打ち、{metric.ja}で測って{kanji} 2 点を結びます。",
            ),
        ],
        Both(f"Print {metric.en} between them.", f"その 2 点の{metric.ja}を出力してください。"),
        shape,
        "from itertools import combinations\n\nn = int(input())\n"
        "points = [tuple(map(int, input().split())) for _ in range(n)]\n"
        f"print({code}({term} for p, q in combinations(points, 2)))",
    )


@kind("geometry", 5)
def _polygon_area(rng: random.Random) -> Draft:
    who, most, size = person(rng), rng.choice([20, 50]), rng.choice([50, 100, 1000])

    def build(n: int) -> str:
        # One way from the leftmost to the rightmost point runs below the axis and one above: no sides cross.
        left, *between, right = sorted(rng.sample(range(-size, size + 1), n))
        rng.shuffle(between)
        half = (n - 1) // 2
        below = [(x, rng.randint(-size, -1)) for x in sorted(between[half:])]
        above = [(x, rng.randint(1, size)) for x in sorted(between[:half], reverse=True)]
        return "\n".join([str(n), *(f"{x} {y}" for x, y in [(left, 0), *below, (right, 0), *above])])

    square = f"4\n{-size} {-size}\n{size} {-size}\n{size} {size}\n{-size} {size}"
    return Draft(
        [
            Both(
                "Find twice the area of a polygon with N corners.", "頂点が N 個の多角形の面積の 2 倍を求めてください。"
            ),
            Both(
                f"{who.en}'s land is a polygon with N corners. What is twice its area?",
                f"{who.ja}の土地は頂点が N 個の多角形です。面積の 2 倍はいくつですか。",
            ),
        ],
        Both("Print twice the area, which is an integer.", "面積の 2 倍を整数で出力してください。"),
        Shape(
            "N\nx_1 y_1\nx_2 y_2\n:\nx_N y_N",
            [
                bounds(3, "N", most),
                bounds(-size, "x_i, y_i", size),
                Both(
                    "The corners are integer points in order around the polygon, whose sides do not cross.",
                    "頂点は整数座標で、多角形の周に沿った順に与えられ、辺は交差しない。",
                ),
            ],
            "",
            cases(build, 3, most, 3, [square]),
        ),
        "n = int(input())\np = [tuple(map(int, input().split())) for _ in range(n)]\n"
        "print(abs(sum(p[i - 1][0] * p[i][1] - p[i][0] * p[i - 1][1] for i in range(n))))",
    )
