"""Where sentences end, and where they only seem to."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from factory.documents.sentences import sentences, split

WHOLE = [
    ["Dr. Ito left at 3.15 p.m.", "He was late."],
    ["See Fig. 3 and e.g. this one.", "J. R. Smith came.", "The U.S. Government agreed.", "It is in the U.S.", "So?"],
    ["He said no.", "Then he left.", "No. 5 is alive.", "They sold pens, ink, etc.", "Business was good."],
    ["Smith et al. (2003) found it.", "It was on pp. 3–5, i.e. early.", "Foo.[12]", "Bar.", "Pi is 3.14159, about."],
    ['"Really?" she asked.', '"Yes."', "He went.", "Wait...", "What?!", "Yes!", "(It was late.)", "Go."],
    ["I mean . . . well . . . yes.", "It was left out . . . .", "Next.", "It is at N°. 5."],
    ["It fell to −3.5 °C on Jan. 5, 1970.", "Visit https://a.example/b.c?d=e.f now.", "Use a.b() and c.d."],
    ["吾輩は猫である。", "名前はまだ無い。"],
    ["「はい。行きます。」と彼は言った。", "彼は「本当か？」と尋ねた。", "（終わり。）", "『次。』"],
    ["どうする？", "行くのか！？", "行く。"],
    ["円周率は３．１４である．", "次の文である．", "値は3.14だ。", "Yahoo!を見る。", "終わり"],
    ["国会是立法机关。", "“是吗？”", "他说：“是的。”", "然后走了！"],
    ["국회는 입법 기관이다.", "그 수는 300명이다!", "정말?", "네."],
    ["Am 3. Oktober 1990 kam Dr. Müller, z. B. mit dem Zug.", "Das war gut.", "Nr. 5 lebt."],
    ["M. Dupont est arrivé.", "Il a dit : « Ça va ? »", "Oui.", "Voir p. 12."],
    ["El Sr. García vive en EE.UU. desde 1990.", "¿Qué tal?", "¡Bien!", "Vale."],
]  # fmt: skip


@pytest.mark.parametrize("expected", WHOLE, ids=lambda expected: expected[0][:20])
def test_a_text_is_cut_where_its_sentences_end(expected):
    spaceless = expected[0][-1] in "。．？"
    assert sentences(("" if spaceless else " ").join(expected)) == expected


def test_headings_code_lists_and_tables_are_kept_whole():
    text = "# A. Title. Here\nOne. Two.\n- item 1. of it\n- item 2\n1. First. More.\n| a. B | c |\n\n"
    text += "```py\na. B c.\n\n# no\n```\nEnd"
    assert [(text[s.start : s.end], s.kind, s.level) for s in split(text)] == [
        ("# A. Title. Here", "heading", 1),
        ("One.", "sentence", 0),
        ("Two.", "sentence", 0),
        ("- item 1. of it", "sentence", 0),
        ("- item 2", "sentence", 0),
        ("1. First.", "sentence", 0),
        ("More.", "sentence", 0),
        ("| a. B | c |", "sentence", 0),
        ("```py\na. B c.\n\n# no\n```", "code", 0),
        ("End", "sentence", 0),
    ]


def test_a_line_break_is_a_space_and_a_blank_line_an_end():
    assert sentences("One line\nand its end. Two\n\nThree") == ["One line\nand its end.", "Two", "Three"]
    assert sentences("第一条　国会は、\n両議院で構成する。\n②定数は") == [
        "第一条　国会は、\n両議院で構成する。",
        "②定数は",
    ]


def test_a_code_block_that_is_not_closed_goes_to_the_end():
    assert sentences("a\n```\nb. C\n\nd\n") == ["a", "```\nb. C\n\nd"]


def test_a_long_quotation_is_cut():
    assert len(sentences("「" + "これは長い文である。" * 40 + "」")) > 30


@example("# 1 ")
@example("```\na\n``` ")
@given(st.text(alphabet="aB1 .!?。！？「」()（）\n#-`、É가'\"", max_size=200))
def test_the_segments_are_in_order_and_leave_out_white_space_only(text):
    place = 0
    for segment in split(text):
        assert not text[place : segment.start].strip()
        assert text[segment.start : segment.end].strip() == text[segment.start : segment.end] != ""
        place = segment.end
    assert not text[place:].strip()


@pytest.mark.parametrize(
    "part", ["。", ". ", "「", "「」", "```a\n", "# a\n", ".)", "！", "Dr. ", "「あ。", "(1) ", "A. "]
)
def test_a_hostile_text_takes_no_second(part):
    start = time.perf_counter()
    split(part * (100_000 // len(part)))
    assert time.perf_counter() - start < 5  # measured up to 0.6 s; quadratic is minutes
