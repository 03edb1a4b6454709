import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.maths.compare import Vote, majority, same

SAME = [
    ("12", "１２"),
    ("1,234", "1234"),
    ("1{,}234", "1 234"),
    ("3/4", "0.75"),
    (r"\frac{3}{4}", "0.75"),
    (r"\dfrac34", "3/4"),
    ("1 1/2", r"1\frac{1}{2}"),
    ("0.333333", "1/3"),
    (r"3.0\times10^{5}", "300000"),
    ("-5", "−5"),
    ("マイナス5", "-5"),
    ("12 cm", "12"),
    (r"12\text{ cm}", "12 cm"),
    (r"12\,\mathrm{cm}^2", "12 cm²"),
    ("120 cm", "1.2 m"),
    ("7（cm）", "7"),
    ("1 L", "1000 cm³"),
    ("36 km/h", "10 m/s"),
    ("3 apples", "3"),
    (r"\$5", "5 dollars"),
    ("5 million", "5,000,000"),
    ("12円", "12"),
    ("１２円", "十二円"),
    ("￥1,200", "1200円"),
    ("3万5千円", "35,000円"),
    ("二〇二四年", "2024年"),
    ("三分の二", r"\frac{2}{3}"),
    ("3分の2", "2/3"),
    ("5人です", "5人"),
    ("3個", "三個"),
    ("15 センチ", "15センチメートル"),
    (r"90^\circ", "90度"),
    ("90°", "90 degrees"),
    ("50%", "0.5"),
    (r"50\%", "50"),
    ("50パーセント", "50%"),
    ("x = 3", "$x=3.0$"),
    ("x=3", "3"),
    ("yes.", "**Yes**"),
    (r"\text{New York}", "new york"),
    ("(B)", "b"),
    ("東京", "東京。"),
    ("2時間 30分", "2時間30分"),
    ("00:35", "0:35"),
    ("1:2", "2:4"),
    (r"\sqrt{8}", r"2\sqrt{2}"),
    ("2√3", r"\sqrt{12}"),
    ("(x-1)(x+1)", "x^2-1"),
    ("x**10", "x^{10}"),
    ("y=2x+1", "2x+1"),
    (r"3\sqrt{2}\text{ cm}", "3√2"),
    (r"\frac{\pi}{2}", "π/2"),
    (r"x^{\frac{1}{2}}", r"\sqrt{x}"),
    (r"e^{\frac{\pi}{2}}", r"e^{\pi/2}"),
    (r"2\pi", "6.283185307"),
    ("-34*x**8/15 - 5*x/4 + C", r"C-\frac{5x}{4}-\frac{34x^8}{15}"),
    ("-15.0 + 3.0i", "-15+3i"),
    ("1,2", "2, 1"),
    ("1、2", "1, 2"),
    ("x=1 または x=2", "x=2, x=1"),
    (r"\{1,2\}", r"\{2,1\}"),
    ("(1, 2)", r"\left(1,2\right)"),
    ("[1,2)", r"1\le x<2"),
    (r"(-\infty, 2)", "x<2"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{bmatrix}1\\2\end{bmatrix}"),
    ("長" * 300, "長" * 300 + "。"),
]
DIFFERENT = [
    ("3/4", "0.8"),
    ("1/3", "0.33"),
    ("34/5", "3.8"),
    ("1000000", "1000001"),
    ("12 cm", "12 m"),
    ("12 cm", "12 cm^2"),
    ("30 ms", "30 m"),
    ("5m", "5"),
    ("5 million", "5"),
    ("3 apples", "3 oranges"),
    ("12円", "12個"),
    ("90度", "90円"),
    ("三角形", "3"),
    ("25%", "2.5"),
    ("3:30", "1:10"),
    ("x=3", "y=3"),
    ("Yes", "No"),
    ("はい", "いいえ"),
    ("東京", "京都"),
    ("cat", "act"),
    ("AB", "BA"),
    ("2xy", "3xy"),
    ("2x + 3d", "2x + 3"),
    ("x^2", "x^3"),
    (r"\sqrt{2}", r"\sqrt{3}"),
    ("1,2", "1,3"),
    ("(1,2)", "(2,1)"),
    ("[1,2]", "(1,2)"),
    ("1/0", "0"),
    ("", "0"),
    ("x" * 300, "x" * 301),
]
MONSTERS = [
    "9^{9^{9}}",
    "9**9**9",
    "9^9^9^9",
    "9^{9}^{9^9}",
    "9^{9*9*9*9*9*9*9*9}",
    r"9^{\frac{9999999999}{2}}",
    "10^{1000000}",
    "2^{9*9999999}",
    "(2^{1000})^{1000}",
    "100000!",
    "3!!!!",
    r"\binom{99999999}{4444444}",
    "(x+y+z)^{1000}",
    r"\sum_{k=1}^{10^9} k",
    "1e999",
    "9" * 199,
    "(" * 199,
    r"\frac{" * 30,
    "^" * 150,
    "\u0663^\u0664",
    r"\cos x12^{34}9999",
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_same(a: str, b: str) -> None:
    assert same(a, b)
    assert same(b, a)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different(a: str, b: str) -> None:
    assert not same(a, b)
    assert not same(b, a)


@pytest.mark.parametrize("monster", MONSTERS, ids=lambda text: ascii(text[:12]))
# The limit may strike in a generator that is collected just then, where Python can only warn; it strikes again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_monsters_neither_hang_nor_raise_in_any_thread(monster: str) -> None:
    results: list[bool] = []

    def compare() -> None:
        results.extend((same(monster, monster + " "), same(monster, "7"), same(r"\sqrt{x}", monster)))

    start = time.process_time()
    thread = threading.Thread(target=compare)
    thread.start()
    thread.join()
    compare()
    assert results == [True, False, False] * 2
    assert time.process_time() - start < 15


def test_time_limit_holds_outside_the_main_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    from factory.maths import compare

    monkeypatch.setattr(compare, "_SECONDS", 0.2)
    results: list[object] = []

    def endless() -> None:
        while True:
            time.sleep(0)
            str(object())
            _tick()

    thread = threading.Thread(target=lambda: results.append(compare._limited(endless)), daemon=True)
    thread.start()
    thread.join(5)
    assert results == [None]


def _tick() -> None:
    """A Python call, at which the time limit looks at the clock."""


@settings(max_examples=100, deadline=None)
@given(*[st.text(st.sampled_from("12.,/%-+=x()[]{}\\^ 円個三十分の万cm°"), max_size=12)] * 2)
def test_symmetric_and_never_raises(a: str, b: str) -> None:
    assert same(a, b) == same(b, a)
    assert same(a, a)


def test_majority_clusters_spellings() -> None:
    vote = majority(["0.5", "1/2", "3", "1/2", None, r"\frac{1}{2}"])
    assert vote == Vote("1/2", 4 / 6, 3 / 6, (0, 0, 1, 0, -1, 0))


def test_majority_in_japanese() -> None:
    assert majority(["12円", "十二円", "１２", "13円"]) == Vote("12円", 0.75, 0.5, (0, 0, 0, 1))


def test_majority_tie_goes_to_the_first_seen_with_no_margin() -> None:
    assert majority(["2", "3", "3", "2"]) == Vote("2", 0.5, 0.0, (0, 1, 1, 0))


@pytest.mark.parametrize("answers", [[], [None, None]])
def test_majority_of_no_answers(answers: list[None]) -> None:
    assert majority(answers) == Vote(None, 0.0, 0.0, (-1,) * len(answers))


def test_nothing_is_printed_and_imports_are_light() -> None:
    code = (
        "import sys; from factory.maths import compare, families, gym\n"
        "assert not {'sympy', 'math_verify', 'reasoning_gym'} & set(sys.modules)\n"
        "assert compare.same('\\\\sqrt{4}', '2') and not compare.same('\\\\sqrt{', '2')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
