"""What many tests need: a pipeline file from a text, and the command line in this process or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from factory import cli

ROOT = Path(__file__).parent.parent
TOYS = """
name: toy
seed: 1
partition_rows: 20
engines:
  e: {kind: scripted, script: "tests.toys:echo"}
stages:
  - tests.toys:Numbers: {count: 60}
  - tests.toys:Ask: {engine: e, times: 2}
  - tests.toys:Double
"""


SLOWEST = [
    "test_main_job.py",
    "test_processes.py",
    "test_rounds.py",
    "test_resume.py",
    "test_readme.py",
    "test_grpo.py",
    "test_transformers_engine.py",
    "test_runner.py",
    "test_push.py",
    "test_evaluation.py",
    "test_command.py",
    "test_knowledge.py",
    "test_contest.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that the rest is done beside it."""
    ranks = {name: rank for rank, name in enumerate(SLOWEST)}
    slow = len(SLOWEST)
    items.sort(key=lambda item: ranks.get(item.path.name, slow + (item.get_closest_marker("model") is None)))


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a pipeline file."""

    def _write(text: str = TOYS, name: str = "toy.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command line in this process. Rows' processes keep the environment of the first run's."""

    def _factory(*args: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["factory", *map(str, args)])
        monkeypatch.syspath_prepend(str(ROOT))
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return _factory


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command line as a process of its own, as a user's shell would."""
    with ExitStack() as stack:

        def _start(*args: object, **env: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-m", "factory", *map(str, args)],
                cwd=ROOT,
                env={**os.environ, **env},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,  # as a shell gives each command a group, which a Ctrl-C reaches as a whole
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield _start
