import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.dedup import shingles
from factory.text.copies import Copied, _tokens, copied, copies_any

SOURCES = {
    "en": (
        "The Eiffel Tower was completed in March 1889 as the entrance arch of the World's Fair in Paris. Designed by "
        "engineers of Gustave Eiffel's company, it was at first criticised by some of the country's leading "
        "artists, but "
        "it soon became a symbol of the city. It stands 330 metres tall and was the tallest structure in the world for "
        "41 years, until the Chrysler Building in New York was finished in 1930."
    ),
    "bio": (
        "Photosynthesis takes place in the chloroplasts of plant cells. Chlorophyll absorbs light, mostly in the "
        "blue and "
        "red parts of the spectrum, and its energy splits water into oxygen, protons and electrons. In the "
        "Calvin cycle, "
        "the plant then uses ATP and NADPH to turn carbon dioxide into sugars."
    ),
    "ja": (
        "富士山は静岡県と山梨県にまたがる活火山で、標高は3776メートルと日本で最も高い。最後に噴火したのは1707年の"
        "宝永大噴火で、"
        "火山灰は江戸にまで降り積もった。2013年には「富士山―信仰の対象と芸術の源泉」の名で世界文化遺産に登録された。"
    ),
    "ja2": (
        "改正電子帳簿保存法により、2024年1月からは電子取引のデータを紙に印刷して保存することが原則として認められ"
        "なくなった。"
        "事業者は受け取った請求書や領収書のデータを、日付・金額・取引先で検索できる状態で保存しなければならない。"
    ),
    "zh": "长城是中国古代的军事防御工程，始建于西周时期，现存的城墙大多是明朝修筑的，总长度超过两万公里。",
    "ko": "훈민정음은 1443년에 세종대왕이 창제하여 1446년에 반포한 문자로, 백성이 쉽게 배우고 쓸 수 있도록 만들어졌다.",
    "de": (
        "Der Kölner Dom ist mit 157 Metern die zweithöchste Kirche Europas. Der Bau begann 1248 und wurde erst "
        "1880 nach "
        "den mittelalterlichen Plänen vollendet."
    ),
    "fr": (
        "Le canal du Midi relie Toulouse à la mer Méditerranée depuis 1681. Construit par Pierre-Paul Riquet, il est "
        "inscrit au patrimoine mondial de l'humanité depuis 1996."
    ),
    "es": (
        "La Alhambra es un conjunto de palacios y fortalezas situado en Granada. Fue la residencia de los sultanes "
        "nazaríes hasta la conquista de la ciudad en 1492."
    ),
}

PARAPHRASES = [
    (
        "en",
        "Paris owes its best-known landmark to a fair: in 1889 visitors walked in under an iron arch that Gustave "
        "Eiffel's engineers had drawn. Painters and writers of the day mocked it. Yet at 330 metres it outdid every "
        "other building on Earth, and held that record until New York's Chrysler Building overtook it in 1930.",
    ),
    (
        "en",
        "Q: How long did the Eiffel Tower hold the height record?\nA: For 41 years. Finished in 1889, the 330-metre "
        "tower lost its title in 1930, when the Chrysler Building opened in New York.",
    ),
    (
        "en",
        '"They hated it at first, you know," said the guide. "Some of France\'s most famous artists signed '
        "a protest. "
        "But the crowds of the World's Fair came, and today you cannot picture Paris without it.\"",
    ),
    (
        "bio",
        "Green plants make sugar out of air. Inside their chloroplasts a pigment called chlorophyll catches "
        "blue and "
        "red light. That energy breaks water apart, which frees oxygen. What is won, stored as ATP and NADPH,"
        " drives "
        "the Calvin cycle, where carbon dioxide is built into sugar molecules.",
    ),
    (
        "bio",
        "Why are leaves green? Because chlorophyll has little use for green light: it feeds on blue and red. "
        "With what "
        "it collects the leaf cracks water molecules and, in a second step named after Melvin Calvin, binds carbon "
        "dioxide.",
    ),
    (
        "ja",
        "日本一の高さ（3776メートル）を誇る富士山は、静岡と山梨の県境にそびえる。いまも活火山に数えられ、直近"
        "の噴火は江戸時代の"
        "宝永年間、1707年のことだ。このときの灰は、遠く離れた江戸の町にも達したという。世界文化遺産への登録は"
        "2013年である。",
    ),
    (
        "ja",
        "先生「富士山が最後に噴火したのはいつでしょう？」\n生徒「1707年です。宝永大噴火と呼ばれています」\n先"
        "生「そのとおり。"
        "江戸の人々も灰に悩まされました。では、世界遺産になった年は？」\n生徒「2013年です」",
    ),
    (
        "ja2",
        "2024年の初めから、メールなどで受け取った請求書を印刷して紙だけで残すやり方は、基本的に通用しなくなり"
        "ました。根拠は"
        "電子帳簿保存法の改正です。データは、いつ・いくら・どこから、という三つの手がかりで探し出せるように残"
        "す必要があります。",
    ),
    (
        "ja2",
        "問：電子取引で受領した領収書の保存について、事業者に求められることを述べよ。\n答：データのまま保存し"
        "、取引の年月日、金額、"
        "相手先によって検索が可能な状態にしておくこと。紙による保存は、2024年以降は原則不可である。",
    ),
    (
        "zh",
        "说起中国古人修建的防御工事，最有名的莫过于长城。它最早出现在西周，而今天我们看到的部分主要出自明代，"
        "全长两万多公里。",
    ),
    ("ko", "세종은 1443년에 새 문자를 만들었고 3년 뒤 세상에 알렸다. 누구나 어렵지 않게 익히게 하려는 뜻이었다."),
    (
        "de",
        "Über sechs Jahrhunderte lagen zwischen Grundstein und Fertigstellung: 1248 fing man in Köln an, 1880 "
        "war man am "
        "Ziel. Nur ein Gotteshaus in Europa überragt die 157 Meter hohe Kathedrale.",
    ),
    (
        "fr",
        "Pierre-Paul Riquet a voulu unir Toulouse et la Méditerranée par l'eau. Son ouvrage, achevé en 1681, figure "
        "depuis 1996 sur la liste de l'Unesco.",
    ),
    (
        "es",
        "En Granada se alza la Alhambra, que reúne fortalezas y palacios. Allí vivieron los reyes nazaríes; "
        "en 1492 la "
        "ciudad cayó y el conjunto cambió de manos.",
    ),
]

