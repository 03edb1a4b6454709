"""Engines are loaded when first needed, shared, freed when nothing needs them, and take turns for want of room."""

import json
from pathlib import Path

import pytest

from factory.engines.scripted import ScriptedEngine
from factory.engines.scripted import Spec as Scripted
from factory.errors import UserError


class Watched(Scripted):
    """A scripted engine that writes down when it is opened and closed."""

    log: Path
    broken: bool = False

    def build(self) -> "WatchedEngine":
        return WatchedEngine(self)


class WatchedEngine(ScriptedEngine):
    async def open(self) -> None:
        self._note("open")
        if self._spec.broken:
            raise UserError("it does not start")

    async def close(self) -> None:
        self._note("close")

    def _note(self, what: str) -> None:
        with self._spec.log.open("a") as file:
            file.write(f"{what} {self._spec.model}\n")


def pipeline(tmp_path: Path, stages: list[str], **takes: float) -> str:
    names = dict.fromkeys(stage.split()[1] for stage in stages if stage.startswith("Ask "))
    engines = "".join(
        f"  {name}: {{kind: 'tests.test_lifecycle:Watched', log: {tmp_path}/log, model: {name}, "
        f"script: 'tests.toys:echo', concurrency: 4, delay: 0.002, takes: {{gpu 0: {takes.get(name, 0)}}}}}\n"
        for name in names
    )
    steps = "".join(
        f"  - tests.toys:{stage}\n" if stage[:4] != "Ask " else f"  - tests.toys:Ask: {{engine: {stage[4:]}}}\n"
        for stage in stages
    )
    return f"name: toy\npartition_rows: 20\nengines:\n{engines}stages:\n  - tests.toys:Numbers: {{count: 100}}\n{steps}"


def events(tmp_path: Path) -> list[str]:
    lines = (tmp_path / "log").read_text().splitlines()
    seen: set[str] = set()
    kept = []
    for line in lines:  # closing is safe to do twice; only the first after an opening counts
        what, name = line.split()
        if what == "open":
            seen.add(name)
        elif name not in seen:
            continue
        else:
            seen.remove(name)
        kept.append(line)
    return kept


CASES = {
    "one engine that two stages share is loaded once": (["Ask a", "Ask a"], {}, ["open a", "close a"]),
    "two that fit are both there at once": (
        ["Ask a", "Ask b"],
        {"a": 0.5, "b": 0.5},
        ["open a", "open b", "close a", "close b"],
    ),
    "two that do not fit take turns": (
        ["Ask a", "Ask b"],
        {"a": 0.9, "b": 0.9},
        ["open a", "close a", "open b", "close b"],
    ),
    "each is loaded once, in the order of the stages": (
        ["Ask a", "Double", "Ask a", "Ask b", "Ask c"],
        {"a": 0.9, "b": 0.5, "c": 0.5},
        ["open a", "close a", "open b", "open c", "close b", "close c"],
    ),
    "what is needed again after a table and leaves room stays loaded": (
        ["Ask a", "EveryOther", "Ask a"],
        {"a": 0.9},
        ["open a", "close a"],
    ),
    "what a later stage needs again, but leaves no room, is loaded again": (
        ["Ask a", "Ask b", "Ask a"],
        {"a": 0.9, "b": 0.9},
        ["open a", "close a", "open b", "close b", "open a", "close a"],
    ),
    "of three of which two fit, only those are there at once": (
        ["Ask a", "Ask b", "EveryOther", "Ask c", "EveryOther", "Ask a", "Ask b"],
        {"a": 0.4, "b": 0.4, "c": 0.4},
        ["open a", "open b", "close b", "open c", "close c", "open b", "close a", "close b"],
    ),
    "what nothing after the table needs is freed before it": (
        ["Ask a", "EveryOther", "Ask b"],
        {"a": 0.2, "b": 0.2},
        ["open a", "close a", "open b", "close b"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_when_engines_are_loaded_and_freed(case, write, factory, tmp_path):
    stages, takes, expected = CASES[case]
    result = factory("run", write(pipeline(tmp_path, stages, **takes)), "--out", tmp_path / "runs/out")
    assert result.code == 0, result
    assert events(tmp_path) == expected
    run = json.loads((tmp_path / "runs/out/run.json").read_text())
    assert run["stages"][-1]["accepted"] == (50 if "EveryOther" in stages else 100)


def test_taking_turns_changes_nothing_in_what_is_made(write, factory, tmp_path):
    made = {}
    for name, share in {"together": 0.1, "apart": 0.9}.items():
        path = write(pipeline(tmp_path, ["Ask a", "Ask b"], a=share, b=share))
        assert factory("run", path, "--out", tmp_path / name / "out").code == 0
        files = sorted((tmp_path / name / "out/stages").glob("*/*.parquet"))
        made[name] = {str(file.relative_to(tmp_path / name)): file.read_bytes() for file in files}
    assert made["together"] == made["apart"] != {}


def test_an_engine_that_does_not_start_is_started_once_and_told_in_one_line(write, factory, tmp_path):
    text = pipeline(tmp_path, ["Ask a"]).replace("delay: 0.002", "broken: true")
    result = factory("run", write(text), "--out", tmp_path / "runs/out")
    assert result.code == 2 and result.err.strip().splitlines()[-1] == "error: it does not start"
    assert (tmp_path / "log").read_text().count("open") == 1


def test_an_engine_that_no_row_needs_is_never_loaded(write, factory, tmp_path):
    text = pipeline(tmp_path, ["Ask a", "Split: {most: 0}", "Ask b"])
    factory("run", write(text), "--out", tmp_path / "runs/out")
    assert events(tmp_path) == ["open a", "close a"]
