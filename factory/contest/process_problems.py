"""Families of difficulty 3 to 5 that follow a process, a clock or a calendar."""

import random

from factory.contest.kinds import Draft, Shape, kind
from factory.contest.shapes import ANSWER, INTEGERS, bounds, distinct, integers, person, text, words
from factory.contest.topics import Both


@kind("simulation", 3)
def _fizz(rng: random.Random) -> Draft:
    a, b = rng.sample(range(2, 10), 2)
    one, two = rng.choice([("Fizz", "Buzz"), ("Tick", "Tock"), ("Ping", "Pong"), ("Hop", "Jump"), ("Clap", "Stamp")])
    who, most = person(rng), rng.choice([50, 100, 200])
    rule = Both(
        f"Multiples of {a} are replaced by {one}, multiples of {b} by {two}, and multiples of both by {one}{two}.",
        f"{a} の倍数は {one}、{b} の倍数は {two}、両方の倍数は {one}{two} に置き換えます。",
    )
    values = [rng.randint(4, 9), rng.randint(10, 15), 1, most, most - 1, *rng.sample(range(2, most), 4)]
    return Draft(
        [
            Both(f"Write the numbers from 1 to N. {rule.en}", f"1 から N までの数を書きます。{rule.ja}"),
            Both(
                f"{who.en} counts from 1 to N aloud. {rule.en}",
                f"{who.ja}は 1 から N まで声に出して数えます。{rule.ja}",
            ),
            Both(f"In a game with numbers 1 to N: {rule.en}", f"1 から N までの数で遊びます。{rule.ja}"),
        ],
        Both("Print N lines, one for each number.", "N 行出力してください。i 行目は数 i に対応します。"),
        Shape(
            "N", [bounds(1, "N", most), rng.choice(INTEGERS)], "n = int(input())", distinct([str(v) for v in values])
        ),
        f'n = int(input())\nfor i in range(1, n + 1):\n    word = ""\n    if i % {a} == 0:\n        word += "{one}"\n'
        f'    if i % {b} == 0:\n        word += "{two}"\n    print(word or i)',
    )


@kind("simulation", 3)
def _steps_to_zero(rng: random.Random) -> Draft:
    who, (d, c) = person(rng), rng.choice([(2, 1), (2, 3), (3, 1), (3, 2), (4, 1), (4, 3), (5, 1), (5, 2), (5, 3)])
    top = rng.choice([1000, 10**5, 10**6])
    less = (f" (to 0 if N < {c})", f"({c} 未満なら 0 にします)") if c > 1 else ("", "")
    rule = Both(
        f"While N is positive: if it is divisible by {d}, divide it by {d}; otherwise subtract {c}{less[0]}.",
        f"N が正である間、{d} で割り切れれば {d} で割り、そうでなければ {c} を引きます{less[1]}。",
    )
    return Draft(
        [
            Both(f"{rule.en} How many steps does it take?", f"{rule.ja}何回の操作で終わりますか。"),
            Both(
                f"{who.en} plays with the number N. {rule.en} Count the steps.",
                f"{who.ja}は数 N で遊びます。{rule.ja}操作の回数を数えてください。",
            ),
            Both(
                f"A machine changes N. {rule.en} When does it stop?",
                f"ある機械は N を変えていきます。{rule.ja}何回で止まりますか。",
            ),
        ],
        [Both("Print the number of steps.", "操作の回数を出力してください。"), ANSWER],
        shape := integers(rng, ["N"], 1, top),
        f"{shape.read}\nsteps = 0\nwhile n > 0:\n    n = n // {d} if n % {d} == 0 else max(0, n - {c})\n"
        "    steps += 1\nprint(steps)",
    )


