"""Where a chat template is read from: a checkpoint's folder, a GGUF file, the Hub's cache."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from factory.engines._template import ChatTemplate
from factory.engines.embedded import Spec

OURS = Path(__file__).parent / "templates"
SAID = [
    {"role": "system", "content": "You are X."},
    {"role": "user", "content": "U1"},
    {"role": "assistant", "content": "A1"},
    {"role": "user", "content": "U2"},
]


def test_a_folder_saved_by_transformers_is_read(tmp_path):
    from tokenizers import AddedToken, Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(WordLevel({"<s>": 0, "</s>": 1, "[INST]": 2, "[/INST]": 3, "<unk>": 4}, "<unk>"))
    inner.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    source = (OURS / "mistral_v1.jinja").read_text(encoding="utf-8")
    marks = {"bos_token": AddedToken("<s>"), "eos_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, chat_template=source, **marks)
    tokenizer.add_special_tokens({"additional_special_tokens": ["[INST]", "[/INST]"]})
    tokenizer.save_pretrained(tmp_path)
    template = ChatTemplate.of_folder(tmp_path)
    assert (template.bos_token, template.eos_token, template.adds_bos) == ("<s>", "</s>", True)
    assert set(template.special_tokens) == {"<s>", "</s>", "[INST]", "[/INST]"}
    said = SAID[1:]
    assert template.render(said) == tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)


def test_an_older_folder_is_read(tmp_path):
    """As checkpoints before chat_template.jinja have it: AddedToken as a mapping, and templates with names."""
    templates = [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "yes"}]
    config = {
        "add_bos_token": False,
        "added_tokens_decoder": {
            "5": {"content": "<a>", "special": True},
            "6": {"content": "<b>", "special": False},
        },
        "bos_token": {"__type": "AddedToken", "content": "<s>", "special": True},
        "eos_token": "</s>",
        "chat_template": templates,
    }
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    (tmp_path / "special_tokens_map.json").write_text(json.dumps({"pad_token": {"content": "<p>"}}))
    assert ChatTemplate.of_folder(tmp_path) == ChatTemplate("yes", "<s>", "</s>", ("<s>", "</s>", "<a>", "<p>"), False)
    (tmp_path / "chat_template.jinja").write_text("newer")
    assert ChatTemplate.of_folder(tmp_path).source == "newer"


def test_a_folder_without_a_template_is_told(tmp_path):
    with pytest.raises(ValueError, match="has no chat template: neither"):
        ChatTemplate.of_folder(tmp_path)
    config = tmp_path / "tokenizer_config.json"
    config.write_text('{"chat_template": [{"name": "rag", "template": "x"}]}')
    with pytest.raises(ValueError, match='named "default", only rag'):
        ChatTemplate.of_folder(tmp_path)
    config.write_text("{")
    with pytest.raises(ValueError, match=r"tokenizer_config\.json cannot be read"):
        ChatTemplate.of_folder(tmp_path)


def test_the_packaged_model_is_read_from_its_gguf_file():
    template = ChatTemplate.of_gguf(Spec().file())
    default = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    assert template.prequery() == f"<|im_start|>system\n{default}<|im_end|>\n<|im_start|>user\n"
    assert template.prequery(SAID[:1]) == "<|im_start|>system\nYou are X.<|im_end|>\n<|im_start|>user\n"
    assert template.stops == ("<|im_end|>", "<|im_start|>")
    assert (template.bos_token, template.eos_token, template.adds_bos) == ("<|im_start|>", "<|im_end|>", False)
    assert {"<|endoftext|>", "<repo_name>"} < set(template.special_tokens) and len(template.special_tokens) == 17


def gguf(**metadata) -> bytes:
    """Write a header as the specification has it: a list of texts, of 32-bit numbers, a text, a truth or a number."""

    def text(value):
        return struct.pack("<Q", len(value.encode())) + value.encode()

    def typed(value):
        if isinstance(value, list) and isinstance(value[0], list):
            return 9, struct.pack("<IQ", 9, len(value)) + b"".join(typed(item)[1] for item in value)
        if isinstance(value, list):
            kind = 8 if isinstance(value[0], str) else 5
            items = [text(item) if kind == 8 else struct.pack("<i", item) for item in value]
            return 9, struct.pack("<IQ", kind, len(value)) + b"".join(items)
        if isinstance(value, str):
            return 8, text(value)
        return (7, struct.pack("<?", value)) if isinstance(value, bool) else (4, struct.pack("<I", value))

    pairs = [(name.replace("__", "."), *typed(value)) for name, value in metadata.items()]
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs))
    return head + b"".join(text(name) + struct.pack("<I", kind) + value for name, kind, value in pairs)


def test_a_gguf_header_is_read_whatever_stands_between(tmp_path):
    file = tmp_path / "a.gguf"
    content = gguf(
        odd__nested=[[1, 2], [3]],
        odd__texts=["é", ""],
        tokenizer__ggml__tokens=["a", "<s>", "</s>", "<x>"],
        tokenizer__ggml__token_type=[1, 3, 3, 4],
        tokenizer__ggml__eos_token_id=2,
        tokenizer__ggml__bos_token_id=1,
        tokenizer__ggml__add_bos_token=True,
        tokenizer__chat_template="größe",
    )
    file.write_bytes(content)
    assert ChatTemplate.of_gguf(file) == ChatTemplate("größe", "<s>", "</s>", ("<s>", "</s>"), True)
    file.write_bytes(gguf(tokenizer__chat_template="bare"))
    assert ChatTemplate.of_gguf(file) == ChatTemplate("bare")
    for cut in (6, 40, len(content) - 3):
        file.write_bytes(content[:cut])
        with pytest.raises(ValueError, match="damaged or cut off"):
            ChatTemplate.of_gguf(file)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is not a GGUF file"),
        (b"GGML" + bytes(20), "is not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1 is not known"),
        (gguf(general__name="base"), "has no chat template"),
    ],
)
def test_a_gguf_file_without_a_template_is_told(content, why, tmp_path):
    file = tmp_path / "a.gguf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=why):
        ChatTemplate.of_gguf(file)


def test_a_model_of_the_hub_is_taken_from_the_cache_or_told_to_be_missing(tmp_path):
    model, commit = tmp_path / "hub/models--acme--tiny", "a" * 40
    (model / "refs").mkdir(parents=True)
    (model / "refs/main").write_text(commit)
    (model / "snapshots" / commit).mkdir(parents=True)
    (model / "snapshots" / commit / "chat_template.jinja").write_text("cached")
    script = """if True:
        from factory.engines._template import ChatTemplate
        print(ChatTemplate.of_hub("acme/tiny").source)
        try:
            ChatTemplate.of_hub("acme/none")
        except ValueError as error:
            print(error)"""
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    environment.pop("HF_HUB_CACHE", None)
    said = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True).stdout
    cached, missing = said.splitlines()
    assert cached == "cached" and missing.startswith("the tokenizer of acme/none cannot be had: ")
