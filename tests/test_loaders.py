"""Exports fed to the trainers' own loaders, with the configuration that how_to_train.md shows: `make test-trainers`.

Each loader runs in a process of its own, in an environment that has the trainers (tests/loaders/). open-instruct is not
among them: it is on no package index.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.toy_shards import SHARDS, TOOL, write_run

PYTHON = Path(os.environ.get("FACTORY_TRAINERS_PYTHON", ROOT / ".venv-trainers/bin/python"))
pytestmark = [
    pytest.mark.trainers,
    pytest.mark.skipif(not PYTHON.exists(), reason="no interpreter with the trainers: make test-trainers"),
]
# ChatML as Qwen's template has it, with the fields of a turn that transformers documents.
TEMPLATE = """{%- if tools %}<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content }}

{% endif %}# Tools
{% for tool in tools %}{{ tool | tojson }}
{% endfor %}<|im_end|>
{% endif %}{% for message in messages %}{% if not (tools and loop.first and message.role == 'system') -%}
<|im_start|>{{ message.role }}
{% if message.reasoning_content is string %}<think>
{{ message.reasoning_content }}
</think>

{% endif %}{{ message.content }}{% for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
MARKS = {"eos_token": "<|im_end|>", "pad_token": "<|pad|>"}
SYSTEM = "<|im_start|>system\nBe brief.<|im_end|>\n"
PROMPT = f"{SYSTEM}<|im_start|>user\n2たす3は？<|im_end|>\n<|im_start|>assistant\n"
THOUGHT = "<think>\n2と3を足す。\n</think>\n\n5です。<|im_end|>"
WRONG = "<think>\nわからない。\n</think>\n\n6です。<|im_end|>"
CALL = '<tool_call>\n{"name": "python", "arguments": {"code": "print(\\"5\\")"}}\n</tool_call>'
HISTORY = (
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n"
    "<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n"
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a byte-level tokenizer with a chat template, and the configuration of a model beside it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, PreTrainedTokenizerFast

    vocabulary = {token: number for number, token in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=inner, **MARKS)
    fast.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    fast.chat_template = TEMPLATE
    folder = tmp_path_factory.mktemp("tokenizer")
    fast.save_pretrained(folder)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    LlamaConfig(vocab_size=len(fast), **sizes).save_pretrained(folder)
    return folder


@pytest.fixture
def load(factory, tokenizer, tmp_path):
    """Export the toy run for a trainer, and give what its loader made of each shard."""

    def _load(trainer: str) -> dict[str, Any]:
        made = factory("export", write_run(tmp_path / "run"), "--format", trainer, "--to", tmp_path / trainer)
        assert made.code == 0, made.err
        alone = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf"), "OMP_NUM_THREADS": "1"}
        alone |= {"AXOLOTL_DO_NOT_TRACK": "1", "DISABLE_VERSION_CHECK": "1", "HOME": str(tmp_path)}
        script = ROOT / "tests/loaders" / f"with_{trainer}.py"
        done = subprocess.run(
            [PYTHON, script, tmp_path / trainer, tokenizer],
            cwd=tmp_path,
            env={**os.environ, **alone},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert {shard["test"] for kind, shard in found.items() if kind != "cpt"} == {1}  # texts may be cut into blocks
        return found

    return _load


def test_axolotl_learns_the_answers_with_reasoning_and_calls_of_tools(load):
    found = load("axolotl")
    assert set(found) == set(SHARDS)
    sft = {row["labels"]: row["input_ids"] for row in found["sft"]["train"]}
    assert sft[THOUGHT] == PROMPT + THOUGHT + "\n"
    called = f"Let me count.{CALL}<|im_end|>Five.<|im_end|>"
    assert json.dumps(TOOL) in sft[called] and "<|im_start|>tool\n5<|im_end|>" in sft[called]
    dpo = {row["prompt"]: (row["chosen"], row["rejected"]) for row in found["dpo"]["train"]}
    assert dpo == {PROMPT: (THOUGHT, WRONG), HISTORY: ("Goodbye!<|im_end|>", WRONG)}
    kto = [(row["prompt"], row["completion"], row["label"]) for row in found["kto"]["train"]]
    assert (PROMPT, THOUGHT, True) in kto and (PROMPT, WRONG, False) in kto
    assert found["kto"]["train"][0]["license"] == "mit"
    assert [row["chosen_ids"] for row in found["reward"]["train"]] == [PROMPT + THOUGHT + "\n"] * 2
    grpo = found["grpo"]["train"]
    assert [(row["prompt"][-1]["content"], row["answer"]) for row in grpo].count(("2たす3は？", "5")) == 2
    assert {row["input_ids"] for row in found["cpt"]["train"]} == {f"{row['text']}<|im_end|>" for row in SHARDS["cpt"]}


def test_llamafactory_learns_the_answers_with_reasoning_and_calls_of_tools(load):
    found = load("llamafactory")
    assert set(found) == {"sft", "dpo", "kto", "reward", "cpt"}
    sft = {row["labels"]: row["input_ids"] for row in found["sft"]["train"]}
    assert sft[f"{THOUGHT}\n"] == f"{PROMPT}{THOUGHT}\n"
    for said, end in (("Let me count.", "Five."), ("<think>\nA sum.\n</think>\n\n", "It is 5."), ("", "Done.")):
        whole = sft[f"{said}{CALL}<|im_end|>\n{end}<|im_end|>\n"]
        assert json.dumps(TOOL) in whole and "<tool_response>\n5\n</tool_response>" in whole
    pairs = {(f"{PROMPT}{THOUGHT}\n", f"{PROMPT}{WRONG}\n")}
    for kind in ("dpo", "reward"):
        assert pairs < {(row["chosen_input_ids"], row["rejected_input_ids"]) for row in found[kind]["train"]}
        assert {row["chosen_labels"] for row in found[kind]["train"]} == {f"{THOUGHT}\n", "Goodbye!<|im_end|>\n"}
    kto = [(row["labels"], row["kto_tags"]) for row in found["kto"]["train"]]
    assert (f"{THOUGHT}\n", True) in kto and (f"{WRONG}\n", False) in kto
    assert "Once upon" in "".join(row["input_ids"] for row in found["cpt"]["train"])


def test_openrlhf_learns_the_answers_with_reasoning_and_calls_of_tools(load):
    found = load("openrlhf")
    assert set(found) == {"sft", "dpo", "reward", "grpo", "cpt"}
    sft = {row["learned"]: row["text"] for row in found["sft"]["train"]}
    assert sft[THOUGHT] == PROMPT + THOUGHT
    assert f"Let me count.{CALL}<|im_end|>\nFive.<|im_end|>" in sft
    for kind, extra in (("dpo", 52), ("reward", 1.5)):
        pair = {"chosen": PROMPT + THOUGHT, "rejected": PROMPT + WRONG, "extra": extra}
        assert pair in found[kind]["train"]
    assert found["grpo"]["train"][0] == {"datasource": "toy:sums", "prompt": PROMPT, "label": "5"}
    assert [row["text"] for row in found["cpt"]["train"]][:2] == [row["text"] for row in SHARDS["cpt"]]


def test_verl_learns_the_answers_and_is_given_prompts_with_their_ground_truth(load):
    found = load("verl")
    assert set(found) == {"sft", "grpo"}
    sft = {row["learned"]: row["text"] for row in found["sft"]["train"]}
    assert sft[f"{THOUGHT}\n"] == f"{PROMPT}{THOUGHT}\n"
    called = sft[f"Let me count.{CALL}<|im_end|>\nFive.<|im_end|>\n"]
    assert json.dumps(TOOL) in called
    first = found["grpo"]["train"][0]
    assert first["reward_model"] == {"style": "rule", "ground_truth": "5"} and first["data_source"] == "toy"
    assert [row["index"] for row in found["grpo"]["train"]] == [0, 1, 2]
    assert [turn["content"] for turn in first["raw_prompt"]] == ["Be brief.", "2たす3は？"]
