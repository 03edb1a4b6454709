"""Families of difficulty 1 to 5 about text: lengths, letters, words, brackets."""

import random

from factory.contest.kinds import Draft, Shape, kind
from factory.contest.shapes import ANSWER, LOWER, bounds, cases, person, text, words
from factory.contest.topics import Both


@kind("strings", 1)
def _length(rng: random.Random) -> Draft:
    who, k = person(rng), rng.choice([1, 1, 1, 2, 3, 5, 10])
    each = (f" Each letter costs {k} coins.", f"1 文字につき {k} 枚のコインがかかります。") if k > 1 else ("", "")
    question = (
        ("What does it cost?", "全部で何枚かかりますか。") if k > 1 else ("How long is it?", "長さはいくつですか。")
    )
    return Draft(
        [
            Both(f"You are given a word S.{each[0]} {question[0]}", f"単語 S が与えられます。{each[1]}{question[1]}"),
            Both(
                f"{who.en} writes the word S.{each[0]} {question[0]}",
                f"{who.ja}は単語 S を書きます。{each[1]}{question[1]}",
            ),
            Both(
                f"{who.en} paints the string S on a wall.{each[0]} {question[0]}",
                f"{who.ja}は壁に文字列 S を描きます。{each[1]}{question[1]}",
            ),
        ],
        ANSWER if k > 1 else [Both("Print the number of letters.", "文字数を出力してください。"), ANSWER],
        shape := text(rng, rng.choice([20, 50, 100])),
        f"{shape.read}\nprint(len(s){f' * {k}' if k > 1 else ''})",
    )


@kind("strings", 1)
def _reverse(rng: random.Random) -> Draft:
    who, mark = person(rng), rng.choice(["", "", "!", "?", ".", "-", "*", "#"])
    add = (f" Put '{mark}' at the end.", f"最後に '{mark}' を付けてください。") if mark else ("", "")
    return Draft(
        [
            Both(f"Reverse the word S.{add[0]}", f"単語 S を逆順にしてください。{add[1]}"),
            Both(
                f"{who.en} reads the word S from right to left. What does {who.en} read?{add[0]}",
                f"{who.ja}は単語 S を右から左へ読みます。何と読みますか。{add[1]}",
            ),
            Both(f"Write S in a mirror: last letter first.{add[0]}", f"S を後ろの文字から順に書いてください。{add[1]}"),
        ],
        [Both("Print the new word.", "できた単語を出力してください。"), ANSWER],
        shape := text(rng, rng.choice([20, 50, 100])),
        f"{shape.read}\nprint(s[::-1]{f' + {mark!r}' if mark else ''})".replace("'", '"'),
    )


@kind("strings", 1)
def _capitals(rng: random.Random) -> Draft:
    who = person(rng)
    how, kanji, code = rng.choice(
        [
            ("in capital letters", "すべて大文字", "upper"),
            ("with a capital first letter", "最初の文字だけ大文字", "capitalize"),
        ]
    )
    mark = rng.choice(["", "", "!", "?", ".", "-"])
    add = (f" followed by '{mark}'", f"し、最後に '{mark}' を付け") if mark else ("", "し")
    add_code = f' + "{mark}"' if mark else ""
    return Draft(
        [
            Both(f"Write the word S {how}{add[0]}.", f"単語 S を{kanji}に{add[1]}てください。"),
            Both(
                f"{who.en} wants the word S {how}{add[0]}. Help {who.en}.",
                f"{who.ja}は単語 S を{kanji}に{add[1]}たいと思っています。手伝ってください。",
            ),
            Both(
                f"A sign shows the word S {how}{add[0]}. What does it show?",
                f"看板には S を{kanji}に{add[1]}たものが書かれます。何と書かれますか。",
            ),
        ],
        [Both("Print the new word.", "変換後の単語を出力してください。"), ANSWER],
        shape := text(rng, rng.choice([20, 50, 100])),
        f"{shape.read}\nprint(s.{code}(){add_code})",
    )


