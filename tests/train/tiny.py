"""A tiny random Llama with SmolLM2's tokenizer, small runs to train it on, and trainings of it in seconds."""

from pathlib import Path
from typing import Any

import polars as pl

from factory.finished import Finished, open_run
from factory.train.folder import State
from factory.train.loop import train
from factory.train.settings import Training, parse
from tests.checkpoints import folder_of
from tests.toy_shards import turn, write_run

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}{{ message['content'] }}"
    "{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SETTINGS: dict[str, Any] = {
    "max_tokens": 128, "batch": 4, "max_steps": 4, "save_every": 2, "log_every": 1, "learning_rate": 1e-3, "warmup": 0,
}  # fmt: skip


def tokenizer() -> Any:
    """Load SmolLM2's tokenizer anew."""
    import transformers

    return transformers.AutoTokenizer.from_pretrained(model())


def model() -> Path:
    """Give the folder of the model."""
    return folder_of("tiny-llama")


def sums(count: int = 8) -> list[dict[str, Any]]:
    """Make rows of an SFT shard, each of another length."""
    rows = []
    for number in range(count):
        asked, said = (
            turn("user", f"What is {number} + {number}?"),
            turn("assistant", f"It is {2 * number}." * (1 + number % 3)),
        )
        rows.append({"messages": [asked, said], "prompt": [asked], "completion": [said], "tools": None})
    return rows


def run_of(folder: Path, shards: dict[str, list[dict[str, Any]]] | None = None) -> Finished:
    """Write a run; of each shard the first row is in the test split, and twice in the train split."""
    return open_run(write_run(folder, {"sft": sums()} if shards is None else shards))


def settings(method: str = "sft", **given: Any) -> Training:
    return parse(method, {**SETTINGS, "model": str(model()), **given})


def trained(run: Finished, out: Path, method: str = "sft", fresh: bool = False, **given: Any) -> State:
    """Train, and say nothing."""
    return train(run, settings(method, **given), out, lambda line: None, fresh)


def weights(out: Path) -> dict[str, Any]:
    """Load what was trained."""
    from safetensors.torch import load_file

    return load_file(next(out.glob("*model.safetensors")))


def gradient_norms(out: Path) -> list[float]:
    """Read how long the gradient of each step was: Adam's weights would be the same if all were twice as long."""
    curves = pl.read_parquet(out / "curves.parquet").filter(pl.col("name") == "gradient norm").sort("step")
    return curves["value"].to_list()


def farthest(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Give the largest difference between two sets of weights."""
    assert one.keys() == other.keys()
    return max(float((one[name].float() - other[name].float()).abs().max()) for name in one)
