import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.maths.answers import Answer, clean, extract, normalise, split_reasoning


@pytest.mark.parametrize(
    ("text", "answer", "how"),
    [
        (r"So \boxed{7} apples.", "7", "boxed"),
        (r"\boxed{1}, better \boxed{\frac{1}{2}}", r"\frac{1}{2}", "boxed"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}", "boxed"),
        (r"\fbox{8}", "8", "boxed"),
        (r"\boxed{\boxed{5}}", "5", "boxed"),
        (r"{ \boxed {3}", "3", "boxed"),
        (r"\boxed{3} and then \boxed{4", "3", "boxed"),
        (r"\boxed{} so the answer is 6.", "6", "phrase"),
        (r"The answer is 4. #### 5 <answer>6</answer>", "4", "phrase"),
        ("The final answer is **42**.", "42", "phrase"),
        ("Answer: 3 or so\nAnswer: $x=3$ because y = 2", "x=3", "phrase"),
        ("**Final Answer:**\n12 cm", "12 cm", "phrase"),
        ("the answer is 3. No, the answer is 3.5 so there", "3.5", "phrase"),
        ("答えは１２です。", "12", "phrase"),
        ("したがって、答えは三分の二である。", "三分の二", "phrase"),
        ("答え：５cm²", "5cm^2", "phrase"),
        ("答えは「東京」となります。", "東京", "phrase"),
        ("正解は−3です", "-3", "phrase"),
        ("3 + 4 = 7\n#### 1,234\n", "1,234", "hashes"),
        ("#### Step 1\nthree is 3", "3", "last_number"),
        ("#### 5\n<answer> 7 </answer> of 9", "7", "tag"),
        ("so 5 - 3 = 2", "2", "last_number"),
        ("よって、代金は3万円です。", "3万", "last_number"),
        ("代金は1万2千円です。", "1万2千", "last_number"),
        ("残りは3分の2です。", "3分の2", "last_number"),
        ("it costs 5 million dollars", "5 million", "last_number"),
        ("<answer>The answer is 42</answer>", "42", "phrase"),
        ("Answer: <answer>42</answer>", "42", "tag"),
        ("The answer is $5, so he has $12 left.", "5", "phrase"),
        ("The answer is 7. This answer is correct.", "7", "phrase"),
        ("答えは7です。この答えは正しいです。", "7", "phrase"),
        ("答えは5です。この答えは正しくありません。", "5", "phrase"),
        ("The answer is correct.", "correct", "phrase"),
        ("it is 1,234,567.50 or so", "1,234,567.50", "last_number"),
        ("合計は−12.5だ", "-12.5", "last_number"),
        ("３／４ です", "3/4", "last_number"),
        ("1½ cups", "1 1/2", "last_number"),
        ("25 % of x12", "25 %", "last_number"),
        (r"it is \frac{3}{4}", r"\frac{3}{4}", "last_number"),
        ("9 cm^{2}", "9", "last_number"),
        ("<think>\\boxed{1}</think>It is 4.", "4", "last_number"),
    ],
)
def test_extracts_the_most_explicit_answer(text: str, answer: str, how: str) -> None:
    assert extract(text) == Answer(answer, how)


@pytest.mark.parametrize(
    "text", ["", "No idea.", r"\boxed{12", "わかりません。", "<think>it is 3, so", "x12", r"\boxed{}"]
)
def test_no_answer_is_none(text: str) -> None:
    assert extract(text) is None


def test_cut_box_hides_only_its_own_line() -> None:
    assert extract("It is 12.\n\\boxed{1 = 34\nso 5") == Answer("5", "last_number")


def test_long_phrase_is_prose() -> None:
    assert extract("Answer: " + "we add them " * 20 + "and get 9") == Answer("9", "last_number")


def test_split_reasoning() -> None:
    assert split_reasoning("<think>a</think> b") == ("a", "b")
    assert split_reasoning("考え中</think>答え") == ("考え中", "答え")
    assert split_reasoning("<think>cut") == ("cut", "")
    assert split_reasoning("plain <think>") == ("", "plain <think>")


def test_normalise_keeps_meaning() -> None:
    assert normalise("ｘ² − １½ ㎠ １，０００") == "x^2 - 1 1/2 cm^2 1,000"
    assert normalise("10⁻¹²") == "10^-12"


def test_clean() -> None:
    assert [clean(t) for t in ("**$5$.**", r"\(5\)", r"\[5\].", "「5」。", " `5` ")] == ["5"] * 5


@pytest.mark.parametrize(
    "text",
    [
        "\\boxed{" * 20_000,
        "\\boxed{" * 10_000 + "}" * 10_000,
        "\\boxed{\n" * 12_000,
        "\\boxed" + " " * 100_000,
        "{" * 100_000,
        "}" * 100_000,
        "\\frac{" * 16_000,
        "the answer is " * 7_000,
        "answer" + " " * 100_000,
        ("answer" + "* " * 50) * 1_000,
        "答えは" * 33_000,
        "1," * 50_000,
        "111," * 25_000 + "1111",
        "9" * 100_000,
        "１½" * 50_000,
        "-" * 100_000,
        "#" * 100_000,
        "<answer>" * 12_000,
        "<think>" * 14_000,
        "a" + "\u0301\u0327" * 50_000,  # NFKC alone takes 12 s
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_adversarial_texts_are_linear(text: str) -> None:
    start = time.process_time()
    extract(text)
    assert time.process_time() - start < 1


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("\\boxed{} $*.#0123,/%-<answer>is答えは：１²½\n")))
def test_never_raises_and_never_returns_an_empty_answer(text: str) -> None:
    answer = extract(text)
    assert answer is None or answer.text.strip()
