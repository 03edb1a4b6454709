"""Rows rejected for a mendable reason are rewritten and go through the same checks; a straight line on disk."""

import json
from itertools import pairwise

import polars as pl
import pytest

MEND = """
name: mend
seed: 1
engines:
  e: {kind: scripted, script: "tests.toys:louder"}
stages:
  - tests.toys:Words: {texts: [FINE, quiet, whisper, mumble, hopeless, ALSO FINE]}
  - tests.toys:Shout
  - repair: {engine: e, since: Shout, column: text, reasons: [too_quiet], attempts: 2}
"""


def kept(root):
    stage = json.loads((root / "run.json").read_text())["stages"][-1]["folder"]
    return pl.read_parquet(root / "stages" / stage / "*.parquet").filter(pl.col("_state") == "accepted").to_dicts()


def test_mendable_rows_are_asked_again_until_they_pass_and_both_attempts_are_kept(write, factory, tmp_path):
    done = factory("run", write(MEND), "--out", tmp_path / "out")
    assert done.code == 0, done.err
    rows = {row["text"]: row for row in kept(tmp_path / "out")}
    assert sorted(rows) == ["ALSO FINE", "FINE", "LOUD"] and len(kept(tmp_path / "out")) == 4
    mended = [row for row in kept(tmp_path / "out") if row["mends"]]
    texts = [[mend["before"] for mend in row["mends"]] for row in mended]
    assert texts == [["quiet"], ["whisper", "WHISPERED a whisper"]]
    assert mended[0]["mends"][0]["reason"] == "too_quiet: quiet" and mended[0]["mends"][0]["stage"] == "Shout"
    assert rows["FINE"]["looked"] == 1, "a row that passed is not looked at again"


def test_every_row_is_counted_once_at_every_stage(write, factory, tmp_path):
    factory("run", write(MEND), "--out", tmp_path / "out")
    stages = json.loads((tmp_path / "out/run.json").read_text())["stages"]
    names = ["Words", "Shout", "repair", "Shout-again-1", "repair-again-1", "Shout-again-2"]
    assert [stage["name"] for stage in stages] == names
    for before, stage in pairwise(stages):
        assert stage["in"] == before["out"] == stage["accepted"] + stage["rejected"] + stage["failed"]
    assert stages[1]["reasons"] == {"hopeless": 1}, "what cannot be mended goes at once"
    assert stages[-1]["reasons"] == {"too_quiet": 1}, "what was not mended goes at the end, for its own reason"


def test_the_summary_says_what_each_reason_gave_back_and_at_what_cost(write, factory, tmp_path):
    done = factory("run", write(MEND), "--out", tmp_path / "out")
    assert "repair: too_quiet: 1 of 3 mended and kept, 6 tokens, 6 a row kept" in done.out
    assert "repair-again-1: too_quiet: 1 of 2 mended and kept, 3 tokens, 3 a row kept" in done.out


def test_a_second_repair_counts_for_itself(write, factory, tmp_path):
    text = MEND + (
        "  - tests.toys:Shout\n  - repair: {engine: e, since: Shout-2, column: text, reasons: [too_quiet]}\n"
    )
    done = factory("run", write(text), "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert all(row["looked"] >= 2 for row in kept(tmp_path / "out")), "mended rows too pass the second block's checks"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("since: Shout", "since: Shoot"), "toy.yaml:9: repair: since: 'Shoot' is not a stage before it"),
        (
            ("  - repair", "  - near_duplicates: {column: text}\n  - repair"),
            "between Shout and repair",
        ),
    ],
)
def test_a_way_back_that_is_none_is_told_at_once(write, factory, tmp_path, change, told):
    done = factory("run", write(MEND.replace(*change)), "--out", tmp_path / "out")
    assert done.code == 2 and told in done.err, done.err
