from __future__ import annotations

import pickle
import random

import pytest

from factory.dedup.overlap import Benchmarks

CLIPS = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. "
    "How many clips did Natalia sell altogether in April and May?"
)
HENS = (
    "Janet's ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes muffins for her friends."
)
TOKYO = (
    "東京都の人口は約一千四百万人であり、日本の総人口のおよそ一割を占めている。"
    "次のうち、東京都の説明として正しいものを一つ選びなさい。"
)
INDEX = Benchmarks(
    [
        ("gsm8k", "1", CLIPS),
        ("gsm8k", "2", HENS),
        ("jmmlu", "t", TOKYO),
        ("qa", "s", "Who wrote Faust?"),
        ("qa", "e", ""),
    ]
)


def test_a_quoted_item_is_found_within_a_row() -> None:
    found = INDEX.overlap(
        f"Here is a problem for you. {CLIPS.upper()} Show all your steps, please, and box the result."
    )
    assert found is not None
    assert (found.benchmark, found.item, found.coverage) == ("gsm8k", "1", 1.0)
    words = len(CLIPS.split())
    assert found.matched == words - 12
    assert found.share == pytest.approx((words - 12) / (words + 6 + 9 - 12))
    assert found.span == CLIPS.upper().rstrip("?")


def test_share_counts_ngrams_of_the_row_in_the_one_best_item() -> None:
    row = " ".join(CLIPS.split()[:20]) + " " + " ".join(HENS.split()[:15])
    found = Benchmarks([("gsm8k", "1", CLIPS)]).overlap(row)
    assert found is not None and (found.item, found.matched) == ("1", 8)
    # 35 written words are 36 tokens, as the apostrophe splits "Janet's": 24 n-grams.
    assert found.share == pytest.approx(8 / 24)
    assert found.span + "." == " ".join(CLIPS.split()[:20])


def test_the_span_is_the_longest_of_several() -> None:
    words = [f"w{i}" for i in range(60)]
    index = Benchmarks([("b", "1", " ".join(words))])
    found = index.overlap(" ".join([*words[:15], "x", *words[20:40], "y", *words[41:55]]))
    assert found is not None
    assert found.matched == 3 + 8 + 2
    assert found.span == " ".join(words[20:40])


def test_twelve_words_in_common_are_no_overlap_and_eight_are_with_eight() -> None:
    row = " ".join(CLIPS.split()[:12]) + " but these words are quite different from the item"
    assert INDEX.overlap(row) is None
    found = Benchmarks([("gsm8k", "1", CLIPS)], words=8).overlap(row)
    assert found is not None and found.matched == 5


def test_short_texts_match_in_whole_only() -> None:
    found = INDEX.overlap("who wrote FAUST")
    assert found is not None and (found.item, found.share, found.span) == ("s", 1.0, "who wrote FAUST")
    assert INDEX.overlap("Who wrote Faust? It was Goethe.") is None
    assert INDEX.overlap("Who wrote") is None


@pytest.mark.parametrize("row", ["", "   ", "?!", "猫", "\ud800", "no relation at all " * 20])
def test_rows_without_overlap(row: str) -> None:
    assert INDEX.overlap(row) is None


def test_japanese_by_characters() -> None:
    found = INDEX.overlap(f"問題：{TOKYO} 答えはどれでしょうか。")
    assert found is not None and (found.item, found.coverage) == ("t", 1.0)
    assert found.span == TOKYO.rstrip("。")
    assert INDEX.overlap("次のうち、大阪府の説明として正しいものを一つ選びなさい。") is None
    english = f"Translate the following passage into English, and keep the tone of the original: {TOKYO}"
    found = INDEX.overlap(english)
    assert found is not None and found.item == "t"


def test_repeats_in_a_row_do_not_count_twice() -> None:
    once, twice = INDEX.overlap(CLIPS), INDEX.overlap(f"{CLIPS} {CLIPS}")
    assert once is not None and twice is not None
    assert once.matched == twice.matched and once.share == 1 and twice.share < 1


def test_equal_items_go_to_the_first() -> None:
    found = Benchmarks([("a", "1", CLIPS), ("b", "1", CLIPS)]).overlap(CLIPS)
    assert found is not None and found.benchmark == "a"


def test_pickled_it_answers_the_same() -> None:
    copy = pickle.loads(pickle.dumps(INDEX))  # noqa: S301
    assert len(copy) == len(INDEX) == 5
    assert copy.overlap(CLIPS) == INDEX.overlap(CLIPS)


def test_against_sets_of_ngrams_in_plain_python() -> None:
    rng = random.Random(0)
    texts = [[rng.choice("abc") for _ in range(rng.randrange(1, 12))] for _ in range(60)]

    def grams(words: list[str]) -> set[tuple[str, ...]]:
        return {tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2))}

    index = Benchmarks([("b", str(i), " ".join(words)) for i, words in enumerate(texts[:30])], words=3)
    for words in texts[30:]:
        shared = [len(grams(words) & grams(other)) for other in texts[:30]]
        parts = [max(n / len(grams(words)), n / len(grams(other))) for n, other in zip(shared, texts, strict=False)]
        found = index.overlap(" ".join(words))
        if max(shared) == 0:
            assert found is None
        else:
            best = parts.index(max(parts))
            assert found is not None and found.item == str(best)
            assert found.share == shared[best] / len(grams(words))


def test_an_item_quoted_whole_counts_for_more_than_a_longer_one_quoted_in_part() -> None:
    longer = " ".join(f"word{number}" for number in range(600))
    row = CLIPS + " " + " ".join(f"word{number}" for number in range(100))
    found = Benchmarks([("b", "long", longer), ("b", "short", CLIPS)]).overlap(row)
    assert found is not None and (found.item, found.coverage) == ("short", 1.0)


def test_an_empty_index_has_no_overlap() -> None:
    assert Benchmarks([]).overlap(CLIPS) is None
    assert Benchmarks([("b", "1", "")]).overlap(CLIPS) is None


def test_wrong_parameters_are_named() -> None:
    with pytest.raises(ValueError, match="words"):
        Benchmarks([], words=0)


def test_an_item_with_other_numbers_is_found_where_that_is_asked_for():
    other = CLIPS.replace("48", "72")
    index = Benchmarks([("gsm8k", "1", CLIPS), ("sums", "2", "What is 2 + 3?")], any_numbers=True)
    assert other != CLIPS and index.overlap(other).share == 1.0
    assert index.overlap("What is 4 + 5?") is None, "every sum would be the item"
    japanese = (
        "ある農家が羊を24頭飼っており、市場でさらに18頭を買いました。"
        "帰り道で7頭が逃げてしまいました。残りは何頭ですか。"
    )
    again = japanese.replace("24", "３１").replace("18", "1,200")
    assert Benchmarks([("ja", "1", japanese)], any_numbers=True).overlap(again).share == 1.0
