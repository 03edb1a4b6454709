import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.text.truncation import looks_truncated

CUT = [
    ("en", "A loan of 200 euros costs 8 euros a year. The"),
    ("ja", "卵は二つ割ります。よく混ぜたら、弱火で焼いてく"),
    ("ja", "バスは一時間に四本あります。だから十五分ごとで、60"),
    ("ja", "苗は春に植えます。水"),
    ("en", "We add the two numbers and"),
    ("en", "Therefore, the answer is"),
    ("en", "First, we multiply by three,"),
    ("en", "The steps are as follows:"),
    ("en", "The value of $x + 3"),
    ("en", "The value is $"),
    ("en", "We compute $$x = \\frac{1}{2}"),
    ("en", "The answer is \\boxed{12"),
    ("en", "The answer is \\boxed{\\text{12}"),
    ("en", "So \\[ x = 5"),
    ("en", "So \\( x"),
    ("en", "\\begin{align} x &= 5 \\\\ y &= 6"),
    ("en", "```python\ndef f(x):\n    return x"),
    ("en", "x = 12 +"),
    ("en", "So 3 + 4 ="),
    ("en", "The function f("),
    ("en", "We have two cases. In the first one the number that we look for must be diff"),
    ("en", "She pays $5 for the apples and $6 for the"),
    ("en", '"That is right," he said, "'),
    ("fr", "Nous calculons la somme des"),
    ("fr", "Le résultat est donc la valeur de l'"),
    ("de", "Wir berechnen die Summe der"),
    ("de", "Das ist richtig, weil"),
    ("es", "Calculamos la suma de los"),
    ("es", "La respuesta es"),
    ("ja", "まず、二つの数を"),
    ("ja", "したがって、答えは"),
    ("ja", "三角形の面積を求めると、"),
    ("ja", "半径が"),
    ("ja", "彼は「そうです"),
    ("ja", "まず和を求めます。次に、それぞれの数を二倍して全体の合計から引いて"),
    ("ja", "まず和を求めます。次に、それぞれの数を二倍して全体の合計から引いた結果と比較"),
    ("ja", "二つの数の合計を求めてから三で割り算をした結果に対して、さらにもう一つの数を掛け合わ"),
    ("zh", "我们计算这个函数的"),
    ("zh", "首先，我们有"[:-1] + "把"),
    ("zh", "因此，答案是"),
    ("ko", "먼저 합을 구합니다. 그 다음에 두 수를"),
    ("xx", "word, word,"),
]

