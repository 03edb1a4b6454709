"""`pipelines/reward_model.py` on a small shard of our own: right solutions of simple problems against wrong ones."""

import hashlib
import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from factory.engines.transformers import Spec
from factory.maths.families import family
from tests.checkpoints import folder_of
from tests.conftest import ROOT

SCRIPT = ROOT / "pipelines/reward_model.py"
FAMILIES = ("digit_sum", "word_addition", "boxes", "percentage")


def pairs(count: int, seed: str) -> list[dict[str, Any]]:
    """Solve problems, and get every number of the solution's last step wrong in the rejected one."""
    rng, made = random.Random(seed), []
    for number in range(count):
        worked = family(FAMILIES[number % len(FAMILIES)]).make(f"{seed}/{number}")
        wrong = worked.solution.replace(worked.answer, str(int(worked.answer) + rng.choice((-3, -2, -1, 1, 2, 10))))
        question = {"role": "user", "content": worked.problem}
        chats = {
            name: [question, {"role": "assistant", "content": text}]
            for name, text in (("chosen", worked.solution), ("rejected", wrong))
        }
        made.append({**chats, "margin": None, "id": f"{seed}-{number}", "license": "apache-2.0", "model": "families"})
    return made


def finished_run(root: Path, train: int, test: int) -> Path:
    """Write what a finished run leaves behind."""
    shard = root / "dataset/reward"
    shard.mkdir(parents=True)
    counts = {"train": train, "test": test}
    for split, count in counts.items():
        if count:
            pl.DataFrame(pairs(count, split)).write_parquet(shard / f"{split}-00000-of-00001.parquet")
    sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(shard.iterdir())}
    (root / "dataset/checksums.txt").write_text("".join(f"{sha}  reward/{name}\n" for name, sha in sums.items()))
    shards = [{"name": "reward", "split": name, "rows": rows, "files": int(rows > 0)} for name, rows in counts.items()]
    run = {"pipeline": "toy_dpo", "plan_hash": "1f", "status": "done", "shards": shards, "licenses": {"toy": "mit"}}
    (root / "run.json").write_text(json.dumps(run))
    return root


def derive(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *map(str, arguments)], capture_output=True, text=True)


@pytest.mark.job
def test_it_makes_a_model_that_engines_load_and_makes_it_once(tmp_path):
    from safetensors.torch import load_file

    run, out = finished_run(tmp_path / "run", train=12, test=8), tmp_path / "reward"
    made = derive(run, out, "--steps", 2)
    assert made.returncode == 0, made.stderr
    before, trained, after, wrote = made.stdout.splitlines()
    share = r"\d of 8 \(\d+%, 95 % interval \d+% to \d+%\)"
    assert re.fullmatch(f"held-out accuracy before: {share}", before)
    assert re.fullmatch(r"2 steps of 8 pairs in \d+ s: loss 0\.\d\d at first, 0\.\d\d at last", trained)
    assert re.fullmatch(f"held-out accuracy after: {share}", after) and wrote == f"wrote {out}"

    spec = Spec(model=str(out))
    spec.check()
    assert spec.licensed == "apache-2.0" and "12 pairs of the run `toy_dpo`" in (out / "README.md").read_text()
    assert not list(tmp_path.glob(".reward-*")) and not (out / "trainer").exists()
    new, base = (load_file(folder / "model.safetensors") for folder in (out, folder_of("smollm2-reward")))
    changed = {name: not new[name].equal(base[name]) for name in base}  # that one's head is of the same seed
    assert changed["score.weight"] and changed["model.layers.29.mlp.up_proj.weight"]
    assert not changed["model.layers.0.mlp.up_proj.weight"]

    told = (out / "made_from.json").read_text()
    again = derive(run, out, "--steps", 2)
    assert (again.returncode, again.stdout) == (0, f"{out} is there already, made of these pairs in this way\n")
    assert (out / "made_from.json").read_text() == told


@pytest.mark.parametrize(
    ("train", "test", "taken", "told"),
    [
        (4, 0, False, "the reward shard has no test split; export.test_share sets it"),
        (0, 0, False, "the reward shard is empty"),
        (4, 4, True, "is there and was not made by this script"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(tmp_path, train, test, taken, told):
    run = finished_run(tmp_path / "run", train, test)
    if taken:
        (tmp_path / "out").mkdir()
    done = derive(run, tmp_path / "out")
    assert done.returncode == 2 and told in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_a_run_that_is_not_there_is_told_in_one_line(tmp_path):
    done = derive(tmp_path / "nowhere", tmp_path / "out")
    assert done.returncode == 2 and "there is no run here" in done.stderr and len(done.stderr.splitlines()) == 1
