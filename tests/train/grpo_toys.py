"""What the tests of GRPO train: a tiny random model with SmolLM2's tokenizer, and a run with sums to train it on."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from factory.finished import Finished, open_run
from factory.rows import Row
from factory.train import grpo
from factory.train.grpo_settings import Grpo
from factory.train.job import Job, Ready
from tests.checkpoints import folder_of

SUMS = [
    {
        "id": f"sums-{number}",
        "prompt": [{"role": "user", "content": f"What is {number} + 2?"}],
        "answer": str(number + 2),
    }
    for number in range(10)
]
SETTINGS: dict[str, Any] = {
    "batch": 2, "generations": 4, "max_answer_tokens": 12, "max_tokens": 80, "tune": "full",
    "rewards": {"correct": 1, "format": 0.1, "length": {"weight": 0.5, "margin": 12}},
}  # fmt: skip


def model_of(stop_every: int = 8) -> Any:
    """Make a model whose answers have different lengths: each of the tokens 0, 8, 16, … ends one."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49152, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4
    )
    model = LlamaForCausalLM(config)
    model.generation_config.eos_token_id = list(range(0, 49152, stop_every))
    return model


def tokenizer_of() -> Any:
    """Load SmolLM2's tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder_of("smollm2-bf16"))


def run_of(folder: Path, rows: list[Row] = SUMS) -> Finished:
    """Write a finished run with a grpo shard, and open it."""
    shard = folder / "dataset" / "grpo"
    shard.mkdir(parents=True)
    pl.DataFrame(rows).write_parquet(shard / "train-00000-of-00001.parquet")
    (folder / "dataset" / "checksums.txt").touch()
    shards = [{"name": "grpo", "split": "train", "rows": len(rows), "files": 1}]
    told = {"status": "done", "pipeline": "sums", "plan_hash": "0", "shards": shards, "licenses": {}}
    (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
    return open_run(folder)


def ready_of(folder: Path, settings: Grpo, rows: list[Row] = SUMS, out: str = "out", **arguments: Any) -> Ready:
    """Prepare the trainer as the loop does, on one thread."""
    share = settings.rows_a_step
    at_once = settings.device_batch or share
    told = {
        "output_dir": str(folder / out / "checkpoints"),
        "max_steps": settings.max_steps or 1,
        "per_device_train_batch_size": at_once,
        "gradient_accumulation_steps": share // at_once,
        "learning_rate": settings.rate,
        "logging_steps": 1,
        "save_strategy": "no",
        "bf16": False,
        "use_cpu": True,
        "gradient_checkpointing": False,
        "report_to": "none",
        "disable_tqdm": True,
    }
    run, tokenizer = run_of(folder / f"run-{out}", rows), tokenizer_of()
    job = Job(run, model_of(), tokenizer, None, {**told, **arguments}, folder / out, print)
    return grpo.trainer(job, settings)
