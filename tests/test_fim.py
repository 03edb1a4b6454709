"""Fill-in-the-middle: nothing lost, nothing forged, no context too long, on real tokenizers."""

from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from factory.fim import KNOWN, Sentinels, context_level, document_level, has_sentinel, restore, sentinels_of

STARCODER, CODESTRAL = KNOWN["starcoder"], KNOWN["codestral"]
CORPUS = [
    "def add(first, second):\n    return first + second\n",
    "for number in range(10):\r\n    print(number ** 2)\r\n",
    "日本語の文章も、同じ規則で三つに分けられる。関数の名前は英語でもよい。",
    "家族👨‍👩‍👧と旗🇯🇵🇫🇷、か\u3099と👍🏽、ﾊﾞﾅﾅ。한국어도 씁니다.",
    "class Bag:\n    def __init__(self):\n        self.items = []\n\n    def push(self, item):\n        return item\n",
]
WORDS = st.one_of(
    st.text(max_size=300),
    st.text("あいう漢字。かが\u3099🇯🇵👨‍👩‍👧👍🏽\r\n ab()", max_size=300),
    st.lists(st.sampled_from(CORPUS), max_size=6).map("\n".join),
)
FAMILIES = st.sampled_from(sorted(KNOWN))
SEEDS = st.integers(0, 2**31 - 1)
RATES = st.sampled_from([0.0, 0.5, 1.0])


