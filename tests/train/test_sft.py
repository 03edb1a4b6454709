"""Supervised fine-tuning: what the loss is an average of, packing, and each kind of row, by real steps of TRL."""

import pytest
import torch
import torch.nn.functional as functional

from factory.errors import UserError
from factory.train import masked, model, packing
from factory.train.data import IGNORED
from factory.train.sft import data_of
from tests.toy_shards import SHARDS, turn
from tests.train import tiny
from tests.train.tiny import farthest, run_of, settings, sums, trained, weights

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]  # the trainers' own


def loaded():
    return model.load(model.find(settings()), settings())


def nats(network, rows) -> tuple[float, int]:
    """Add up the loss of the learnt tokens, one row at a time, by PyTorch alone."""
    total, count = 0.0, 0
    with torch.no_grad():
        for ids, labels in rows:
            logits = network(torch.tensor([ids])).logits[0, :-1]
            total += float(functional.cross_entropy(logits, torch.tensor(labels[1:]), reduction="sum"))
            count += sum(label != IGNORED for label in labels[1:])
    return total, count


def first_loss(out) -> float:
    import polars as pl

    curves = pl.read_parquet(out / "curves.parquet").filter(pl.col("name") == "loss").sort("step")
    return curves["value"][0]


@pytest.mark.parametrize(
    "given", [{}, {"device_batch": 1}, {"packing": True, "batch": 4}, {"packing": True, "batch": 4, "device_batch": 1}]
)
@pytest.mark.parametrize("loss_on", ["assistant", "all"])
def test_the_loss_is_the_mean_over_all_learnt_tokens_of_the_batch(tmp_path, given, loss_on):
    run = run_of(tmp_path / "run", {"sft": sums(7)})  # 8 rows with the one that is there twice
    rows = [{"id": "x", **row} for row in sums(7)]
    network, tokenizer = loaded()
    found = data_of([*rows, rows[0]], tokenizer, settings(loss_on=loss_on)).rows
    total, count = nats(network, found)
    assert len({len(row.input_ids) for row in found}) > 2  # else the mean of the rows would be the same
    given = {"batch": 8, "max_steps": 1, "loss_on": loss_on, **given}
    state = trained(run, tmp_path / "out", **given)
    assert not given.get("packing") or state["packing"]["rows"] == given["batch"]
    assert first_loss(tmp_path / "out") == pytest.approx(total / count, abs=1e-4)
    assert state["tokens"]["trained"] == count


def test_accumulated_batches_make_the_same_weights(tmp_path):
    run = run_of(tmp_path / "run", {"sft": sums(7)})
    whole = {"batch": 8, "max_steps": 3, "tune": "full"}
    trained(run, tmp_path / "one", **whole)
    trained(run, tmp_path / "two", **whole, device_batch=2)
    base = loaded()[0].state_dict()
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    assert farthest(one, {name: base[name] for name in one}) > 1e-3
    assert farthest(one, two) < 1e-4


def collate(rows):
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    return DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)(rows)


def test_packed_rows_say_what_they_say_alone():
    network, tokenizer = loaded()
    data = data_of([{"id": "x", **row} for row in sums(6)], tokenizer, settings())
    packed, left_over = packing.pack(data.dataset(), 128)
    tokens = sum(len(row.input_ids) for row in data.rows)
    assert left_over == pytest.approx(1 - tokens / (128 * len(packed)))
    seen = 0
    with torch.no_grad():
        for row in packed:
            assert len(row["seq_lengths"]) > 1
            batch = {name: value for name, value in collate([row]).items() if name != "labels"}
            together = network(**batch, use_cache=False).logits[0]
            at = 0
            for length in row["seq_lengths"]:
                alone = network(torch.tensor([row["input_ids"][at : at + length]])).logits[0]
                assert torch.allclose(together[at : at + length], alone, atol=1e-4)
                at, seen = at + length, seen + 1
    assert seen == 6


