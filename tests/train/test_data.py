"""Rows of shards as tokens."""

import pytest

from factory.errors import UserError
from factory.train import data
from factory.train.data import IGNORED, documents, without_nulls
from tests.train import tiny

pytestmark = pytest.mark.model


def test_a_text_ends_with_the_end_of_text():
    tokenizer = tiny.tokenizer()
    [row] = documents([{"id": "a", "text": "むかしむかし、あるところに。"}], tokenizer, 100).rows
    assert tokenizer.decode(row.input_ids) == "むかしむかし、あるところに。" + tokenizer.eos_token
    assert [*row.labels] == [IGNORED, *row.input_ids[1:]]
    assert row.input_ids.itemsize == row.labels.itemsize == 4


@pytest.mark.parametrize("most", [7, 8, 9, 10, 50])
def test_a_long_text_is_cut_into_pieces_of_nearly_equal_length(most):
    tokenizer = tiny.tokenizer()
    text = "Once upon a time there was a factory that made nothing but data, and a man who trained on it."
    rows = documents([{"id": "a", "text": text}, {"id": "b", "text": "Short."}], tokenizer, most).rows
    lengths = [len(row.input_ids) for row in rows[:-1]]
    assert max(lengths) <= most and max(lengths) - min(lengths) <= 1
    assert tokenizer.decode([token for row in rows[:-1] for token in row.input_ids]) == text + tokenizer.eos_token
    assert all([*row.labels] == [IGNORED, *row.input_ids[1:]] for row in rows)


def test_no_character_is_cut():
    tokenizer = tiny.tokenizer()
    text = "吾輩は猫である。名前はまだ無い。憂鬱な薔薇と魑魅魍魎、🤖の語る元気な物語。" * 3
    for most in (8, 13, 50):
        rows = documents([{"id": "a", "text": text}], tokenizer, most).rows
        pieces = [tokenizer.decode(row.input_ids) for row in rows]
        assert "".join(pieces) == text + tokenizer.eos_token and not any("\ufffd" in piece for piece in pieces)
        assert max(len(row.input_ids) for row in rows) <= most
        assert len(rows) <= 2 * -(-sum(len(row.input_ids) for row in rows) // most)


def test_what_is_to_be_filled_in_is_not_cut():
    tokenizer = tiny.tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]})
    text = "<fim_prefix>def f(x)<fim_suffix> + 1\n<fim_middle>:\n    return x"
    found = documents([{"id": "a", "text": text}, {"id": "b", "text": "A text of many words."}], tokenizer, 5)
    assert found.left_out == {"longer than 5 tokens": 1} and len(found.rows) == 2


def test_sentinels_are_single_tokens_of_the_model():
    tokenizer = tiny.tokenizer()
    text = "<fim_prefix>def f(x)<fim_suffix> + 1\n<fim_middle>:\n    return x"
    with pytest.raises(UserError) as told:
        documents([{"id": "code-3", "text": text}], tokenizer, 100)
    assert str(told.value).startswith("row code-3: <fim_prefix> of starcoder is ")
    assert "expected one; export the cpt shard with this model's own sentinels" in str(told.value)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]})
    assert len(documents([{"id": "code-3", "text": text}], tokenizer, 100).rows) == 1
    assert documents([{"id": "a", "text": "All of <fim_prefix> is told in this text."}], tiny.tokenizer(), 100).rows


def test_nulls_are_left_out_however_deep():
    call = {"type": "function", "function": {"name": "f", "arguments": {"code": "1", "timeout": None}}}
    turns = [{"role": "assistant", "content": "", "tool_calls": [call], "name": None}]
    bare = {"type": "function", "function": {"name": "f", "arguments": {"code": "1"}}}
    made = without_nulls({"messages": turns, "tools": None})
    assert made == {"messages": [{"role": "assistant", "content": "", "tool_calls": [bare]}]}


@pytest.mark.parametrize(
    ("shards", "kind", "said"),
    [
        ({"sft": tiny.sums()}, "dpo", "the run has no dpo shard; it has sft"),
        ({}, "dpo", "the run has no dpo shard; ask for one under `export:`"),
        ({"sft": []}, "sft", "the sft shard has nothing to train on: the run accepted no rows for it"),
        ({"sft": [], "cpt": [{"text": "a"}]}, "sft", "the run accepted no rows for it; it has cpt"),
        ({"cpt": [{"words": "a"}]}, "cpt", "expected the columns text; found id, license, model, score, source, words"),
        ({"dpo": [{"prompt": "a", "chosen": "b"}]}, "dpo", "expected the columns prompt, chosen and rejected; found"),
    ],
)
def test_a_shard_that_does_not_serve_is_told(tmp_path, shards, kind, said):
    with pytest.raises(UserError) as told:
        data.check(tiny.run_of(tmp_path / "run", shards), kind)
    assert said in str(told.value) and str(tmp_path / "run") in str(told.value)
