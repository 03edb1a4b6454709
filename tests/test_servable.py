"""Which engine serves a model, and what a model must be to be trained further."""

import json
import shutil
from pathlib import Path

import pytest

from factory import base_model
from factory.errors import UserError
from factory.eval import models
from factory.servable import engine_block
from tests.checkpoints import folder_of


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FACTORY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def file(tmp_path):
    (tmp_path / "new.gguf").touch()
    return str(tmp_path / "new.gguf")


def test_what_the_embedded_engine_serves_as_it_is(file):
    assert engine_block("embedded") == {"kind": "embedded"}
    assert engine_block(file) == {"kind": "embedded", "model": file}


def test_settings_that_are_not_the_models_are_kept_for_an_engine_of_its_kind(file):
    like = {"kind": "embedded", "model": "old.gguf", "context": 4096}
    assert engine_block(file, like=like) == {"kind": "embedded", "model": file, "context": 4096}
    assert engine_block(file, like={"kind": "openai", "base_url": "x"}) == {"kind": "embedded", "model": file}


@pytest.mark.parametrize(("rank", "served"), [(1, 1), (4, 8), (24, 32), (128, 128), (513, None)])
def test_an_adapters_rank_is_one_that_vllm_starts_for(rank, served, tmp_path, monkeypatch):
    monkeypatch.setattr(base_model, "merged", lambda adapter, model: tmp_path / "merged")
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": rank, "base_model_name_or_path": "org/model"}))
    block = engine_block(str(tmp_path), like={"kind": "vllm", "python": "bin/python", "gpus": [0, 1], "model": "old"})
    assert block["python"] == "bin/python" and block["gpus"] == [0, 1]
    assert block.get("max_lora_rank") == served
    assert block["model"] == ("org/model" if served else str(tmp_path / "merged"))


def test_vllm_of_another_environment_serves_an_evaluation(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    given = {"python": "/opt/vllm/bin/python", "max_model_len": 4096}
    assert models.engine_block(str(tmp_path), None, given)["kind"] == "vllm"


@pytest.mark.parametrize("model", ["outputs/none", "./none", "none", "a/b/c"])
def test_a_folder_that_is_not_there_is_told(model):
    with pytest.raises(UserError, match=f"model: {model}: it is not there"):
        engine_block(model)


def test_a_folder_that_nothing_here_serves_is_told(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="pip install 'factory\\[vllm\\]'"):
        engine_block(str(tmp_path))


def test_an_adapter_that_names_no_base_is_told(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(UserError, match="does not name the base model"):
        engine_block(str(tmp_path))


def test_a_damaged_adapter_is_told(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{")
    with pytest.raises(UserError, match="not readable"):
        engine_block(str(tmp_path))


class TestTrainable:
    def test_a_name_or_a_whole_model_is_given_back(self, tmp_path):
        assert base_model.trainable("org/model") == "org/model"
        assert base_model.trainable(str(tmp_path)) == str(tmp_path)

    def test_what_cannot_be_made_leaves_nothing(self, cache):
        def write(to: Path) -> None:
            (to / "half").write_text("x")
            raise KeyError("broken")

        with pytest.raises(KeyError):
            base_model.cached("model", write)
        assert list(cache.iterdir()) == []

    def test_what_is_there_is_not_made_again(self):
        made = base_model.cached("model", lambda to: (to / "a").write_text("x"))
        assert base_model.cached("model", lambda to: pytest.fail("it is there")) == made


@pytest.mark.model
@pytest.mark.filterwarnings("default")
class TestAdapter:
    @pytest.fixture(scope="class")
    def tiny(self):
        return folder_of("tiny-llama")

    @pytest.fixture
    def adapter(self, tiny, tmp_path):
        """A tiny model, and an adapter onto it that changes what it says."""
        import peft
        import torch
        import transformers

        torch.manual_seed(0)
        shutil.copytree(tiny, tmp_path / "base")
        whole = transformers.LlamaForCausalLM.from_pretrained(tmp_path / "base")
        lora = peft.LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
        tuned = peft.get_peft_model(whole, lora)
        tuned.save_pretrained(tmp_path / "lora")
        base_model.load_tokenizer().save_pretrained(tmp_path / "lora")
        with torch.no_grad():
            return tmp_path / "lora", tuned(torch.arange(8)[None]).logits

    def test_it_is_merged_once_and_says_the_same(self, adapter, cache):
        import torch
        import transformers

        folder, wanted = adapter
        merged = Path(base_model.trainable(str(folder)))
        assert merged.parent == cache
        model = transformers.AutoModelForCausalLM.from_pretrained(merged)
        with torch.no_grad():
            assert torch.allclose(model(torch.arange(8)[None]).logits, wanted, atol=1e-5)
        assert transformers.AutoTokenizer.from_pretrained(merged).chat_template
        assert base_model.trainable(str(folder)) == str(merged)
        assert len(list(cache.iterdir())) == 1

    def test_the_training_that_made_it_names_the_base(self, adapter):
        folder, _ = adapter
        assert base_model.base_of(folder) == str(folder.parent / "base")
        (folder / "training.json").write_text(json.dumps({"base_model": {"model": "embedded"}}))
        assert base_model.base_of(folder) == "embedded"
