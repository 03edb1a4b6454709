"""NeMo Data Designer: one LLM column over a seed file, 256 parallel requests, row groups of 1,000.

    python -m venv DIR/data_designer && DIR/data_designer/bin/pip install data-designer
    DIR/data_designer/bin/python bench/peers/data_designer.py URL PROMPTS.jsonl OUT.jsonl

The seed file has the problems; the system prompt is the one that all clients send.
"""

import json
import sys
from pathlib import Path

sys.path.pop(0)  # this file has the package's name

import data_designer.config as dd
from data_designer.interface import DataDesigner


def main(url: str, prompts: str, out: str) -> None:
    rows = [json.loads(line) for line in Path(prompts).read_text().splitlines()]
    seed = Path(out).with_name("seed.jsonl")
    seed.write_text("".join(json.dumps({"problem": r["problem"], "answer": r["answer"]}) + "\n" for r in rows))
    provider = dd.ModelProvider(name="mock", endpoint=url, api_key="none")
    sampling = dd.ChatCompletionInferenceParams(temperature=0.7, max_parallel_requests=256)
    model = dd.ModelConfig(
        alias="mock", model="mock", provider="mock", inference_parameters=sampling, skip_health_check=True
    )
    builder = dd.DataDesignerConfigBuilder(model_configs=[model])
    builder.with_seed_dataset(dd.LocalFileSeedSource(path=str(seed)))
    column = dd.LLMTextColumnConfig(
        name="solution",
        model_alias="mock",
        system_prompt=rows[0]["messages"][0]["content"],
        prompt="{{ problem }}",
    )
    builder.add_column(column)
    designer = DataDesigner(artifact_path=Path(out).parent / "artifacts", model_providers=[provider])
    made = designer.create(builder, num_records=len(rows)).load_dataset()
    print(int(made["solution"].notna().sum()))


if __name__ == "__main__":
    main(*sys.argv[1:])
