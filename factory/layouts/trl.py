"""TRL takes shards as they are: `messages`, or `prompt` and `completion`; `chosen` and `rejected`; `label`; `text`."""

from factory.layouts._layout import Exported, Layout, fenced

_TRAINERS = {
    "sft": "SFTTrainer",
    "dpo": "DPOTrainer",
    "kto": "KTOTrainer",
    "grpo": "GRPOTrainer",
    "reward": "RewardTrainer",
    "cpt": "SFTTrainer",
}
_KEYS = {"train": "train_dataset", "test": "eval_dataset"}


def _guide(shard: Exported) -> str:
    trainer = _TRAINERS[shard.name]
    given = ['"Qwen/Qwen3-0.6B"', *(["reward_funcs=reward"] if shard.name == "grpo" else [])]
    given += [f'{key}=data["{split}"]' for split, key in _KEYS.items() if shard.has(split)]
    lines = ["from datasets import load_dataset", f"from trl import {trainer}", ""]
    if shard.name == "grpo":
        lines += [
            "",
            "def reward(completions, answer, **columns):",
            "    return [...]  # a number for each of them",
            "",
            "",
        ]
    lines += [f'data = load_dataset("{shard.place}")', f"{trainer}({', '.join(given)}).train()"]
    return fenced("python", *lines)


LAYOUT = Layout(
    name="trl",
    trainer="TRL",
    documented="https://huggingface.co/docs/trl/dataset_formats (TRL 1.16)",
    kinds=dict.fromkeys(_TRAINERS),
    guide=_guide,
)
