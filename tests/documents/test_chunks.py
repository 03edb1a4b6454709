"""Chunks cover the text, keep their budget and know where they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.documents.chunks import chunks
from factory.documents.cleaning import clean, display_width

SENTENCE = "The river is long and deep and cold and wide. "
GUIDE = "\n\n".join(
    ["# Guide", SENTENCE * 3, "## Installation", SENTENCE * 12, "### On a Mac", SENTENCE * 12, "## Use", SENTENCE * 12]
)


def test_a_chunk_has_the_trail_of_its_headings_and_its_place():
    text = clean([GUIDE]).text
    made = chunks(text, max_width=600, min_width=100)
    assert [chunk.headings for chunk in made] == [
        ("Guide",),
        ("Guide", "Installation"),
        ("Guide", "Installation", "On a Mac"),
        ("Guide", "Use"),
    ]
    assert all(chunk.text == text[chunk.start : chunk.end] for chunk in made)


def test_headings_of_one_name_are_told_apart_by_their_trails():
    text = "\n\n".join(part for name in "AB" for part in (f"# {name}", "## Notes", SENTENCE * 10))
    made = chunks(text, max_width=600, min_width=100)
    assert [chunk.headings for chunk in made] == [("A", "Notes"), ("B", "Notes")]


def test_a_heading_goes_with_what_it_heads_also_when_a_level_is_left_out():
    made = chunks(f"# A\n\n### C\n\n{SENTENCE * 9}\n\n## B\n\n{SENTENCE * 9}", max_width=500, min_width=100)
    assert [(chunk.text[:3], chunk.headings) for chunk in made] == [("# A", ("A", "C")), ("## ", ("A", "B"))]


def test_short_sections_join_their_siblings_and_not_the_next_chapter():
    text = "\n\n".join(
        ["# One", *(f"## {n}\n\n{SENTENCE}" for n in range(4)), "# Two", SENTENCE * 5, "# Three", SENTENCE * 5]
    )
    made = chunks(text, max_width=600, min_width=200)
    assert [chunk.headings for chunk in made] == [("One",), ("Two",), ("Three",)]


def test_a_short_tail_is_merged_back_or_evened_out():
    assert len(chunks(f"# A\n\n{SENTENCE * 10}\n\n# B\n\n{SENTENCE}", max_width=600, min_width=100)) == 1
    widths = [display_width(chunk.text) for chunk in chunks(SENTENCE * 14, max_width=600, min_width=200)]
    assert len(widths) == 2
    assert max(widths) - min(widths) < 60


def test_a_sentence_over_the_budget_is_cut_after_a_clause_and_at_last_anywhere():
    clauses = chunks("国会は最高機関であって、" * 200, max_width=300, min_width=0)
    assert all(chunk.text.endswith("、") for chunk in clauses)
    text = "あ" * 50_000
    anywhere = chunks(text, max_width=300, min_width=100)
    assert "".join(chunk.text for chunk in anywhere) == text
    assert max(display_width(chunk.text) for chunk in anywhere) == 300


def test_a_sentence_within_the_budget_is_never_cut():
    text = SENTENCE * 50
    assert all(chunk.text.endswith(".") for chunk in chunks(text, max_width=130, min_width=50))


def test_a_japanese_character_counts_twice():
    assert len(chunks("あいうえおかきくけこ。" * 10, max_width=220, min_width=0)) == 1
    assert len(chunks("あいうえおかきくけこ。" * 10, max_width=219, min_width=0)) == 2


def test_no_text_gives_no_chunks_and_headings_alone_give_one():
    assert chunks("") == []
    assert [chunk.text for chunk in chunks("# A\n\n## B")] == ["# A\n\n## B"]


PARTS = [
    "# A",
    "## B",
    "### 第一章",
    "One. Two? Three!",
    "国会は、最高機関である。両議院。",
    "- item",
    "```\nx\n```",
    "a" * 90,
    "、" * 70,
]


@settings(max_examples=300, deadline=None)
@given(
    parts=st.lists(st.sampled_from(PARTS) | st.text(alphabet="aB .。、\n#「」é", max_size=60), max_size=30),
    glue=st.sampled_from(["\n", "\n\n"]),
    max_width=st.integers(10, 200),
)
def test_the_chunks_in_order_cover_the_cleaned_text_within_the_budget(parts, glue, max_width):
    text = clean([glue.join(parts)]).text
    made = chunks(text, max_width, max_width // 2)
    place = 0
    for chunk in made:
        assert not text[place : chunk.start].strip()
        assert chunk.text == text[chunk.start : chunk.end] != ""
        assert display_width(chunk.text) <= max_width
        place = chunk.end
    assert not text[place:].strip()
    assert made == chunks(text, max_width, max_width // 2)


@pytest.mark.parametrize("part", ["# a\n", "a", "- a\n", "```\n", "A. "])
def test_a_large_text_is_cut_in_linear_time(part):
    assert chunks(part * (100_000 // len(part)), 100, 50)
