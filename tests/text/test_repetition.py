import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.text.repetition import is_repetitive, repetition

JA_PASSAGE = "与えられた数をすべて足し合わせて合計を求め、最初に求めた値と比べて大きいほうを選ぶことにします。"
FUNCTION = "def {}(x):\n    if x:\n        return 1\n    return 0\n\n\n"
PASSAGE = "Let us compute the sum of all the numbers that stand in the list which the problem gives us to add. "
TIC = "{} as well as the other one which comes next, and "
THINGS = ["apple", "pear", "plum", "grape", "melon", "cherry", "lemon", "peach", "banana", "mango", "fig"]

DEGENERATE = {
    "sentence": "The answer is 5. " * 30,
    "sentence cut in the middle": "Good. " + "and the cat sat on the mat " * 7 + "and the ca",
    "doubt": "I think so. Let me check again. " * 20,
    "line": "Hello.\n" + "We add the numbers and get the total.\n" * 12,
    "word": "Wait, " * 60,
    "syllable": "ha" * 100,
    "zeros": "x = 0." + "0" * 400,
    "marks": "Yes" + "!" * 300,
    "formula": "So $x = 1$. " * 20,
    "ja sentence": "答えは5です。" * 20,
    "ja word": "うん、" * 50,
    "zh": "我们再算一次。" * 20,
    "zh character": "的" * 100,
    "ko": "그래서 " * 40,
    "fr": "Donc la réponse est cinq. " * 12,
    "de": "Also ist die Antwort fünf. " * 12,
    "es": "La respuesta es cinco. " * 12,
    "passage, then an end": PASSAGE * 8 + "That is all there is to say.",
    "ja passage, then an end": JA_PASSAGE * 6 + "終わり。",
    "lines, then an end": "\n".join(
        ["We look at the next one.", "It is not the one.", *["No, go on then."] * 9, "Found it."]
    ),
    "phrase": "".join(TIC.format(thing) for thing in THINGS) + "nothing else.",
}

LEGITIMATE = {
    "nothing": "",
    "sum": "2 + 2 + 2 + 2 = 8",
    "long sum": "x = " + " + ".join(["1"] * 50),
    "product": "7 × 8 = " + " + ".join(["8"] * 7) + " = 56",
    "table of sums": "\n".join(f"{i} + {j} = {i + j}" for i in range(1, 8) for j in range(1, 8)),
    "markdown table": "|a|b|\n|---|---|\n" + "\n".join(f"|{i}|{i * i}|" for i in range(20)),
    "aligned": "$$\\begin{aligned}"
    + "\\\\\n".join(f"x_{{{i}}} &= x_{{{i - 1}}} + x_{{{i - 2}}}" for i in range(2, 20))
    + "\\end{aligned}$$",
    "matrix": "A = \\begin{pmatrix}" + " \\\\ ".join(["0 & 0 & 0 & 0 & 0"] * 8) + "\\end{pmatrix}, of rank 0.",
    "matrix at the end": "\\begin{pmatrix}" + " \\\\ ".join(["0 & 0 & 0 & 0"] * 4) + "\\end{pmatrix}",
    "terms": "\n".join(f"The next term is {a} + {a + 2} = {2 * a + 2}." for a in range(1, 30)),
    "terms in LaTeX": "\n".join(f"The next term is ${a} + {a + 2} = {2 * a + 2}$." for a in range(1, 30)),
    "cases": "\n".join(f"Case {i}: if n ≡ {i} (mod 7), then n^2 ≡ {i * i % 7} (mod 7)." for i in range(7)),
    "substitutions": "\n".join(
        f"For $n = {n}$, we substitute into the formula and simplify to get the value ${n * n + 1}$."
        for n in range(1, 12)
    ),
    "ja table": "\n".join(f"{i}の二乗は{i * i}です。" for i in range(1, 30)),
    "asserts": "\n".join(f"assert f({i}) == {i * i}" for i in range(20)),
    "code": FUNCTION.format("f") + FUNCTION.format("g"),
    "decimals": "1/3 = 0." + "3" * 60 + "...",
    "googol": "10^{100} = 1" + "0" * 100,
    "rule": "Title\n" + "-" * 80,
    "laugh": "ha " * 5,
    "song": "Row, row, row your boat. Merrily, merrily, merrily, merrily, life is but a dream.",
    "coins": "Flips: " + ", ".join(["H, T"] * 15) + " so there are 15 heads.",
    "answer said twice": "The answer is 5. " * 2,
    "passage said twice": PASSAGE
    + "We have 3, 4 and 5 in the list, so that we add 3 to 4, which is 7, and then 5, which gives 12 in all. "
    + PASSAGE,
    "ja": "三角形ABCにおいて、辺ABの長さは5、辺BCの長さは7、辺CAの長さは8である。余弦定理より、角Aの余弦は1/2となり、"
    "角Aは60度である。したがって、三角形ABCの面積は10√3である。",
    "zh": "设三角形ABC的三边长分别为5、7、8。由余弦定理可得角A的余弦为1/2，所以角A等于60度，面积为10√3。",
    "ko": "삼각형의 세 변의 길이가 5, 7, 8일 때, 코사인 법칙에 의해 각 A는 60도이고 넓이는 10√3이다.",
    "fr": "Soit un triangle de côtés 5, 7 et 8. La loi des cosinus donne un angle de 60 degrés et une aire de 10√3.",
}


