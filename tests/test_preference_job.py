"""`make run-dpo` in small: verified pairs, a reward model trained on them, preference pairs by it, for real."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.job


def do(*command: object) -> str:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run([*map(str, command)], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_three_commands_one_after_the_other(tmp_path):
    verified, reward, magpie = tmp_path / "verified", tmp_path / "reward", tmp_path / "magpie"
    do("factory", "run", "pipelines/math_dpo.yaml", "--out", verified, "--set", "stages.conditions.count=10",
       "--set", "stages.respond.n=4", "--set", "export.test_share=0.3")  # fmt: skip
    pairs = pl.read_parquet(verified / "dataset/reward/*.parquet")
    assert len(pairs) >= 3
    for row in pl.read_parquet(verified / "dataset/dpo/*.parquet").to_dicts():
        assert row["chosen"] != row["rejected"]
    told = do("python", "pipelines/reward_model.py", verified, reward, "--steps", "1")
    assert "held-out accuracy before:" in told and "held-out accuracy after:" in told
    told = do("factory", "run", "pipelines/magpie_dpo.yaml", "--out", magpie, "--set", "stages.conditions.count=4",
              "--set", f"engines.reward.model={reward}", "--set", "stages.respond.sampling.max_tokens=60",
              "--set", "stages.filter.limits.truncated=1")  # fmt: skip
    run = json.loads((magpie / "run.json").read_text())
    assert run["status"] == "done" and {one["license"] for one in run["models"]} == {"apache-2.0"}
    assert {role for one in run["models"] for role in one["roles"]} >= {"generator", "reward model"}
    stage = next(one for one in run["stages"] if one["name"] == "score_reward")
    rows = pl.read_parquet(magpie / "stages" / stage["folder"] / "*.parquet").to_dicts()
    scores = [one["scores"] for row in rows for one in row["responses"] if one["fault"] is None]
    assert len(scores) > 4 and all(score[0]["name"] == "reward" and score[0]["value"] is not None for score in scores)
    assert "nearest:" in told and "farthest:" in told and "← this run" in told
