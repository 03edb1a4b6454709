"""What a client costs beside the model: CPU per row and rows per second against a server that answers after 50 ms.

    python bench/client_overhead.py [--rows 40000] [--peers DIR] [--only NAME]… [--smoke]

All have the same prompts, 256 requests in flight and one mock server, in a process of its own that is not counted.
`factory` is a whole `factory run`, journal on: a file of problems, `solve`, Parquet shards. Each peer is a script in
bench/peers/, run by DIR/<name>/bin/python where there is one; the script's docstring says how to install it.
CPU is of the process and all its children. "per row" is marginal: the difference between a run of many rows and one
of few, divided by the difference in rows; "whole run" has the start-up in it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from factory.prompts import Prompt

PEERS = Path(__file__).parent / "peers"
IN_FLIGHT = 256
CPU_BAR, SPEED_BAR = 0.2, 10
PIPELINE = """\
name: overhead
engines:
  generator: {{kind: openai, base_url: "{url}", model: mock, concurrency: {in_flight}, license: apache-2.0}}
stages:
  - read: {{file: "{rows}", columns: {{problem: text, answer: text}}, constants: {{language: en}}}}
  - solve: {{engine: generator, n: 1}}
export:
  grpo: {{prompt: problem, answer: answer}}
  carry: [solutions]
