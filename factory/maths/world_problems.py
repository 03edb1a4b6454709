"""Families about things: geometry, measurement, probability, statistics, combinatorics."""

import random
from fractions import Fraction
from math import comb

from factory.maths.kinds import ITEMS, NAMES, Worked, kind, words, worked

_COLOURS = words("red blue green yellow white black pink brown")
_CLOTHES = words("shirts trousers hats scarves jackets socks shoes gloves belts coats")
_RECTANGLES = words("rectangle garden table room field photo card window poster yard")
_CLUBS = words("chess music drama science tennis art swimming reading dance running")
_EVENTS = words("film lesson match concert meeting race play show")
_LENGTHS = words("cm m inches feet")
_LARGER_UNITS = [
    ("meters", "centimeters", 100),
    ("centimeters", "millimeters", 10),
    ("kilometers", "meters", 1000),
    ("kilograms", "grams", 1000),
    ("hours", "minutes", 60),
    ("minutes", "seconds", 60),
    ("days", "hours", 24),
    ("weeks", "days", 7),
    ("feet", "inches", 12),
    ("years", "months", 12),
]


@kind("geometry", 2)
def _rectangle_perimeter(rng: random.Random) -> Worked:
    a, b, unit = rng.randint(2, 20), rng.randint(2, 12), rng.choice(_LENGTHS)
    thing = rng.choice(_RECTANGLES)
    return worked(
        rng,
        f"2 × ({a} + {b}) = 2 × {a + b} = {2 * (a + b)}",
        2 * (a + b),
        f"A {thing} is {a} {unit} long and {b} {unit} wide. What is its perimeter in {unit}?",
        f"Find the perimeter in {unit} of a {thing} with length {a} {unit} and width {b} {unit}.",
    )


@kind("geometry", 2)
def _rectangle_area(rng: random.Random) -> Worked:
    a, b, unit = rng.randint(2, 15), rng.randint(2, 10), rng.choice(_LENGTHS)
    thing = rng.choice(_RECTANGLES)
    return worked(
        rng,
        f"{a} × {b} = {a * b}",
        a * b,
        f"A {thing} is {a} {unit} long and {b} {unit} wide. What is its area in square {unit}?",
        f"Find the area in square {unit} of a {thing} with length {a} {unit} and width {b} {unit}.",
    )


@kind("geometry", 3)
def _triangle_angle(rng: random.Random) -> Worked:
    a, b = rng.randint(20, 80), rng.randint(20, 80)
    c = 180 - a - b
    return worked(
        rng,
        f"180 - {a} - {b} = {c}",
        c,
        f"Two angles of a triangle are {a} and {b} degrees. How many degrees is the third angle?",
        f"A triangle has angles of {a}° and {b}°. Find the third angle in degrees.",
    )


def _reduced(top: int, bottom: int) -> str:
    written = f"{top}/{bottom}"
    reduced = str(Fraction(top, bottom))
    return written if written == reduced else f"{written} = {reduced}"


@kind("probability", 3)
def _draw(rng: random.Random) -> Worked:
    (one, other), item = rng.sample(_COLOURS, 2), rng.choice(ITEMS)
    a, b = rng.randint(1, 9), rng.randint(1, 9)
    return worked(
        rng,
        f"{a} + {b} = {a + b}, {_reduced(a, a + b)}",
        Fraction(a, a + b),
        f"A bag holds {a} {one} and {b} {other} {item}. One is drawn at random. What is the probability of {one}?",
        f"There are {a} {one} {item} and {b} {other} {item} in a box. What is the chance of picking a {one} one?",
    )


@kind("probability", 4)
def _not_drawn(rng: random.Random) -> Worked:
    (one, other, third), item = rng.sample(_COLOURS, 3), rng.choice(ITEMS)
    a, b, c = rng.randint(1, 8), rng.randint(1, 8), rng.randint(1, 8)
    p, n = Fraction(b + c, a + b + c), a + b + c
    return worked(
        rng,
        f"{b} + {c} = {b + c}, {a} + {b} + {c} = {n}, {_reduced(b + c, n)}",
        p,
        f"A jar holds {a} {one}, {b} {other} and {c} {third} {item}. One is drawn at random. "
        f"What is the probability that it is not {one}?",
        f"From {a} {one}, {b} {other} and {c} {third} {item} one is picked blindly. "
        f"How likely is it that it is not {one}? Answer with a fraction.",
    )


@kind("statistics", 3)
def _mean(rng: random.Random) -> Worked:
    k = rng.randint(3, 4)
    data = [rng.randint(1, 12) for _ in range(k - 1)]
    data.append(k * rng.randint(1, 3) - sum(data) % k)  # makes the mean a whole number
    total, listed = sum(data), ", ".join(map(str, data))
    return worked(
        rng,
        f"{' + '.join(map(str, data))} = {total}, {total} ÷ {k} = {total // k}",
        total // k,
        f"What is the mean of {listed}?",
        f"Find the average of {listed}.",
        f"Work out the mean of the numbers {listed}.",
    )


