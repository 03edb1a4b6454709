"""The command of the docs on the embedded model: a few steps, and what they leave is a model that answers."""

import json

import pytest

from tests.checkpoints import folder_of
from tests.toy_shards import turn, write_run
from tests.train.test_dpo import pairs
from tests.train.tiny import sums

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]  # the trainers' own


@pytest.fixture
def run(tmp_path):
    texts = [{"text": "Zan's capital is Lubo."}, {"text": "ザンの首都はルボ。"}]
    return write_run(tmp_path / "outputs/toy", {"sft": sums(3), "dpo": pairs(3), "cpt": texts})


@pytest.mark.parametrize(
    ("method", "model", "settings"),
    [
        (
            "sft",
            "embedded",
            "batch: 4\nmax_steps: 4\npacking: true\nmax_tokens: 160\nlearning_rate: 2.0e-3\nwarmup: 0\n",
        ),
        (
            "sft",
            "two-layers",
            "batch: 3\nmax_steps: 4\nshard: cpt\ntune: full\nmax_tokens: 64\nlearning_rate: 1e-4\nwarmup: 0\n",
        ),
        ("dpo", "two-layers", "tune: dora\nbatch: 2\nmax_steps: 2\nmax_tokens: 96\nlearning_rate: 1.0e-3\nwarmup: 0\n"),
    ],
)
def test_a_few_steps(factory, tmp_path, run, method, model, settings):
    import peft
    import transformers

    from factory import base_model

    (tmp_path / "train.yaml").write_text(settings)
    model = model if model == "embedded" else str(folder_of(model) / "model.gguf")
    out = tmp_path / "outputs/trained"
    done = factory("train", method, run, "--model", model, "--out", out, "--config", tmp_path / "train.yaml")
    assert done.code == 0, done.err
    assert f"{out}: the model; its curves are in {out / 'curves.html'}" in done.out
    state = json.loads((out / "training.json").read_text())
    measure, sign = ("margin", 1) if method == "dpo" else ("loss", -1)
    assert sign * (state["eval"]["after"][measure] - state["eval"]["before"][measure]) > 0
    assert state["base_model"]["model"] == model and state["status"] == "done"
    card = (out / "README.md").read_text()
    name = "HuggingFaceTB/SmolLM2-135M-Instruct" if model == "embedded" else "model.gguf"
    assert f"license: apache-2.0\nbase_model: {name}" in card
    tokenizer = transformers.AutoTokenizer.from_pretrained(out)
    if "tune: full" in settings:
        network = transformers.AutoModelForCausalLM.from_pretrained(out)
    else:
        base = transformers.AutoModelForCausalLM.from_pretrained(base_model.trainable(model))
        network = peft.PeftModel.from_pretrained(base, out)
    asked = tokenizer.apply_chat_template(
        [turn("user", "What is 1 + 1?")], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    said = network.generate(**asked, max_new_tokens=4, do_sample=False)
    assert said.shape[1] > asked["input_ids"].shape[1]
    again = factory("train", method, run, "--model", model, "--out", out, "--config", tmp_path / "train.yaml")
    assert again.code == 0 and "this training is done already" in again.out