def test_a_model_that_reads_across_packed_rows_is_refused():
    import transformers

    network, _ = loaded()
    packing.check(network, network.config, network.device, collate)
    torch.manual_seed(0)
    config = transformers.MambaConfig(vocab_size=200, hidden_size=16, state_size=4, num_hidden_layers=1)
    with pytest.raises(UserError, match=r"packing: MambaForCausalLM .* reads across packed rows; set packing: false"):
        packing.check(transformers.MambaForCausalLM(config), config, torch.device("cpu"), collate)


def test_each_kind_of_row_is_trained_on(tmp_path):
    run = run_of(tmp_path / "run", SHARDS)
    state = trained(run, tmp_path / "sft", max_tokens=256)
    assert state["rows"] == {"used": 7, "left_out": {}} and state["status"] == "done"
    assert {"before", "after"} == state["eval"].keys()
    assert trained(run, tmp_path / "cpt", shard="cpt", packing=True, batch=1)["rows"]["used"] == 3


@pytest.mark.parametrize("tune", ["lora", "dora", "full"])
def test_what_is_written_is_what_was_trained(tmp_path, tune):
    import peft
    import transformers

    state = trained(run_of(tmp_path / "run"), tmp_path / "out", tune=tune, max_steps=8)
    assert state["eval"]["after"]["loss"] < state["eval"]["before"]["loss"]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    kind = "model" if tune == "full" else "adapter_model"
    assert names == {
        "README.md", "training.json", "curves.parquet", "curves.html", f"{kind}.safetensors", "tokenizer.json",
        "tokenizer_config.json", "chat_template.jinja",
        *(["config.json", "generation_config.json"] if tune == "full" else ["adapter_config.json"]),
    }  # fmt: skip
    if tune == "full":
        network = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    else:
        network = peft.PeftModel.from_pretrained(loaded()[0], tmp_path / "out")
    rows = data_of([{"id": "x", **sums()[0]}], tiny.tokenizer(), settings()).rows
    total, count = nats(network, rows)
    assert state["eval"]["after"]["loss"] == pytest.approx(total / count, abs=1e-4)
    card = (tmp_path / "out/README.md").read_text()
    assert "plan 0a1b2c3d" in card and "Toy-1B (mit)" in card and f"tune: {tune}" in card


def test_the_masked_objective_learns_what_is_hidden(tmp_path):
    run = run_of(tmp_path / "run", {"cpt": [{"text": "Zan's capital is Lubo, and its river is the Mur."}]})
    given = {"shard": "cpt", "objective": "masked", "batch": 2, "max_steps": 15, "learning_rate": 2e-2, "tune": "full"}
    state = trained(run, tmp_path / "out", **given)
    assert state["masked"] == {"share": 0.5, "blank": "___"}
    assert state["eval"]["after"]["loss"] < 0.5 * state["eval"]["before"]["loss"]
    packed = trained(run, tmp_path / "packed", **given, packing=True)
    assert packed["eval"]["before"] == state["eval"]["before"]
    assert packed["eval"]["after"]["loss"] < 0.5 * packed["eval"]["before"]["loss"]


def test_holes_are_drawn_anew_in_each_epoch(tmp_path, monkeypatch):
    seen = []
    hidden = masked.hidden

    def watched(row, share, blank, seed):
        seen.append(seed)
        return hidden(row, share, blank, seed)

    monkeypatch.setattr(masked, "hidden", watched)
    run = run_of(tmp_path / "run", {"sft": sums(3)})  # 4 rows
    trained(run, tmp_path / "out", objective="masked", batch=4, max_steps=3, seed=5)
    assert set(seen) == {(5, 0), (5, 1), (5, 2)}
    assert seen.count((5, 2)) == 4


def test_rows_that_do_not_fit_are_counted(tmp_path):
    rows = [*sums(4), {**sums()[0], "messages": [turn("user", "Hi"), turn("assistant", "long " * 200)]}]
    silent = {**sums()[0], "messages": [turn("user", "Anyone?")]}
    state = trained(run_of(tmp_path / "run", {"sft": [*rows, silent]}), tmp_path / "out", max_steps=1)
    assert state["rows"] == {"used": 5, "left_out": {"longer than 128 tokens": 1, "nothing to learn": 1}}