@kind("statistics", 3)
def _median(rng: random.Random) -> Worked:
    data = rng.sample(range(1, 40), rng.choice([3, 5]))
    listed, ordered = ", ".join(map(str, data)), sorted(data)
    steps = f"In order: {', '.join(map(str, ordered))}. The middle number is {ordered[len(data) // 2]}."
    return worked(
        rng,
        steps,
        ordered[len(data) // 2],
        f"What is the median of {listed}?",
        f"Find the median of {listed}.",
        f"Which number is the median of {listed}?",
    )


@kind("statistics", 2)
def _range(rng: random.Random) -> Worked:
    data = rng.sample(range(1, 60), rng.choice([3, 4, 5]))
    listed = ", ".join(map(str, data))
    steps = (
        f"The largest is {max(data)}, the smallest is {min(data)}. {max(data)} - {min(data)} = {max(data) - min(data)}"
    )
    return worked(
        rng, steps, max(data) - min(data), f"What is the range of {listed}?", f"Find the range of the data {listed}."
    )


@kind("combinatorics", 2)
def _outfits(rng: random.Random) -> Worked:
    who, (one, other) = rng.choice(NAMES), rng.sample(_CLOTHES, 2)
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    return worked(
        rng,
        f"{a} × {b} = {a * b}",
        a * b,
        f"{who} has {a} {one} and {b} {other}. In how many ways can {who} choose one of each?",
        f"With {a} {one} and {b} {other}, how many different pairs with one of each can {who} make?",
    )


@kind("combinatorics", 4)
def _pairs(rng: random.Random) -> Worked:
    n, who, item = rng.randint(3, 20), rng.choice(NAMES), rng.choice(ITEMS)
    return worked(
        rng,
        f"{n} × {n - 1} ÷ 2 = {comb(n, 2)}",
        comb(n, 2),
        f"In how many ways can {who} choose 2 of {n} different {item}?",
        f"At {who}'s party {n} people each shake hands with all the others once. How many handshakes is that?",
        f"In {who}'s league of {n} teams each pair plays 1 game. How many games are played?",
    )


@kind("combinatorics", 5)
def _committees(rng: random.Random) -> Worked:
    a, b, who = rng.randint(3, 9), rng.randint(2, 9), rng.choice(NAMES)
    club = rng.choice(_CLUBS)
    answer = comb(a, 2) * b
    steps = f"{a} × {a - 1} ÷ 2 = {comb(a, 2)}, {comb(a, 2)} × {b} = {answer}"
    return worked(
        rng,
        steps,
        answer,
        f"{who}'s {club} club has {a} girls and {b} boys. How many teams of two girls and one boy can be formed?",
        f"{who} picks two of {a} girls and one of {b} boys for the {club} team. In how many ways is this possible?",
    )


@kind("measurement", 2)
def _conversion(rng: random.Random) -> Worked:
    (large, small, factor), n = rng.choice(_LARGER_UNITS), rng.randint(2, 30)
    return worked(
        rng,
        f"{n} × {factor} = {n * factor}",
        n * factor,
        f"How many {small} are {n} {large}?",
        f"Convert {n} {large} to {small}.",
        f"Write {n} {large} in {small}.",
    )


@kind("measurement", 2)
def _change(rng: random.Random) -> Worked:
    who, item, paid = rng.choice(NAMES), rng.choice(ITEMS), rng.choice([10, 20, 50, 100])
    price = rng.randint(2, paid - 1)
    return worked(
        rng,
        f"{paid} - {price} = {paid - price}",
        paid - price,
        f"{who} pays for {item} that cost {price} dollars with {paid} dollars. How many dollars is the change?",
        f"The {item} cost {price} dollars. {who} pays with {paid} dollars. How much change in dollars does {who} get?",
    )


@kind("measurement", 3)
def _elapsed(rng: random.Random) -> Worked:
    h, m, hours, minutes = rng.randint(1, 9), rng.randint(0, 59), rng.randint(1, 3), rng.randint(0, 59)
    end_h, end_m = divmod((h + hours) * 60 + minutes, 60)
    what, answer = rng.choice(_EVENTS), hours * 60 + minutes - m
    return worked(
        rng,
        f"({end_h} - {h}) × 60 + {end_m} - {m} = {answer}",
        answer,
        f"A {what} starts at {h}:{m:02} and ends at {end_h}:{end_m:02}. How many minutes does it last?",
        f"How many minutes is a {what} that begins at {h}:{m:02} and finishes at {end_h}:{end_m:02}?",
    )
