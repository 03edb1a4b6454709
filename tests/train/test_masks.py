"""What of a chat is learnt, by templates of several kinds; SmolLM2's tokenizer splits the texts."""

import json

import pytest

from factory.errors import UserError
from factory.train.data import IGNORED, without_nulls
from factory.train.masks import Chat, Template, chat_of
from tests.conftest import ROOT
from tests.toy_shards import CHATS, TOOLS, turn
from tests.train import tiny

pytestmark = pytest.mark.model
MARKED = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] }}{% endgeneration %}{% else %}{{ message['content'] }}{% endif %}"
    "{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""With markers that leave out the end of the turn, as many have them."""
FORGETFUL = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if loop.last and message.reasoning_content %}"
    "{{ '<think>' + message.reasoning_content + '</think>' }}{% endif %}"
    "{{ message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""Leaves out the reasoning of all turns but the last, as reasoning models' templates do."""
RICH = (
    "{% if tools %}{{ '<|im_start|>system\n' + tools | tojson + '<|im_end|>\n' }}{% endif %}"
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message.reasoning_content %}{{ '<think>' + message.reasoning_content + '</think>' }}{% endif %}"
    "{{ message['content'] }}"
    "{% for call in message.tool_calls or [] %}{{ '<call>' + call.function | tojson }}{% endfor %}"
    "{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""Writes reasoning, calls and tools."""
ALPACA = (
    "{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '### Instruction:\n' + message['content'] + '\n\n' }}"
    "{% else %}{{ '### Response:\n' + message['content'] + eos_token + '\n\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Response:\n' }}{% endif %}"
)


def learnt(template: str, *rows: dict, loss_on="assistant") -> list[list[str]]:
    """Give the texts that are learnt of each row."""
    tokenizer = tiny.tokenizer()
    tokenizer.chat_template = template
    found = []
    for ids, labels in Template(tokenizer).encode([chat_of({"id": "a", **row}) for row in rows], loss_on):
        assert len(ids) == len(labels)
        assert all(label in (IGNORED, token) for token, label in zip(ids, labels, strict=True))
        spans: list[list[int]] = []
        for at, label in enumerate(labels):
            if label != IGNORED:
                spans = [*spans, []] if at == 0 or labels[at - 1] == IGNORED else spans
                spans[-1].append(label)
        found.append([tokenizer.decode(span) for span in spans])
    return found


LONG = [turn("user", "Hi"), turn("assistant", "Hello!"), turn("user", "元気？"), turn("assistant", "はい、元気です。")]


@pytest.mark.parametrize("template", [tiny.CHATML, MARKED], ids=["compared", "marked"])
def test_the_answers_and_their_end_are_learnt(template):
    short = {"messages": [turn("system", "Be brief."), *LONG[:2]]}
    said = learnt(template, {"messages": LONG}, short)
    assert said == [["Hello!<|im_end|>", "はい、元気です。<|im_end|>"], ["Hello!<|im_end|>"]]


@pytest.mark.parametrize("template", [tiny.CHATML, MARKED], ids=["compared", "marked"])
def test_of_a_prompt_and_a_completion_the_completion_is_learnt(template):
    assert learnt(template, {"prompt": LONG[:3], "completion": LONG[3:]}) == [["はい、元気です。<|im_end|>"]]


def test_the_end_may_be_the_end_of_text():
    assert learnt(ALPACA, {"messages": LONG[:2]}) == [["Hello!<|im_end|>"]]  # SmolLM2's eos_token


def test_a_turn_that_no_token_ends_is_noticed():
    template = Template(tokenizer := tiny.tokenizer())
    list(template.encode([chat_of({"id": "a", "messages": LONG})], "assistant"))
    assert not template.endless
    tokenizer.chat_template = (ROOT / "tests/templates/alpaca.jinja").read_text()
    assert learnt(tokenizer.chat_template, {"messages": LONG}) == [["Hello!", "はい、元気です。"]]
    template = Template(tokenizer)
    list(template.encode([chat_of({"id": "a", "messages": LONG})], "assistant"))
    assert template.endless


@pytest.mark.parametrize("name", ["chatml", "mistral_tekken", "mistral_v1", "mistral_v3", "phi4", "vicuna"])
def test_templates_of_known_models(name):
    """They end turns with `eos_token`, `<|im_end|>` here; some put a space before the answer."""
    [said] = learnt((ROOT / f"tests/templates/{name}.jinja").read_text(), {"messages": LONG})
    assert [text.lstrip(" ") for text in said] == ["Hello!<|im_end|>", "はい、元気です。<|im_end|>"]


