"""vLLM in process, for bench/saturation.py: `LLM.chat` on all requests at once, or `AsyncLLM` with as many in flight.

python vllm_in_process.py LLM.chat requests.json      # prints the generated tokens per second, after a warm-up

With "seeds" as a third word each request brings its own, which costs the sampler.
"""

import asyncio
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

SEEDS = sys.argv[3:] == ["seeds"]


def sampling(request: dict[str, Any]) -> Any:
    from vllm import SamplingParams

    names = ("n", "temperature", "top_p", "max_tokens", *(("seed",) if SEEDS else ()))
    return SamplingParams(**{name: request[name] for name in names}, stop=request["stop"] or None)


def offline(model: str, settings: dict[str, Any], requests: list[dict[str, Any]]) -> float:
    from vllm import LLM

    # vLLM 0.32 on a CPU dies of a seeded request whose prompt is read in two steps.
    settings |= {"enable_chunked_prefill": False} if SEEDS else {}
    llm = LLM(model, enforce_eager=True, generation_config="vllm", disable_log_stats=True, **settings)
    chats, parameters = [request["messages"] for request in requests], [sampling(request) for request in requests]
    llm.chat(chats[:8], parameters[:8], use_tqdm=False)
    llm.reset_prefix_cache()
    began = time.monotonic()
    found = llm.chat(chats, parameters, use_tqdm=False)
    taken = time.monotonic() - began
    return sum(len(choice.token_ids) for answer in found for choice in answer.outputs) / taken


async def asynchronous(model: str, settings: dict[str, Any], requests: list[dict[str, Any]]) -> float:
    from vllm import AsyncEngineArgs, AsyncLLMEngine
    from vllm.sampling_params import RequestOutputKind

    arguments = AsyncEngineArgs(
        model=model, enforce_eager=True, generation_config="vllm", disable_log_stats=True, **settings
    )
    engine = AsyncLLMEngine.from_engine_args(arguments)
    renderer = engine.get_tokenizer()
    tokenizer = await renderer if asyncio.iscoroutine(renderer) else renderer

    async def ask(request: dict[str, Any]) -> int:
        parameters = sampling(request)
        parameters.output_kind = RequestOutputKind.FINAL_ONLY
        prompt = tokenizer.apply_chat_template(request["messages"], tokenize=False, add_generation_prompt=True)
        async for answer in engine.generate(prompt, parameters, uuid.uuid4().hex):
            last = answer
        return sum(len(choice.token_ids) for choice in last.outputs)

    await asyncio.gather(*(ask(request) for request in requests[:8]))
    await engine.reset_prefix_cache()
    began = time.monotonic()
    tokens = await asyncio.gather(*(ask(request) for request in requests))
    taken = time.monotonic() - began
    engine.shutdown()
    return sum(tokens) / taken


if __name__ == "__main__":
    way, file = sys.argv[1:3]
    load = json.loads(Path(file).read_text(encoding="utf-8"))
    if way == "LLM.chat":
        print(offline(load["model"], load["settings"], load["requests"]))
    else:
        print(asyncio.run(asynchronous(load["model"], load["settings"], load["requests"])))
