"""Direct preference optimisation, by real steps of TRL."""

import pytest

from factory.errors import UserError
from factory.train.dpo import _even, pairs_of
from tests.toy_shards import SHARDS, turn
from tests.train import tiny
from tests.train.tiny import farthest, run_of, trained, weights

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]  # the trainers' own


def pairs(count: int = 6) -> list[dict]:
    return [
        {
            "prompt": [turn("user", f"What is {number} + 1?")],
            "chosen": [turn("assistant", f"It is {number + 1}.")],
            "rejected": [turn("assistant", "I do not know, and I do not care.")],
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("tune", ["lora", "dora", "full"])
def test_the_margin_grows_from_nothing(tmp_path, tune):
    run = run_of(tmp_path / "run", {"dpo": pairs()})
    state = trained(run, tmp_path / "out", "dpo", tune=tune, max_steps=6, beta=1, learning_rate=5e-3)
    before, after = state["eval"]["before"], state["eval"]["after"]
    assert before["margin"] == 0 and before["loss"] == pytest.approx(0.6931, abs=1e-3)  # the reference is the model
    assert "accuracy" not in before
    assert after["margin"] > 0.1 and after["loss"] < before["loss"] and after["accuracy"] == 1
    assert state["rows"] == {"used": 7, "left_out": {}}


def test_how_many_pairs_are_taken_at_once_changes_nothing(tmp_path):
    run = run_of(tmp_path / "run", {"dpo": pairs(6)})  # 7 rows: the last step of an epoch has three, or two and one
    for at_once in (4, 2):
        trained(run, tmp_path / str(at_once), "dpo", batch=4, device_batch=at_once, max_steps=4, learning_rate=1e-2)
    assert farthest(weights(tmp_path / "4"), weights(tmp_path / "2")) < 1e-5


def test_the_adapter_s_inputs_are_dropped(tmp_path):
    run = run_of(tmp_path / "run", {"dpo": pairs()})
    plain, dropped = tmp_path / "plain", tmp_path / "dropped"
    trained(run, plain, "dpo", max_steps=2)
    trained(run, dropped, "dpo", max_steps=2, lora={"dropout": 0.5})
    assert farthest(weights(plain), weights(dropped)) > 1e-4


def test_an_answer_of_several_turns(tmp_path):
    assert trained(run_of(tmp_path / "run", SHARDS), tmp_path / "out", "dpo", loss="ipo")["status"] == "done"


def test_pairs_that_do_not_fit_are_counted(tmp_path):
    long = {**pairs(1)[0], "rejected": [turn("assistant", "long " * 200)]}
    rows = [{"id": f"{number}", **row} for number, row in enumerate([*pairs(3), long])]
    found, left_out = pairs_of(rows, tiny.tokenizer(), 128)
    assert (len(found), left_out) == (3, {"longer than 128 tokens": 1})
    assert all(pair["chosen_ids"][-1] == tiny.tokenizer().eos_token_id for pair in found)
    with pytest.raises(UserError, match="none of the 3 rows of the dpo shard fits max_tokens = 4"):
        trained(run_of(tmp_path / "run", {"dpo": pairs(2)}), tmp_path / "out", "dpo", max_tokens=4)


@pytest.mark.parametrize(("count", "size"), [(8, 4), (6, 3), (7, 1), (512, 4), (1, 1)])
def test_held_out_pairs_are_measured_in_even_batches(count, size):
    assert _even(count, {"per_device_train_batch_size": 4}) == size
