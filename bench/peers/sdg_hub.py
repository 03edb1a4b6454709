"""SDG Hub: an LLMChatBlock over a data frame, async, as a flow runs it with max_concurrency=256.

    python -m venv DIR/sdg_hub && DIR/sdg_hub/bin/pip install sdg-hub
    DIR/sdg_hub/bin/python bench/peers/sdg_hub.py URL PROMPTS.jsonl OUT.jsonl

The block is the one that its flows are made of.
"""

import os
import sys
from pathlib import Path

sys.path.pop(0)  # this file has the package's name
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # the price list of its package instead of a download

import pandas as pd
from sdg_hub.core.blocks import LLMChatBlock


def main(url: str, prompts: str, out: str) -> None:
    block = LLMChatBlock(
        block_name="solve",
        input_cols="messages",
        output_cols="solution",
        model="openai/mock",
        api_base=url,
        api_key="none",
        async_mode=True,
        temperature=0.7,
    )
    made = block.generate(pd.read_json(prompts, lines=True, dtype=False), _flow_max_concurrency=256)
    made.to_parquet(Path(out).with_suffix(".parquet"))
    print(int(made["solution"].notna().sum()))


if __name__ == "__main__":
    main(*sys.argv[1:])
