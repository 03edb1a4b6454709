"""What the prompts of several recipes say, word for word: a change of theirs shows here before a model sees it.

FACTORY_GOLDENS=write pytest tests/test_goldens.py    # takes over what they say now
"""

import os
from pathlib import Path

import pytest

from factory.prompts import Prompt
from factory.stages.evolve import Way

ROOT = Path(__file__).parent.parent
GOLDENS = Path(__file__).parent / "goldens"
EXAMPLE = {
    "en": {"problem": "What is 2 + 3?", "solution": "2 + 3 = 5\n\\boxed{5}", "answer": "5"},
    "ja": {"problem": "2 + 3 はいくつですか。", "solution": "2 + 3 = 5\n\\boxed{5}", "answer": "5"},
}
MATHS = {
    "field": "number_theory", "difficulty": 2, "tools": True, "solution": "4 + 5 = 9\n\\boxed{9}", "answer": "9",
    "field_is": "primes and remainders", "difficulty_is": "one step", "said": "4 + 5 = 9", "reason": "unboxed",
}  # fmt: skip
ROWS = {
    "maths": {
        language: {**MATHS, "problem": problem, "examples": [EXAMPLE[language]] * 2}
        for language, problem in {"en": "What is 4 + 5?", "ja": "4 + 5 はいくつですか。"}.items()
    },
    "magpie": {
        "en": {"instruction": "Write a Rust function that adds two numbers.", "persona": "a night nurse"},
        "ja": {"instruction": "二つの数を足すRustの関数を書いてください。", "persona": "夜勤の看護師"},
    },
    "repair": {
        "en": {"said": "the answer is", "reason": "truncated: answer: ends in 'is'"},
        "ja": {"said": "答えは", "reason": "truncated: answer: ends in 'は'"},
    },
    "respond": {"en": {"instruction": "Why is the sky blue?"}},
    "judge": {
        "en": {
            "instruction": "Why is the sky blue?", "response": "It is not.", "criteria": ["names the air"],
            "first": "It is not.", "second": "The air scatters blue light the most.",
        },
        "ja": {
            "instruction": "空はなぜ青いのですか。", "response": "青くありません。", "criteria": ["空気に触れる"],
            "first": "青くありません。", "second": "空気が青い光を最もよく散らすからです。",
        },
    },
}  # fmt: skip
ROWS["eval"] = {"en": {"question": "What is 4 + 5?"}, "ja": {"question": "4 + 5 はいくつですか。"}}
EVAL_PROMPTS = ("maths", "code", "knowledge")
MATHS_PROMPTS = ("solve", "invent", "judge_solution", "repair")
CODE_TASKS = ("write", "complete", "explain", "review", "fix", "edit", "translate", "test", "document")
CHAT_TASKS = (
    "information", "advice", "planning", "writing", "editing", "brainstorming", "reasoning", "creative", "roleplay",
    "comparison",
)  # fmt: skip
CODE = [{"programming_name": "Rust", "task": task} for task in CODE_TASKS]
CHAT = [{"task": task} for task in CHAT_TASKS]
PARTS = [
    ("respond/plain", [{}]),
    *((f"magpie/chat/{language}", CHAT) for language in ("en", "ja", "zh", "ko", "fr", "de", "es")),
    *((f"magpie/code/{language}", CODE) for language in ("en", "ja")),
    *((f"magpie/evolve/{language}/{way}", [{}]) for language in ("en", "ja") for way in Way.__args__),
    *((f"maths/{language}/{name}", [{}]) for language in ("en", "ja") for name in MATHS_PROMPTS),
    *((f"judge/{language}/{name}", [{}]) for language in ("en", "ja") for name in ("rubric", "better")),
    *((f"eval/{name}", [{}]) for name in ("plain", "completion")),
    *((f"eval/{language}/{name}", [{}]) for language in ("en", "ja") for name in EVAL_PROMPTS),
    *((f"repair/{language}/rewrite", [{}]) for language in ("en", "ja")),
]


@pytest.mark.parametrize(("name", "variants"), PARTS, ids=[name for name, _ in PARTS])
def test_a_prompt_says_what_it_said(name, variants):
    recipe, *rest = name.split("/")
    known = ROWS[recipe]
    row = known["ja" if "ja" in rest else "en"]
    told = []
    for variant in variants:
        shown = Prompt(name).render({**row, **variant})
        turns = shown.get("messages") or ({"role": "completion", "content": shown["prompt"]},)
        told.append("".join(f"--- {turn['role']}\n{turn['content']}\n" for turn in turns))
    path = GOLDENS / recipe / f"{'-'.join(rest)}.txt"
    if os.environ.get("FACTORY_GOLDENS") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("===\n".join(told), encoding="utf-8")
    assert "===\n".join(told) == path.read_text(encoding="utf-8")
    assert len(set(told)) == len(variants), "each variant says something else"


def test_every_prompt_file_has_a_golden_and_both_languages():
    names = [path.relative_to(ROOT / "prompts").with_suffix("").parts for path in (ROOT / "prompts").rglob("*.j2")]
    assert {"/".join((parts[0], "-".join(parts[1:]))) for parts in names} == {
        path.relative_to(GOLDENS).with_suffix("").as_posix() for path in GOLDENS.rglob("*.txt")
    }
    for parts in names:
        if "en" in parts:
            assert tuple("ja" if part == "en" else part for part in parts) in names, f"{parts} is in English alone"
