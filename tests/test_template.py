"""Pre-queries and stops against what the model cards say, on the templates that the models really have.

Most of these come with TRL; `tests/templates` has those that it lacks, written after the page that each one names.
"""

import sys
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from factory.engines import _jinja
from factory.engines._template import ChatTemplate

TRL = Path(find_spec("trl").submodule_search_locations[0]) / "chat_templates"
OURS = Path(__file__).parent / "templates"
X = {"role": "system", "content": "You are X."}
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}
LATER = [X, {"role": "user", "content": "U1"}, {"role": "assistant", "content": "A1"}]
HARMONY = (
    "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\n"
    "Current date: 2024-07-26\n\nReasoning: medium\n\n"
    "# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>"
)
LLAMA = (
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
    "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
)
ALPACA = "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"


class Card(NamedTuple):
    """What a model's card says of its template: what comes before the user's text, and after."""

    file: Path
    bos: str
    eos: str
    first: str
    with_system: str
    later: str
    stops: tuple[str, ...]


def llama(file: str, first: str, system: str) -> Card:
    user, assistant = (f"<|start_header_id|>{role}<|end_header_id|>\n\n" for role in ("user", "assistant"))
    later = f"{system}{user}U1<|eot_id|>{assistant}A1<|eot_id|>{user}"
    stops = ("<|eot_id|>", "<|start_header_id|>")
    return Card(TRL / file, "<|begin_of_text|>", "<|eot_id|>", first + user, system + user, later, stops)


def chatml(file: Path, default: str = "", bos: str = "") -> Card:
    system, user = "<|im_start|>system\nYou are X.<|im_end|>\n", "<|im_start|>user\n"
    later = f"{system}{user}U1<|im_end|>\n<|im_start|>assistant\nA1<|im_end|>\n{user}"
    first = f"<|im_start|>system\n{default}<|im_end|>\n{user}" if default else user
    return Card(file, bos, "<|im_end|>", first, system + user, later, ("<|im_end|>", "<|im_start|>"))


def gemma(file: str) -> Card:
    user = "<bos><start_of_turn>user\n"
    system = f"{user}You are X.\n\n"
    later = f"{system}U1<end_of_turn>\n<start_of_turn>model\nA1<end_of_turn>\n<start_of_turn>user\n"
    return Card(TRL / file, "<bos>", "<eos>", user, system, later, ("<end_of_turn>", "<eos>", "<start_of_turn>"))


def phi3(file: str) -> Card:
    system = "<|system|>\nYou are X.<|end|>\n<|user|>\n"
    later = f"{system}U1<|end|>\n<|assistant|>\nA1<|end|>\n<|user|>\n"
    stops = ("<|end|>", "<|endoftext|>", "<|user|>")
    return Card(TRL / file, "<s>", "<|endoftext|>", "<|user|>\n", system, later, stops)


