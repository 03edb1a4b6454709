"""The runner against real files and processes, with scripted engines: nothing lost, nothing twice, same result."""

import asyncio
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import psutil
import pytest

from factory.errors import RunError
from factory.workers import Workers
from tests.conftest import ROOT, TOYS
from tests.toys import Double

LONG = """
name: toy
seed: 1
partition_rows: 25
engines:
  e: {kind: scripted, script: "tests.toys:logged_echo", delay: 0.05, concurrency: 8}
stages:
  - tests.toys:Numbers: {count: 120}
  - tests.toys:Ask: {engine: e, times: 2}
  - tests.toys:Split
  - tests.toys:EveryOther
  - tests.toys:Ask: {engine: e}
export: {sft: {prompt: language, completion: language}, carry: [said, rank]}
"""


def rows_of(root: Path, stage: str) -> pl.DataFrame:
    (folder,) = (root / "stages").glob(f"*-{stage}-????????")
    return pl.read_parquet(sorted(folder.glob("*.parquet")))


def final(root: Path) -> list[dict]:
    run = json.loads((root / "run.json").read_text())
    folder = root / "stages" / run["stages"][-1]["folder"]
    return pl.read_parquet(sorted(folder.glob("*.parquet"))).to_dicts()


def shards(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob("dataset/*/*.parquet"))}


def test_every_row_is_accounted_for_in_run_json_and_on_disk(write, factory, tmp_path):
    text = TOYS.replace("tests.toys:echo", "tests.toys:flaky").replace("stages:", "max_failed: 1\nstages:")
    path = write(text + "  - tests.toys:Split\n  - tests.toys:EveryOther\n")
    assert factory("run", path, "--out", tmp_path / "out").code == 0
    run = json.loads((tmp_path / "out/run.json").read_text())
    before = 60
    for stage in run["stages"]:
        assert stage["in"] == before
        assert stage["accepted"] + stage["rejected"] + stage["failed"] == stage["in"]
        rows = pl.read_parquet(sorted((tmp_path / "out/stages" / stage["folder"]).glob("*.parquet")))
        origins = rows.group_by("_state").agg(pl.col("_from").n_unique()).to_dict(as_series=False)
        counted = dict(zip(origins["_state"], origins["_from"], strict=True))
        assert {state: stage[state] for state in counted} == counted
        assert rows.filter(pl.col("_state") == "accepted").height == stage["out"]
        dropped = rows.filter(pl.col("_state") != "accepted")
        assert dropped["_reason"].null_count() == 0 and set(dropped["_stage"]) <= {stage["name"]}
        before = stage["out"]
    assert run["stages"][1]["failed"] == 6 and run["stages"][1]["rejected"] == 6


def test_failed_rows_above_the_share_are_exit_code_1_and_asked_again(write, factory, tmp_path):
    path = write(TOYS.replace("tests.toys:echo", "tests.toys:flaky"))
    first = factory("run", path, "--out", tmp_path / "out")
    assert first.code == 1 and "max_failed" in first.err
    healed = write(TOYS.replace("tests.toys:echo", "tests.toys:flaky").replace("seed: 1", "seed: 1\nmax_failed: 0.2"))
    again = factory("run", healed, "--out", tmp_path / "out")
    assert again.code == 0 and "24 requests sent" in again.out  # two each for the 6 failed and the 6 refused rows


def test_one_and_many_partitions_give_the_same_shards(write, factory, tmp_path):
    text = LONG.replace("logged_echo", "echo").replace("0.05", "0")
    for name, rows in {"many": 25, "one": 1000}.items():
        path = write(text.replace("partition_rows: 25", f"partition_rows: {rows}"))
        assert factory("run", path, "--out", tmp_path / name / "out").code == 0
    assert shards(tmp_path / "many/out") == shards(tmp_path / "one/out") != {}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_rows(write, factory, tmp_path):
    path = write(LONG.replace("logged_echo", "echo").replace("0.05", "0"))
    for name, seed in {"a": 1, "b": 1, "c": 2}.items():
        assert factory("run", path, "--out", tmp_path / name / "out", "--set", f"seed={seed}").code == 0
    assert shards(tmp_path / "a/out") == shards(tmp_path / "b/out")
    assert shards(tmp_path / "a/out") != shards(tmp_path / "c/out")


