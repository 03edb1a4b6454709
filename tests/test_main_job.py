"""The main job as the README starts it, `make run`: S1 on the embedded model, for real; in full by `make test-jobs`."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from factory.maths.answers import extract
from factory.maths.compare import same
from tests.conftest import ROOT

pytestmark = pytest.mark.model


@dataclass(frozen=True)
class Size:
    """How many rows are asked for, and what must come of them at least."""

    asked: str
    rows: int
    fields: int
    difficulties: int
    known: int


EASY = "--set stages.conditions.count=8 --set 'stages.conditions.axes.difficulty={1: 1, 2: 1, 3: 0}'"
FEW = Size(EASY, rows=3, fields=2, difficulties=2, known=2)
FULL = Size("", rows=40, fields=4, difficulties=3, known=30)


@pytest.fixture(scope="module", params=[FEW, pytest.param(FULL, marks=pytest.mark.job)], ids=["few", "full"])
def size(request: pytest.FixtureRequest) -> Size:
    return request.param


@pytest.fixture(scope="module")
def job(size: Size, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("job") / "math_sft"
    # The virtual environment is this one: `make run` would set up its own, which .ci/run has done.
    binaries = f"BIN={Path(sys.executable).parent}"
    command = ["make", "--old-file=.venv/.run", "run", binaries, f"ARGS={size.asked} --out {out}"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "HF_HUB_OFFLINE": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    return out


def stage_rows(job: Path) -> list[tuple[dict, pl.DataFrame]]:
    stages = json.loads((job / "run.json").read_text())["stages"]
    return [(stage, pl.read_parquet(job / "stages" / stage["folder"] / "*.parquet")) for stage in stages]


def test_enough_rows_over_enough_fields_and_difficulties_in_both_forms(job, size):
    for kind in ("sft", "grpo"):
        rows = pl.read_parquet(job / "dataset" / kind / "*.parquet")
        assert len(rows) >= size.rows
        assert rows["field"].n_unique() >= size.fields
        assert rows["difficulty"].n_unique() >= size.difficulties
        assert set(rows["license"]) == {"apache-2.0"}


def test_every_known_answer_is_the_one_the_solution_ends_in(job, size):
    _, rows = stage_rows(job)[-1]
    kept = rows.filter(pl.col("_state") == "accepted")
    known = kept.filter(pl.col("known_answer").is_not_null())
    assert len(known) >= size.known
    for row in known.iter_rows(named=True):
        assert same(extract(row["solution"]).text, row["known_answer"]), row
    answers = {
        row["id"]: row["answer"] for row in pl.read_parquet(job / "dataset/grpo/*.parquet").iter_rows(named=True)
    }
    assert all(same(answers[row["id"]], row["known_answer"]) for row in known.iter_rows(named=True))


def test_invented_rows_carry_their_agreement_and_the_summary_says_how_far_to_trust_it(job):
    _, rows = stage_rows(job)[-1]
    invented = rows.filter((pl.col("_state") == "accepted") & (pl.col("origin") == "invented"))
    assert invented["agreement"].null_count() == 0
    notes = " ".join(note["text"] for note in json.loads((job / "run.json").read_text())["notes"])
    assert "rest on agreement alone" in notes or not len(invented)
    assert "95 % interval" in notes and "95 % interval" in (job / "dataset/README.md").read_text()


def test_nothing_vanishes_by_a_query_over_the_files(job):
    before = None
    for stage, rows in stage_rows(job):
        states = dict(rows.group_by("_state").agg(pl.col("_from").n_unique()).iter_rows())
        assert sum(states.values()) == stage["in"]
        assert before in (None, stage["in"])
        before = rows.filter(pl.col("_state") == "accepted").height


def test_samples_show_both_sides(job):
    samples = pl.read_parquet(job / "audit/samples.parquet")
    assert {"accepted", "rejected"} <= set(samples["_state"])
    assert samples.filter(pl.col("_state") == "rejected")["_reason"].null_count() == 0
