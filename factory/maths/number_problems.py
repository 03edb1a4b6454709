"""Families about numbers: arithmetic, algebra, number theory, sequences, calculus."""

import random
from math import gcd, lcm

from factory.maths.kinds import HOLDERS, ITEMS, NAMES, Worked, kind, worked


def _sum(rng: random.Random, low: int, high: int) -> Worked:
    a, b = rng.randint(low, high), rng.randint(low, high)
    return worked(
        rng,
        f"{a} + {b} = {a + b}",
        a + b,
        f"What is {a} + {b}?",
        f"Add {a} and {b}.",
        f"Find the sum of {a} and {b}.",
        f"Work out {a} + {b}.",
    )


@kind("arithmetic", 1)
def _digit_sum(rng: random.Random) -> Worked:
    return _sum(rng, 1, 9)


@kind("arithmetic", 2)
def _two_digit_sum(rng: random.Random) -> Worked:
    return _sum(rng, 10, 79)


@kind("arithmetic", 1)
def _word_addition(rng: random.Random) -> Worked:
    (who, friend), item = rng.sample(NAMES, 2), rng.choice(ITEMS)
    a, b = rng.randint(2, 20), rng.randint(2, 9)
    return worked(
        rng,
        f"{a} + {b} = {a + b}",
        a + b,
        f"{who} has {a} {item}. {friend} gives {who} {b} more. How many {item} does {who} have now?",
        f"{who} has {a} {item} and buys {b} more. How many {item} does {who} have?",
        f"There are {a} {item} on the table. {who} puts {b} more {item} there. How many are there in all?",
        f"{who} finds {a} {item} and {friend} finds {b}. How many {item} do they have together?",
    )


@kind("arithmetic", 1)
def _word_subtraction(rng: random.Random) -> Worked:
    (who, friend), item = rng.sample(NAMES, 2), rng.choice(ITEMS)
    b = rng.randint(2, 9)
    a = b + rng.randint(1, 11)
    return worked(
        rng,
        f"{a} - {b} = {a - b}",
        a - b,
        f"{who} has {a} {item} and gives {b} to {friend}. How many {item} does {who} have left?",
        f"{who} had {a} {item} but lost {b} of them. How many {item} are left?",
        f"There are {a} {item} on the table. {who} takes away {b}. How many {item} are left?",
    )


@kind("arithmetic", 2)
def _boxes(rng: random.Random) -> Worked:
    who, item, holder = rng.choice(NAMES), rng.choice(ITEMS), rng.choice(HOLDERS)
    a, b = rng.randint(2, 9), rng.randint(2, 10)
    return worked(
        rng,
        f"{a} × {b} = {a * b}",
        a * b,
        f"{who} has {a} {holder} with {b} {item} in each. How many {item} does {who} have?",
        f"There are {a} {holder} of {item}. Each holds {b} {item}. How many {item} are there in all?",
        f"{who} buys {a} {holder} of {item}, and there are {b} {item} in each. How many {item} is that?",
    )


@kind("arithmetic", 2)
def _half(rng: random.Random) -> Worked:
    who, item = rng.choice(NAMES), rng.choice(ITEMS)
    h = rng.randint(2, 50)
    a = 2 * h
    return worked(
        rng,
        f"{a} ÷ 2 = {h}",
        h,
        f"What is half of {a}?",
        f"{who} has {a} {item} and gives half of them away. How many {item} are left?",
        f"{who} eats half of {a} sweets. How many sweets is that?",
        f"Half of the {a} {item} belong to {who}. How many {item} does {who} own?",
    )


@kind("arithmetic", 3)
def _two_steps(rng: random.Random) -> Worked:
    (who, friend), item, holder = rng.sample(NAMES, 2), rng.choice(ITEMS), rng.choice(HOLDERS)
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    c = rng.randint(2, a * b - 1)
    total = a * b
    return worked(
        rng,
        f"{a} × {b} = {total}, {total} - {c} = {total - c}",
        total - c,
        f"{who} has {a} {holder} of {b} {item} and gives {c} {item} to {friend}. How many {item} are left?",
        f"{who} fills {a} {holder} with {b} {item} each. Then {c} {item} are sold. How many {item} remain?",
    )


@kind("arithmetic", 3)
def _percentage(rng: random.Random) -> Worked:
    percent, hundred = rng.choice([5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80]), 20 * rng.randint(2, 40)
    item, result = rng.choice(ITEMS), percent * hundred // 100
    return worked(
        rng,
        f"{percent} × {hundred} ÷ 100 = {result}",
        result,
        f"What is {percent}% of {hundred}?",
        f"Find {percent}% of {hundred}.",
        f"{percent}% of {hundred} {item} are broken. How many {item} are broken?",
    )


@kind("algebra", 2)
def _sum_equation(rng: random.Random) -> Worked:
    x, a, v = rng.randint(1, 20), rng.randint(1, 20), rng.choice("xynmabk")
    b = x + a
    return worked(
        rng,
        f"{v} = {b} - {a} = {x}",
        x,
        f"Solve {v} + {a} = {b}.",
        f"Find {v} if {v} + {a} = {b}.",
        f"If {v} + {a} = {b}, what is {v}?",
        f"What value of {v} makes {v} + {a} = {b} true?",
    )


