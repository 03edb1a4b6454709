"""datatrove: an InferenceRunner against an endpoint, 256 concurrent generations, checkpoints on.

    python -m venv DIR/datatrove && DIR/datatrove/bin/pip install "datatrove[io]" aiofiles aiosqlite httpx
    DIR/datatrove/bin/python bench/peers/datatrove.py URL PROMPTS.jsonl OUT.jsonl

For a local endpoint it makes a connection for each request.
"""

import gzip
import json
import sys
from pathlib import Path

sys.path.pop(0)  # this file has the package's name

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.inference.run_inference import InferenceConfig, InferenceRunner
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter


async def solve(document: Document, generate):
    return await generate({"messages": document.metadata["messages"], "temperature": 0.7})


def main(url: str, prompts: str, out: str) -> None:
    folder = Path(out).parent
    config = InferenceConfig(
        server_type="endpoint",
        model_name_or_path="mock",
        endpoint_url=url.removesuffix("/v1"),
        max_concurrent_generations=256,
    )
    runner = InferenceRunner(
        rollout_fn=solve,
        config=config,
        output_writer=JsonlWriter(str(folder / "made"), output_filename="${rank}_chunk_${chunk_index}.jsonl"),
        checkpoints_local_dir=str(folder / "checkpoints"),
        records_per_chunk=1000,
    )
    reader = JsonlReader(str(Path(prompts).parent), glob_pattern=Path(prompts).name, text_key="problem")
    LocalPipelineExecutor([reader, runner], logging_dir=str(folder / "logs")).run()
    kept = 0
    for path in (folder / "made").iterdir():
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt") as file:
            kept += sum(bool(json.loads(line)["metadata"]["rollout_results"][0]["text"]) for line in file)
    print(kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