CARDS = {
    "Llama 3": llama(
        "llama3.jinja",
        "<|begin_of_text|>",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nYou are X.<|eot_id|>",
    ),
    "Llama 3.1": llama("llama3_1.jinja", f"{LLAMA}<|eot_id|>", f"{LLAMA}You are X.<|eot_id|>"),
    "Llama 3.2": llama("llama3_2.jinja", f"{LLAMA}<|eot_id|>", f"{LLAMA}You are X.<|eot_id|>"),
    "Qwen2.5": chatml(TRL / "qwen2_5.jinja", "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
    "Qwen3": chatml(TRL / "qwen3.jinja"),
    "Qwen3-Instruct-2507": chatml(TRL / "qwen3_instruct_2507.jinja"),
    "ChatML": chatml(OURS / "chatml.jinja"),
    "Gemma 2": gemma("gemma.jinja"),
    "Gemma 3": gemma("gemma3.jinja"),
    "Phi-3": phi3("phi3.jinja"),
    "Phi-3.5": phi3("phi3_5.jinja"),
    "Phi-4": Card(
        OURS / "phi4.jinja",
        "<|endoftext|>",
        "<|im_end|>",
        "<|im_start|>user<|im_sep|>",
        "<|im_start|>system<|im_sep|>You are X.<|im_end|><|im_start|>user<|im_sep|>",
        "<|im_start|>system<|im_sep|>You are X.<|im_end|><|im_start|>user<|im_sep|>U1<|im_end|>"
        "<|im_start|>assistant<|im_sep|>A1<|im_end|><|im_start|>user<|im_sep|>",
        ("<|im_end|>", "<|im_start|>"),
    ),
    "Mistral 7B v0.1": Card(
        OURS / "mistral_v1.jinja",
        "<s>",
        "</s>",
        "<s>[INST]",
        "<s>[INST] You are X.\n\n",
        "<s>[INST] You are X.\n\nU1 [/INST]A1</s> [INST]",
        ("[/INST]", "</s>", "[INST]"),
    ),
    "Mistral 7B v0.3": Card(
        OURS / "mistral_v3.jinja",
        "<s>",
        "</s>",
        "<s>[INST]",
        "<s>[INST] You are X.\n\n",
        "<s>[INST] U1[/INST] A1</s>[INST] You are X.\n\n",
        ("[/INST]", "</s>", "[INST]"),
    ),
    "Mistral Small 3": Card(
        OURS / "mistral_tekken.jinja",
        "<s>",
        "</s>",
        "<s>[INST]",
        "<s>[SYSTEM_PROMPT]You are X.[/SYSTEM_PROMPT][INST]",
        "<s>[SYSTEM_PROMPT]You are X.[/SYSTEM_PROMPT][INST]U1[/INST]A1</s>[INST]",
        ("[/INST]", "</s>", "[INST]"),
    ),
    "gpt-oss": Card(
        TRL / "gptoss.jinja",
        "<|startoftext|>",
        "<|return|>",
        f"{HARMONY}<|start|>user<|message|>",
        f"{HARMONY}<|start|>developer<|message|># Instructions\n\nYou are X.\n\n<|end|><|start|>user<|message|>",
        f"{HARMONY}<|start|>developer<|message|># Instructions\n\nYou are X.\n\n<|end|>"
        "<|start|>user<|message|>U1<|end|><|start|>assistant<|channel|>final<|message|>A1<|end|><|start|>user<|message|>",
        ("<|end|>", "<|return|>", "<|start|>"),
    ),
    "DeepSeek-R1-Distill": Card(
        TRL / "deepseek_r1_distill.jinja",
        "<｜begin▁of▁sentence｜>",
        "<｜end▁of▁sentence｜>",
        "<｜begin▁of▁sentence｜><｜User｜>",
        "<｜begin▁of▁sentence｜>You are X.<｜User｜>",
        "<｜begin▁of▁sentence｜>You are X.<｜User｜>U1<｜Assistant｜>A1<｜end▁of▁sentence｜><｜User｜>",
        ("<｜Assistant｜>", "<｜end▁of▁sentence｜>", "<｜User｜>"),
    ),
    "Aya Expanse": Card(
        TRL / "cohere.jinja",
        "<BOS_TOKEN>",
        "<|END_OF_TURN_TOKEN|>",
        "<BOS_TOKEN><|START_OF_TURN_TOKEN|><|USER_TOKEN|>",
        "<BOS_TOKEN><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>You are X.<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>",
        "<BOS_TOKEN><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>You are X.<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>U1<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>A1<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>",
        ("<|END_OF_TURN_TOKEN|>", "<|START_OF_TURN_TOKEN|>"),
    ),
    "SmolVLM, whose content comes in parts": Card(
        TRL / "smolvlm.jinja",
        "<|im_start|>",
        "<end_of_utterance>",
        "<|im_start|>User:",
        "<|im_start|>System: You are X.<end_of_utterance>\nUser:",
        "<|im_start|>System: You are X.<end_of_utterance>\nUser: U1<end_of_utterance>\n"
        "Assistant: A1<end_of_utterance>\nUser:",
        ("<end_of_utterance>", "\nUser:"),
    ),
    "Alpaca, which has headers only": Card(
        OURS / "alpaca.jinja",
        "<s>",
        "</s>",
        f"{ALPACA}### Instruction:\n",
        f"{ALPACA}### Instruction:\nYou are X.\n\n",
        f"{ALPACA}### Instruction:\nYou are X.\n\nU1\n\n### Response:\nA1\n\n### Instruction:\n",
        ("\n### Response:", "</s>", "\n### Instruction:"),
    ),
    "Vicuna, all on one line": Card(
        OURS / "vicuna.jinja",
        "<s>",
        "</s>",
        "A chat between a curious user and an artificial intelligence assistant. USER:",
        "You are X. USER:",
        "You are X. USER: U1 ASSISTANT: A1</s> USER:",
        ("ASSISTANT:", "</s>"),
    ),
}


@pytest.mark.parametrize("name", CARDS)
def test_the_prequery_and_the_stops_are_those_of_the_model_card(name):
    card = CARDS[name]
    template = ChatTemplate(card.file.read_text(encoding="utf-8"), card.bos, card.eos)
    assert template.prequery() == card.first
    assert template.prequery([X]) == card.with_system
    assert template.prequery(LATER) == card.later
    assert template.stops == card.stops


@pytest.mark.parametrize("file", sorted(TRL.glob("*.jinja")), ids=lambda file: file.stem)
def test_every_template_of_trl_is_understood(file):
    template = ChatTemplate(file.read_text(encoding="utf-8"), "<s>", "</s>")
    asked = template.render([{"role": "user", "content": "Why is the sky blue?"}])
    assert asked.startswith(template.prequery())
    assert "You are X." in template.prequery([X])
    assert all(turn["content"] in template.prequery(LATER) for turn in LATER)
    assert 2 <= len(template.stops) <= 4 and all(stop.strip() for stop in template.stops)
    after = asked.split("sky blue?")[1]
    assert any(stop in after for stop in template.stops), "the model would not stop where its turn ends"


@pytest.mark.parametrize("file", [*sorted(TRL.glob("*.jinja")), *sorted(OURS.glob("*.jinja"))], ids=lambda f: f.stem)
def test_what_is_rendered_is_what_transformers_renders(file, monkeypatch):
    from transformers.utils import chat_template_utils

    class Day(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2024, 7, 26)

    monkeypatch.setattr(chat_template_utils, "datetime", Day)
    source = file.read_text(encoding="utf-8")
    template = ChatTemplate(source, "<s>", "</s>")
    said = [*LATER[1:], {"role": "user", "content": ' <b>"é"</b> & こんにちは\n'}]
    if file.stem not in ("gemma", "gemma_training", "mistral_v1"):  # which refuse a system turn
        said = [X, *said]
    if template._takes_parts:
        said = [{**turn, "content": [{"type": "text", "text": turn["content"]}]} for turn in said]
    for prompt in (True, False):
        (theirs,), _ = chat_template_utils.render_jinja_template(
            [said], chat_template=source, add_generation_prompt=prompt, **TOKENS
        )
        assert template._fill(said, add_generation_prompt=prompt) == theirs


def test_what_a_template_may_use_is_there():
    source = """
        {%- for item in [{"a<b": "é"}] %}
            {%- if loop.first %}{{ item | tojson }}{{ item | tojson(indent=1) }}{% continue %}{% endif %}
        {%- endfor %}
        {% generation %}{{ strftime_now("%d %B %Y") }}{% endgeneration %}
        {{- messages[0].content }}"""
    template = ChatTemplate(source, "", "</s>")
    assert template.render([{"role": "user", "content": "hi"}]) == '{"a<b": "é"}{\n "a<b": "é"\n}26 July 2024hi'


LOOP = "{% for m in messages %}%s{% endfor %}"


@pytest.mark.parametrize(
    ("turn", "stops"),
    [
        ("{{ '\\n' ~ m.role }}: {{ m.content | trim | lower }}", ("\nassistant:", "</s>", "\nuser:")),
        ("<u>{{ m.content }} /think<|im_end|>\n", ("/think", "<|im_end|>", "</s>", "<u>")),
        ("{{ '<s>' if m.role == 'user' else 'A>' }}{{ m.content }}\n", ("\nA>", "</s>", "<s>")),
        ("{{ m.content }} ", ("</s>",)),
        (
            "{% if not loop.first and m.role != 'system' %}{{ raise_exception('one') }}{% endif %}{{ m.content }}<e>",
            ("<e>", "</s>"),
        ),
    ],
)
def test_the_stops_of_a_template_that_nobody_has_seen(turn, stops):
    assert ChatTemplate(LOOP.replace("%s", turn), "", "</s>").stops == stops


def test_special_tokens_are_told_from_text_even_if_they_do_not_look_it():
    source = LOOP.replace("%s", "@user {{ m.content }}ENDOFTURN@assistant ")
    assert ChatTemplate(source, "", "</s>").stops[0] == "ENDOFTURN@assistant"
    assert ChatTemplate(source, "", "</s>", ("END", "ENDOFTURN")).stops[0] == "ENDOFTURN"


BROKEN = {
    "does not compile": ("{% for m in messages %}\n{{ m.content }", "line 2: unexpected '}'"),
    "raises": ("{{ raise_exception('no\nmore') }}", "no more"),
    "fails": ("{{ messages[0].content + 1 }}", "can only concatenate str"),
    "has no user": (LOOP.replace("%s", "{% if m.role != 'user' %}{{ m.content }}{% endif %}"), "no times"),
    "shows the user twice": (LOOP.replace("%s", "{{ m.content }}{{ m.content }}"), "2 times"),
    "calls itself": ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
    "reaches for Python": ("{{ messages.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
    "changes what it is given": ("{{ messages.append('x') }}", "'append' of 'list' object is unsafe"),
    "never ends": ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "to an end"),
    "writes without end": ("{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}", "more than 10,000,000"),
    "says nothing of the end": (LOOP.replace("%s", "{{ m.content }}"), "where the user's turn ends"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_template_that_cannot_be_used_is_named_in_one_line(case, monkeypatch):
    source, why = BROKEN[case]
    monkeypatch.setattr(_jinja, "_SECONDS", 0.3)
    template = ChatTemplate(source)
    with pytest.raises(ValueError, match="chat template") as raised:
        _ = template.prequery(), template.stops
    assert why in str(raised.value) and "\n" not in str(raised.value)
    assert sys.gettrace() is None