@kind("simulation", 4)
def _walk(rng: random.Random) -> Draft:
    who, most, size = person(rng), rng.choice([50, 100]), rng.choice([0, 0, 3, 5, 10])
    limit = (
        (
            f" A step that would leave the square |x|, |y| ≤ {size} is not taken.",
            f"|x|, |y| ≤ {size} の外に出る移動は行いません。",
        )
        if size
        else ("", "")
    )
    moves = Both(
        "U adds 1 to y, D takes 1 from y, R adds 1 to x, L takes 1 from x.",
        "U で y が 1 増え、D で 1 減り、R で x が 1 増え、L で 1 減ります。",
    )
    shape = text(
        rng,
        most,
        "UDLR",
        Both("S consists of the letters U, D, L and R.", "S は U, D, L, R のみからなる。"),
        ["U" * most, "L" * most],
    )
    step = (
        f"    if abs(x + dx) <= {size} and abs(y + dy) <= {size}:\n        x, y = x + dx, y + dy"
        if size
        else "    x, y = x + dx, y + dy"
    )
    return Draft(
        [
            Both(
                f"A robot starts at (0, 0) and follows S. {moves.en}{limit[0]} Where does it end?",
                f"ロボットが (0, 0) から S の命令どおりに動きます。{moves.ja}{limit[1]}最後の位置を求めてください。",
            ),
            Both(
                f"{who.en} walks from (0, 0) as the string S says. {moves.en}{limit[0]} Find the last point.",
                f"{who.ja}は (0, 0) から文字列 S のとおりに歩きます。{moves.ja}{limit[1]}最後にいる点はどこですか。",
            ),
        ],
        Both("Print x and y, separated by a space.", "x と y を空白区切りで出力してください。"),
        shape,
        f'{shape.read}\nmoves = {{"U": (0, 1), "D": (0, -1), "R": (1, 0), "L": (-1, 0)}}\nx = y = 0\n'
        "for c in s:\n    dx, dy = moves[c]\n"
        f"{step}\nprint(x, y)",
    )


@kind("dates", 3)
def _clock(rng: random.Random) -> Draft:
    who, k = person(rng), rng.choice([5, 10, 15, 25, 45, 50, 70, 75, 90, 100, 125, 200, 300])
    times = [(9, 5), (23, 59), (0, 0), (12, 30), *((rng.randint(0, 23), rng.randint(0, 59)) for _ in range(6))]
    rng.shuffle(times)
    pad = rng.random() < 0.6
    form = "{t // 60 % 24:02}:{t % 60:02}" if pad else "{t // 60 % 24} {t % 60}"
    return Draft(
        [
            Both(
                f"It is M minutes past H o'clock. What time is it {k} minutes later?",
                f"今は H 時 M 分です。{k} 分後は何時何分ですか。",
            ),
            Both(
                f"{who.en}'s train leaves at H hours M minutes and travels for {k} minutes. When does it arrive?",
                f"{who.ja}の乗る列車は H 時 M 分に発車し、{k} 分かかります。到着時刻を求めてください。",
            ),
            Both(
                f"{who.en} starts cooking at H hours M minutes, which takes {k} minutes. When is the meal ready?",
                f"{who.ja}は H 時 M 分に料理を始め、{k} 分で終わります。終わる時刻は何時何分ですか。",
            ),
        ],
        Both(
            "Print the time on the 24-hour clock as HH:MM, with two digits each.",
            "24 時間表記の HH:MM(それぞれ 2 桁)で出力してください。",
        )
        if pad
        else Both("Print the hour (0 to 23) and the minute.", "時(0 から 23)と分を空白区切りで出力してください。"),
        Shape(
            "H M",
            [bounds(0, "H", 23), bounds(0, "M", 59), rng.choice(INTEGERS)],
            "h, m = map(int, input().split())",
            distinct([f"{h} {m}" for h, m in times]),
        ),
        f'h, m = map(int, input().split())\nt = h * 60 + m + {k}\nprint(f"{form}")',
    )


