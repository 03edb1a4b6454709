"""How full a run keeps its engine: generated tokens per second of `factory run`, beside the engine's own best.

    python bench/saturation.py              # the embedded model
    python bench/saturation.py --vllm .venv-vllm/bin/python

Bars: 0.98 of the embedded server asked directly by as many workers as it has slots; 0.97 of vLLM's own `LLM.chat` on
the same prompts. The load is that of S1: problems with four worked examples, several solutions each. Both sides are
timed from the first request to the last answer, loading and a warm-up left out, in turns, since a shared machine
drifts.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from factory.engine import Engine, Wrapper
from factory.engines import embedded, vllm
from factory.request import Reply, Request

ROOT = Path(__file__).parent.parent
LOG = "FACTORY_BENCH_LOG"
PIPELINE = """
name: load
seed: {seed}
engines:
  generator: {engine}
stages:
  - conditions: {{count: {rows}, axes: {{field: {{arithmetic: 1}}, difficulty: {{1: 1, 2: 1}}, language: {{en: 1}}}}}}
  - seed_problems: {{shares: {{family: 1}}, only: [digit_sum, word_addition, boxes, percentage]}}
  - solve: {{engine: generator, n: {n}, sampling: {{temperature: 0.4, max_tokens: 64}}}}
"""
CPU = {"VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "HF_HUB_OFFLINE": "1"}
SETTINGS: dict[str, Any] = {"max_model_len": 1024, "max_num_seqs": 64, "max_num_batched_tokens": 4096}


class Stopwatch(Wrapper):
    """Notes what was asked, what came back and when, in the file that the environment names."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._asked: list[dict[str, Any]] = []
        self._began = self._ended = self._tokens = 0.0

    async def open(self) -> None:
        await self._engine.open()
        # The other side is timed warm too; of another prompt, so that no prefix of the load is cached.
        warm = Request(prompt="Count from one to ten: " * 40, n=4, max_tokens=24)
        await asyncio.gather(*(self._engine.ask(warm) for _ in range(min(8, self._engine.slots))))

    async def ask(self, request: Request) -> Reply:
        self._began = self._began or time.monotonic()
        self._asked.append(asdict(request))
        reply = await self._engine.ask(request)
        self._ended = time.monotonic()
        self._tokens += reply.completion_tokens
        return reply

    async def close(self) -> None:
        await self._engine.close()
        if self._asked:
            found = {"tokens": self._tokens, "seconds": self._ended - self._began, "requests": self._asked}
            _note(found)
            self._asked = []


def _note(found: dict[str, Any]) -> None:
    Path(os.environ[LOG]).write_text(json.dumps(found), encoding="utf-8")


class Embedded(embedded.Spec):
    """The embedded engine under a stopwatch."""

    def build(self) -> Engine:
        return Stopwatch(super().build())


class Vllm(vllm.Spec):
    """vLLM under a stopwatch."""

    def build(self) -> Engine:
        return Stopwatch(super().build())


def of_a_run(folder: Path, engine: dict[str, Any], rows: int, n: int, seed: int) -> dict[str, Any]:
    """Run the pipeline as a user would; gives what the stopwatch saw."""
    path, log = folder / f"load{seed}.yaml", folder / f"log{seed}.json"
    path.write_text(PIPELINE.format(engine=json.dumps(engine), rows=rows, n=n, seed=seed), encoding="utf-8")
    command = [sys.executable, "-m", "factory", "run", str(path), "--out", str(folder / f"out{seed}/load")]
    environment = {**os.environ, **CPU, LOG: str(log), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr or done.stdout)
    found: dict[str, Any] = json.loads(log.read_text(encoding="utf-8"))
    return found


def of_the_server(requests: list[dict[str, Any]]) -> float:
    """Ask the embedded server directly, in the order of the run; gives tokens per second."""

    async def ask_all() -> float:
        engine = embedded.Spec().build()
        await engine.open()
        waiting = [Request(**request) for request in reversed(requests)]
        tokens, began = 0, time.monotonic()

        async def worker() -> None:
            nonlocal tokens
            while waiting:
                tokens += (await engine.ask(waiting.pop())).completion_tokens

        await asyncio.gather(*(worker() for _ in range(engine.slots)))
        taken = time.monotonic() - began
        await engine.close()
        return tokens / taken

    return asyncio.run(ask_all())


def of_vllm(python: Path, model: Path, way: str, folder: Path, requests: list[dict[str, Any]]) -> float:
    """Ask vLLM in process, the way its own users do; gives tokens per second."""
    file = folder / "requests.json"
    file.write_text(json.dumps({"model": str(model), "settings": SETTINGS, "requests": requests}), encoding="utf-8")
    command = [str(python), str(ROOT / "bench/peers/vllm_in_process.py"), *way.split(" with ")]
    command.insert(3, str(file))
    environment = {**os.environ, **CPU, "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR"}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr[-2000:])
    return float(done.stdout.split()[-1])


def show(name: str, ours: list[float], theirs: list[float], bar: float | None) -> None:
    mine, other = statistics.median(ours), statistics.median(theirs)
    said = f"   bar {bar}" if bar else ""
    print(f"{name:34} run {mine:7.1f} tokens/s   beside it {other:7.1f} tokens/s   ratio {mine / other:.3f}{said}")


def main() -> None:
    """Print a line for each comparison; with --smoke, a few rows of the embedded model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--vllm", type=Path, metavar="PYTHON", help="an interpreter that has vLLM")
    parser.add_argument("--model", type=Path, help="a checkpoint for it; SmolLM2 in bf16 without this")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    rounds = 1 if asked.smoke else asked.rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.vllm:
            from tests.checkpoints import folder_of

            model = asked.model or folder_of("smollm2-bf16")
            engine = {"kind": "bench.saturation:Vllm", "model": str(model), "python": str(asked.vllm), "gpus": []}
            engine |= {**SETTINGS, "args": {"enforce-eager": True}}
            runs = []
            others: dict[str, list[float]] = {"LLM.chat": [], "AsyncLLM": [], "LLM.chat with seeds": []}
            for seed in range(rounds):
                runs.append(of_a_run(folder, engine, 192, 4, seed))
                for way, found in others.items():
                    found.append(of_vllm(asked.vllm, model, way, folder, runs[-1]["requests"]))
            for way, found in others.items():
                ours = [run["tokens"] / run["seconds"] for run in runs]
                show(f"vLLM, beside {way} in process", ours, found, 0.97 if way == "LLM.chat" else None)
            return
        rows = 4 if asked.smoke else 48
        runs = []
        direct = []
        for seed in range(rounds):
            runs.append(of_a_run(folder, {"kind": "bench.saturation:Embedded"}, rows, 4, seed))
            direct.append(of_the_server(runs[-1]["requests"]))
        show("embedded, beside its own server", [run["tokens"] / run["seconds"] for run in runs], direct, 0.98)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