LIFTED = [
    (
        "en",
        "Let us look at an example of iron architecture. It stands 330 metres tall and was the tallest "
        "structure in the "
        "world for 41 years. Visitors from all over the globe climb its stairs, and by night thousands of "
        "lamps glow. "
        "A lift carries those who would rather not walk, and a restaurant waits on the second floor.",
    ),
    ("en", "THE EIFFEL TOWER -- was completed in March, 1889; as the entrance arch of the World’s Fair in Paris!"),
    (
        "bio",
        "Notes for the exam. Chlorophyll absorbs light mostly in the blue and red parts of the spectrum. "
        "Remember the "
        "names of both stages, and draw the cell with its organelles. Do not forget the membrane, the stroma,"
        " and the "
        "role that the enzyme plays when the leaf is dark.",
    ),
    (
        "ja",
        "登山の前に歴史も知っておこう。最後に噴火したのは１７０７年の宝永大噴火で、火山灰は江戸にまで降り積も"
        "った。五合目までは"
        "バスで行くことができ、そこから先は自分の足で登る。山小屋は夏だけ開いているので、予約を忘れないように"
        "したい。",
    ),
    (
        "ja2",
        "経理担当の皆さんへ。受け取った請求書や領収書のデータを、日付・金額・取引先で検索できる状態で保存しな"
        "ければならない、と"
        "いう点に注意してください。詳しくは社内の手引きをご覧ください。質問は総務までお寄せください。",
    ),
    ("zh", "旅游指南：长城是中国古代的军事防御工程，始建于西周时期。春天和秋天最适合参观，门票可以在网上购买。"),
    (
        "ko",
        "역사 수업 정리: 1446년에 반포한 문자로, 백성이 쉽게 배우고 쓸 수 있도록 만들어졌다. 오늘은 글자의 모"
        "양과 소리를 함께 살펴보자.",
    ),
    (
        "de",
        "Reisetipp: Der Bau begann 1248 und wurde erst 1880 nach den mittelalterlichen Plänen vollendet. "
        "Planen Sie zwei "
        "Stunden ein und steigen Sie auf den Turm.",
    ),
    (
        "fr",
        "À voir : il est inscrit au patrimoine mondial de l'humanité depuis 1996. Louez un vélo et suivez les "
        "berges à "
        "l'ombre des platanes.",
    ),
    (
        "es",
        "Guía: fue la residencia de los sultanes nazaríes hasta la conquista de la ciudad en 1492. Compre la "
        "entrada con "
        "tiempo y lleve agua.",
    ),
]


@pytest.mark.parametrize(("name", "telling"), PARAPHRASES)
def test_a_faithful_paraphrase_is_let_through(name, telling):
    assert copies_any(telling, [SOURCES[name]]) is None


@pytest.mark.parametrize(("name", "telling"), LIFTED)
def test_a_lifted_sentence_is_caught(name, telling):
    assert copies_any(telling, [SOURCES[name]])


