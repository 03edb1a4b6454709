"""Whether a text states an answer, and whether two answers are the same."""

import time

import pytest

from factory.stages._stated import amounts, dates, graded, same_numbers, squeezed, stated


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("242 m", "標高242メートルの山が最高峰である。"),
        ("242 m", "It rises 0.242 km above the sea."),
        ("1 October 1994", "パラオは1994年10月1日に独立した。"),
        ("平成6年", "It happened in 1994."),
        ("四十日", "解散の日から40日以内に行う。"),
        ("40 days", "解散の日から四十日以内に行う。"),
        ("三分の二", "出席議員の三分の二以上の多数"),
        ("National Congress (Olbiil Era Kelulau)", "It is called the Olbiil Era Kelulau."),
        ("Palau", "Palau's law"),
        ("ラジオ", "ﾗｼﾞｵ放送が始まった。"),
        ("two", "There are 2 houses."),
        ("21,864", "There are 21864 people."),
        ("70.6%", "70.6 percent"),
        ("the Senate", "A SENATE was formed."),
    ],
)
def test_an_answer_is_found_in_other_words(answer, text):
    assert stated(answer, text)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("5", "It is 3.5 long."),
        ("18", "the 1800s were"),
        ("Palau", "Palauan law"),
        ("242 m", "242 kg of rice"),
        ("-40 °C", "It melts at 40 °C."),
        ("40 °C", "It melts at -40 °C."),
        ("3.5 %", "3.5 million people"),
        ("1 October 1994", "in October 1994"),
        ("内閣", "国会がこれを定める。"),
    ],
)
def test_what_is_something_else_is_not_found(answer, text):
    assert not stated(answer, text)


@pytest.mark.parametrize(
    ("said", "reference", "same"),
    [
        ("1994", "1994", True),
        ("In 1993.", "1994", False),
        ("October 1994", "1 October 1994", None),
        ("I don't know.", "Spain", False),
        ("わかりません。", "国会", False),
        ("", "国会", False),
        ("国会です。", "国会", True),
        ("内閣です。", "国会", False),
        ("インドネシアです。", "インド", None),
        ("インド洋に面したインドです。", "インド", True),
        ("東京都です。", "京都", None),
        ("京都市です。", "京都", True),
        ("大阪国際空港です。", "大阪", None),
        ("The Tomb of the Unknown Soldier.", "Tomb of the Unknown Soldier", True),
        ("I don't know, Spain?", "Spain", None),
        ("It was the US, I think.", "Spain", False),
        ("Spain or Portugal", "Spain", None),
        ("スペインではない", "スペイン", None),
        ("United States", "US", None),
        ("Japan", "日本", None),
        ("Babelthuap", "the island of Babelthuap", None),
        ("四十日以内", "40日", True),
        ("三十日", "40日", False),
        ("forty", "40", None),
        ("a big one", "40", None),
        ("a big lot", "40", False),
        ("18 years", "18 years of age", True),
        ("Iceland", "1889", False),
        ("3メートルです。", "1889年", False),
        ("eighty-nine", "1889", None),
    ],
)
def test_an_answer_is_marked_where_a_rule_can(said, reference, same):
    assert graded(said, reference) is same


def test_in_another_language_the_numbers_are_looked_for():
    assert same_numbers("242 m", "高さは242メートル。") and not same_numbers("242 m", "高さは224メートル。")
    assert same_numbers("Republic of Palau", "パラオ共和国という。")


def test_numbers_have_the_units_that_are_known():
    found = [
        (float(one.value), one.unit and one.unit.dimension) for one in amounts("3 km, 1,200 gulls, 十二円 and 2.5%")
    ]
    assert found == [(3.0, "m"), (1200.0, None), (12.0, "yen"), (2.5, "%")]


def test_dates_are_read_as_far_as_they_go():
    assert list(dates("1994-10-01, 令和元年5月, July 20, 1969, 3年間")) == [
        (1994, 10, 1),
        (2019, 5, None),
        (1969, 7, 20),
    ]


def test_spaces_and_width_do_not_count():
    assert squeezed("Ａ１ \n b") == "A1b"


@pytest.mark.parametrize("piece", ["1,", "一", "a ", "1 January ", "(", "元年", "12 m ", "(a"])
def test_a_long_text_takes_no_second(piece):
    text = piece * (100_000 // len(piece))
    begin = time.perf_counter()
    stated("42 m", text), graded(text, "1 May 1990"), graded(text, "Spain"), same_numbers("5 m", text)
    assert time.perf_counter() - begin < 1
