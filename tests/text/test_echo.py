import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.text.echo import echoes

OCEANS = "Name three oceans and the largest sea of each."
TOM = "Tom has 3 boxes with 12 apples each. He gives 7 apples away. How many apples does he have left?"
TARO = "太郎君は12個のりんごが入った箱を3つ持っています。7個を友達にあげました。残りは何個ですか。"
FIX = "Fix this function:\n```python\ndef area(r):\n    return 3.14 * r * 2\n```"

ECHOES = [
    ("whole", OCEANS, OCEANS),
    ("whole", "name three oceans and the largest sea of each", OCEANS),
    ("whole", TARO + "\n", TARO),
    ("whole", "  **" + TOM + "**", TOM),
    ("start", "Name three oceans and the largest sea of", OCEANS),
    ("start", OCEANS + " Answer:", OCEANS),
    ("start", "Sure! " + OCEANS, OCEANS),
    ("start", "Question: " + TOM, TOM),
    ("start", "質問：" + TARO + "答え：", TARO),
    ("start", TOM + " He has 3 boxes.", TOM),
    ("start", FIX, FIX + " Please."),
    ("loop", (OCEANS + "\n") * 6, OCEANS),
    ("loop", "Well. " + (TARO + "\n") * 3, TARO),
    ("loop", (TOM + " The answer is 12.\n") * 4, TOM),
    ("whole", "请列出世界上最大的三个海洋及其面积。", "请列出世界上最大的三个海洋及其面积。"),
    ("whole", "세계에서 가장 큰 바다 세 곳을 말해 주세요.", "세계에서 가장 큰 바다 세 곳을 말해 주세요."),
]

ANSWERS = [
    ("The Pacific, the Atlantic and the Indian Ocean.", OCEANS),
    (TOM + "\n\nHe starts with 3 × 12 = 36 apples. After giving 7 away, 36 - 7 = 29 are left.", TOM),
    (TOM + " 29", TOM),
    ("Tom has 3 boxes with 12 apples each, so 36 apples. He gives 7 away: 29 are left.", TOM),
    (TARO + "\n12×3=36、36-7=29。答えは29個です。", TARO),
    ("太郎君は12個入りの箱を3つ持っているので、りんごは36個です。7個あげると29個残ります。", TARO),
    ("```python\ndef area(r):\n    return 3.14 * r * r\n```\nThe radius must be squared.", FIX),
    (
        "Fix this function:\n```python\ndef area(r):\n    return 3.14 * r ** 2\n```\nThe exponent was missing there.",
        FIX,
    ),
    ("Good morning!", "Good morning!"),
    ("ありがとうございます", "ありがとうございます"[:4]),
    ("", OCEANS),
    (OCEANS, ""),
    ("「次の文」を訳すと、The weather is fine today. となります。", "次の文を英訳してください：今日は天気がよいです。"),
    ("He goes to school every day.", "Correct the grammar of the sentence: He go to school every day."),
]


@pytest.mark.parametrize(("kind", "answer", "question"), ECHOES)
def test_an_echo_is_told_with_its_kind(kind, answer, question):
    assert echoes(answer, question).split(":")[0] == kind


@pytest.mark.parametrize(("answer", "question"), ANSWERS)
def test_an_answer_that_restates_or_quotes_is_none(answer, question):
    assert echoes(answer, question) is None


def test_a_dialogue_may_quote_its_question_twice():
    answer = f'"{OCEANS}" she read. He thought. "{OCEANS}" he repeated, and then spoke of the Pacific, which is the '
    answer += (
        "largest, and of the South China Sea; then of the Atlantic with the Caribbean, then of the Indian Ocean, " * 3
    )
    assert echoes(answer, OCEANS) is None


@settings(deadline=None)
@given(st.text(), st.text())
def test_never_raises(answer, question):
    echoes(answer, question)


@settings(deadline=None)
@given(st.text(alphabet="abcde あい", min_size=50, max_size=90), st.sampled_from(["", "\n", " ", "…", "?"]))
def test_every_question_of_some_length_is_an_echo_of_itself(question, end):
    if len(question.replace(" ", "")) >= 24:
        assert echoes(question + end, question)


@pytest.mark.parametrize("unit", ["a", "a ", "ab", "1", "あ", " ", "問題", "word\n", "12 "])
def test_100_kilobytes_take_no_time(unit):
    text = unit * (100_000 // len(unit.encode()))
    start = time.process_time()
    echoes(text, text[: len(text) // 2])
    echoes(text[: len(text) // 2], text)
    echoes(text + "b", "b" + text)
    echoes(text, unit * (60 // len(unit)))
    assert time.process_time() - start < 1