@kind("dates", 3)
def _duration(rng: random.Random) -> Draft:
    who, top = person(rng), rng.choice([10**4, 10**5, 86399])
    values = [
        rng.randint(60, 3599),
        rng.randint(3600, 9999),
        0,
        59,
        60,
        3600,
        top,
        *(rng.randint(0, top) for _ in range(3)),
    ]
    form, words, kanji, code = rng.choice(
        [
            ("H:MM:SS", "hours, minutes and seconds", "時間・分・秒", "{s // 3600}:{s // 60 % 60:02}:{s % 60:02}"),
            ("M:SS", "minutes and seconds", "分・秒", "{s // 60}:{s % 60:02}"),
        ]
    )
    return Draft(
        [
            Both(f"Convert S seconds to {words}.", f"S 秒を{kanji}に直してください。"),
            Both(
                f"{who.en} ran for S seconds. Write this as {words}.",
                f"{who.ja}は S 秒走りました。{kanji}で表してください。",
            ),
            Both(
                f"A film lasts S seconds. {who.en} wants {words}.",
                f"映画は S 秒です。{who.ja}は{kanji}で知りたいと思っています。",
            ),
        ],
        Both(
            f"Print it as {form}: two digits for every part but the first.",
            f"{form} の形で出力してください。先頭以外は 2 桁にします。",
        ),
        Shape("S", [bounds(0, "S", top), rng.choice(INTEGERS)], "s = int(input())", distinct([str(v) for v in values])),
        f's = int(input())\nprint(f"{code}")',
    )


_DAYS = [
    Both(*d.split("/")) for d in words("Monday/月 Tuesday/火 Wednesday/水 Thursday/木 Friday/金 Saturday/土 Sunday/日")
]


@kind("dates", 3)
def _weekday(rng: random.Random) -> Draft:
    who, start, ago = person(rng), rng.randrange(7), rng.random() < 0.3
    today, when = _DAYS[start], ("ago", "前") if ago else ("from now", "後")
    names = ", ".join(f'"{day.en}"' for day in _DAYS)
    return Draft(
        [
            Both(
                f"Today is {today.en}. What day of the week is N days {when[0]}?",
                f"今日は{today.ja}曜日です。N 日{when[1]}は何曜日ですか。",
            ),
            Both(
                f"{who.en} notes on a {today.en}: N days {when[0]}. Which day of the week is meant?",
                f"{who.ja}は{today.ja}曜日に「N 日{when[1]}」とメモしました。それは何曜日ですか。",
            ),
            Both(
                f"If it is {today.en} today, name the day of the week N days {when[0]}.",
                f"今日が{today.ja}曜日のとき、N 日{when[1]}の曜日を答えよ。",
            ),
        ],
        Both("Print its English name, such as Monday.", "曜日を英語(Monday など)で出力してください。"),
        shape := integers(rng, ["N"], 0, rng.choice([100, 1000, 10**6])),
        f"{shape.read}\ndays = [{names}]\nprint(days[({start} {'-' if ago else '+'} n) % 7])",
    )


@kind("dates", 5)
def _between_dates(rng: random.Random) -> Draft:
    who, first, last = person(rng), rng.choice([1900, 1950, 2000]), rng.choice([2050, 2099])
    both = rng.random() < 0.4
    count = ("counting both days", "両端の日を含めて") if both else ("not counting the first", "初日を含めずに")

    def day() -> str:
        return f"{rng.randint(first, last)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"

    pairs = [sorted([day(), day()]) for _ in range(6)]
    edges = [
        [f"{first}-01-01", f"{last}-12-31"],
        [f"{last}-02-28", f"{last}-03-01"],
        ["2000-02-29"] * 2,
        ["2024-02-28", "2024-03-01"],
    ]
    return Draft(
        [
            Both(
                f"How many days are there from the date S to the date T, {count[0]}?",
                f"日付 S から日付 T までは何日ありますか。{count[1]}数えます。",
            ),
            Both(
                f"{who.en} kept a diary from the day S to the day T. How many days is that, {count[0]}?",
                f"{who.ja}は S の日から T の日まで日記をつけました。{count[1]}何日間ですか。",
            ),
        ],
        [Both("Print the number of days.", "日数を出力してください。"), ANSWER],
        Shape(
            "S T",
            [
                Both(
                    f"S and T are dates of the Gregorian calendar, written YYYY-MM-DD, from {first}-01-01 to "
                    f"{last}-12-31.",
                    f"S と T は {first}-01-01 から {last}-12-31 までのグレゴリオ暦の日付で、YYYY-MM-DD "
                    "の形で与えられる。",
                ),
                Both("S is not after T.", "S は T より後ではない。"),
            ],
            "",
            distinct([" ".join(pair) for pair in [*pairs, *edges]]),
        ),
        "from datetime import date\n\ns, t = map(date.fromisoformat, input().split())\n"
        f"print((t - s).days{' + 1' if both else ''})",
    )