def asked(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing happens to: its folder, and what was asked."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "toy.yaml").write_text(LONG)
    command = [sys.executable, "-m", "factory", "run", folder / "toy.yaml", "--out", folder / "outputs/out"]
    environment = {**os.environ, "FACTORY_TEST_LOG": str(folder / "asked.log")}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folder / "outputs/out", asked(folder / "asked.log")


@pytest.mark.parametrize("moment", [0.1, 0.4, 0.7])
def test_kill_9_costs_at_most_what_was_in_flight(write, start, tmp_path, whole, moment):
    path, log = write(LONG), tmp_path / "asked.log"
    unharmed, needed = whole
    killed = start("run", path, "--out", tmp_path / "out", FACTORY_TEST_LOG=str(log))
    deadline = time.monotonic() + 30
    while len(asked(log)) < moment * len(needed) and time.monotonic() < deadline:
        time.sleep(0.01)
    below = psutil.Process(killed.pid).children(recursive=True)
    killed.kill()
    killed.wait()
    assert below and not psutil.wait_procs(below, timeout=10)[1], "processes are left"
    assert len(asked(log)) < len(needed)
    resumed = start("run", path, "--out", tmp_path / "out", FACTORY_TEST_LOG=str(log))
    assert resumed.wait(60) == 0, resumed.stderr.read()
    assert set(asked(log)) == set(needed)
    assert len(asked(log)) - len(needed) <= 8
    assert final(tmp_path / "out") == final(unharmed)
    assert shards(tmp_path / "out") == shards(unharmed) != {}


def test_a_row_that_hangs_does_not_outlive_a_killed_run(write, start, tmp_path):
    path = write(TOYS.replace("tests.toys:Double", "tests.toys:Double: {hang: [0]}"))
    killed = start("run", path, "--out", tmp_path / "out", FACTORY_TEST_LOG=str(tmp_path / "hangs"))
    deadline = time.monotonic() + 60
    while not (tmp_path / "hangs").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    below = psutil.Process(killed.pid).children(recursive=True)
    killed.kill()
    assert len(below) > 2 and not psutil.wait_procs(below, timeout=10)[1], "processes are left"


@pytest.mark.parametrize("moment", ["a process is started", "forty are asked"])
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(write, start, factory, tmp_path, monkeypatch, moment):
    path, log = write(LONG), tmp_path / "asked.log"
    process = start("run", path, "--out", tmp_path / "out", FACTORY_TEST_LOG=str(log))
    early, shown = moment == "a process is started", psutil.Process(process.pid)
    while not (shown.children() if early else len(asked(log)) >= 40) and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) == 1
    told = process.stderr.read()
    assert "goes on from here" in told and "Traceback" not in told and "KeyboardInterrupt" not in told
    assert json.loads((tmp_path / "out/run.json").read_text())["status"] == "stopped"
    stopped_at = len(asked(log))
    monkeypatch.setenv("FACTORY_TEST_LOG", str(log))
    assert factory("run", path, "--out", tmp_path / "out").code == 0
    assert len(asked(log)) == len(set(asked(log))) > stopped_at


class TestNoProcesses:
    TASKS = [({"number": 1, "language": "en"}, [])]

    def test_one_that_is_killed_while_it_has_nothing_to_do(self):
        workers = Workers(10, processes=1)
        try:
            assert asyncio.run(workers.run(Double(), self.TASKS))[0][0]["doubled"] == 2
            for process in psutil.Process().children(recursive=True):
                if process.is_running() and "forkserver" in " ".join(process.cmdline()):
                    process.kill()
            time.sleep(2)  # until the pool has seen it
            with pytest.raises(RunError, match="ended"):
                asyncio.run(workers.run(Double(), self.TASKS))
        finally:
            workers.close()

    def test_none_can_be_started(self, monkeypatch):
        def none():
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

        monkeypatch.setattr("factory.workers._context", none)
        with pytest.raises(RunError, match="ulimit -u"):
            asyncio.run(Workers(10, processes=1).run(Double(), self.TASKS))


