"""A checkpoint written as GGUF is the same model: its weights within the rounding, its answers in llama.cpp."""

import asyncio

import pytest

from factory import base_model, gguf_copy
from factory.engines.embedded import Spec
from factory.request import Message, Request
from tests.checkpoints import folder_of

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]
ASKED = "What is the capital of France?"


def greedy(file) -> str:
    async def answer() -> str:
        engine = Spec(model=file).build()
        await engine.open()
        try:
            messages = (Message(role="user", content=ASKED),)
            reply = await engine.ask(Request(messages=messages, temperature=0, max_tokens=24))
        finally:
            await engine.close()
        assert reply.fault is None
        return reply.text

    return asyncio.run(answer())


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    to = tmp_path_factory.mktemp("gguf") / "copy.Q8_0.gguf"
    gguf_copy.write(folder_of("smollm2-bf16"), base_model.gguf_file(), to)
    return to


def test_every_weight_comes_back_within_the_rounding(written):
    import torch
    import transformers

    auto = transformers.AutoModelForCausalLM
    kept = auto.from_pretrained(folder_of("smollm2-bf16"), dtype="float32").state_dict()
    config = transformers.GgufConfig(dequantize=True)
    back = auto.from_pretrained(
        written.parent, gguf_file=written.name, quantization_config=config, dtype="float32"
    ).state_dict()
    assert set(back) == set(kept)
    for name, tensor in kept.items():
        step = tensor.abs().max() / 127  # of Q8_0, whose scale is that of the largest of 32 weights
        assert torch.allclose(back[name], tensor, atol=float(step)), name


def test_llama_cpp_answers_alike(written):
    assert "Paris" in greedy(written) and "Paris" in greedy(base_model.gguf_file())


def test_the_file_keeps_template_and_license(written):
    spec = Spec(model=written)
    assert spec.licensed == "apache-2.0"
    assert spec.chat_template == Spec().chat_template or spec.template() is not None


def test_another_shape_is_refused(tmp_path):
    import transformers

    config = transformers.LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=30, num_attention_heads=4,
        tie_word_embeddings=True,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="shape"):
        gguf_copy.write(tmp_path, base_model.gguf_file(), tmp_path / "x.gguf")
    assert not (tmp_path / "x.gguf").exists()


def test_a_folder_without_weights_is_told(tmp_path):
    with pytest.raises(ValueError, match="no weights here"):
        gguf_copy.write(tmp_path, base_model.gguf_file(), tmp_path / "x.gguf")
