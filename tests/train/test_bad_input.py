"""A user's mistakes, each told in one line before anything is trained: exit code 2, no traceback, nothing lost."""

import json
import shutil

import pytest

from factory.errors import UserError
from factory.train import data, masked, model
from factory.train.settings import parse
from tests.toy_shards import turn, write_run
from tests.train import tiny
from tests.train.tiny import run_of, settings, sums, trained

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]  # the trainers' own


@pytest.fixture(scope="module", autouse=True)
def _model():
    tiny.model()  # made here if it is not there, where what that prints is nobody's error


def copy_of(tmp_path, **config):
    """Copy the tiny model, with another config."""
    folder = tmp_path / "model"
    shutil.copytree(tiny.model(), folder)
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **config}))
    return folder


def refused(factory, tmp_path, *more, run=None) -> str:
    """Start the command, and give what it says."""
    root = run or write_run(tmp_path / "run", {"sft": sums(2)})
    done = factory("train", "sft", root, "--out", tmp_path / "out", "--model", tiny.model(), *more)
    assert done.code == 2, done
    assert done.err.startswith("error: ") and done.err.count("\n") == 1, done.err
    assert not (tmp_path / "out/training.json").exists()
    return done.err.removeprefix("error: ").strip()


def test_there_is_no_run(factory, tmp_path):
    assert "there is no run here" in refused(factory, tmp_path, run=tmp_path)


def test_the_run_is_not_done(factory, tmp_path):
    run = write_run(tmp_path / "run", {"sft": sums(2)}, status="stopped")
    assert "the run is not finished" in refused(factory, tmp_path, run=run)


def test_the_shard_is_of_another_kind(factory, tmp_path):
    said = refused(factory, tmp_path, "--set", "shard=cpt")
    assert said == f"{tmp_path / 'run'}: the run has no cpt shard; it has sft"


def test_no_row_was_accepted(factory, tmp_path):
    run = write_run(tmp_path / "run", {"sft": []})
    assert "the sft shard has nothing to train on: the run accepted no rows" in refused(factory, tmp_path, run=run)


def test_a_setting_is_wrong(factory, tmp_path):
    assert refused(factory, tmp_path, "--set", "packin=true").endswith('packin: unknown key; did you mean "packing"?')
    (tmp_path / "sft.yaml").write_text("epochs: 1\nbatch: many\n")
    assert "sft.yaml:2: batch: expected" in refused(factory, tmp_path, "--config", tmp_path / "sft.yaml", run=tmp_path)


def test_the_batch_cannot_be_cut_so(factory, tmp_path):
    said = refused(factory, tmp_path, "--set", "device_batch=3")
    assert said == "device_batch: 3 does not divide the 16 rows that a device gets of a step"


def test_the_folder_is_a_file(factory, tmp_path):
    (tmp_path / "out").write_text("a file")
    assert refused(factory, tmp_path) == f"{tmp_path / 'out'}: this is a file; name a folder with --out"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "./nowhere/at/all",
            "it is not there; expected a model's folder, a name on the Hub (org/name), or a .gguf file",
        ),
        ("nowhere.gguf", "model: nowhere.gguf: it is not there"),
        ("no-such-org/no-such-model", "model: no-such-org/no-such-model: cannot be loaded"),
    ],
)
def test_the_model_is_not_there(given, said, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError) as told:
        model.find(parse("sft", {"model": given}))
    assert said in str(told.value) and "\n" not in str(told.value)


def test_rows_may_not_be_longer_than_the_model_reads(tmp_path):
    with pytest.raises(UserError, match="max_tokens: 128 is more than the 64 positions of"):
        trained(run_of(tmp_path / "run"), tmp_path / "out", model=str(copy_of(tmp_path, max_position_embeddings=64)))


@pytest.mark.parametrize("state", ["{}", "[]", '{"status": "done"}'])
def test_the_folder_holds_a_state_that_is_not_ours(tmp_path, state):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/training.json").write_text(state)
    with pytest.raises(UserError, match="this is no training of ours"):
        trained(run_of(tmp_path / "run"), tmp_path / "out")
    assert (tmp_path / "out/training.json").read_text() == state


def test_the_model_is_no_causal_language_model(tmp_path):
    folder = copy_of(tmp_path, architectures=["LlamaForSequenceClassification"])
    with pytest.raises(UserError, match="is a LlamaForSequenceClassification; expected a causal language model"):
        model.find(settings(model=str(folder)))
    (folder / "config.json").write_text('{"model_type": "bert", "architectures": ["BertForMaskedLM"]}')
    with pytest.raises(UserError, match="is a BertForMaskedLM; expected a causal language model"):
        model.find(settings(model=str(folder)))


def test_the_config_cannot_be_read(tmp_path):
    folder = copy_of(tmp_path)
    (folder / "config.json").write_text("{")
    with pytest.raises(UserError, match=r"model: .*: cannot be loaded: "):
        model.find(settings(model=str(folder)))
    (folder / "config.json").unlink()
    with pytest.raises(UserError, match=r"there is no config.json; expected a model as `save_pretrained` writes it"):
        model.find(settings(model=str(folder)))


def test_the_weights_are_not_whole(tmp_path):
    folder = copy_of(tmp_path, num_hidden_layers=3)
    given = settings(model=str(folder))
    with pytest.raises(UserError, match=r"9 weights are missing, such as model.layers.2"):
        model.load(model.find(given), given)
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(UserError, match="cannot be loaded: "):
        model.load(model.find(given), given)