def test_a_run_that_is_done_asks_nothing(write, factory, tmp_path):
    path = write()
    assert factory("run", path, "--out", tmp_path / "out").code == 0
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*.parquet")}
    again = factory("run", path, "--out", tmp_path / "out")
    assert again.code == 0 and "0 requests sent" in again.out
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*.parquet")} == before


def test_an_edited_prompt_recomputes_its_stage_and_what_follows(write, factory, tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/second.j2").write_text("What of {{ number }}?")
    text = TOYS + "  - tests.toys:Ask: {engine: e, prompt: second}\n"
    path = write(text)
    assert "180 requests sent" in factory("run", path, "--out", tmp_path / "out").out
    kept = {file: file.stat().st_mtime_ns for file in (tmp_path / "out/stages").rglob("*.parquet")}
    (tmp_path / "prompts/second.j2").write_text("And what of {{ number }}?")
    assert "60 requests sent" in factory("run", path, "--out", tmp_path / "out").out
    now = {file: file.stat().st_mtime_ns for file in (tmp_path / "out/stages").rglob("*.parquet")}
    assert {file: now[file] for file in kept} == kept and len(now) == len(kept) + 3


def test_a_larger_count_adds_partitions_and_keeps_those_that_are_whole(write, factory, tmp_path):
    path = write()
    assert factory("run", path, "--out", tmp_path / "out").code == 0
    kept = {file: file.stat().st_mtime_ns for file in (tmp_path / "out/stages").rglob("*.parquet")}
    more = factory("run", path, "--out", tmp_path / "out", "--set", "stages.tests.toys:Numbers.count=80")
    assert more.code == 2  # a dotted name cannot be addressed from the command line
    path = write(TOYS.replace("count: 60", "count: 90"))
    assert "60 requests sent" in factory("run", path, "--out", tmp_path / "out").out
    assert all(file.stat().st_mtime_ns == mtime for file, mtime in kept.items())
    assert len(final(tmp_path / "out")) == 90


def test_limit_is_a_beginning_that_the_whole_run_reuses(write, factory, tmp_path):
    path = write()
    assert "20 requests sent" in factory("run", path, "--out", tmp_path / "out", "--limit", 10).out
    assert "100 requests sent" in factory("run", path, "--out", tmp_path / "out").out


def test_fresh_forgets(write, factory, tmp_path):
    path = write()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("not the factory's")
    for _ in range(2):
        assert "120 requests sent" in factory("run", path, "--out", tmp_path / "out", "--fresh").out
    assert (tmp_path / "out/mine.txt").exists()


def test_a_row_that_hangs_crashes_or_breaks_a_stage_fails_alone(write, factory, tmp_path):
    text = TOYS.replace("tests.toys:Double", "tests.toys:Double: {hang: [7], crash: [20], broken: [33]}")
    text = text.replace("stages:", "max_failed: 0.05\nrow_timeout: 3\nstages:")
    assert factory("run", write(text), "--out", tmp_path / "out").code == 0
    failed = rows_of(tmp_path / "out", "Double").filter(pl.col("_state") == "failed").sort("number")
    assert failed["number"].to_list() == [7, 20, 33]
    timeout, crash, bug = failed["_reason"]
    assert timeout.startswith("timeout: no result in 3 s")
    assert crash.startswith("crash:")
    assert bug == "bug: ZeroDivisionError: oh no"


def test_rows_are_worked_on_where_no_socket_can_be(write, start, tmp_path):
    """The path of a socket has 107 characters at most."""
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    run = start("run", write(), "--out", tmp_path / "out", TMPDIR=str(deep))
    out, err = run.communicate(timeout=60)
    assert run.returncode == 0 and "60 accepted" in out, err


def test_an_empty_table_goes_through_to_the_end(write, factory, tmp_path):
    text = LONG.replace("logged_echo", "echo").replace("{engine: e, times: 2}", "{engine: e, reject: number}")
    result = factory("run", write(text), "--out", tmp_path / "out")
    assert result.code == 0 and "0 accepted, 120 rejected" in result.out


def test_two_runs_cannot_write_to_one_folder(write, start, factory, tmp_path):
    path, log = write(LONG), tmp_path / "asked.log"
    process = start("run", path, "--out", tmp_path / "out", FACTORY_TEST_LOG=str(log))
    while not asked(log):
        assert process.poll() is None
        time.sleep(0.01)
    second = factory("run", path, "--out", tmp_path / "out")
    process.kill()
    process.wait()
    assert second.code == 2 and "another run is writing here" in second.err


AGAIN = """
name: again
seed: 1
partition_rows: 4
engines:
  e: {kind: scripted, script: "tests.toys:echo"}
stages:
  - tests.toys:Numbers: {count: 10}
  - tests.toys:Persist: {engine: e, enough: 3}
"""


@pytest.mark.parametrize("stage", ["Persist", "SlowlyPersist"])
def test_a_stage_may_ask_again_with_what_it_has_heard(write, factory, tmp_path, stage):
    done = factory("run", write(AGAIN.replace("Persist", stage)), "--out", tmp_path / "out")
    assert done.code == 0, done.err
    rows = final(tmp_path / "out")
    heard = {row["number"]: row["heard"] for row in rows}
    assert [len(heard[number]) for number in range(10)] == [1, 2, 3, 3, 3, 3, 3, 3, 3, 3]
    assert all(text.startswith(f"number {number} after") for number in heard for text in heard[number][1:])
    assert len({text for texts in heard.values() for text in texts}) == 27, "each round has seeds of its own"
    assert ({row["in_process"] for row in rows} == {os.getpid()}) == (stage == "Persist")


def test_a_row_that_asks_again_goes_on_after_a_kill_from_the_journal(write, factory, tmp_path):
    factory("run", write(AGAIN), "--out", tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    again = factory("run", write(AGAIN), "--out", tmp_path / "out")
    assert "0 requests sent" in again.out and "27 reused" in again.out, again.out


def test_an_again_that_asks_nothing_is_a_bug_of_its_stage(write, factory, tmp_path):
    done = factory("run", write(AGAIN.replace("enough: 3", "enough: 3, broken: true")), "--out", tmp_path / "out")
    assert done.code == 1 and "bug" in (done.out + done.err)


def test_a_source_without_rows_is_told(write, factory, tmp_path):
    path = write(TOYS.replace("{count: 60}", "{count: 0}"))
    done = factory("run", path, "--out", tmp_path / "out")
    assert done.code == 2 and "Numbers has no rows" in done.err, done.err


def test_a_row_that_no_prompt_is_written_for_is_rejected_and_the_others_go_on(write, factory, tmp_path):
    text = """
name: langs
stages:
  - conditions: {count: 10, axes: {language: {en: 1, fr: 1}, task: {write: 1}, programming: {rust: 1}}}
  - instruct: {engine: e, prompt: "magpie/code/{language}", programming: programming, attempts: 1}
engines: {e: {kind: scripted, replies: {".*": ["Write a Rust function that adds two numbers."]}}}
"""
    done = factory("run", write(text), "--out", tmp_path / "out")
    assert done.code == 0, done.err
    stage = json.loads((tmp_path / "out/run.json").read_text())["stages"][1]
    assert (stage["accepted"], stage["reasons"], stage["failed"]) == (6, {"no_prompt": 4}, 0)


def test_an_answer_that_cannot_be_had_in_a_later_round_loses_nothing(write, factory, tmp_path):
    text = """
name: later
stages:
  - tests.toys:Words: {texts: ["How do I keep bread fresh for a week?"]}
  - converse: {engine: e, question: text, answer: text}
engines: {e: {kind: scripted, script: "tests.toys:no_second_answer"}}
"""
    done = factory("run", write(text), "--out", tmp_path / "out")
    assert done.code == 0, done.err
    (row,) = final(tmp_path / "out")
    assert row["turns"] == 1 and len(row["conversation"]) == 2


def test_a_stage_cannot_make_another_type_of_a_column_that_is_there(write, factory):
    done = factory("plan", write(TOYS + "  - tag: {columns: [said], responses: language}\n"))
    assert done.code == 2 and "writes the column 'language' as list" in done.err and "str already" in done.err, done.err
