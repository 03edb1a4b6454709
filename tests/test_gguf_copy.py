"""A checkpoint written as GGUF is the same model: its weights within the rounding, its answers in llama.cpp."""

import asyncio

import pytest

from factory import base_model, gguf_copy
from factory.engines.embedded import Spec
from factory.request import Request
from tests.checkpoints import folder_of

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]
BEGUN = "The capital of France is"


def llama_cpp(file) -> dict[str, float]:
    """Give the five likeliest tokens behind BEGUN, with their log-probabilities."""

    async def answer():
        engine = Spec(model=file).build()
        await engine.open()
        try:
            reply = await engine.ask(Request(prompt=BEGUN, temperature=0, max_tokens=1, logprobs=5))
        finally:
            await engine.close()
        assert reply.fault is None
        return reply.choices[0].logprobs[0]

    return asyncio.run(answer())


def transformers_(folder) -> dict[str, float]:
    """Give the log-probability of every token behind BEGUN."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
    with torch.no_grad():
        logits = model(**tokenizer(BEGUN, return_tensors="pt")).logits[0, -1]
    return {tokenizer.decode(token): value for token, value in enumerate(logits.log_softmax(-1).tolist())}


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


def test_llama_cpp_reads_it_as_transformers_reads_the_checkpoint(written):
    likeliest, all_tokens = llama_cpp(written), transformers_(folder_of("smollm2-bf16"))
    assert len(likeliest) == 5 and max(likeliest, key=likeliest.get) == max(all_tokens, key=all_tokens.get)
    for token, value in likeliest.items():
        assert value == pytest.approx(all_tokens[token], abs=0.2), token  # eight bits: some hundredths, 0.1 seen


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
