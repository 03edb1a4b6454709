"""A second solution for every family, by brute force, from the English statement and the input alone."""

import re
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations, groupby, pairwise, permutations, product

from factory.contest.statements import read_statement

COMPARE = {
    "greater than": int.__gt__,
    "less than": int.__lt__,
    "at least": int.__ge__,
    "at most": int.__le__,
}


class Said:
    """What the statement asks, its numbers, and the input's tokens and integers."""

    def __init__(self, statement: str, text: str):
        parts = read_statement(statement)
        self.story, self.output = parts.story, parts.output
        self.k = [int(n) for n in re.findall(r"(?<![\w^])\d+", parts.story)]
        self.lines, self.t = text.splitlines(), text.split()
        self.n = [int(token) for token in self.t if re.fullmatch(r"-?\d+", token)]
        self.a = self.n[1:]
        self.quoted = re.findall(r"'([^']+)'", statement)

    def compare(self):
        return next(function for words, function in COMPARE.items() if words in self.story)

    def pairs(self):
        return list(zip(self.a[::2], self.a[1::2], strict=True))

    def mod(self):
        return int(re.findall(r"modulo (\d+)", self.output)[0])

    def edges(self, width):
        n, m, *rest = self.n
        return n, [tuple(rest[i * width : (i + 1) * width]) for i in range(m)]


def few(s):
    return sum(s.n)


def difference(s):
    a, b = s.n
    return abs(a - b) if any(w in s.story for w in ("apart", "differ")) else a - b


def digits(s):
    number = s.t[0]
    if s.k:
        return sum(d == str(s.k[0]) for d in number)
    power = 2 if "squares" in s.story else 3 if "cubes" in s.story else 1
    return sum(int(d) ** power for d in number)


