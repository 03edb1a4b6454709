"""What no language looks like, and right texts that come near it."""

import time

import pytest

from factory.text.garbled import find_garbled

JAPANESE = "雨の日は、窓を閉めて本を読みます。庭の花は水をたっぷり吸って、翌朝には元気に開きます。"
GARBLED = [
    "Le cafÃ© est fermÃ©.",
    JAPANESE.encode().decode("shift_jis", "ignore"),
    JAPANESE.encode().decode("cp1252", "replace"),
    JAPANESE.encode("shift_jis").decode("utf-8", "replace"),
    "The win\ufffdow is open.",
    "q7xkz p0vtr9a mm3lqw 8zkfj2b xw4rt9 plk8vz tt0qxz b7ncv5 zzq1k9w h4jk2l mnb6vcx",
    "}{|~ #@! ^&*( )_+ {}|: <>? @#$ %^& *() _+= -[] ;', ./? ~`! @@# $%^",
    "ぬへほむゆ ろひふぬへ あいむゆほ ひろかさぬ へふむたち ゆろほひぬ なにへむふ ほゆろひぬ",
]
RIGHT = [
    JAPANESE,
    "The café serves “crème brûlée” for €5 – 20 % off at 20 °C.",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n" + "-" * 60,
    "```python\nx = {1: [(2, 3)], 4: [(5, 6)]}; y = x[1][0][0] ** 2 + (x[4][0][1] - 3) / 7\n```",
    "$$\\frac{(a+b)^2}{(c-d)^3} = \\sqrt{[x]^{-1}} + \\{(y)\\} - |z|^{(1/2)} + (p)(q)[r]\\{s\\}$$",
    "The moves are Nf3, d5, g3, c5, Bg2, Nc6, O-O, e5, d3, Nf6.",
    "ふゆのひ、ぼくはいえのまえでゆきだるまをつくりました。ともだちがたくさんきて、とてもたのしかったです。",
    "Öl, Größe, naïve, señor, Ångström, Łódź, Ελλάδα, Москва.",
]


@pytest.mark.parametrize("text", GARBLED)
def test_garbled_text_is_found(text):
    assert find_garbled(text)


@pytest.mark.parametrize("text", RIGHT)
def test_right_text_is_let_through(text):
    assert find_garbled(text) is None


@pytest.mark.parametrize("unit", ["Ã©", "縺ゅ", "a1b ", "{", "$x", "`", "ぬ", "-"])
def test_100_kilobytes_take_no_time(unit):
    text = unit * (100_000 // len(unit))
    start = time.perf_counter()
    find_garbled(text)
    assert time.perf_counter() - start < 1
