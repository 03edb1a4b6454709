"""What a model thinks is kept apart from what it answers, in whichever marks it uses."""

import pytest

from factory.engines._reasoning import split

HARMONY = (
    "<|channel|>analysis<|message|>Two and three.<|end|><|start|>assistant<|channel|>final<|message|>Five.<|return|>"
)
TOOL = (
    "<|channel|>analysis<|message|>Look it up.<|end|><|start|>assistant<|channel|>commentary to=functions.find "
    "<|constrain|>json<|message|>{}<|call|>"
)
CASES = {
    "no marks": ("Five.", (None, "Five.")),
    "white space is the answer's own": ("  Five.\n", (None, "  Five.\n")),
    "DeepSeek-R1, Qwen3": ("<think>\nTwo and three.\n</think>\n\nFive.", ("Two and three.", "Five.")),
    "Qwen3 told not to think": ("<think>\n\n</think>\n\nFive.", (None, "Five.")),
    "opened by the template": ("Two and three.\n</think>\nFive.", ("Two and three.", "Five.")),
    "cut off": ("<think>Two and", ("Two and", "")),
    "Magistral": ("[THINK]Two and three.[/THINK]Five.", ("Two and three.", "Five.")),
    "Seed-OSS": ("<seed:think>Two.</seed:think>Five.", ("Two.", "Five.")),
    "a mark in the middle": ("Write <think>, then </think>.", (None, "Write <think>, then </think>.")),
    "Japanese": ("<think>二と三。</think>五です。", ("二と三。", "五です。")),
    "gpt-oss": (HARMONY, ("Two and three.", "Five.")),
    "gpt-oss without its last token": (HARMONY.removesuffix("<|return|>"), ("Two and three.", "Five.")),
    "gpt-oss cut off while thinking": ("<|channel|>analysis<|message|>Two and", ("Two and", "")),
    "gpt-oss with a tool call": (TOOL, ("Look it up.\n\n{}", "")),
    "gpt-oss, thought and answer only": ("<|channel|>final<|message|>Five.", (None, "Five.")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_reasoning_and_answer(case):
    text, expected = CASES[case]
    assert split(text) == expected
