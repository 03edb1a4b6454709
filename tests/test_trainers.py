"""TRL's trainers take each shard with no mapping, and do two steps on SmolLM2 with it."""

from typing import Any

import pytest

from tests.checkpoints import folder_of

pytestmark = [
    pytest.mark.model,
    pytest.mark.filterwarnings("default"),  # the trainers' own
]
PAIRS = """
name: pairs
seed: 3
stages:
  - tests.toys:Numbers: {count: 40}
  - tests.toys:Rated
  - pair: {by: reward, policy: nearest, on_unscored: reject}
export:
  test_share: 0
  models: [chosen_model, rejected_model, survivor_model]
  sft: {prompt: instruction, completion: survivor, system: "Be brief."}
  dpo: {prompt: instruction, system: "Be brief."}
  kto: {prompt: instruction, desirable: [chosen, survivor]}
  reward: {prompt: instruction}
  grpo: {prompt: instruction}
  cpt: {text: instruction}
"""
SETTINGS: dict[str, Any] = {
    "max_steps": 2,
    "per_device_train_batch_size": 2,
    "use_cpu": True,
    "bf16": False,
    "report_to": [],
    "save_strategy": "no",
    "logging_steps": 1,
    "gradient_checkpointing": False,
}
TOOLS = PAIRS[: PAIRS.index("  - pair")] + "export:\n  test_share: 0\n  sft: {messages: chat, tools: calls}\n"
TRAINERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sft": ("SFT", {}),
    "sft with calls of tools": ("SFT", {}),
    "dpo": ("DPO", {}),
    "kto": ("KTO", {}),
    "reward": ("Reward", {}),
    "grpo": ("GRPO", {"num_generations": 2, "max_completion_length": 8}),
    "cpt": ("SFT", {}),
}


@pytest.mark.parametrize("kind", TRAINERS)
def test_trl_takes_the_shard_with_no_mapping(kind, write, factory, tmp_path):
    import datasets
    import trl

    with_tools = kind.endswith("tools")
    done = factory("run", write(TOOLS if with_tools else PAIRS), "--out", tmp_path / "out")
    assert done.code == 0, done.err
    path = str(tmp_path / "out/dataset")
    train = datasets.load_dataset(path, kind.split()[0], split="train", cache_dir=str(tmp_path / "cache"))
    assert ("tools" in train.column_names) == with_tools
    name, own = TRAINERS[kind]
    config = getattr(trl, f"{name}Config")(output_dir=str(tmp_path / "trained"), **SETTINGS, **own)
    asked: list[str] = []

    def reward(completions, answer, **columns):
        asked.extend(answer)
        return [float(len(completion[0]["content"])) for completion in completions]

    model = str(folder_of("tiny-llama"))
    rewards = {"reward_funcs": reward} if kind == "grpo" else {}
    trainer = getattr(trl, f"{name}Trainer")(model=model, args=config, train_dataset=train, **rewards)
    result = trainer.train()
    assert result.global_step == 2
    if kind == "grpo":
        assert len(asked) >= 4 and set(asked) <= {str(number) for number in range(40)}
    else:
        assert result.training_loss > 0
    if kind == "dpo":
        first = trainer.state.log_history[0]["loss"]
        assert first == pytest.approx(0.693, abs=0.01), "model and reference are the same at first"