def divisors(s):
    found = sorted({d for i in range(1, int(s.n[0] ** 0.5) + 1) if s.n[0] % i == 0 for d in (i, s.n[0] // i)})
    return " ".join(map(str, found)) if "List" in s.story else sum(found) if "sum" in s.story else len(found)


def primes(s):
    a, b = s.n
    sieve = set(range(2, b + 1)) - {i * j for i in range(2, b + 1) for j in range(2, b // i + 1)}
    found = [p for p in sieve if p >= a]
    return max(found, default=0) if "largest" in s.story else sum(found) if "sum" in s.story else len(found)


def common_divisor(s):
    unit = max(d for d in range(1, min(s.a) + 1) if all(x % d == 0 for x in s.a))
    return sum(x // unit for x in s.a) if re.search("packs|add up", s.story) else unit


def mark(s):
    return s.quoted[0] if s.quoted else ""


def repeat(s):
    times = s.k[0]
    glue = " " if "space" in s.story else "-" if "joined" in s.story else ""
    return s.t[0] + "".join(glue + s.t[0] for _ in range(times - 1))


def letter_set(s):
    chosen = set(re.findall(r"\b[a-z](?=[, .?])", s.story.partition("every" if "every" in s.story else "among")[2]))
    if "Remove" in s.story:
        return re.sub(f"[{''.join(chosen)}]", "", s.t[0]) or "EMPTY"
    return len(re.findall(f"[{''.join(chosen)}]", s.t[0]))


def caesar(s):
    letters = "abcdefghijklmnopqrstuvwxyz"
    k = -s.k[0] if "places before" in s.story else s.k[0]
    return s.t[0].translate(str.maketrans(letters, letters[k:] + letters[:k]))


def most_common(s):
    words = s.t[1:]
    top = [w for w in words if all(words.count(w) >= words.count(v) for v in words)]
    return max(top) if re.search(r"the last|ally last", s.story) else min(top)


def run_length(s):
    runs = [(c, len(list(g))) for c, g in groupby(s.t[0])]
    return max(n for _, n in runs) if "How long" in s.story else "".join(f"{c}{n}" for c, n in runs)


def brackets(s):
    text, before = s.t[0], None
    while text != before:
        before, text = text, re.sub(r"\(\)|\[\]|\{\}|<>", "", text)
    return s.quoted[-2 if not text else -1]


def list_total(s):
    a = sorted(s.a)
    return (
        a[-1] - a[0]
        if "difference" in s.story
        else a[-1]
        if "largest" in s.story
        else a[0]
        if "smallest" in s.story
        else sum(a)
    )


def ranked(s):
    k = int(re.findall(r"(\d)(?:nd|rd|th)", s.story)[0])
    a = sorted(set(s.a) if "once" in s.story else s.a, reverse="largest" in s.story)
    return a[k - 1] if k <= len(a) else -1


def pairs_with_sum(s):
    k = s.k[-1]
    test = (
        (lambda x: x == k)
        if "exactly" in s.story
        else (lambda x: x <= k)
        if "at most" in s.story
        else (lambda x: x % k == 0)
    )
    return sum(test(x + y) for x, y in combinations(s.a, 2))


def boats(s):
    """Two heaviest-first passes: each heaviest takes the heaviest partner that fits."""
    left, count = sorted(s.a), 0
    while left:
        heavy = left.pop()
        partner = next((x for x in reversed(left) if x + heavy <= s.k[0]), None)
        if partner is not None:
            left.remove(partner)
        count += 1
    return count


def intervals(s):
    """Longest chain by dp over start times."""
    gap = s.k[0] if s.k else 0
    talks = sorted(s.pairs())
    best = []
    for i, (start, _) in enumerate(talks):
        best.append(1 + max((best[j] for j in range(i) if talks[j][1] + gap <= start), default=0))
    return max(best)


def swaps(s):
    sign = -1 if "non-increasing" in s.story else 1
    return sum(sign * x > sign * y for x, y in combinations(s.a, 2))


def fizz(s):
    (a, one), (b, two) = re.findall(r"ultiples of (\d) (?:are replaced )?by (\w+)", s.story)[:2]
    said = lambda i: one * (i % int(a) == 0) + two * (i % int(b) == 0) or str(i)  # noqa: E731
    return "\n".join(said(i) for i in range(1, s.n[0] + 1))


def steps_to_zero(s):
    n, d, c, steps = s.n[0], s.k[0], s.k[2], 0
    while n:
        n = n // d if n % d == 0 else max(0, n - c)
        steps += 1
    return steps


def walk(s):
    size = s.k[-1] if "|x|" in s.story else 10**9
    place = 0 + 0j
    for c in s.t[0]:
        to = place + {"U": 1j, "D": -1j, "L": -1, "R": 1}[c]
        if max(abs(to.real), abs(to.imag)) <= size:
            place = to
    return f"{int(place.real)} {int(place.imag)}"


def clock(s):
    hours, minutes = s.n
    then = timedelta(hours=hours, minutes=minutes + s.k[-1]).seconds
    return f"{then // 3600:02}:{then // 60 % 60:02}" if "HH:MM" in s.output else f"{then // 3600} {then // 60 % 60}"


def duration(s):
    if "H:MM:SS" in s.output:
        rest = timedelta(seconds=s.n[0])
        return f"{rest.days * 24 + rest.seconds // 3600}{f'{rest}'[-6:]}"
    return f"{s.n[0] // 60}:{s.n[0] % 60:02}"


def weekday(s):
    today = next(d for d in (date(2024, 1, i) for i in range(1, 8)) if f"{d:%A}" in s.story)
    days = s.n[0] % 7
    return f"{today + timedelta(days=-days if ' ago' in s.story else days):%A}"


def between_dates(s):
    first, last = (date.fromisoformat(t) for t in s.t)
    days = 0 if "not counting" in s.story else 1
    while first < last:
        first, days = first + timedelta(days=1), days + 1
        if first + timedelta(days=400) < last:
            year = first.replace(year=first.year + 1) if (first.month, first.day) != (2, 29) else None
            if year:
                first, days = year, days + (365 + (_leap(first) if first.month < 3 else _leap(year)))
    return days


def _leap(day):
    return day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)


def rectangle(s):
    return s.n[0] * s.n[1] if "area" in s.story else sum(s.n) * 2


def closest_points(s):
    taxi = "Manhattan" in s.story
    far = [
        abs(a - c) + abs(b - d) if taxi else abs(complex(a - c, b - d)) ** 2
        for (a, b), (c, d) in combinations(s.pairs(), 2)
    ]
    return round(max(far) if "farthest" in s.story else min(far))


def polygon_area(s):
    """Trapezoids under each side, exactly."""
    p = s.pairs()
    area = sum(Fraction((x2 - x1) * (y1 + y2), 2) for (x1, y1), (x2, y2) in zip(p, p[1:] + p[:1], strict=True))
    assert not any(_cross(*one, *two) for one, two in combinations(list(zip(p, p[1:] + p[:1], strict=True)), 2))
    return abs(area) * 2


def _cross(a, b, c, d):
    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def best_run(s):
    sums = (sum(s.a[i:j]) for i in range(len(s.a)) for j in range(i + 1, len(s.a) + 1)) if len(s.a) <= 60 else None
    return sums and (min(sums) if "the smallest" in s.story else max(sums))


def stairs(s):
    if s.n[0] > 14:
        return None
    steps = s.k

    def ways(n):
        return 1 if n == 0 else sum(ways(n - step) for step in steps if step <= n)

    return ways(s.n[0]) % s.mod()


def coins(s):
    worth = [int(n) for n in re.findall(r"\d+", re.search(r"(?:coins of|worth) ([\d, and]+)", s.story)[1])]
    n = s.n[0]
    if n > 60:
        return None
    found = [
        c
        for c in product(*(range(n // w + 1) for w in worth))
        if sum(x * w for x, w in zip(c, worth, strict=True)) == n
    ]
    return len(found) if "ways" in s.story else min(map(sum, found), default=-1)


def knapsack(s):
    n, room, *rest = s.n
    items = list(zip(rest[::2], rest[1::2], strict=True))
    if n > 12:
        return None
    chosen = (c for k in range(n + 1) for c in combinations(items, k))
    return max(sum(v for _, v in c) for c in chosen if sum(w for w, _ in c) <= room)


def rising(s):
    strict, best = "larger" in s.story, []
    for i, x in enumerate(s.a):
        best.append(1 + max((best[j] for j in range(i) if s.a[j] < x or (not strict and s.a[j] == x)), default=0))
    return max(best)


def two_words(s):
    a, b = s.t
    if len(a) > 7 or len(b) > 7:
        return None
    if "changes" not in s.story:
        parts = [{"".join(c) for k in range(len(w) + 1) for c in combinations(w, k)} for w in (a, b)]
        return max(map(len, parts[0] & parts[1]))

    def distance(x, y):
        if not x or not y:
            return len(x + y)
        return (
            distance(x[1:], y[1:])
            if x[0] == y[0]
            else 1 + min(distance(x[1:], y), distance(x, y[1:]), distance(x[1:], y[1:]))
        )

    return distance(a, b)


def maze(s):
    """Waves: the set of cells reached grows until it holds the goal."""
    h, w = map(int, s.t[:2])
    free = {(i, j) for i in range(h) for j in range(w) if s.t[2 + i][j] == "."}
    wide = "diagonal" in s.story
    reached, steps = {(0, 0)}, 0
    while (h - 1, w - 1) not in reached:
        grown = {
            (i + a, j + b) for i, j in reached for a in (-1, 0, 1) for b in (-1, 0, 1) if wide or not (a and b)
        } & free | reached
        if grown == reached:
            return "NONE" if "NONE" in s.output else -1
        reached, steps = grown, steps + 1
    return steps


def grid_ways(s):
    h, w = map(int, s.t[:2])
    if h * w > 40:
        return None
    moves = [(0, 1), (1, 0), (1, 1)] if "diagonally" in s.story else [(0, 1), (1, 0)]

    def ways(i, j):
        if i >= h or j >= w or s.t[2 + i][j] == "#":
            return 0
        return 1 if (i, j) == (h - 1, w - 1) else sum(ways(i + a, j + b) for a, b in moves)

    return ways(0, 0) % s.mod()


def groups(s):
    n, edges = s.edges(2)
    linked = {i: {i} for i in range(1, n + 1)}
    for a, b in edges:
        merged = linked[a] | linked[b]
        for member in merged:
            linked[member] = merged
    sizes = [len(g) for g in {frozenset(g) for g in linked.values()}]
    return max(sizes) if "largest" in s.story else sizes.count(1) if "no group" in s.story else len(sizes)


def shortest_way(s):
    """Bellman and Ford's relaxation."""
    n, edges = s.edges(3)
    dist = {1: 0, **dict.fromkeys(range(2, n + 1), 10**9)}
    for _ in range(n):
        for a, b, c in edges:
            dist[a], dist[b] = min(dist[a], dist[b] + c), min(dist[b], dist[a] + c)
    return max(dist.values()) if "farthest" in s.story else dist[n]


def cheapest_net(s):
    """Prim: always the best road out of what is linked."""
    n, edges = s.edges(3)
    pick = max if "the largest" in s.story else min
    linked, total = {1}, 0
    while len(linked) < n:
        a, b, c = pick((e for e in edges if (e[0] in linked) != (e[1] in linked)), key=lambda e: e[2])
        linked, total = linked | {a, b}, total + c
    return total


def orders(s):
    n, rules = s.edges(2)
    if n > 6:
        return None
    lines = ({job: at for at, job in enumerate(line, 1)} for line in permutations(range(1, n + 1)))
    return sum(all(at[a] < at[b] for a, b in rules) for at in lines) % s.mod()


def round_trip(s):
    n = s.n[0]
    a = [s.a[i * n : (i + 1) * n] for i in range(n)]
    back = "back" in s.story
    tours = ((0, *tour, *([0] if back else [])) for tour in permutations(range(1, n)))
    return min(sum(a[i][j] for i, j in pairwise(tour)) for tour in tours)


SOLVERS = {
    "sum_of_numbers": few,
    "difference": difference,
    "product": lambda s: s.n[0] * s.n[1],
    "multiple": lambda s: s.n[0] * s.k[0],
    "shifted": lambda s: s.n[0] + s.k[0],
    "extreme_of_few": lambda s: max(s.n) if re.search("largest|highest", s.story) else min(s.n),
    "divisible": lambda s: re.findall(r"Print '?(\w+)'?(?: if so and| or) '?(\w+)", s.output)[0][s.n[0] % s.k[0] != 0],
    "digits": digits,
    "divisors": divisors,
    "primes": primes,
    "common_divisor": common_divisor,
    "length": lambda s: len(s.t[0]) * (s.k[0] if s.k else 1),
    "reverse": lambda s: "".join(reversed(s.t[0])) + mark(s),
    "capitals": lambda s: (s.t[0].title() if "first letter" in s.story else s.t[0].swapcase()) + mark(s),
    "repeat": repeat,
    "count_letter": lambda s: Counter(s.t[0])[s.quoted[0]],
    "letters_of_a_set": letter_set,
    "palindrome": lambda s: s.quoted[list(s.t[0]) != list(reversed(s.t[0]))],
    "caesar": caesar,
    "most_common": most_common,
    "run_length": run_length,
    "brackets": brackets,
    "list_total": list_total,
    "average": lambda s: float(Fraction(sum(s.a), s.n[0])),
    "count_beyond": lambda s: sum(1 for x in s.a if s.compare()(x, s.k[-1])),
    "sum_beyond": lambda s: sum(x for x in s.a if s.compare()(x, s.k[-1])),
    "sort_list": lambda s: " ".join(map(str, sorted(s.a)[:: -1 if "descending" in s.story else 1])),
    "ranked": ranked,
    "pairs_with_sum": pairs_with_sum,
    "boats": boats,
    "intervals": intervals,
    "swaps": swaps,
    "fizz": fizz,
    "steps_to_zero": steps_to_zero,
    "walk": walk,
    "clock": clock,
    "duration": duration,
    "weekday": weekday,
    "between_dates": between_dates,
    "rectangle": rectangle,
    "closest_points": closest_points,
    "polygon_area": polygon_area,
    "best_run": best_run,
    "stairs": stairs,
    "coins": coins,
    "knapsack": knapsack,
    "rising": rising,
    "two_words": two_words,
    "maze": maze,
    "grid_ways": grid_ways,
    "groups": groups,
    "shortest_way": shortest_way,
    "cheapest_net": cheapest_net,
    "orders": orders,
    "round_trip": round_trip,
}
