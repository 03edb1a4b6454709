"""distilabel: a pipeline of TextGeneration over OpenAILLM, batches of the requests in flight, no cache.

    python -m venv DIR/distilabel && DIR/distilabel/bin/pip install "distilabel[openai]" requests
    DIR/distilabel/bin/python bench/peers/distilabel.py URL PROMPTS.jsonl OUT.jsonl

`requests` is not among what it declares, and it does not start without.
"""

import json
import sys
from pathlib import Path

sys.path.pop(0)  # this file has the package's name

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration


def main(url: str, prompts: str, out: str) -> None:
    rows = [json.loads(line) for line in Path(prompts).read_text().splitlines()]
    data = [{"instruction": row["problem"], "answer": row["answer"]} for row in rows]
    system = rows[0]["messages"][0]["content"]
    with Pipeline(name="overhead", cache_dir=Path(out).parent / "cache") as pipeline:
        load = LoadDataFromDicts(data=data, batch_size=256)
        llm = OpenAILLM(model="mock", base_url=url, api_key="none", generation_kwargs={"temperature": 0.7})
        ask = TextGeneration(llm=llm, system_prompt=system, input_batch_size=256)
        load >> ask
    made = pipeline.run(use_cache=False)["default"]["train"]
    made.to_parquet(Path(out).with_suffix(".parquet"))
    print(sum(text is not None for text in made["generation"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
