"""What ends a training badly: it diverges, the disk is full, no weights come of it; the checkpoints are kept."""

import resource
from contextlib import contextmanager

import pytest

from factory.errors import RunError
from factory.train import checkpoints, folder, loop, sft
from tests.train.tiny import farthest, run_of, settings, trained, weights

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]  # the trainers' own


@pytest.mark.parametrize("tune", ["lora", "full"])
def test_a_loss_that_is_no_number_ends_it_before_a_checkpoint(tmp_path, tune):
    given = {"tune": tune, "learning_rate": 1e30, "scheduler": "constant", "save_every": 1, "log_every": 100}
    with pytest.raises(RunError, match=r"the (loss|gradient) is not a number at step 2; lower learning_rate"):
        trained(run_of(tmp_path / "run"), tmp_path / "out", **given)
    assert checkpoints.last_whole(tmp_path / "out/checkpoints").name == "checkpoint-1"


@contextmanager
def files_of_at_most(size):
    """A write beyond it fails as on a full disk, with another word for it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("tune", "size", "said"),
    [("full", 5_000_000, "serializing"), ("full", 9_000_000, "inline_container"), ("lora", 2_000_000, "too large")],
    ids=["the model", "the optimiser", "the tokenizer"],
)
def test_a_full_disk_is_told_in_one_line(tmp_path, tune, size, said):
    run = run_of(tmp_path / "run")
    with files_of_at_most(size), pytest.raises(RunError, match=r"^cannot write, the disk may be full: ") as told:
        trained(run, tmp_path / "out", tune=tune)
    assert said in str(told.value) and "\n" not in str(told.value)


def test_no_weights_are_no_model(tmp_path, monkeypatch):
    import transformers

    save = transformers.Trainer.save_model

    def nothing(self, out=None, _internal_call=False):
        if _internal_call:
            save(self, out, True)

    run = run_of(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(transformers.Trainer, "save_model", nothing)
        with pytest.raises(RunError, match=r"no weights were written into .*; the checkpoints are kept in"):
            trained(run, tmp_path / "out")
    assert checkpoints.last_whole(tmp_path / "out/checkpoints").name == "checkpoint-4"
    assert trained(run, tmp_path / "out")["status"] == "done"


def test_folders_beside_the_model_can_still_be_opened(tmp_path):
    new = folder.new_model(tmp_path)
    (new / "global_step4").mkdir()
    (new / "global_step4/shard.pt").touch()
    folder.put_model(tmp_path)
    assert list((tmp_path / "global_step4").iterdir()) and (tmp_path / "global_step4").stat().st_mode & 0o111


def test_split_weights_are_measured_after_the_training_only(tmp_path, monkeypatch):
    for place in (loop, sft):
        monkeypatch.setattr(place, "sharded", lambda: True)
    state = trained(run_of(tmp_path / "run"), tmp_path / "out")
    assert state["eval"].keys() == {"after"}
    assert f"| held-out loss | {state['eval']['after']['loss']:.4f} after |" in (tmp_path / "out/README.md").read_text()


def test_before_and_after_are_measured_alike(tmp_path):
    given = {"tune": "full", "dtype": "bfloat16", "packing": True, "learning_rate": 1e-30, "max_steps": 1}
    measured = trained(run_of(tmp_path / "run"), tmp_path / "out", **given)["eval"]
    assert measured["before"] == measured["after"]


def test_a_setting_of_how_it_runs_may_change_on_the_way(tmp_path, monkeypatch):
    run, mark, saved = run_of(tmp_path / "run"), checkpoints.mark, []

    def watched(checkpoint, seconds):
        saved.append(checkpoint.name)
        if len(saved) == 2:
            raise OSError(28, "No space left on device")
        mark(checkpoint, seconds)

    monkeypatch.setattr(checkpoints, "mark", watched)
    given = {"max_steps": 8, "log_every": 4}
    with pytest.raises(RunError):
        trained(run, tmp_path / "out", **given)
    trained(run, tmp_path / "out", **given, save_every=5)
    assert saved == ["checkpoint-2", "checkpoint-4", "checkpoint-5", "checkpoint-8"]
    trained(run, tmp_path / "alone", **given)
    assert farthest(weights(tmp_path / "alone"), weights(tmp_path / "out")) == 0


def test_it_stops_only_where_it_can_go_on():
    import transformers

    watch = checkpoints.Watch(0)
    watch.asked = True
    keeper = checkpoints.keeper(watch, print, every=3)
    stopped = []
    for step in range(1, 7):
        control = transformers.TrainerControl()
        keeper.on_step_end(None, transformers.TrainerState(global_step=step, max_steps=9), control)
        stopped.append((control.should_training_stop, control.should_save))
    assert stopped == [(False, False), (False, False), (True, True)] * 2


def test_checkpoints_are_where_a_draw_of_answers_ends(tmp_path):
    given = {"iterations": 4, "max_answer_tokens": 16}
    told = [loop.arguments(settings("grpo", **given, save_every=n), tmp_path)["save_steps"] for n in (1, 4, 10)]
    assert told == [4, 4, 12]
