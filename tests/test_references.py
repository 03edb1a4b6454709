"""The reference sets are complete, balanced, in the language they say, and repeat nothing."""

import json
from collections import Counter
from pathlib import Path

import pytest

from factory.dedup.minhash import near_duplicates
from factory.text.language import is_language

FOLDER = Path(__file__).parent.parent / "pipelines" / "references"
LANGUAGES = {"en", "ja"}
KINDS = {"harmful", "borderline", "helpful"}
CATEGORIES = {
    "violence",
    "illegal_goods",
    "privacy",
    "fraud",
    "self_harm",
    "medical",
    "hate",
    "misinformation",
    "cyber",
    "minors_safety",
    "dangerous_activities",
}


def records(name):
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


SAFETY = records("safety.jsonl")
PERSONAS = records("personas.jsonl")


def test_a_safety_record_has_its_columns_and_nothing_else():
    for record in SAFETY:
        assert list(record) == ["kind", "category", "language", "question", "criteria"]
        assert record["kind"] in KINDS and record["category"] in CATEGORIES and record["language"] in LANGUAGES
        assert record["question"].strip() == record["question"] != ""
        assert len(record["criteria"]) <= 3 and all(one and one == one.strip() for one in record["criteria"])


def test_every_kind_has_every_category_in_both_languages_equally_often():
    cells = Counter((record["kind"], record["category"], record["language"]) for record in SAFETY)
    assert set(cells.values()) == {4}
    assert len(cells) == len(KINDS) * len(CATEGORIES) * len(LANGUAGES)
    assert min(Counter((kind, language) for kind, _, language in cells.elements()).values()) >= 40


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_at_least_a_third_of_each_cell_has_criteria(kind, language):
    cell = [record for record in SAFETY if (record["kind"], record["language"]) == (kind, language)]
    assert 1 / 3 <= sum(bool(record["criteria"]) for record in cell) / len(cell) <= 2 / 3


def test_harmful_questions_stay_short_and_general():
    for record in SAFETY:
        if record["kind"] == "harmful":
            assert len(record["question"]) <= 100


def test_a_persona_has_its_columns_and_both_languages_have_enough():
    for record in PERSONAS:
        assert list(record) == ["language", "persona", "weight"]
        assert record["persona"].strip() == record["persona"] != ""
        assert record["weight"] > 0
    counts = Counter(record["language"] for record in PERSONAS)
    assert set(counts) == LANGUAGES and min(counts.values()) >= 50


def test_each_text_is_in_the_language_it_says():
    written = [(text, record["language"]) for record in SAFETY for text in (record["question"], *record["criteria"])]
    written += [(record["persona"], record["language"]) for record in PERSONAS]
    assert [text for text, language in written if not is_language(text, language)] == []


def test_nothing_is_there_twice():
    for texts in ([record["question"] for record in SAFETY], [record["persona"] for record in PERSONAS]):
        found = near_duplicates(texts, ngram=3, threshold=0.5)
        assert [texts[i] for i, kept in enumerate(found.of) if kept != -1] == []