@kind("strings", 1)
def _repeat(rng: random.Random) -> Draft:
    who, k, glue = person(rng), rng.randint(2, 12), rng.choice(["", "", "", " ", "-"])
    between = {"": ("with nothing in between", "間を空けずに"), " ": ("separated by a space", "空白区切りで")}.get(
        glue, ("joined by '-'", "'-' でつないで")
    )
    code = f'"{glue}".join([s] * {k})' if glue else f"s * {k}"
    return Draft(
        [
            Both(f"Write the word S {k} times, {between[0]}.", f"単語 S を{between[1]} {k} 回書いてください。"),
            Both(
                f"{who.en} shouts the word S {k} times. Write it down {between[0]}.",
                f"{who.ja}は単語 S を {k} 回叫びます。{between[1]}書き表してください。",
            ),
            Both(f"A parrot repeats S: {k} times, {between[0]}.", f"オウムが S を{between[1]} {k} 回くり返します。"),
        ],
        [Both("Print the result on one line.", "結果を 1 行に出力してください。"), ANSWER],
        shape := text(rng, rng.choice([10, 20, 50])),
        f"{shape.read}\nprint({code})",
    )


@kind("counting", 2)
def _count_letter(rng: random.Random) -> Draft:
    who, c = person(rng), rng.choice("aaeeiolnrst")
    code = rng.choice([f's.count("{c}")', f'sum(x == "{c}" for x in s)'])
    return Draft(
        [
            Both(f"How many times does the letter '{c}' occur in S?", f"S に文字 '{c}' は何回現れますか。"),
            Both(
                f"{who.en} circles every '{c}' in the word S. How many circles are there?",
                f"{who.ja}は単語 S の '{c}' をすべて丸で囲みます。丸はいくつですか。",
            ),
            Both(f"Count the letter '{c}' in the string S.", f"文字列 S に含まれる '{c}' を数えよ。"),
        ],
        [Both("Print the count.", "個数を出力してください。"), Both("Print one integer.", "整数を 1 つ出力せよ。")],
        shape := text(rng, rng.choice([20, 50, 100]), extra=[c, c * 9]),
        f"{shape.read}\nprint({code})",
    )


@kind("strings", 3)
def _letters_of_a_set(rng: random.Random) -> Draft:
    who, chosen = person(rng), "aeiou" if rng.random() < 0.3 else "".join(sorted(rng.sample(LOWER, rng.randint(2, 4))))
    listed = ", ".join(chosen)
    remove = rng.random() < 0.5
    if remove:
        asked = Both(f"Remove every {listed} from S.", f"S から {listed} をすべて取り除いてください。")
        output = Both(
            "Print what is left, or EMPTY if nothing is.", "残った文字列を出力してください。空なら EMPTY と出力します。"
        )
        code = f'print("".join(c for c in s if c not in "{chosen}") or "EMPTY")'
    else:
        asked = Both(
            f"How many letters of S are among {listed}?", f"S の文字のうち {listed} のいずれかであるものは何個ですか。"
        )
        output, code = ANSWER, f'print(sum(c in "{chosen}" for c in s))'
    return Draft(
        [
            Both(f"You are given a string S. {asked.en}", f"文字列 S が与えられます。{asked.ja}"),
            Both(
                f"Some keys of {who.en}'s keyboard are sticky. {asked.en}",
                f"{who.ja}のキーボードは一部のキーの調子が悪いです。{asked.ja}",
            ),
            Both(f"{who.en} has a favourite word S. {asked.en}", f"{who.ja}のお気に入りの単語は S です。{asked.ja}"),
        ],
        output,
        shape := text(rng, rng.choice([30, 50, 100]), extra=[chosen, chosen[0]]),
        f"{shape.read}\n{code}",
    )


