"""`factory eval --adapter`: it is the model that was trained, and no other is taken for its base."""

import json
import shutil

import pytest

from factory.errors import UserError
from factory.servable import engine_block
from tests.checkpoints import folder_of
from tests.train import tiny

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]  # the trainers' own


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return tmp_path


def test_an_adapter_beside_its_model_answers_as_its_folder_alone(here, factory):
    base = folder_of("two-layers") / "model.gguf"
    learned = {"tune": "lora", "max_steps": 8, "learning_rate": 1e-2, "warmup": 0}
    tiny.trained(tiny.run_of(here / "run"), here / "lora", model=str(base), **learned)
    (here / "sums.jsonl").write_text(json.dumps({"prompt": "What is 1 + 1?", "answer": 2}) + "\n")
    asked = ("--task", "sums.jsonl", "--set", "n=0", "--set", "sampling.max_tokens=24")
    texts = []
    for number, model in enumerate((["--model", base, "--adapter", "lora"], ["--model", "lora"], ["--model", base])):
        done = factory("eval", *model, *asked, "--out", f"e{number}")
        assert done.code == 0, done.err
        texts.append((here / f"e{number}/samples.parquet").read_bytes())
    assert texts[0] == texts[1] != texts[2]


class TestMistakes:
    @pytest.fixture
    def adapter(self, here):
        """An adapter of a copy of the tiny model."""
        shutil.copytree(tiny.model(), here / "base")
        tiny.trained(tiny.run_of(here / "run"), here / "lora", model="base", tune="lora", max_steps=1, save_every=9)
        return here / "lora"

    def test_other_weights_than_it_was_trained_on(self, here, adapter):
        shutil.copytree(tiny.model(), here / "other")
        file = here / "other/model.safetensors"
        whole = bytearray(file.read_bytes())
        whole[-1] ^= 1
        file.write_bytes(whole)
        for base in ("other", str(here / "other")):
            with pytest.raises(UserError, match=r"the model .*other is another one now than it was trained on"):
                engine_block(base, adapter)

    def test_a_model_of_another_size(self, adapter, factory):
        base = folder_of("two-layers") / "model.gguf"
        done = factory("eval", "--model", base, "--adapter", adapter, "--task", "arithmetic", "--out", "e")
        assert done.code == 2 and f"the adapter does not fit {base}" in done.err and done.err.count("\n") == 1

    def test_its_own_model_is_found_from_another_directory(self, here, adapter, monkeypatch):
        (here / "elsewhere").mkdir()
        monkeypatch.chdir(here / "elsewhere")
        with pytest.raises(UserError, match="vLLM, which serves it"):  # and not: it is not there
            engine_block(str(adapter))
