"""The command line as a user meets it."""

import json
import os
import pty
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from factory.schemas import differing, generate
from tests.conftest import ROOT


def test_help_names_every_command(factory):
    result = factory("--help")
    assert result.code == 0
    for command in ("run", "plan", "preview", "status", "audit", "doctor", "schemas"):
        assert f"\n  {command} " in result.out


def test_a_wrong_option_is_exit_code_2(factory, write):
    assert factory("run", write(), "--frehs").code == 2
    assert factory("rnu").code == 2


def test_plan_shows_stages_engines_and_shards(factory):
    result = factory("plan", ROOT / "pipelines/math_sft.yaml", "--limit", 10)
    assert result.code == 0 and result.out.startswith("math_sft: 10 rows in 1 partitions, seed 7")
    for word in ("semantic_duplicates", "generator", "apache-2.0", "shards: sft, grpo"):
        assert word in result.out


def test_preview_shows_each_row_and_keeps_nothing(factory, write, tmp_path):
    result = factory("preview", write(), "-n", 3)
    assert result.code == 0 and result.out.count("── toy-1-0000000") == 3 and "doubled: 4" in result.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toy.yaml"]


def test_status_before_and_after(factory, write, tmp_path):
    path = write()
    before = factory("status", path, "--out", tmp_path / "out")
    assert before.code == 2 and "there is no run here" in before.err
    assert factory("audit", path, "--out", tmp_path / "out").code == 2
    factory("run", path, "--out", tmp_path / "out")
    after = factory("status", path, "--out", tmp_path / "out")
    assert after.code == 0 and "done: 60 rows made, 60 accepted" in after.out


def test_progress_is_plain_lines_in_a_pipe_and_a_table_on_a_terminal(write, tmp_path, start):
    text = write().read_text().replace('toys:echo"', 'toys:echo", delay: 0.2, concurrency: 4')
    path = write(text)
    piped = start("run", path, "--out", tmp_path / "a")
    out, _ = piped.communicate(timeout=60)
    lines = [line for line in out.splitlines() if "% done" in line]
    assert lines and "Ask=" in lines[0] and "e 4/4 busy" in lines[0] and "\x1b" not in out
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "factory", "run", str(path), "--out", str(tmp_path / "b")]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen(command, cwd=ROOT, stdout=slave, stderr=slave, env=environment) as process:
        os.close(slave)
        screen = b""
        while chunk := _read(master):
            screen += chunk
    os.close(master)
    assert process.returncode == 0
    text = screen.decode("utf-8", "replace")
    assert "tokens/s" in text and "left" in text and "\x1b[" in text


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 4096)
    except OSError:  # the other side of the terminal is gone
        return b""


def test_the_schemas_in_the_checkout_are_up_to_date():
    assert differing(ROOT / "schemas") == []


def test_schemas_check_names_what_differs(factory, tmp_path):
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    assert factory("schemas", "--check", "--folder", tmp_path / "schemas").code == 0
    (tmp_path / "schemas/stages/solve.json").write_text("{}")
    (tmp_path / "schemas/stages/gone.json").write_text("{}")
    result = factory("schemas", "--check", "--folder", tmp_path / "schemas")
    assert result.code == 2 and "stages/gone.json, stages/solve.json" in result.err
    assert factory("schemas", "--folder", tmp_path / "schemas").code == 0
    assert differing(tmp_path / "schemas") == []


def test_the_schemas_describe_the_records():
    sft = json.loads(generate()["records/sft.json"])
    assert {"id", "messages", "prompt", "completion", "source", "license", "model"} <= set(sft["properties"])


def test_an_empty_disk_quota_is_one_line_and_a_rerun_goes_on(write, factory, tmp_path, monkeypatch):
    import polars as pl

    real = pl.DataFrame.write_parquet
    calls = []

    def full(self, path, **options):
        calls.append(path)
        if len(calls) == 5:
            raise OSError(28, "No space left on device", str(path))
        return real(self, path, **options)

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    path = write()
    result = factory("run", path, "--out", tmp_path / "out")
    assert result.code == 1 and result.err.startswith("error: cannot write: No space left on device")
    monkeypatch.undo()
    again = factory("run", path, "--out", tmp_path / "out")
    assert again.code == 0 and "60 accepted" in again.out


@pytest.mark.model
def test_the_wheel_runs_from_another_directory(tmp_path):
    """Built and unpacked somewhere else, with nothing of the checkout in sight."""
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "HF_HUB_OFFLINE": "1"}
    where = "import factory.shipped as s; print(s.shipped('prompts'))"
    found = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path / "elsewhere", env=environment, capture_output=True, text=True
    )
    assert Path(found.stdout.strip()).is_relative_to(tmp_path / "site"), found
    done = subprocess.run(
        [sys.executable, "-m", "factory", "run", "pipelines/math_sft.yaml", "--limit", "1"],
        cwd=tmp_path / "elsewhere", env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "elsewhere/outputs/math_sft/dataset/README.md").is_file()


def test_a_plan_loads_nothing_that_trains_counts_or_draws():
    code = """
import sys
from factory import cli
try:
    cli.main()
finally:
    print({"numpy", "torch", "datasets", "factory.run", "factory.eval.evaluation"} & set(sys.modules), file=sys.stderr)
"""
    command = [sys.executable, "-c", code, "plan", "pipelines/self_improve_math.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "set()"
