from __future__ import annotations

import random
import re
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.dedup import kernels
from factory.dedup.minhash import near_duplicates
from factory.dedup.shingles import alphabet, encode

SINGLE = re.compile(r"[\u0e00-\u0eff\u3005-\u9fff\uac00-\ud7ff\U00020000-\U0003ffff]")


def lower(character: str) -> str:
    return character.lower() if len(character.lower()) == 1 else character


def tokens(text: str, unit: str = "auto") -> list[str]:
    """The definition in `shingles`, spelled out slowly."""
    found, word = [], ""
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)[0]
        inside = category in "LMN" or character == "_"
        single = unit == "char" or (unit == "auto" and SINGLE.match(character))
        inside = inside or (unit == "char" and category in "PS")
        if word and (single or not inside):
            found.append(word)
            word = ""
        if inside and single:
            found.append(lower(character))
        elif inside:
            word += lower(character)
    return [*found, word] if word else found


def shingles(text: str, ngram: int = 5, unit: str = "auto") -> set[tuple[str, ...]]:
    parts = tokens(text, unit)
    return {tuple(parts[i : i + ngram]) for i in range(max(1, len(parts) - ngram + 1))} if parts else set()


def jaccard(a: str, b: str, ngram: int = 5, unit: str = "auto") -> float:
    x, y = shingles(a, ngram, unit), shingles(b, ngram, unit)
    return len(x & y) / len(x | y)


def corpus(n: int, seed: int) -> list[str]:
    """Random documents of about 117 words, every fourth an edited copy of an earlier one."""
    rng = random.Random(seed)
    words = [f"w{i}" for i in range(5000)]
    weights = [1 / (i + 1) for i in range(5000)]
    made: list[list[str]] = []
    for i in range(n):
        if i % 4 == 3:
            copy = list(rng.choice(made))
            for _ in range(rng.randrange(0, 4)):
                copy[rng.randrange(len(copy))] = f"edit{rng.random()}"
            made.append(copy)
        else:
            made.append(rng.choices(words, weights, k=rng.randrange(100, 135)))
    return [" ".join(words) for words in made]


def greedy(texts: list[str], threshold: float) -> set[int]:
    """The indices that an exhaustive comparison with every kept text removes."""
    sets = [shingles(text) for text in texts]
    kept: list[int] = []
    for i, mine in enumerate(sets):
        if not any(len(mine & sets[k]) / len(mine | sets[k]) >= threshold for k in kept):
            kept.append(i)
    return set(range(len(texts))) - set(kept)


def test_a_copy_with_other_case_and_punctuation_goes_to_the_first() -> None:
    found = near_duplicates(["the cat sat on the mat", "a dog", "The CAT sat -- on the mat!"])
    assert found.of.tolist() == [-1, -1, 0]
    assert found.similarity.tolist() == [0, 0, 1]
    assert found.kept.tolist() == [True, True, False]


def test_removals_are_exact_and_nearly_complete() -> None:
    texts = corpus(800, seed=3)
    found = near_duplicates(texts)
    removed = set(np.flatnonzero(~found.kept).tolist())
    for i in removed:
        assert found.of[found.of[i]] == -1, "credited to a text that was removed"
        assert found.similarity[i] == pytest.approx(jaccard(texts[i], texts[found.of[i]]), abs=1e-12)
        assert found.similarity[i] >= 0.8
    expected = greedy(texts, 0.8)
    assert len(expected) > 100
    assert len(removed & expected) >= 0.975 * len(expected)


def test_finds_what_datasketch_finds() -> None:
    datasketch = pytest.importorskip("datasketch")
    texts = corpus(400, seed=5)
    lsh = datasketch.MinHashLSH(threshold=0.8, num_perm=128)
    sketches = []
    for i, text in enumerate(texts):
        sketch = datasketch.MinHash(128, seed=1)
        sketch.update_batch([" ".join(shingle).encode() for shingle in shingles(text)])
        lsh.insert(i, sketch)
        sketches.append(sketch)
    found = near_duplicates(texts)
    theirs = [
        (i, j)
        for i in range(len(texts))
        for j in lsh.query(sketches[i])
        if j < i and found.of[j] < 0 and jaccard(texts[i], texts[j]) >= 0.8
    ]
    assert len(theirs) > 40
    assert sum(found.of[i] >= 0 for i, _ in theirs) >= 0.975 * len(theirs)


def test_the_threshold_decides_to_the_last_shingle() -> None:
    words = [f"w{i}" for i in range(49)]
    pair = [
        " ".join(words),
        " ".join([*words[:44], "x", *words[45:]]),
    ]  # 45 shingles each, 40 shared: 40 / 50
    assert jaccard(*pair) == 0.8
    assert near_duplicates(pair, threshold=0.8, rows=1).of.tolist() == [-1, 0]
    assert near_duplicates(pair, threshold=0.8001, rows=1).of.tolist() == [-1, -1]


def test_a_chain_is_not_a_cluster() -> None:
    words = [f"w{i}" for i in range(104)]
    b = [*words[:2], "b", *words[3:]]  # each edit at the rim costs 3 of 100 shingles
    c = [*b[:-3], "c", *b[-2:]]
    a, b, c = " ".join(words), " ".join(b), " ".join(c)
    assert jaccard(a, b) > 0.92 and jaccard(b, c) > 0.92 and jaccard(a, c) < 0.92
    assert near_duplicates([a, b, c], threshold=0.92).of.tolist() == [-1, 0, -1]
    assert near_duplicates([a, b, c], threshold=0.92, order=[1, 0, 2]).of.tolist() == [1, -1, 1]