WHOLE = [
    ("en", "Places to sleep\n\n1. Hotels\n\nWho They Are"),
    ("en", "Ask them. See the WHO"),
    ("ja", "お体を大切になさってください。どうか良い旅になりますように"),
    ("ja", "詳しくは窓口でうかがいます。よろしくお願いします"),
    ("ja", "一句詠みます。\n\n秋の夜の駅に一人の影ありけり"),
    ("en", ""),
    ("en", "The answer is five."),
    ("en", "Is it five?"),
    ("en", "\\boxed{12}"),
    ("en", "The answer is $\\boxed{12}$"),
    ("en", "x = 12"),
    ("en", "= 12 cm"),
    ("en", "We add them. The total length of the four sides of the field is 34 cm"),
    ("en", "12"),
    ("en", "-12"),
    ("en", "$$x = 5$$"),
    ("en", "\\[ x = 5 \\]"),
    ("en", "\\begin{align} x &= 5 \\\\[4pt] y &= 6 \\end{align}"),
    ("en", "It costs $5."),
    ("en", "It costs $5"),
    ("en", "He pays $5 and she pays $6.50, so $x = 5$ holds."),
    ("en", "She pays $5 for apples, $6 for pears and $7 for plums."),
    ("en", "The length is $12 cm$"),
    ("en", "So the set is $\\{1, 2\\}$."),
    ("en", "Here is the code:\n```python\nprint(1)\n```"),
    ("en", "1, 2, 3, ..."),
    ("en", "- apples\n- pears"),
    ("en", "We need three things. They are:\n\n1. a list of all the apples that we have bought today"),
    ("en", "Paris"),
    ("en", "It is true. The long page that we all need is found at https://example.org/a"),
    ("en", "**Answer: 5**"),
    ("en", "3 + 4 = ____"),
    ("en", "It is written in C++"),
    ("en", "The game is for ages 5+"),
    ("en", 'He said, "Yes."'),
    ("en", "The box is 5 in"),
    ("en", "Option A"),
    ("en", "The point lies on the interval [0, 1)"),
    ("en", "int main() {\n  return 0;\n}"),
    ("en", "Well done! 🎉"),
    ("fr", "La réponse est cinq."),
    ("fr", "x = 12 cm"),
    ("de", "Wir setzen x = 5 ein"),
    ("de", "Die Antwort ist fünf."),
    ("es", "¿Cuál es la respuesta?"),
    ("es", "Total: 5 manzanas"),
    ("ja", "答えは5です。"),
    ("ja", "答えは5です"),
    ("ja", "答えは5である"),
    ("ja", "「はい、そうです」"),
    ("ja", "こんにちは"),
    ("ja", "したがって、答えは\\boxed{12}"),
    ("ja", "よって x = 12"),
    ("ja", "東京都"),
    ("ja", "::: tip\n読んでください。\n:::"),
    ("ja", "次の値を求めること"),
    ("ja", "まず和を求めます。その値は12cm"),
    ("ja", "まず和を求めます。したがって三角形の面積は六平方センチメートルとなります！"),
    ("ja", "そうですか"),
    ("zh", "答案是五。"),
    ("zh", "这是我们的目的"),
    ("zh", "答案：5"),
    ("zh", "北京"),
    ("zh", "求两数之和"),
    ("zh", "解存在"),
    ("zh", "乘法规则"),
    ("zh", "可以"),
    ("ko", "답은 5입니다."),
    ("ko", "가을"),
    ("th", "คำตอบคือห้า"),
]


@pytest.mark.parametrize(("language", "text"), CUT)
def test_a_cut_text_is_recognized(language, text):
    assert looks_truncated(text, language)


@pytest.mark.parametrize(("language", "text"), WHOLE)
def test_a_whole_text_is_let_through(language, text):
    assert not looks_truncated(text, language)


@pytest.mark.parametrize(("language", "text"), WHOLE)
def test_white_space_at_the_end_changes_nothing(language, text):
    assert not looks_truncated(text + " \n\n", language)


def test_a_region_is_ignored():
    assert looks_truncated("We add the two numbers and", "en-US")


SENTENCE = "We add the two numbers, and then we find that the sum of both is $x + 3 = 12$ in the end."


@pytest.mark.parametrize("end", range(1, len(SENTENCE)))
def test_no_cut_inside_the_formula_goes_unseen(end):
    if SENTENCE[:end].count("$") == 1 and not SENTENCE[:end].endswith("$"):
        assert looks_truncated(SENTENCE[:end], "en")


@settings(deadline=None)
@given(st.text(), st.sampled_from(["en", "ja", "zh", "ko", "fr", "de", "es", "und", ""]))
def test_never_raises(text, language):
    looks_truncated(text, language)


@pytest.mark.parametrize("language", ["en", "ja", "zh", "ko"])
@pytest.mark.parametrize(
    "unit",
    [
        "$",
        "$5 ",
        "\\[",
        "{",
        "\\a{",
        "```\n",
        "~~~\n```\n",
        "1",
        "1 ",
        "word ",
        "a. ",
        "*",
        "\n \n",
        "「",
        "カ",
        "漢",
        "を",
        "\\begin{a}",
        " \t",
        ")",
    ],
)
def test_100_kilobytes_take_no_time(unit, language):
    text = unit * (100_000 // len(unit.encode())) + "x"
    start = time.process_time()
    looks_truncated(text, language)
    assert time.process_time() - start < 1