@kind("strings", 3)
def _palindrome(rng: random.Random) -> Draft:
    who, (yes, no) = (
        person(rng),
        rng.choice([("Yes", "No"), ("YES", "NO"), ("yes", "no"), ("True", "False"), ("OK", "NG")]),
    )
    halves = ["".join(rng.choice("abc") for _ in range(k)) for k in (2, 3, 10, 20)]
    mirrored = [half + half[::-1][rng.randint(0, 1) :] for half in halves]
    return Draft(
        [
            Both("Does S read the same forwards and backwards?", "S は前から読んでも後ろから読んでも同じですか。"),
            Both(f"{who.en} collects palindromes. Is S one?", f"{who.ja}は回文を集めています。S は回文ですか。"),
            Both("Decide whether the string S equals its own reverse.", "文字列 S がその逆順と等しいか判定せよ。"),
        ],
        Both(
            f"Print '{yes}' if it is so, '{no}' otherwise.",
            f"そうであれば '{yes}'、そうでなければ '{no}' と出力してください。",
        ),
        shape := text(rng, rng.choice([50, 100]), extra=[mirrored[0], *mirrored[1:]]),
        rng.choice(
            [
                f'{shape.read}\nprint("{yes}" if s == s[::-1] else "{no}")',
                f"{shape.read}\nok = all(s[i] == s[-1 - i] for i in range(len(s) // 2))\n"
                f'print("{yes}" if ok else "{no}")',
            ]
        ),
    )


@kind("strings", 3)
def _caesar(rng: random.Random) -> Draft:
    who, k = person(rng), rng.randint(1, 25)
    back = rng.random() < 0.3
    way, kanji = ("before", "前") if back else ("after", "後")
    wrap = Both("the alphabet is a circle, so a comes after z", "アルファベットは環状で、z の次は a とします")
    return Draft(
        [
            Both(
                f"Replace every letter of S by the one {k} places {way} it; {wrap.en}.",
                f"S の各文字を、アルファベットで {k} 文字{kanji}の文字に置き換えてください。{wrap.ja}。",
            ),
            Both(
                f"{who.en} writes secretly: each letter becomes the one {k} places {way} it ({wrap.en}). Encode S.",
                f"{who.ja}は暗号を使い、各文字を {k} 文字{kanji}の文字にします({wrap.ja})。S を暗号にしてください。",
            ),
        ],
        [Both("Print the new string.", "変換後の文字列を出力してください。"), ANSWER],
        shape := text(rng, rng.choice([50, 100]), extra=[LOWER]),
        f'{shape.read}\nprint("".join(chr((ord(c) - 97 {"-" if back else "+"} {k}) % 26 + 97) for c in s))',
    )


@kind("counting", 4)
def _most_common(rng: random.Random) -> Draft:
    who, most, last = person(rng), rng.choice([20, 50, 100]), rng.random() < 0.4
    tie = ("last", "最後") if last else ("first", "最初")
    pool = rng.sample(words("red blue green white black pink cat dog fox owl tea milk rice jam"), 6)

    def build(size: int) -> str:
        return "\n".join([str(size), *(rng.choice(pool) for _ in range(size))])

    shape = Shape(
        "N\nS_1\nS_2\n:\nS_N",
        [
            bounds(1, "N", most),
            Both(
                "S_i consists of 1 to 10 lowercase English letters.",
                "S_i は 1 文字以上 10 文字以下の英小文字からなる。",
            ),
        ],
        "",
        cases(build, 5, most),
    )
    best = "max(sorted(count, reverse=True), key=count.get)" if last else "min(count, key=lambda w: (-count[w], w))"
    return Draft(
        [
            Both(
                f"Which of the N words occurs most often? Of equally frequent ones, take the {tie[0]} in "
                "alphabetical order.",
                f"N 個の単語のうち最も多く現れるものはどれですか。同数なら辞書順で{tie[1]}のものとします。",
            ),
            Both(
                f"{who.en} counts N votes, each for a word S_i. Which word wins? A tie goes to the "
                f"alphabetically {tie[0]}.",
                f"{who.ja}は N 票を数えます。i 票目は単語 S_i です。最多の単語を求めてください。"
                f"同数なら辞書順で{tie[1]}の単語です。",
            ),
        ],
        [Both("Print the word.", "その単語を出力してください。"), ANSWER],
        shape,
        f"from collections import Counter\n\nn, *words = open(0).read().split()\ncount = Counter(words)\nprint({best})",
    )


