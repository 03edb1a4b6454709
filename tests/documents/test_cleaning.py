"""What a layout has put into a text goes, and what its author wrote stays."""

import time

import pytest

from factory.documents.cleaning import clean, display_width, normalise

PROSE = [
    "The survey of the river took three years and was done by two teams who",
    "worked from both ends. They met in the middle in the autumn of 1969, at a",
    "well-known ford, and compared the measure-",
    "ments that each of them had written down. A well-known map came of it.",
]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ｶﾞｿﾘﾝは１２０円、Ａ４です", "ガソリンは120円、A4です"),
        ("ﬁeld of ﬂowers", "field of flowers"),
        ("か\u3099くせい de\u0301ja\u0300", "がくせい déjà"),
        ("⼈⽣", "人生"),
        ("soft\u00adhyphen zero\u200bwidth\ufeff", "softhyphen zerowidth"),
        ("a\u00a0b\u2009c\r\nd\u2028e", "a b c\nd\ne"),
    ],
)
def test_forms_that_differ_in_nothing_but_their_code_are_made_one(before, after):
    assert normalise(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "x² + y₁ ≤ ½, ℕ → ℝ, ①②③, 5㎏, ℃, ™ …",
        "「本当！？」（笑）：はい；いいえ　終わり",
        "神社 福田 羽田",  # kanji for names, of their own code
        "漢字（かんじ）と東京《とうきょう》",
        "👩\u200d🔬 葛\U000e0100飾",
    ],
)
def test_maths_kana_names_and_ruby_are_left_alone(text):
    assert normalise(text) == text


def test_wrapped_lines_become_paragraphs_and_divided_words_whole():
    text = clean(["\n".join(PROSE)]).text
    assert text == " ".join(PROSE).replace("measure- ments", "measurements")
    assert text.count("well-known") == 2


def test_a_compound_divided_at_its_own_hyphen_keeps_it():
    lines = [*PROSE[:2], "They came to the ford by foot, and it is called the well-", *PROSE[2:]]
    lines[3] = "known ford, and compared the measure-"
    assert "the well-known ford" in clean(["\n".join(lines)]).text


def test_japanese_lines_join_without_a_space_and_paragraphs_stay_apart():
    lines = [
        "　国会は、国権の最高機関であって、国の唯一の立法機関で",
        "ある。国会は、衆議院及び参議院の両議院でこれを構成する。",
        "　両議院は、全国民を代表する選挙された Diet の議員でこれ",
        "を組織する。両議院の議員の定数は、法律でこれを定める。",
    ]
    assert clean(["\n".join(lines)]).text == (
        "国会は、国権の最高機関であって、国の唯一の立法機関である。国会は、衆議院及び参議院の両議院でこれを構成する。\n"
        "両議院は、全国民を代表する選挙された Diet の議員でこれを組織する。両議院の議員の定数は、法律でこれを定める。"
    )


def test_lines_that_are_not_wrapped_stay_lines():
    verse = "雨ニモマケズ\n風ニモマケズ\n雪ニモ夏ノ暑サニモマケヌ\n丈夫ナカラダヲモチ"
    assert clean([verse]).text == verse
    law = "第四十一条　国会は、唯一の立法機関である。\n第四十二条　国会は、両議院で構成する。\n②定数は、法律で定める。"
    assert clean([law]).text == law


def test_lists_tables_and_code_keep_their_lines():
    text = "\n".join([*PROSE, "- one item", "- two items", "| a | b |", "| 1 | 2 |", "```", "x = 1 ", "y  = 2", "```"])
    assert clean([text]).text.split("\n")[1:] == [
        "- one item", "- two items", "| a | b |", "| 1 | 2 |", "```", "x = 1", "y  = 2", "```"
    ]  # fmt: skip


def test_headers_footers_and_page_numbers_that_come_back_are_dropped_and_counted():
    pages = [
        f"THE ANNUAL REPORT\nThe survey of {river} took three years.\nThey met at {river}.\n- {number} -"
        for number, river in enumerate(["the Rhine", "the Nile", "the Indus", "the Tone", "the Ob"], 1)
    ]
    cleaned = clean(pages)
    assert "ANNUAL" not in cleaned.text
    assert "- 3 -" not in cleaned.text
    assert cleaned.text.count("The survey") == 5
    assert cleaned.dropped == {"header or footer": 10}


def test_a_sentence_runs_on_over_the_page():
    one = "\n".join(["Report", *PROSE[:2], "Page 1"])
    two = "\n".join(["Report", "and then they went home again, each by the way on which it had come.", "Page 2"])
    assert "at a and then they went" in clean([one, two]).text


@pytest.mark.parametrize(
    "line",
    [
        "We use cookies to improve your experience.", "Accept all cookies", "Share on Facebook", "Skip to main content",
        "Copyright © 2024 Example Inc.", "Subscribe to our newsletter", "Privacy Policy | Terms of Use", "Read more",
        "当サイトではCookieを使用しています。", "この記事をシェアする", "ページトップへ戻る", "続きを読む",
        "無断転載を禁じます", "返回顶部",
    ],
)  # fmt: skip
def test_boilerplate_lines_are_dropped(line):
    cleaned = clean([f"The river is long.\n\n{line}\n\nIt is deep."])
    assert cleaned.text == "The river is long.\n\nIt is deep."
    assert cleaned.dropped == {"boilerplate": 1}


@pytest.mark.parametrize(
    "line",
    [
        "The server sets cookies that we use to know the user again.", "Copyright law protects works for 70 years.",
        "Share prices rose by 3 %.", "She wants to read more books.", "Subscribe to events with `on()`.",
        "セッションの管理にはCookieを使用する。", "広告の効果を調べた。", "# ログイン",
        "トップへの報告は三日後である。",
    ],
)  # fmt: skip
def test_sentences_about_such_things_stay(line):
    assert clean([line]).text == line


def test_headings_of_plain_texts_are_marked():
    text = (
        "第一章　総則\n本則。\n第二節 国会\n本則。\nChapter 3: The River\nText.\nARTICLE II.\nText.\n2.1 Method\nText."
    )
    headings = [line for line in clean([text]).text.split("\n") if line.startswith("#")]
    assert headings == [
        "## 第一章　総則",
        "### 第二節 国会",
        "## Chapter 3: The River",
        "## ARTICLE II.",
        "## 2.1 Method",
    ]
    assert clean(["# Mine\n\n第一章　総則"]).text == "# Mine\n\n第一章　総則"
    plain = "第三章で述べたとおりである。\n3.5 percent of it.\nChapter 3 says so, and it is right."
    assert "#" not in clean([plain]).text


def test_blank_lines_and_an_empty_text():
    assert clean(["\n\na\n\n\n\n  \nb\n\n"]).text == "a\n\nb"
    assert clean([""]).text == clean([]).text == ""


def test_width_counts_full_width_characters_twice():
    assert display_width("abc") == 3
    assert display_width("国会、ａ가") == 10


@pytest.mark.parametrize(
    "hostile",
    [
        "\n" * 100_000,
        "x-\n" * 33_000,
        ("x" * 70 + "\n") * 1400,
        "we use cookies " * 7000,
        " " * 100_000 + "x",
        "第" * 100_000,
    ],
)
def test_a_hostile_text_takes_no_second(hostile):
    start = time.perf_counter()
    clean([hostile, hostile])
    assert time.perf_counter() - start < 5  # measured 0.1 to 0.6 s; quadratic is minutes