"""


class Client(NamedTuple):
    """A program to measure. `rows` is how many it is given, for it to take some ten seconds."""

    name: str
    package: str
    rows: int
    rounds: int = 1
    own_environment: bool = True


class Run(NamedTuple):
    """What one run took."""

    rows: int
    seconds: float
    cpu_seconds: float


class Figures(NamedTuple):
    """What a client takes: CPU milliseconds per row and rows per second, without start-up and with it."""

    cpu: float
    speed: float
    whole_cpu: float
    whole_speed: float


class BenchError(Exception):
    """A client failed, or did not give every row."""


CLIENTS = [
    Client("factory", "factory", 40_000, rounds=3, own_environment=False),
    Client("bare_aiohttp", "aiohttp", 30_000, rounds=3, own_environment=False),
    Client("bare_openai", "openai", 4_000, rounds=3, own_environment=False),
    Client("openai_on_aiohttp", "openai", 8_000, rounds=3),
    Client("datatrove", "datatrove", 8_000),
    Client("curator", "bespokelabs-curator", 4_000),
    Client("sdg_hub", "sdg-hub", 4_000),
    Client("data_designer", "data-designer", 2_000),
    Client("distilabel", "distilabel", 2_000),
]


def write_rows(path: Path, rows: int) -> None:
    """Problems of about 200 characters, each with the chat that `solve` makes of it: all clients send the same."""
    rng = random.Random(0)
    prompt = Prompt("maths/en/solve")
    with path.open("w") as file:
        for number in range(rows):
            a, b = rng.randint(20, 99), rng.randint(20, 99)
            problem = (
                f"Library {number} has {a} books about the sea on its first shelf. In spring a neighbour, who is "
                f"about to move to a smaller house, brings {b} more of them. How many are there now?"
            )
            chat = prompt.render({"problem": problem, "examples": []})
            file.write(json.dumps({"id": str(number), "problem": problem, "answer": str(a + b), **chat}) + "\n")


class Server:
    """The mock server, in a process of its own; `cpu` is its CPU milliseconds for each answer, once it has ended."""

    cpu = 0.0

    @contextmanager
    def running(self) -> Iterator[str]:
        self.answered = 0
        process = subprocess.Popen([sys.executable, PEERS / "mock_server.py"], stdout=subprocess.PIPE, text=True)
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = -9
            self.cpu = 1000 * (usage.ru_utime + usage.ru_stime) / max(self.answered, 1)


def measure(client: Client, python: Path, url: str, rows: int, folder: Path) -> Run:
    """Run a client over `rows` rows. Raises BenchError if it fails or a row is missing."""
    prompts = folder / f"prompts-{rows}.jsonl"
    if not prompts.exists():
        write_rows(prompts, rows)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        out = Path(name)
        command = [str(python), str(PEERS / f"{client.name}.py"), url, str(prompts), str(out / "kept.jsonl")]
        if client.name == "factory":
            pipeline = out / "overhead.yaml"
            pipeline.write_text(PIPELINE.format(url=url, in_flight=IN_FLIGHT, rows=prompts))
            command = [str(python), "-m", "factory", "run", str(pipeline), "--out", str(out / "outputs")]
        run, told = _timed(client.name, command, rows, out)
        kept = _kept_by_factory(out / "outputs") if client.name == "factory" else int(told.split()[-1])
    if kept != rows:
        raise BenchError(f"{client.name}: {kept} of {rows} rows came out")
    return run


def _timed(name: str, command: list[str], rows: int, folder: Path) -> tuple[Run, str]:
    with (folder / "stdout").open("w+") as out, (folder / "stderr").open("w+") as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, err):
            file.seek(0)
        told, complaints = out.read(), err.read()
    if process.returncode != 0:
        raise BenchError(f"{name}: ended with {process.returncode}: {(complaints or told)[-600:]}")
    return Run(rows, seconds, usage.ru_utime + usage.ru_stime), told


def _kept_by_factory(root: Path) -> int:
    return sum(shard["rows"] for shard in json.loads((root / "run.json").read_text())["shards"])


def figures(few: Run, many: Run) -> Figures:
    more = many.rows - few.rows
    return Figures(
        cpu=1000 * (many.cpu_seconds - few.cpu_seconds) / more,
        speed=more / (many.seconds - few.seconds),
        whole_cpu=1000 * many.cpu_seconds / many.rows,
        whole_speed=many.rows / many.seconds,
    )


def median(several: list[Figures]) -> Figures:
    return Figures(*(statistics.median(values) for values in zip(*several, strict=True)))


def python_of(client: Client, peers: Path | None) -> Path | None:
    """Find the interpreter that has the client; None if it is not installed."""
    if not client.own_environment:
        return Path(sys.executable)
    python = peers / client.name / "bin" / "python" if peers else None
    return python if python and python.exists() else None


def how_to_install(client: Client) -> str:
    script = (PEERS / f"{client.name}.py").read_text()
    return next(line.strip() for line in script.splitlines() if "pip install" in line)


def version(client: Client, python: Path) -> str:
    code = f"import importlib.metadata; print(importlib.metadata.version({client.package!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def compare(clients: list[Client], peers: Path | None, share: float, folder: Path) -> dict[str, Figures]:
    """Measure every client that is there, in turns, and print the table, a line as soon as it is known."""
    server = Server()
    found: dict[str, Figures] = {}
    rounds: dict[str, list[Figures]] = {client.name: [] for client in clients}
    print(f"{IN_FLIGHT} in flight; load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(
        f"{'client':<18} {'version':<10} {'rows':>6}  CPU ms/row   rows/s   whole run: CPU ms/row   rows/s", flush=True
    )
    with server.running() as url:
        for number in range(max(client.rounds for client in clients)):
            for client in clients:
                python = python_of(client, peers)
                if number >= client.rounds:
                    continue
                if python is None:
                    print(f"{client.name:<18} not installed: {how_to_install(client)}")
                    continue
                rows = int(client.rows * share)
                try:
                    few = measure(client, python, url, IN_FLIGHT, folder)
                    many = measure(client, python, url, rows, folder)
                except BenchError as error:
                    print(error)
                    continue
                server.answered += few.rows + many.rows
                rounds[client.name].append(figures(few, many))
                if len(rounds[client.name]) == client.rounds:
                    found[client.name] = median(rounds[client.name])
                    show(client, version(client, python), rows, found[client.name])
    print(f"the server itself: {server.cpu:.3f} CPU ms per answer, room for {1000 / server.cpu:,.0f} answers/s")
    return found


def show(client: Client, package_version: str, rows: int, measured: Figures) -> None:
    cpu, speed, whole_cpu, whole_speed = measured
    marginal = f"{speed:,.0f}" if speed > 0 else "?"  # a start-up that varies by more than the rows take
    where = f"{client.name:<18} {package_version:<10} {rows:>6,}"
    print(f"{where}  {cpu:>10.3f}   {marginal:>6}   {whole_cpu:>21.3f}   {whole_speed:>6,.0f}", flush=True)


def smoke(folder: Path) -> int:
    server = Server()
    with server.running() as url:
        run = measure(CLIENTS[0], Path(sys.executable), url, 300, folder)
    print(f"factory: all 300 rows arrived, in {run.seconds:.1f} s")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=40_000, help="rows for factory; the others' in proportion")
    parser.add_argument("--peers", type=Path, help="folder with an environment for each peer")
    parser.add_argument("--only", action="append", help="measure this client only; may be given again")
    parser.add_argument("--smoke", action="store_true", help="300 rows through factory; fails if one is missing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if options.smoke:
            return smoke(Path(name))
        clients = [client for client in CLIENTS if not options.only or client.name in options.only]
        found = compare(clients, options.peers, options.rows / CLIENTS[0].rows, Path(name))
    missed = False
    if "factory" in found and "bare_openai" in found:
        cpu, times = found["factory"].cpu, found["factory"].speed / found["bare_openai"].speed
        print(
            f"factory: {cpu:.3f} CPU ms per row, bar {CPU_BAR}; {times:.1f} times bare openai's rows/s, bar {SPEED_BAR}"
        )
        missed = cpu > CPU_BAR or times < SPEED_BAR
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