@pytest.mark.parametrize("text", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_text_is_flagged(text):
    assert is_repetitive(text)


@pytest.mark.parametrize("text", LEGITIMATE.values(), ids=LEGITIMATE)
def test_legitimate_repetition_is_let_through(text):
    assert is_repetitive(text) is None


def test_the_loop_is_measured_and_named():
    measured = repetition("Good morning. " + "abcdefgh " * 20)
    assert sorted(measured.loop) == sorted(" abcdefgh")
    assert measured.loops == pytest.approx(20, abs=0.2)
    assert is_repetitive("答えは5です。" * 20) == "ends in a loop: '答えは5です。' × 20"


def test_the_shares_are_those_of_the_definition():
    lines = [f"this is line {letter}" for letter in "abcdefgh"]
    assert repetition("\n".join(lines + lines[:2])).duplicate_lines == pytest.approx(0.2)
    words = " ".join(f"w{a}{b}" for a in "abcdefghij" for b in "abcdefghij")
    assert repetition(words).duplicate_ngrams == 0
    assert repetition(f"{words} and {words}").duplicate_ngrams == pytest.approx(300 / 603)
    fives = " ".join(
        f"one two ten six {a}{b}{c}" for a, b, c in zip("abcdefghijkl", "bcdefghijklm", "cdefghijklmn", strict=True)
    )
    assert repetition(fives).top_ngram == pytest.approx(12 / 15)


def test_limits_are_for_the_caller_to_set():
    text = PASSAGE + "We have three numbers, which give twelve in all when they are added up. " + PASSAGE
    assert is_repetitive(text) is None
    assert is_repetitive(text, max_duplicate_ngrams=0.1) == "duplicate n-grams: 37% of the text"


@settings(deadline=None)
@given(st.text())
def test_never_raises_and_shares_are_shares(text):
    measured = repetition(text)
    assert all(0 <= share <= 1 for share in (measured.duplicate_lines, measured.top_ngram, measured.duplicate_ngrams))
    is_repetitive(text)


@settings(deadline=None)
@given(st.text(alphabet="abcd あ", min_size=1, max_size=30), st.integers(3, 6), st.integers(60, 120))
def test_every_long_loop_is_found(unit, least, longer):
    if unit.strip():
        assert is_repetitive("End of the text: " + unit * (least + 240 // len(unit) + longer // len(unit)))


@pytest.mark.parametrize(
    "unit", ["a", "a ", "\n", "$", "$ ", "\\[", "\\a", "12 ", "あ", "line of text\n", "x1 ", "\\[\\", "$$ "]
)
def test_100_kilobytes_take_no_time(unit):
    text = unit * (100_000 // len(unit.encode()))
    start = time.process_time()
    repetition(text)
    assert time.process_time() - start < 0.5


def test_100_kilobytes_of_prose_take_no_time():
    rng = random.Random(0)
    text = " ".join("".join(rng.choices("etaoinshr", k=rng.randint(1, 9))) for _ in range(17_000))
    start = time.process_time()
    assert is_repetitive(text) is None
    assert time.process_time() - start < 0.25  # about 0.02 s on an idle core