@kind("strings", 4)
def _run_length(rng: random.Random) -> Draft:
    who, beads = person(rng), "".join(rng.sample(LOWER, rng.choice([2, 3])))
    longest, most = rng.random() < 0.5, rng.choice([50, 100, 200])
    consists = Both(f"S consists of the letters {', '.join(beads)}.", f"S は {', '.join(beads)} のみからなる。")
    shape = text(rng, most, beads, consists, [beads[0] * most])
    if longest:
        asked = Both(
            "How long is its longest run of equal letters?", "同じ文字が続く部分の最大の長さを求めてください。"
        )
        output, code = ANSWER, "max(len(list(run)) for _, run in groupby(s))"
    else:
        asked = Both(
            "Shorten it: write each run of equal letters as the letter and the length of the run.",
            "同じ文字の連続を、文字とその長さに置き換えて圧縮してください。",
        )
        output, code = (
            Both("Print the result without spaces.", "結果を空白なしで出力してください。"),
            ('"".join(c + str(len(list(run))) for c, run in groupby(s))'),
        )
    return Draft(
        [
            Both(f"You are given a string S. {asked.en}", f"文字列 S が与えられます。{asked.ja}"),
            Both(
                f"{who.en} threads beads; S gives their colours. {asked.en}",
                f"{who.ja}はビーズを並べ、その色を S で表しました。{asked.ja}",
            ),
            Both(
                f"A sensor of {who.en}'s recorded S. {asked.en}", f"{who.ja}のセンサーが S を記録しました。{asked.ja}"
            ),
        ],
        output,
        shape,
        f"from itertools import groupby\n\n{shape.read}\nprint({code})",
    )


@kind("strings", 5)
def _brackets(rng: random.Random) -> Draft:
    kinds = rng.choice(["()", "()[]", "()[]{}", "[]{}", "()<>"])
    who, (yes, no), most = (
        person(rng),
        rng.choice([("Yes", "No"), ("YES", "NO"), ("valid", "invalid")]),
        rng.choice([50, 100]),
    )
    pairs = [kinds[i : i + 2] for i in range(0, len(kinds), 2)]

    def balanced(size: int) -> str:
        if size <= 0:
            return ""
        inside, pair = rng.randint(0, size - 1), rng.choice(pairs)
        return pair[0] + balanced(inside) + pair[1] + balanced(size - 1 - inside)

    consists = Both(f"S consists of the characters {kinds}.", f"S は {kinds} の文字のみからなる。")
    shape = text(rng, most, kinds, consists)
    right = [balanced(k) for k in (3, 2, most // 2, most // 4, most // 3)]
    swapped = right[3][1:] + right[3][0]
    first, *others = (one.rstrip("\n") for one in shape.inputs)
    inputs = [f"{one}\n" for one in dict.fromkeys([right[0], first, *right[1:], swapped, kinds[0] * most, *others])]
    closing = "{" + ", ".join(f'"{pair[1]}": "{pair[0]}"' for pair in pairs) + "}"
    return Draft(
        [
            Both(
                "Are the brackets in S balanced: does each one match a partner of its kind, properly nested?",
                "S の括弧は正しく対応していますか。同じ種類どうしが正しく入れ子になっている必要があります。",
            ),
            Both(
                f"{who.en} checks whether the brackets S of a program are closed properly and in the right order.",
                f"{who.ja}はプログラムの括弧列 S が正しい順序で閉じられているか調べています。",
            ),
        ],
        Both(
            f"Print '{yes}' if they are, '{no}' if not.",
            f"正しければ '{yes}'、そうでなければ '{no}' と出力してください。",
        ),
        Shape(shape.form, shape.constraints, shape.read, inputs),
        f"{shape.read}\npartner = {closing}\nstack = []\nok = True\nfor c in s:\n    if c not in partner:\n"
        "        stack.append(c)\n"
        "    elif not stack or stack.pop() != partner[c]:\n        ok = False\n        break\n"
        f'print("{yes}" if ok and not stack else "{no}")',
    )
