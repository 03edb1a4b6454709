"""What a training is told, and what is said of mistakes in it."""

import pytest

from factory.errors import UserError
from factory.train.settings import Dpo, Sft, parse, read


def test_an_adapter_gets_ten_times_the_rate_of_all_weights():
    assert Sft(tune="lora").rate == pytest.approx(10 * Sft(tune="full").rate)
    assert Dpo(tune="dora").rate == pytest.approx(10 * Dpo(tune="full").rate)
    assert Sft(tune="lora", learning_rate=0.5).rate == 0.5


def test_each_method_has_its_shard():
    assert (Sft().kind, Sft(shard="cpt").kind, Dpo().kind, parse("grpo", {}).kind) == ("sft", "cpt", "dpo", "grpo")


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("sft", {"epoch": 2}, 'train sft: epoch: unknown key; did you mean "epochs"?'),
        ("sft", {"lora": {"rnk": 2}}, 'train sft: lora.rnk: unknown key; did you mean "rank"?'),
        ("sft", {"epochs": 0}, "train sft: epochs: expected greater than 0, found 0"),
        ("sft", {"tune": "qlora"}, "train sft: tune: expected 'lora', 'dora' or 'full', found 'qlora'"),
        ("sft", {"shard": "dpo"}, "train sft: shard: sft is trained on sft or cpt, found 'dpo'"),
        ("dpo", {"shard": "sft"}, "train dpo: shard: dpo is trained on dpo, found 'sft'"),
        ("dpo", {"loss": "exo_pair"}, "train dpo: loss: exo_pair needs a label_smoothing above 0, such as 0.001"),
        ("spo", {}, "train: 'spo' is no method; did you mean \"dpo\"?"),
    ],
)
def test_a_mistake_is_one_line(method, given, said):
    with pytest.raises(UserError) as told:
        parse(method, given)
    assert str(told.value) == said


def test_a_file_a_set_and_the_command_line_in_this_order(tmp_path):
    file = tmp_path / "sft.yaml"
    file.write_text("epochs: 2\nbatch: 4\nmodel: one\nlora:\n  rank: 4\n")
    found = read("sft", file, ["batch=8", "lora.alpha=2"], {"model": "two"})
    assert (found.epochs, found.batch, found.model, found.lora.rank, found.lora.alpha) == (2, 8, "two", 4, 2)


def test_a_mistake_in_a_file_names_its_line(tmp_path):
    file = tmp_path / "sft.yaml"
    file.write_text("epochs: 2\nlora:\n  rank: none\n")
    with pytest.raises(UserError, match=r"sft.yaml:3: lora.rank: .*expected a valid integer"):
        read("sft", file, [], {})
    with pytest.raises(UserError, match=r"sft.yaml:1: expected a mapping"):
        file.write_text("- epochs")
        read("sft", file, [], {})