@cache
def tokenizer(family):
    """A byte-level BPE of 600 tokens with the family's sentinels as special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = [mark for mark in KNOWN[family] if mark]
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=letters, show_progress=False)
    made.train_from_iterator(CORPUS * 20, trainer)
    return made


def encoder(family):
    return lambda text: tokenizer(family).encode(text).ids


def pack(texts, family="starcoder", length=64, rate=0.5, spm_rate=0.5, seed=0):
    return context_level(
        texts, KNOWN[family], length=length, encode=encoder(family), rate=rate, spm_rate=spm_rate, seed=seed
    )


def pieces(contexts, family):
    return [piece for context in contexts for piece in context.split(KNOWN[family].end_of_text)]


def within_binomial(found, of, rate):
    return abs(found - of * rate) <= 4 * (of * rate * (1 - rate)) ** 0.5


@given(WORDS, FAMILIES, SEEDS, RATES, RATES)
def test_what_is_rearranged_can_be_put_back(text, family, seed, rate, spm_rate):
    assume(not has_sentinel(text, KNOWN[family]))
    rearranged = document_level(text, KNOWN[family], rate=rate, spm_rate=spm_rate, seed=seed)
    assert restore(rearranged, KNOWN[family]) == text
    assert (rearranged != text) == (rate == 1 and len(text) >= 3) or rate == 0.5


def test_the_three_orders_are_those_of_the_models():
    text = "abcdefghij"
    psm = document_level(text, STARCODER, rate=1, spm_rate=0, seed=3)
    spm = document_level(text, STARCODER, rate=1, spm_rate=1, seed=3)
    only = document_level(text, CODESTRAL, rate=1, spm_rate=0, seed=3)
    prefix, rest = psm.removeprefix("<fim_prefix>").split("<fim_suffix>")
    suffix, middle = rest.split("<fim_middle>")
    assert prefix + middle + suffix == text
    assert spm == f"<fim_prefix><fim_suffix>{suffix}<fim_middle>{prefix}{middle}"
    assert only == f"[SUFFIX]{suffix}[PREFIX]{prefix}{middle}"


def test_the_rates_are_kept_over_many_texts():
    texts = [f"text number {number} of many" for number in range(2_000)]
    made = [document_level(text, STARCODER, rate=0.5, spm_rate=0.3, seed=seed) for seed, text in enumerate(texts)]
    rearranged = [text for text in made if text.startswith("<fim_prefix>")]
    spm = [text for text in rearranged if text.startswith("<fim_prefix><fim_suffix>")]
    empty_prefix = 2 / len(texts[0])  # PSM whose prefix is empty looks the same
    assert within_binomial(len(rearranged), 2_000, 0.5)
    assert within_binomial(len(spm), len(rearranged), 0.3 + 0.7 * empty_prefix)


def test_cuts_fall_everywhere_and_the_middle_is_never_empty():
    text = "abcdefgh"
    made = [document_level(text, STARCODER, rate=1, spm_rate=0, seed=seed) for seed in range(3_000)]
    cuts = {tuple(part.split(">")[-1] for part in one.split("<")[1:]) for one in made}
    assert len(cuts) == 9 * 8 / 2
    assert all(middle for _, _, middle in cuts)


@pytest.mark.parametrize(
    "whole",
    ["か\u3099", "👨‍👩‍👧", "👍🏽", "🇯🇵", "\r\n", "ﾊﾞ", "葛\U000e0100", "각", "e\u0301\u0323", "🏴\U000e0067\U000e007f"],
)
def test_no_cut_falls_inside_what_is_read_as_one_character(whole):
    text = f"x{whole}y{whole}z"
    for seed in range(200):
        made = document_level(text, STARCODER, rate=1, spm_rate=0, seed=seed)
        assert made.count(whole) == 2


def test_the_seed_alone_decides():
    def ask(seed):
        return document_level(CORPUS[0], STARCODER, rate=0.5, spm_rate=0.5, seed=seed)

    assert [ask(seed) for seed in range(50)] == [ask(seed) for seed in range(50)]
    assert len({ask(seed) for seed in range(50)}) > 15


@pytest.mark.parametrize("family", KNOWN)
def test_a_text_with_a_sentinel_is_refused(family):
    for mark in filter(None, KNOWN[family]):
        text = f"a tokenizer's {mark} in a text"
        assert has_sentinel(text, KNOWN[family])
        with pytest.raises(ValueError, match="sentinel"):
            document_level(text, KNOWN[family], rate=0, spm_rate=0, seed=0)
        with pytest.raises(ValueError, match="text 1 contains a sentinel"):
            pack(["fine", text], family, rate=0)
        for length in range(16, 24):  # however the cut falls
            with pytest.raises(ValueError, match="text 0 contains a sentinel"):
                pack([text], family, length, rate=0)


def test_no_sentinel_can_come_about_where_two_parts_meet():
    """It cannot as long as none begins with what another ends with."""
    for known in KNOWN.values():
        marks = [mark for mark in known if mark]
        for one in marks:
            for other in marks:
                assert not any(one.endswith(other[:size]) for size in range(1, len(other) + (one != other)))


def test_a_tokenizer_is_known_by_its_vocabulary():
    for family, known in KNOWN.items():
        assert sentinels_of(tokenizer(family).get_vocab()) == known
    assert sentinels_of({"a", "<fim_prefix>", "<fim_suffix>"}) is None
    assert sentinels_of(set(STARCODER[:3])) == STARCODER._replace(end_of_text="")


@settings(deadline=None, max_examples=150)
@given(st.lists(WORDS, max_size=8), FAMILIES, st.sampled_from([16, 24, 64, 200]), RATES, RATES, SEEDS)
def test_contexts_hold_every_character_once_whole_examples_and_no_token_too_many(
    texts, family, length, rate, spm_rate, seed
):
    assume(not any(has_sentinel(text, KNOWN[family]) for text in texts))
    contexts = pack(texts, family, length, rate, spm_rate, seed)
    marks = [mark for mark in KNOWN[family][:3] if mark]
    assert "".join(restore(piece, KNOWN[family]) for piece in pieces(contexts, family)) == "".join(texts)
    for context in contexts:
        ids = encoder(family)(context)
        assert 0 < len(ids) <= length
        counts = {ids.count(tokenizer(family).token_to_id(mark)) for mark in marks}
        assert len(counts) == 1  # as many of each: none is cut in half or left without the others
    for piece in pieces(contexts, family):
        assert [piece.count(mark) for mark in marks] in ([0] * len(marks), [1] * len(marks))


def test_every_text_and_every_example_is_ended():
    texts = [text * 4 for text in CORPUS]
    contexts = pack(texts, length=48, rate=1)
    end = STARCODER.end_of_text
    examples = sum(context.count("<fim_prefix>") for context in contexts)
    assert examples > len(texts)
    assert sum(context.count(end) for context in contexts) >= examples
    assert contexts[-1].endswith(end)
    plain = pack(texts, length=48, rate=0)
    assert sum(context.count(end) for context in plain) == len(texts)


def test_contexts_are_nearly_full_and_rearranged_at_the_rate():
    texts = [CORPUS[number % 5] * (1 + number % 7) for number in range(1_000)]
    contexts = pack(texts, length=256)
    filled = [len(encoder("starcoder")(context)) for context in contexts[:-1]]
    assert sum(filled) / (256 * len(filled)) > 0.97
    parts = [piece for piece in pieces(contexts, "starcoder") if len(piece) >= 3]
    assert within_binomial(sum("<fim_prefix>" in piece for piece in parts), len(parts), 0.5)


def test_packing_is_the_same_twice_and_differs_by_seed():
    assert pack(CORPUS, seed=1) == pack(CORPUS, seed=1) != pack(CORPUS, seed=2)


def test_a_long_text_of_one_cluster_is_cut_all_the_same():
    text = "🇯🇵" * 2_000 + "a" + "\u0301" * 20_000
    contexts = pack([text], length=512, rate=1)
    assert "".join(restore(piece, STARCODER) for piece in pieces(contexts, "starcoder")) == text


def test_texts_that_no_context_can_hold_and_tokenizers_without_sentinels_are_refused():
    with pytest.raises(ValueError, match="no room for one character"):
        pack(["日本"], length=2)
    with pytest.raises(ValueError, match="end of text"):
        context_level(["a"], Sentinels("<P>", "<S>", "<M>"), length=8, encode=list, rate=1, spm_rate=0, seed=0)
    with pytest.raises(ValueError, match="12 tokens of '<fim_prefix>'"):
        context_level(
            ["a"], STARCODER, length=99, encode=lambda text: [ord(c) for c in text], rate=1, spm_rate=0, seed=0
        )
