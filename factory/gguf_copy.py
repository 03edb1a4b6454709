"""A trained checkpoint as a GGUF file, for the embedded engine: its weights in the frame of the file it came from.

    write(Path("outputs/tuned"), gguf_file(), Path("outputs/tuned/model.Q8_0.gguf"))

Tokenizer, chat template and hyperparameters are copied from that file, so only models of its own shape fit.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from factory.engines._gguf import read_metadata

_ARCHITECTURE_KEY = "general.architecture"
ARCHITECTURE = "llama"
"""The only kind of model whose layout is known here: Llama, Mistral and SmolLM are such."""


def check(base: Path) -> None:
    """Raise ValueError if models of the shape of `base` cannot be written."""
    architecture = read_metadata(base, (_ARCHITECTURE_KEY,)).get(_ARCHITECTURE_KEY)
    if architecture != ARCHITECTURE:
        raise ValueError(f"{base.name}: only {ARCHITECTURE} models can be written as GGUF here, this is {architecture}")


def write(checkpoint: Path, base: Path, to: Path, kind: str = "Q8_0") -> None:
    """Write the weights of a Hugging Face folder (safetensors) as `to`, matrices as `kind`, the rest as float32.

    Q8_0 keeps 8 bits a weight and moves logits by less than bfloat16 does. Raises ValueError if the checkpoint is
    not of the shape of `base`.
    """
    import gguf

    check(base)
    reader = gguf.GGUFReader(base)
    tensors = _tensors(checkpoint)
    names = _names(reader, tensors)
    quantization = gguf.GGMLQuantizationType[kind]
    temporary = to.with_name(f".{to.name}.{os.getpid()}")
    writer = gguf.GGUFWriter(temporary, ARCHITECTURE)
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in (_ARCHITECTURE_KEY, "general.file_type"):
            continue
        inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), field.types[0], inner)
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{kind}"])
    heads = {part: int(reader.fields[f"llama.attention.{key}"].contents()) for part, key in _ROTATED.items()}
    for tensor in reader.tensors:
        values = tensors[names[tensor.name]]().float().numpy()
        part = tensor.name.split(".")[-2]
        if part in heads:
            values = _interleaved(values, heads[part])
        if list(values.shape) != [int(size) for size in reversed(tensor.shape)]:
            raise ValueError(
                f"{checkpoint}: {names[tensor.name]} has the shape {values.shape}, not that of {base.name}"
            )
        if values.ndim < 2:
            writer.add_tensor(tensor.name, values)
        else:
            writer.add_tensor(tensor.name, gguf.quants.quantize(values, quantization), raw_dtype=quantization)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    temporary.replace(to)


_ROTATED = {"attn_q": "head_count", "attn_k": "head_count_kv"}
"""Llama's rotated projections, and the number of heads in each."""


def _interleaved(values: Any, heads: int) -> Any:
    """Put the rows of a head in llama.cpp's order of rotation: the two halves of each pair side by side."""
    return values.reshape(heads, 2, -1, values.shape[-1]).swapaxes(1, 2).reshape(values.shape)


def _tensors(checkpoint: Path) -> Mapping[str, Callable[[], Any]]:
    """Name the tensors of a checkpoint's safetensors files, each to be read when it is wanted."""
    from functools import partial

    from safetensors import safe_open

    found: dict[str, Callable[[], Any]] = {}
    for file in sorted(checkpoint.glob("*.safetensors")):
        opened = safe_open(file, framework="pt")
        found |= {name: partial(opened.get_tensor, name) for name in _keys(opened)}
    if not found:
        raise ValueError(f"{checkpoint}: there are no weights here; expected *.safetensors")
    return found


def _keys(opened: Any) -> list[str]:
    return list(opened.keys())


def _names(reader: Any, tensors: Mapping[str, Any]) -> dict[str, str]:
    """Find the checkpoint's name of each tensor of the file."""
    import gguf

    layers = int(reader.fields["llama.block_count"].contents())
    known = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, layers)
    theirs = {known.get_name(name, try_suffixes=(".weight",)): name for name in tensors}
    wanted = [tensor.name for tensor in reader.tensors]
    if missing := [name for name in wanted if name not in theirs]:
        raise ValueError(f"the checkpoint lacks the tensor {missing[0]}")
    return {name: theirs[name] for name in wanted}