@kind("algebra", 3)
def _product_equation(rng: random.Random) -> Worked:
    x, a, v = rng.randint(2, 15), rng.randint(2, 12), rng.choice("xynmabk")
    b = a * x
    return worked(
        rng,
        f"{v} = {b} ÷ {a} = {x}",
        x,
        f"Solve {a}{v} = {b}.",
        f"Find {v} if {a}{v} = {b}.",
        f"If {a}{v} = {b}, what is the value of {v}?",
    )


@kind("algebra", 4)
def _linear_equation(rng: random.Random) -> Worked:
    x, a, c, v = rng.randint(1, 15), rng.randint(2, 9), rng.randint(1, 20), rng.choice("xynmtk")
    b = a * x + c
    return worked(
        rng,
        f"{a}{v} = {b} - {c} = {b - c}\n{v} = {b - c} ÷ {a} = {x}",
        x,
        f"Solve {a}{v} + {c} = {b}.",
        f"Find {v} if {a}{v} + {c} = {b}.",
        f"If {a}{v} + {c} = {b}, what is {v}?",
    )


@kind("algebra", 5)
def _quadratic_root(rng: random.Random) -> Worked:
    r, v = rng.randint(2, 15), rng.choice("xyt")
    s = rng.choice([n for n in range(2, 16) if n != r])  # with r = s the middle term vanishes
    b, c = s - r, r * s
    middle = f"{'+' if b > 0 else '-'} {'' if abs(b) == 1 else abs(b)}{v}"
    equation = f"{v}^2 {middle} - {c} = 0"
    return worked(
        rng,
        f"{equation} means ({v} - {r})({v} + {s}) = 0, so {v} = {r} or {v} = -{s}.",
        r,
        f"Find the positive solution of {equation}.",
        f"Which positive number {v} satisfies {equation}?",
    )


@kind("number_theory", 3)
def _gcd(rng: random.Random) -> Worked:
    g, (m, n) = rng.randint(2, 12), rng.sample(range(2, 10), 2)
    g, m, n = g * gcd(m, n), m // gcd(m, n), n // gcd(m, n)
    a, b = g * m, g * n
    return worked(
        rng,
        f"{a} = {g} × {m}, {b} = {g} × {n}",
        g,
        f"What is the greatest common divisor of {a} and {b}?",
        f"Find the greatest common factor of {a} and {b}.",
        f"What is the largest number that divides both {a} and {b}?",
    )


@kind("number_theory", 3)
def _lcm(rng: random.Random) -> Worked:
    a, b = rng.sample(range(3, 31), 2)
    m = lcm(a, b)
    return worked(
        rng,
        f"{a} × {m // a} = {m}, {b} × {m // b} = {m}",
        m,
        f"What is the least common multiple of {a} and {b}?",
        f"Find the smallest positive number that both {a} and {b} divide.",
    )


@kind("number_theory", 3)
def _remainder(rng: random.Random) -> Worked:
    b, q = rng.randint(3, 12), rng.randint(2, 12)
    r, who, item = rng.randint(0, b - 1), rng.choice(NAMES), rng.choice(ITEMS)
    a = b * q + r
    return worked(
        rng,
        f"{b} × {q} = {b * q}, {a} - {b * q} = {r}",
        r,
        f"What is the remainder when {a} is divided by {b}?",
        f"Find the remainder of {a} divided by {b}.",
        f"{who} shares {a} {item} equally among {b} children. How many {item} are left over?",
    )


@kind("sequences", 2)
def _next_term(rng: random.Random) -> Worked:
    a, d = rng.randint(1, 60), rng.randint(2, 15)
    terms = [a + i * d for i in range(4)]
    listed = ", ".join(map(str, terms))
    return worked(
        rng,
        f"{terms[1]} - {terms[0]} = {d}, {terms[3]} + {d} = {terms[3] + d}",
        terms[3] + d,
        f"What number comes next: {listed}?",
        f"Find the next number in the pattern {listed}.",
        f"The numbers {listed} go up in equal steps. What is the next one?",
    )


@kind("sequences", 4)
def _nth_term(rng: random.Random) -> Worked:
    a, d, n = rng.randint(1, 20), rng.randint(2, 9), rng.randint(6, 30)
    answer = a + (n - 1) * d
    return worked(
        rng,
        f"{a} + ({n} - 1) × {d} = {a} + {(n - 1) * d} = {answer}",
        answer,
        f"An arithmetic sequence starts with {a} and has common difference {d}. What is term number {n}?",
        f"The first term is {a} and each term is {d} more than the one before. Find term {n}.",
    )


@kind("calculus", 5)
def _slope(rng: random.Random) -> Worked:
    a, n, x = rng.randint(2, 12), rng.choice([2, 3]), rng.randint(1, 12)
    power, answer = ("x" if n == 2 else "x^2"), n * a * x ** (n - 1)
    steps = f"The derivative is {n * a}{power}. {n * a}{f' × {x}' * (n - 1)} = {answer}"
    return worked(
        rng,
        steps,
        answer,
        f"What is the slope of y = {a}x^{n} at x = {x}?",
        f"Let f(x) = {a}x^{n}. Find f'({x}).",
        f"Find the derivative of {a}x^{n} at x = {x}.",
    )