@pytest.mark.parametrize(
    ("tune", "needed", "way"),
    [("full", "51.6 GiB", "try tune: lora, a smaller model"), ("lora", "13.2 GiB", "try a smaller model")],
)
def test_the_model_does_not_fit(tmp_path, monkeypatch, tune, needed, way):
    """A model of 3.5 billion weights: 16 bytes each if all are trained, else 4 on a CPU, and some for the adapter."""
    folder = copy_of(tmp_path, hidden_size=4096, intermediate_size=11008, num_hidden_layers=24, num_key_value_heads=4)
    monkeypatch.setattr(model, "_free", lambda: 2**33)
    given = settings(model=str(folder), tune=tune)
    with pytest.raises(UserError) as told:
        model.check_memory(model.outline(model.find(given), given), given)
    assert "does not fit: 3,461 million weights" in str(told.value) and f"(tune: {tune})" in str(told.value)
    assert f"need {needed}" in str(told.value) and "8.0 GiB are free" in str(told.value) and way in str(told.value)


@pytest.mark.parametrize(
    ("lora", "said"),
    [
        ({"targets": ["q_proj", "v_prj"]}, "lora.targets: the model has no layer 'v_prj'; did you mean \"v_proj\"?"),
        ({"targets": ["q_proj", "lm_head"]}, "lora.targets: the output head gets no adapter"),
        ({"targets": ["norm"]}, "lora.targets: the model has no layer 'norm'; known: "),
    ],
)
def test_a_layer_is_not_there(lora, said):
    given = settings(lora=lora)
    with pytest.raises(UserError) as told:
        model.outline(model.find(given), given)
    assert str(told.value).startswith(said)


def test_the_layers_are_no_list():
    with pytest.raises(UserError, match=r"lora.targets: expected all-linear or a list of names, such as \[q_proj\]"):
        settings(lora={"targets": "q_proj"})


EXPERTS = {
    "vocab_size": 64, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "head_dim": 8,
    "num_attention_heads": 2, "num_key_value_heads": 1, "num_experts_per_tok": 2,
}  # fmt: skip


def outlined(config, **given):
    given = settings(**given)
    return model.outline(model.Base("", "", None, config, ""), given)


def test_experts_without_an_adapter_are_told():
    """PEFT knows the experts of the one and not those of the other."""
    import transformers

    known = transformers.Qwen3MoeConfig(**EXPERTS, num_experts=4, moe_intermediate_size=8)
    unknown = transformers.GptOssConfig(**EXPERTS, num_local_experts=4)
    assert (
        model.without_adapter(outlined(known)) is None and model.without_adapter(outlined(unknown, tune="full")) is None
    )
    said = model.without_adapter(outlined(known, lora={"targets": ["q_proj"]}))
    assert said is not None and said.endswith("such as model.layers.0.mlp.experts.gate_up_proj")
    experts, everything = 4 * (3 * 16 * 16 + 3 * 16), outlined(unknown, tune="full").num_parameters()
    assert model.without_adapter(outlined(unknown)).startswith(f"{(experts - 4 * 48) / everything:.0%} of the weights")
    with pytest.raises(UserError, match=r"^lora: .* does not work with use_dora=True"):
        outlined(known, tune="dora")


def test_free_memory_is_counted():
    assert 2**20 < model._free() < 2**50


def test_no_row_fits(tmp_path):
    with pytest.raises(UserError) as told:
        trained(run_of(tmp_path / "run"), tmp_path / "out", max_tokens=16)
    said = str(told.value)
    assert "none of the 9 rows of the sft shard fits max_tokens = 16; the shortest has " in said
    silent = {**sums(1)[0], "messages": [turn("user", "Anyone?")]}
    with pytest.raises(UserError, match="no row of the sft shard has an answer of the assistant to learn"):
        trained(run_of(tmp_path / "silent", {"sft": [silent]}), tmp_path / "two", max_tokens=64)


def test_the_tokenizer_has_no_template(tmp_path):
    folder = copy_of(tmp_path)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(UserError, match=r"has no chat template; train on texts \(shard: cpt\)"):
        trained(run_of(tmp_path / "run"), tmp_path / "out", model=str(folder))
    texts = run_of(tmp_path / "texts", {"cpt": [{"text": "Once upon a time."}]})
    state = trained(texts, tmp_path / "out", shard="cpt", model=str(folder), max_steps=1)
    assert state["status"] == "done"  # and the folder that a mistake was made with is free


def test_a_tokenizer_of_another_model(tmp_path):
    folder = copy_of(tmp_path)
    tokenizer = tiny.tokenizer()
    tokenizer.add_tokens(["<one>", "<two>"])
    tokenizer.save_pretrained(folder)
    given = settings(model=str(folder))
    with pytest.raises(UserError, match="the tokenizer has 49,154 tokens, the model 49,152"):
        model.load(model.find(given), given)


def test_a_blank_is_found():
    tokenizer = tiny.tokenizer()
    assert tokenizer.decode([masked.blank_of(tokenizer)]) == "___"
    tokenizer.add_special_tokens({"mask_token": "<mask>"})
    assert tokenizer.decode([masked.blank_of(tokenizer)]) == "<mask>"


def test_every_reason_has_its_words():
    assert data.too_long(2048) == "longer than 2,048 tokens"
