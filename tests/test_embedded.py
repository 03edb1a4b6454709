"""The embedded model really generates, in a child process that may die."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from factory.engines.embedded import Spec
from factory.errors import UserError
from factory.request import Reply, Request

pytestmark = pytest.mark.model
QUESTION = Request(prompt="The capital of France is", max_tokens=8, temperature=0)


def with_engine(use, **settings):
    async def session():
        engine = Spec(**settings).build()
        await engine.open()
        try:
            return await use(engine)
        finally:
            await engine.close()

    return asyncio.run(session())


def test_it_answers_and_counts_its_tokens():
    reply = with_engine(lambda engine: engine.ask(QUESTION))
    assert "Paris" in reply.text and reply.fault is None
    assert reply.prompt_tokens == 5 and 0 < reply.completion_tokens <= 8
    assert reply.model == "SmolLM2-135M-Instruct"


def test_n_choices_a_raw_prompt_and_a_schema():
    schema = {
        "type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"], "additionalProperties": False,
    }  # fmt: skip

    async def use(engine) -> list[Reply]:
        asked = [
            Request(prompt="One, two, three,", n=3, max_tokens=8, temperature=1.0, seed=1),
            Request(messages=({"role": "user", "content": "Is water wet?"},), json_schema=schema, max_tokens=120),
            Request(prompt="word " * 3000, max_tokens=8),
        ]
        return await asyncio.gather(*(engine.ask(request) for request in asked))

    raw, structured, long = with_engine(use)
    assert len(raw.choices) == 3 and len({choice.text for choice in raw.choices}) > 1
    assert json.loads(structured.text) in ({"ok": True}, {"ok": False})  # the grammar allows white space anywhere
    assert long.fault is not None and long.fault.kind == "too_long"


def test_a_crash_of_the_child_costs_a_retry_and_not_the_run():
    async def use(engine) -> list[Reply]:
        long = Request(prompt="Once upon a time", max_tokens=400, seed=5)
        asking = [asyncio.create_task(engine.ask(long)) for _ in range(2)]
        await asyncio.sleep(1)
        os.kill(engine.places[0].server.pid, signal.SIGKILL)
        crashed = await asyncio.gather(*asking)
        return [*crashed, await engine.ask(QUESTION)]

    crashed, waiting, after = with_engine(use)
    assert crashed.fault and crashed.fault.kind == "connection" and crashed.fault.retry
    assert waiting.fault is None and len(waiting.text) > 100
    assert "Paris" in after.text


def test_a_file_that_is_no_model(tmp_path):
    path = tmp_path / "junk.gguf"
    path.write_bytes(b"not a model at all" * 100)
    with pytest.raises(UserError, match=r"llama\.cpp with junk\.gguf does not start"):
        with_engine(lambda engine: engine.ask(QUESTION), model=path)


def test_the_child_does_not_outlive_a_killed_parent(tmp_path):
    script = (
        "import asyncio, time\nfrom factory.engines.embedded import Spec\n"
        "async def main():\n    engine = Spec().build()\n    await engine.open()\n"
        "    print(engine.places[0].server.pid, flush=True)\n    await asyncio.sleep(60)\nasyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and "Z" not in _state(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}").exists() or _state(child) == "Z"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"


def test_a_start_that_is_cancelled_leaves_no_child():
    async def session() -> int:
        engine = Spec().build()
        opening = asyncio.create_task(engine.open())
        for _ in range(1000):
            await asyncio.sleep(0.02)
            if (pid := engine.places[0].server.pid) is not None:
                break
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await engine.close()
        return pid

    assert _state(asyncio.run(session())) == "Z"


def test_what_llama_cpp_can_say():
    hello = {"role": "user", "content": "Is the sky blue?"}

    async def use(engine) -> list[Reply]:
        asked = [
            Request(messages=(hello,), choice=("perhaps", "surely")),
            Request(messages=(hello, {"role": "assistant", "content": "The sky is"}), max_tokens=8, temperature=0),
            Request(messages=(hello,), logprobs=3, max_tokens=5),
            *(Request(task="instruct", max_tokens=60, seed=seed) for seed in range(4)),
            Request(messages=(hello,), regex="[0-9]+"),
        ]
        return await asyncio.gather(*(engine.ask(request) for request in asked))

    choice, prefill, logprobs, *instructions, regex = with_engine(use)
    assert choice.text in ("perhaps", "surely")
    assert prefill.text and not prefill.text.startswith("The sky is")
    assert [len(token) for token in logprobs.choices[0].logprobs] == [3] * 5
    texts = {reply.text for reply in instructions}
    assert len(texts) == 4 and not any("<|" in text or text.startswith("system") for text in texts)
    assert regex.fault and regex.fault.kind == "refused"