def test_order_chooses_what_is_kept_but_not_what_is_a_pair() -> None:
    texts = [text for i, text in enumerate(corpus(400, seed=9)) if i % 4 != 3]
    texts += [text + " and one more" for text in texts[:50]]
    forward = near_duplicates(texts)
    backward = near_duplicates(texts, order=range(len(texts))[::-1])

    def pairs(of: np.ndarray) -> set[frozenset[int]]:
        return {frozenset((i, int(j))) for i, j in enumerate(of) if j >= 0}

    assert len(pairs(forward.of)) == 50
    assert pairs(forward.of) == pairs(backward.of)
    assert not set(np.flatnonzero(forward.of >= 0)) & set(np.flatnonzero(backward.of >= 0))


def test_the_most_similar_text_is_credited() -> None:
    words = [f"w{i}" for i in range(100)]
    far, near = [*words[:-6], "x", *words[-5:]], [*words[:-1], "y"]
    found = near_duplicates([" ".join(w) for w in (far, near, words)], threshold=0.9)
    assert found.of.tolist() == [-1, -1, 1]


@pytest.mark.parametrize("unit", ["auto", "char"])
def test_japanese_is_not_split_on_spaces_alone(unit: str) -> None:
    text = "日本の首都は東京であり、人口は約一千四百万人です。江戸時代から政治の中心として栄えてきた。" * 2
    edited = text.replace("栄えて", "続いて", 1)
    other = "大阪は西日本で最大の都市で、商業と食文化の町として全国に知られ、多くの観光客が訪れている。" * 2
    found = near_duplicates([text, other, edited, text.replace("、", " 、")], unit=unit)
    assert found.of.tolist() == [-1, -1, 0, 0]
    assert found.similarity[2] == pytest.approx(jaccard(text, edited, unit=unit))


def test_full_width_and_half_width_are_the_same_text() -> None:
    assert near_duplicates(["ABC 123 カタカナ ガイド", "ＡＢＣ　１２３　ｶﾀｶﾅ　ｶﾞｲﾄﾞ"]).of.tolist() == [-1, 0]


def test_short_texts_are_one_shingle_and_empty_ones_none() -> None:
    texts = ["", "yes", "no", "Yes.", "", "!?", "!?", "yes yes", " ", "猫", "猫。", "is it", "it is"]
    assert near_duplicates(texts).of.tolist() == [-1, -1, -1, 1, -1, -1, -1, -1, -1, -1, 9, -1, -1]
    assert near_duplicates(["!?", "! ?", ""], unit="char").of.tolist() == [-1, 0, -1]
    assert near_duplicates([]).of.tolist() == []


def test_odd_unicode_passes() -> None:
    texts = [
        "\ud800 lone",
        "lone \udfff",
        "e\u0301tude",
        "\xe9tude",
        "a\x00b",
        "a b",
        "\U0001f600",
        "नमस्ते",
        "İ",
        "ΑΣ",
        "ας",
    ]
    assert near_duplicates(texts).of.tolist() == [-1, 0, -1, 2, -1, 4, -1, -1, -1, -1, -1]


def test_a_megabyte_in_one_text() -> None:
    rng = random.Random(0)
    long = " ".join(str(rng.randrange(10**6)) for _ in range(150_000))
    found = near_duplicates([long, "short", long + " end"])
    assert found.of.tolist() == [-1, -1, 0]
    assert 0.9999 < found.similarity[2] < 1


def test_many_copies_in_several_blocks_all_go_to_the_first() -> None:
    found = near_duplicates(["one two three four five six"] * 5000)
    assert found.of.tolist() == [-1] + [0] * 4999


def test_the_seed_changes_only_what_is_missed() -> None:
    texts = corpus(300, seed=7)
    expected = greedy(texts, 0.8)
    for seed in range(3):
        found = near_duplicates(texts, seed=seed)
        assert len(expected ^ set(np.flatnonzero(~found.kept).tolist())) <= 2


def test_the_same_in_another_process() -> None:
    program = (
        "from factory.dedup.minhash import near_duplicates\n"
        "print(near_duplicates(['a b c d e f', 'x', 'A b c d e f!'] * 2).of.tolist())"
    )
    runs = {subprocess.run([sys.executable, "-c", program], capture_output=True).stdout for _ in range(2)}
    assert runs == {b"[-1, -1, 0, 0, 1, 0]\n"}


@settings(max_examples=200, deadline=None)
@given(
    st.text("aB7_ .é́東カ한กß\u200d𠀋\ud800Σ", min_size=1, max_size=30),
    st.text("aB7_ .é́東カ한กß\u200d𠀋\ud800Σ", min_size=1, max_size=30),
    st.integers(1, 4),
    st.sampled_from(["auto", "word", "char"]),
)
def test_the_kernel_computes_the_documented_shingles(a: str, b: str, ngram: int, unit: str) -> None:
    if tokens(a, unit) and tokens(b, unit):
        _, similarity = kernels.most_similar(*encode([a, b]), alphabet(unit), ngram)
        assert similarity == jaccard(a, b, ngram, unit)


@pytest.mark.parametrize(
    "wrong",
    [{"threshold": 0}, {"threshold": 1.5}, {"ngram": 0}, {"rows": 0}, {"order": [0, 0]}, {"unit": "byte"}],
)
def test_wrong_parameters_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        near_duplicates(["a", "b"], **wrong)


def test_importing_is_cheap() -> None:
    program = (
        "import sys, factory.dedup.minhash, factory.dedup.semantic, factory.dedup.overlap\n"
        "print([heavy for heavy in ('numba', 'torch', 'sentence_transformers') if heavy in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).stdout == b"[]\n"
