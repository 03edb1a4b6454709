"""Bespoke Curator: an LLM over a list of rows, its own OpenAI backend with 256 concurrent requests.

    python -m venv DIR/curator && DIR/curator/bin/pip install bespokelabs-curator
    DIR/curator/bin/python bench/peers/curator.py URL PROMPTS.jsonl OUT.jsonl

Its token counts use the tokenizer that comes with litellm, since there may be no network.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

os.environ["TELEMETRY_ENABLED"] = "false"
os.environ["CURATOR_DISABLE_RICH_DISPLAY"] = "1"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # the price list of its package instead of a download

# The tokenizer that comes with litellm, instead of a download.
litellm = Path(importlib.util.find_spec("litellm").origin).parent
os.environ["TIKTOKEN_CACHE_DIR"] = str(litellm / "litellm_core_utils" / "tokenizers")

from bespokelabs import curator  # noqa: E402 - reads the environment when it is imported


class Solver(curator.LLM):
    """Sends the row's chat and keeps the text."""

    def prompt(self, row: dict) -> list[dict]:
        return row["messages"]

    def parse(self, row: dict, response: str) -> dict:
        return {"problem": row["problem"], "answer": row["answer"], "solution": response}


def main(url: str, prompts: str, out: str) -> None:
    rows = [json.loads(line) for line in Path(prompts).read_text().splitlines()]
    limits = {
        "max_concurrent_requests": 256,
        "max_requests_per_minute": 10_000_000,
        "max_tokens_per_minute": 10_000_000_000,
    }
    solver = Solver(
        model_name="mock",
        backend="openai",
        generation_params={"temperature": 0.7},
        backend_params={"base_url": url, "api_key": "none", **limits},
    )
    made = solver(rows, working_dir=str(Path(out).parent / "cache")).dataset
    made.to_parquet(Path(out).with_suffix(".parquet"))
    print(len(made))


if __name__ == "__main__":
    main(*sys.argv[1:])
