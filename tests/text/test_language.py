import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.text.language import identify, is_language

IDENTIFIED = [
    ("en", "To find the area of the triangle, we use Heron's formula."),
    ("en", "THE ANSWER IS FIVE"),
    ("en", "Tom (a boy) has three apples; he eats one."),
    ("en", "Tom pays $5 for apples and Mary pays $6 for oranges."),
    ("en", "Hence the answer we were asked for is \\boxed{5}"),
    ("en", "The Japanese word ありがとう means thank you."),
    ("en", "for each side, we have:\nthe sum of the other two is larger"),
    ("ja", "三角形の面積を求めるには、ヘロンの公式を使います。"),
    ("ja", "KubernetesのPodをrestartするにはkubectl rollout restartコマンドを使います。"),
    ("ja", "答えは $\\boxed{5}$"),
    ("ja", "次のコードを見てください。\n```python\ndef total(values):\n    return sum(values)\n```"),
    ("ja", "はい"),
    ("ja", "経済学"),
    ("ja", "東京大学理学部数学科の学生"),
    ("zh", "我们来计算这个函数的导数。"),
    ("zh", "這是一個測試，我們開始吧。"),
    ("zh", "我们都很喜欢安娜苏の味道这个品牌。"),
    ("zh", "使用Python编写一个函数来计算总和。"),
    ("ko", "삼각형의 넓이를 구하려면 헤론의 공식을 사용합니다."),
    ("ko", "Python을 사용합니다."),
    ("fr", "Pour trouver l'aire du triangle, on utilise la formule de Héron."),
    ("fr", "Calculons la somme des deux nombres."),
    ("de", "Um die Fläche des Dreiecks zu finden, benutzen wir die Formel."),
    ("de", "Die Antwort ist fünf."),
    ("es", "Para hallar el área del triángulo, usamos la fórmula de Herón."),
    ("es", "¿Cuántas manzanas tiene Juan?"),
    ("ru", "Мы вычисляем сумму двух чисел и получаем ответ."),
    ("it", "Calcoliamo la somma dei due numeri e otteniamo il risultato."),
]

UNDETERMINED = [
    "",
    "   \n",
    "42",
    "12 + 3 = 15",
    "$x^2 + y^2 = 1$",
    "\\boxed{42}",
    "\\[ \\int_0^1 f(x) \\, dx \\]",
    "\\begin{align} area &= length \\cdot width \\end{align}",
    "```python\nprint('this is an English sentence in a piece of code')\n```",
    "def f(x):\n    return x + 1",
    "for i in range(10):\n    total += values[i]\nprint(total)",
    "f(x) = sin x + cos x",
    "https://example.org/this/is/an/address",
    "x = 5, y = 6",
    "15 cm",
    "！？。",
    "🎉",
]


@pytest.mark.parametrize(("language", "text"), IDENTIFIED)
def test_language_is_identified(language, text):
    assert identify(text) == language
    assert is_language(text, language)


@pytest.mark.parametrize(("language", "text"), IDENTIFIED)
def test_another_language_is_refused(language, text):
    others = {"en", "ja", "ko", "ru", "fr"} - {language}
    assert not any(is_language(text, other) for other in others)


@pytest.mark.parametrize("text", UNDETERMINED)
@pytest.mark.parametrize("expected", ["en", "ja", "zh", "de"])
def test_no_prose_has_the_benefit_of_the_doubt(text, expected):
    assert identify(text) == "und"
    assert is_language(text, expected)


@pytest.mark.parametrize("text", ["東京都", "学生数学", "微分積分学入門", "二次方程式"])
def test_short_kanji_may_be_japanese_or_chinese(text):
    assert is_language(text, "ja")
    assert not is_language(text, "en")


@pytest.mark.parametrize("text", ["我们", "数学家说这是对的", "数学" * 20])
def test_chinese_characters_and_long_texts_without_kana_are_not_japanese(text):
    assert identify(text) == "zh"
    assert not is_language(text, "ja")


def test_kanji_of_japan_are_not_chinese():
    assert not is_language("気象庁の発表", "zh")
    assert identify("経済学") == "ja"


def test_a_close_second_guess_is_believed():
    assert is_language("Kita hitung jumlah kedua bilangan itu.", "id")
    assert is_language("Vi beregner summen.", "no")
    assert is_language("Vi beregner summen.", "da")


@pytest.mark.parametrize(
    "foreign",
    [
        "Зимой дни короткие, потому что солнце поднимается невысоко и рано садится за горизонт.",
        "겨울에는 해가 낮게 뜨고 일찍 지기 때문에 낮이 짧고 밤이 깁니다.",
        "In winter the days are short because the sun stays low and sets early in the afternoon.",
    ],
)
def test_a_japanese_text_with_a_paragraph_in_another_language_is_refused(foreign):
    text = "冬は太陽が低く、日が早く沈むので、昼が短くなります。\n\n" + foreign
    assert not is_language(text, "ja")


def test_a_japanese_text_about_english_may_quote_it():
    text = "英語のお礼状では、初めに感謝を述べ、次に思い出を一つ書き添えるのが普通です。"
    text += "たとえばこう書きます。\n\nThank you very much for the warm welcome that you gave us."
    assert is_language(text, "ja")


def test_a_region_is_ignored():
    assert is_language("Calculamos a soma dos dois números e obtemos a resposta.", "pt-BR")
    assert is_language("我们来计算。", "zh_CN")


def test_an_unknown_language_is_refused_for_clear_prose():
    assert not is_language("The answer is the sum of the two numbers.", "xx")


@pytest.mark.parametrize(
    "formula", ["$x + y$", "`value = 3`", "\\(x\\)", "https://example.org/a", "\\frac{1}{2}", "123"]
)
def test_symbols_do_not_change_the_language(formula):
    assert identify(f"答えは {formula} です。" + formula * 20) == "ja"
    assert identify(f"Die Antwort ist {formula} und nichts anderes. " + f"{formula} " * 20) == "de"


def test_importing_does_not_load_the_model():
    code = "import sys, factory.text.language; sys.exit('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@settings(deadline=None)
@given(st.text(), st.sampled_from(["en", "ja", "zh", "", "xx"]))
def test_never_raises(text, expected):
    assert identify(text)
    is_language(text, expected)


def test_lone_surrogates_are_borne():
    assert identify("The answer is five, and that is all. \ud800") == "en"


@pytest.mark.parametrize(
    "unit",
    [
        "`",
        "\\[",
        "$ ",
        "$",
        "\\begin{a}",
        "<a",
        "a.b@",
        "def f(",
        "x",
        "(",
        "気",
        "あa",
        "{\n",
        "x=(;",
        "x[.",
        "for a:\n",
        " ",
        "\t\n",
    ],
)
def test_100_kilobytes_take_no_time(unit):
    identify("warm")
    text = unit * (100_000 // len(unit.encode()))
    start = time.process_time()
    identify(text)
    assert time.process_time() - start < 1
