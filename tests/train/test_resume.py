"""A training that is killed, stopped or damaged goes on, and ends in the same weights as one that was left alone."""

import json
import signal
import time

import pytest

from factory.errors import UserError
from factory.train import checkpoints, curves, model
from tests.train.tiny import farthest, run_of, settings, sums, trained, weights

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]  # the trainers' own
GIVEN = {
    "max_steps": 8, "save_every": 2, "batch": 3, "max_tokens": 256, "objective": "masked", "lora": {"dropout": 0.2},
    "scheduler": "linear", "log_every": 1,
}  # fmt: skip
"""Each epoch has 3 steps: what is drawn, dropped and learnt depends on where a training is."""


def command(run, out, file, *more) -> list[str]:
    file.write_text(json.dumps(settings(**GIVEN).model_dump(mode="json")))
    return ["train", "sft", str(run.root), "--out", str(out), "--config", str(file), *more]


def wait_for(condition, process, seconds=120) -> None:
    for _ in range(seconds * 50):
        if condition():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    raise TimeoutError(condition)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A training that nothing happens to: its folder."""
    folder = tmp_path_factory.mktemp("alone")
    trained(run_of(folder / "run"), folder / "alone", **GIVEN)
    return folder / "alone"


def step_of(out) -> int:
    return max((int(mark.parent.name[11:]) for mark in out.glob("checkpoints/*/whole.json")), default=0)


def test_a_killed_training_goes_on_to_the_same_weights(tmp_path, start, alone):
    run = run_of(tmp_path / "run")
    told = command(run, tmp_path / "out", tmp_path / "sft.yaml")
    process = start(*told, OMP_NUM_THREADS="1")
    wait_for(lambda: step_of(tmp_path / "out") >= 4, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert json.loads((tmp_path / "out/training.json").read_text())["status"] == "running"
    process = start(*told, OMP_NUM_THREADS="1")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "going on from step" in said
    assert farthest(weights(alone), weights(tmp_path / "out")) == 0
    whole, again = (json.loads((folder / "training.json").read_text()) for folder in (alone, tmp_path / "out"))
    assert (again["eval"], again["loss"], again["steps"]) == (whole["eval"], whole["loss"], 8)
    assert not (tmp_path / "out/checkpoints").exists()
    import polars as pl

    one, other = (pl.read_parquet(folder / "curves.parquet") for folder in (alone, tmp_path / "out"))
    losses = [frame.filter(pl.col("name") == "loss").sort("step") for frame in (one, other)]
    assert losses[0].equals(losses[1]) and losses[0]["step"].to_list() == list(range(1, 9))


def test_ctrl_c_stops_at_a_checkpoint(tmp_path, start, factory):
    run = run_of(tmp_path / "run")
    told = command(run, tmp_path / "out", tmp_path / "sft.yaml", "--set", "max_steps=200", "--set", "save_every=100")
    process = start(*told, OMP_NUM_THREADS="1")
    wait_for(lambda: "loss" in curves.read(tmp_path / "out")["name"], process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors.strip().endswith("stopped; the same command goes on from here")
    state = json.loads((tmp_path / "out/training.json").read_text())
    assert state["status"] == "stopped" and 0 < state["steps"] == step_of(tmp_path / "out") < 200


def test_ctrl_c_while_the_model_is_loaded(tmp_path, monkeypatch):
    run = run_of(tmp_path / "run")

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(model, "load", interrupted)
        assert trained(run, tmp_path / "out", **GIVEN)["status"] == "stopped"
    assert json.loads((tmp_path / "out/training.json").read_text())["status"] == "stopped"
    assert trained(run, tmp_path / "out", **GIVEN)["status"] == "done"


def test_a_broken_checkpoint_is_passed_over(tmp_path):
    for step, content in ((2, b"good"), (4, b"good"), (6, b"good"), (8, b"good")):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "optimizer.pt").write_bytes(content)
        checkpoints.mark(folder, 1.5 * step)
    (tmp_path / "checkpoint-8/optimizer.pt").write_bytes(b"goo")  # cut short
    (tmp_path / "checkpoint-6/whole.json").write_bytes(b'{"fi')
    (tmp_path / "checkpoint-10").mkdir()  # killed in the midst of it
    (tmp_path / "checkpoint-kept").mkdir()  # somebody's own
    last = checkpoints.last_whole(tmp_path)
    assert last == tmp_path / "checkpoint-4"
    assert checkpoints.seconds_of(last) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-2", "checkpoint-4", "checkpoint-kept"]
    assert checkpoints.last_whole(tmp_path / "nowhere") is None


def interrupted(run, out, monkeypatch, at=4, **given) -> None:
    """Train until the step, and then break off as a full disk would."""
    from factory.errors import RunError

    mark = checkpoints.mark

    def full(checkpoint, seconds):
        if checkpoint.name == f"checkpoint-{at}":
            raise OSError(28, "No space left on device")
        mark(checkpoint, seconds)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "mark", full)
        with pytest.raises(RunError, match="cannot write: No space left on device"):
            trained(run, out, **{**GIVEN, **given})


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch, alone):
    run = run_of(tmp_path / "run")
    interrupted(run, tmp_path / "out", monkeypatch)
    assert checkpoints.last_whole(tmp_path / "out/checkpoints").name == "checkpoint-2"
    trained(run, tmp_path / "out", **GIVEN)
    assert farthest(weights(alone), weights(tmp_path / "out")) == 0


def test_a_training_that_is_done_is_not_done_again(tmp_path):
    run = run_of(tmp_path / "run")
    state = trained(run, tmp_path / "out", max_steps=1)
    file = tmp_path / "out/adapter_model.safetensors"
    before = file.stat().st_mtime_ns
    how = {"save_every": 50, "device_batch": 1}  # no other training
    assert trained(run, tmp_path / "out", max_steps=1, **how) == state
    assert file.stat().st_mtime_ns == before


def test_another_training_is_not_written_over(tmp_path, factory):
    run = run_of(tmp_path / "run")
    trained(run, tmp_path / "out", max_steps=1)
    with pytest.raises(UserError, match=r"holds another training \(sft of .* on toy, done\); name another folder"):
        trained(run, tmp_path / "out", max_steps=1, seed=1)
    (tmp_path / "out/mine.txt").write_text("mine")
    assert trained(run, tmp_path / "out", max_steps=1, seed=1, fresh=True)["settings"]["seed"] == 1
    assert (tmp_path / "out/mine.txt").read_text() == "mine"
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter.txt").write_text("1")
    with pytest.raises(UserError, match="thesis: the folder holds something else than a training"):
        trained(run, tmp_path / "thesis")


def test_the_rows_decide_which_training_it_is(tmp_path):
    trained(run_of(tmp_path / "run"), tmp_path / "out", max_steps=1)
    with pytest.raises(UserError, match="holds another training"):
        trained(run_of(tmp_path / "other", {"sft": sums(9)}), tmp_path / "out", max_steps=1)


def test_one_training_a_folder_at_a_time(tmp_path):
    from factory.train.folder import held

    run = run_of(tmp_path / "run")
    with held(tmp_path / "out"), pytest.raises(UserError, match="another training is writing here"):
        trained(run, tmp_path / "out")


def test_a_training_cut_off_after_its_last_step_only_ends(tmp_path, monkeypatch, alone):
    from factory.train import folder

    run = run_of(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(folder, "put_model", lambda out: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            trained(run, tmp_path / "out", **GIVEN)
    assert step_of(tmp_path / "out") == 8
    state = trained(run, tmp_path / "out", **GIVEN)
    assert state["steps"] == 8 and state["status"] == "done"
    assert farthest(weights(alone), weights(tmp_path / "out")) == 0