def test_reasoning_calls_and_tools():
    prompt, answers = CHATS["silent"]
    rows = [without_nulls({"messages": prompt + answers, "tools": TOOLS})]
    [[called, last]] = learnt(RICH, *rows)
    assert called.startswith("<think>A sum.</think><call>") and called.endswith("<|im_end|>")
    assert json.loads(called.partition("<call>")[2].removesuffix("<|im_end|>"))["name"] == "python"
    assert last == "It is 5.<|im_end|>"
    [ids, _], *_ = Template(tokenizer := tiny.tokenizer()).encode([chat_of({"id": "a", **rows[0]})], "all")
    assert '"parameters"' not in tokenizer.decode(ids)  # SmolLM2's own template knows no tools
    tokenizer.chat_template = RICH
    [ids, _], *_ = Template(tokenizer).encode([chat_of({"id": "a", **rows[0]})], "all")
    assert '"parameters"' in tokenizer.decode(ids)


def test_all_but_the_first_token_can_be_learnt():
    [[said]] = learnt(tiny.CHATML, {"messages": LONG[:2]}, loss_on="all")
    assert said == "user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n"


def test_two_answers_in_a_row_are_two():
    prompt, answers = CHATS["twice"]
    assert learnt(tiny.CHATML, {"messages": prompt + answers}) == [["One.<|im_end|>", "Two.<|im_end|>"]]


def test_a_template_that_forgets_is_told():
    thought = [{**one, "reasoning_content": "hm"} if one["role"] == "assistant" else one for one in LONG]
    assert learnt(FORGETFUL, {"messages": thought[:2]}) == [["<think>hm</think>Hello!<|im_end|>"]]
    with pytest.raises(UserError) as told:
        learnt(FORGETFUL, {"messages": thought})
    assert "row a: with the chat template of" in str(told.value)
    assert "the text before turn 2 changes when turns are added" in str(told.value)
    assert "loss_on: all" in str(told.value)
    assert learnt(FORGETFUL, {"messages": thought}, loss_on="all")


def test_tokens_that_merge_across_the_border_are_parted_there():
    glued = (
        "{% for m in messages %}{{ ('Q: ' if m.role == 'user' else 'A:') + m.content }}{% endfor %}"
        "{% if add_generation_prompt %}A:{% endif %}"
    )
    assert learnt(glued, {"messages": [turn("user", "x"), turn("assistant", ": y")]}) == [[": y"]]


BLANKS = ["\n\nHello", "    return x", "  Hello", "\n"]


@pytest.mark.parametrize("said", BLANKS)
def test_an_answer_may_begin_with_blanks(said):
    twice = [turn("user", "x"), turn("assistant", said), turn("user", "y"), turn("assistant", "z")]
    assert learnt(tiny.CHATML, {"messages": twice}) == [[f"{said}<|im_end|>", "z<|im_end|>"]]
    asked, one, other = Template(tiny.tokenizer()).prompt_and_answers(
        Chat("row a", twice[:1], 0, None), twice[:1], [twice[1:2], twice[3:]]
    )
    decode = tiny.tokenizer().decode
    assert decode(asked).endswith("assistant\n") and [decode(one), decode(other)] == [
        f"{said}<|im_end|>",
        "z<|im_end|>",
    ]


@pytest.mark.parametrize("said", ["これは日本語", "憂鬱", "🤖", "魑魅", "</tool_call>"])
@pytest.mark.parametrize("template", [tiny.CHATML, MARKED], ids=["compared", "marked"])
def test_an_answer_may_end_with_a_character_of_several_tokens(template, said):
    assert learnt(template, {"messages": [*LONG[:3], turn("assistant", said)]})[0][1] == f"{said}<|im_end|>"


@pytest.mark.parametrize("template", [tiny.CHATML, MARKED], ids=["compared", "marked"])
def test_a_greeting_that_nothing_asks_for_is_not_learnt(template):
    assert learnt(template, {"messages": [turn("assistant", "Welcome!"), *LONG[:2]]}) == [["Hello!<|im_end|>"]]


def test_a_template_that_refuses_a_chat_is_told():
    strict = "{{ raise_exception('roles must alternate') }}"
    with pytest.raises(UserError, match=r"row a: the chat template of .* refuses the chat: roles must alternate"):
        learnt(strict, {"messages": LONG})


def test_without_a_template_there_are_no_chats():
    with pytest.raises(UserError, match="the tokenizer has no chat template; train on texts"):
        learnt("", {"messages": LONG})


def test_answers_to_one_prompt():
    tokenizer = tiny.tokenizer()
    prompt, *answers = Template(tokenizer).prompt_and_answers(
        Chat("row a", LONG[:1], 0, None), LONG[:1], [LONG[1:2], [turn("assistant", "さあ。")]]
    )
    assert tokenizer.decode(prompt).endswith("<|im_start|>assistant\n")
    assert [tokenizer.decode(answer) for answer in answers] == ["Hello!<|im_end|>", "さあ。<|im_end|>"]