@pytest.mark.parametrize("name", SOURCES)
def test_the_source_itself_is_copied_whole_and_the_others_are_not(name):
    source = SOURCES[name]
    assert copied(source, source).share == 1
    assert copies_any(source, [source])
    assert copies_any(source, [other for key, other in SOURCES.items() if key != name]) is None


def test_the_measures_are_what_their_names_say():
    measured = copied("one two three four five six seven", "zero two, THREE four. x five six seven", n=2)
    assert measured == Copied(4 / 6, "two three four", 3)
    assert copied("山川草木花鳥風月", "白い、山川草木。", n=1) == Copied(3 / 7, "山川草木", 2)
    assert copied("", "a b c") == copied("、。", "、。") == Copied(0, "", 0)
    assert copied("short text", "a short text it is").share == 1
    assert copied("short text", "a text it is").share == 0


def test_case_width_spacing_and_punctuation_change_nothing():
    assert copied("ＡＢＣ、その ﾃﾚﾋﾞ「カメラ」は　高い", "abcそのテレビカメラは高い", n=2).share == 1
    assert copied("It's 3,776 m -- high!", "it s 3 776 M high", n=3).share == 1
    assert copied("STRASSE UND HAUS", "Straße und Haus", n=3).share == 1


def test_names_numbers_and_quoted_terms_may_recur():
    source = "国際宇宙ステーション（ISS）は高度約400キロメートルを周回している。"
    assert (
        copies_any("地上から400キロメートルほど上空では、国際宇宙ステーションが一日に16周している。", [source]) is None
    )
    english = "The United Nations Framework Convention on Climate Change was adopted in 1992."
    retold = "In 1992 states agreed on a treaty, the United Nations Framework Convention on Climate Change; "
    retold += "its 198 parties meet every year to see how far they have come."
    assert copies_any(retold, [english]) is None


def test_a_reason_names_its_measure_and_its_text():
    reason = copies_any(SOURCES["es"], ["Nada.", SOURCES["es"]])
    assert reason.startswith("run: 27 words: 'la alhambra es un conjunto")
    short = "The cat sat on the mat. It ran."
    assert copies_any(short, ["the cat sat on the mat"]) == "share: 33% of the text: 'the cat sat on the mat'"
    assert copies_any(short, ["the cat sat on the mat"], 0.5) is None
    assert copies_any(short, ["the cat sat on the mat"], 1, 5) == "run: 6 words: 'the cat sat on the mat'"


def test_an_empty_gram_is_refused():
    with pytest.raises(ValueError, match="n is 0"):
        copied("a", "a", n=0)


def shingle_tokens(text):
    """The tokens of a text by the alphabet of `factory.dedup.shingles`."""
    alphabet, tokens, word = shingles.alphabet("auto"), [], ""
    for character in shingles.normalise(text):
        entry = alphabet[ord(character)]
        letter = chr(entry & ~np.uint32(shingles.SINGLE)) if entry else ""
        if entry and entry < shingles.SINGLE:
            word += letter
            continue
        tokens += [word] if word else []
        word = ""
        tokens += [letter] if letter else []
    return [*tokens, word] if word else tokens


@pytest.mark.parametrize("text", [*SOURCES.values(), *(telling for _, telling in PARAPHRASES + LIFTED)])
def test_tokens_are_those_of_the_shingles(text):
    assert _tokens(text).text.split() == shingle_tokens(text)


@settings(deadline=None)
@given(st.text(), st.text())
def test_never_raises_and_a_share_is_a_share(text, source):
    measured = copied(text, source)
    assert 0 <= measured.share <= 1
    assert (measured.share > 0) == (measured.longest != "") == (measured.words > 0)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["red", "Sky", "山", "のは", "12"]), min_size=1, max_size=30), st.text(max_size=20))
def test_a_text_is_copied_whole_from_one_that_contains_it(words, around):
    text = " ".join(words)
    assert copied(text, f"{around} {text} {around}").share == 1


@pytest.mark.parametrize("unit", ["a", "a ", "山", "、", " ", "山 a", "ｶﾞ", "\u0301", "ﷺ", "a-", "\n\n"])
def test_100_kilobytes_take_no_time(unit):
    text = unit * (100_000 // len(unit.encode()))
    start = time.process_time()
    copied(text, text[::-1] + "b")
    copies_any(text, [text + "x", "y" + text])
    assert time.process_time() - start < 2


def test_100_thousand_characters_of_prose_take_no_time():
    rng = random.Random(0)
    text = " ".join("".join(rng.choices("etaoinshr", k=rng.randint(1, 9))) for _ in range(17_000))
    start = time.process_time()
    assert copies_any(text, [text[::-1]]) is None
    assert time.process_time() - start < 1
