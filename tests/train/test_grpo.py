"""GRPO on sums: what is kept of the answers, going on after a kill, and what is said of a shard that does not serve."""

import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import yaml
from polars.testing import assert_frame_equal

from factory.errors import RunError, UserError
from factory.finished import open_run
from factory.train import answers, checkpoints, curves, grpo
from factory.train.grpo_settings import Grpo
from factory.train.loop import train
from factory.train.settings import parse
from tests.checkpoints import folder_of
from tests.conftest import ROOT
from tests.train import grpo_toys
from tests.train import tiny as tiny_toys
from tests.train.grpo_toys import SETTINGS, SUMS, model_of, ready_of, run_of, tokenizer_of
from tests.train.tiny import farthest, weights

pytestmark = [
    pytest.mark.model,
    pytest.mark.filterwarnings("default"),  # the trainers' own
]
TRAIN = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from factory.finished import open_run
from factory.train.answers import Answers
from factory.train.loop import train
add = Answers.add
def add_and_die(self, step, columns):
    add(self, step, columns)
    if str(step) == os.environ.get("DIES_AT"):
        os.kill(os.getpid(), signal.SIGKILL)
Answers.add = add_and_die
from tests.train.test_grpo import settings_for
train(open_run(Path(sys.argv[1]) / "run"), settings_for(Path(sys.argv[1])), Path(sys.argv[2]), print)
"""


def settings_for(folder):
    return Grpo(**SETTINGS, model=str(folder / "tiny"), max_steps=5, save_every=2, learning_rate=1e-3, beta=0.02)


@pytest.fixture
def tiny(tmp_path):
    model_of().save_pretrained(tmp_path / "tiny")
    tokenizer_of().save_pretrained(tmp_path / "tiny")
    return tmp_path


def test_a_killed_training_goes_on_with_its_answers(tiny):
    out, whole = tiny / "killed", tiny / "whole"
    run_of(tiny / "run", SUMS[:4])  # of two steps an epoch: it goes on in the second one
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    start = [sys.executable, "-c", TRAIN, str(tiny)]
    with subprocess.Popen([*start, str(whole)], cwd=ROOT, env=environment) as other:
        killed = subprocess.run([*start, str(out)], cwd=ROOT, env={**environment, "DIES_AT": "3"}, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert set(answers.read(out)["step"]) == {1, 2, 3}
        subprocess.run([*start, str(out)], cwd=ROOT, env=environment, check=True)
    assert other.returncode == 0

    assert answers.read(out).group_by("step").len().sort("step").rows() == [(step, 8) for step in range(1, 6)]
    assert_frame_equal(answers.read(out), answers.read(whole))
    numbers = [curves.read(place).filter(pl.col("name") != "seconds a step") for place in (out, whole)]
    assert_frame_equal(*numbers)
    assert numbers[0].filter(pl.col("name") == "reward")["step"].to_list() == [1, 2, 3, 4, 5]
    assert not (out / "answers").exists() and (out / "curves.html").is_file()


def test_several_steps_on_the_same_answers_go_on_where_the_next_are_drawn(tiny, monkeypatch):
    given = settings_for(tiny).model_copy(update={"iterations": 2, "save_every": 1, "max_steps": 6})
    run, mark = run_of(tiny / "run"), checkpoints.mark

    def full(checkpoint, seconds):
        if checkpoint.name == "checkpoint-4":
            raise OSError(28, "No space left on device")
        mark(checkpoint, seconds)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "mark", full)
        with pytest.raises(RunError):
            train(run, given, tiny / "out", print)
    said = []
    train(run, given, tiny / "out", said.append)
    assert "going on from step 2" in said
    train(run, given, tiny / "whole", print)
    assert farthest(weights(tiny / "whole"), weights(tiny / "out")) == 0
    assert_frame_equal(answers.read(tiny / "out"), answers.read(tiny / "whole"))


class TestVllm:
    """Without a GPU only what is decided before one is asked for anything."""

    @pytest.mark.parametrize(
        ("cuda", "found", "given", "used"),
        [
            (True, True, "auto", True),
            (True, True, "off", False),
            (True, False, "auto", False),
            (False, True, "auto", False),
        ],
    )
    def test_it_draws_where_there_is_a_gpu_and_it_is_installed(self, monkeypatch, cuda, found, given, used):
        monkeypatch.setattr("torch.cuda.is_available", lambda: cuda)
        monkeypatch.setattr("importlib.util.find_spec", lambda name: found or None)
        assert grpo._drawing(Grpo(**SETTINGS, max_steps=1, vllm=given))["use_vllm"] is used

    @pytest.mark.parametrize(
        ("total", "environment", "told"),
        [
            (10 * 2**30, {}, None),
            (6 * 2**30, {}, "vllm_memory: 0.3 of the GPU does not hold the model's 2 GiB"),
            (10 * 2**30, {"ACCELERATE_USE_FSDP": "true"}, "cannot be given weights that FSDP 1 splits"),
            (10 * 2**30, {"ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2"}, None),
        ],
    )
    def test_what_it_cannot_hold_is_told(self, monkeypatch, total, environment, told):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (total, total))
        job = SimpleNamespace(model=SimpleNamespace(num_parameters=lambda: 2**30))
        with pytest.raises(UserError, match=told) if told else nullcontext():
            grpo._check_vllm(job, Grpo(**SETTINGS, max_steps=1))


def test_what_is_kept_adds_up(tmp_path):
    settings = Grpo(**SETTINGS, max_steps=2)
    ready = ready_of(tmp_path, settings)
    ready.trainer.train()
    kept = answers.read(tmp_path / "out")
    assert kept.schema == answers.schema(["correct", "format", "length"])
    assert set(kept["id"]) <= {row["id"] for row in SUMS} and kept["prompt"][0].startswith("What is")
    parts = pl.col("reward_correct") + 0.1 * pl.col("reward_format") + 0.5 * pl.col("reward_length")
    assert kept.select((parts - pl.col("reward")).abs().max()).item() < 1e-6
    assert kept.filter(~pl.col("finished"))["tokens"].unique().to_list() == [12]
    grouped = kept.group_by("step", "id").agg(pl.len(), pl.col("advantage").sum())
    assert grouped["len"].to_list() == [4] * 4 and grouped["advantage"].abs().max() < 1e-4
    assert kept.group_by("step").agg(pl.col("weight").sum())["weight"].to_list() == pytest.approx([1, 1])
    assert ready.notes == {"answers_a_step": 8, "drawn_by": "transformers"} and ready.rows == len(SUMS)


def test_an_answer_without_a_judgement_moves_nothing(tmp_path):
    good = '{"deductions": [], "comment": "It is so.", "score": 4}'
    engine = {"kind": "scripted", "replies": {".": [good, "I like it."]}}
    settings = Grpo(**{**SETTINGS, "rewards": {"length": 1, "rubric": {"engine": engine}}}, max_steps=1)
    ready_of(tmp_path, settings).trainer.train()
    kept = answers.read(tmp_path / "out")
    assert set(kept["reward_rubric"]) == {0.75, None}
    unjudged = kept.filter(pl.col("reward_rubric").is_null())
    assert unjudged["reward"].null_count() == len(unjudged) and set(unjudged["advantage"]) == {0}


def test_prompts_that_leave_no_room_are_left_out_and_counted(tmp_path):
    long = [{**SUMS[0], "id": "long", "prompt": [{"role": "user", "content": "What is 1 + 2? " * 40}]}]
    ready = ready_of(tmp_path, Grpo(**SETTINGS), [*SUMS, *long])
    assert ready.rows == len(SUMS) and ready.left_out == {"prompts longer than 68 tokens": 1}
    with pytest.raises(UserError, match=r"0 of the 1 rows of the grpo shard can be used, and a step takes batch = 2"):
        ready_of(tmp_path, Grpo(**SETTINGS), long, out="other")


def test_a_tokenizer_without_a_template_is_told(tmp_path, monkeypatch):
    bare = tokenizer_of()
    bare.chat_template = None
    monkeypatch.setattr(grpo_toys, "tokenizer_of", lambda: bare)
    with pytest.raises(UserError, match="no chat template"):
        ready_of(tmp_path, Grpo(**SETTINGS))


def test_a_template_that_takes_no_system_turn_is_told(tmp_path, monkeypatch):
    strict = tokenizer_of()
    strict.chat_template = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + tiny_toys.CHATML
    )
    monkeypatch.setattr(grpo_toys, "tokenizer_of", lambda: strict)
    asked = [{"role": "system", "content": "Be brief."}, *SUMS[0]["prompt"]]
    with pytest.raises(UserError, match=r"row sums-0: the chat template of .* refuses the chat: no system role"):
        ready_of(tmp_path, Grpo(**SETTINGS), [{**SUMS[0], "prompt": asked}])


def test_sums_with_two_layers_of_the_packaged_model(factory, tmp_path):
    """The pipeline's own shard and settings, cut to two small steps."""
    data = yaml.safe_load((ROOT / "pipelines/grpo_arithmetic.yaml").read_text(encoding="utf-8"))
    given = data.pop("train")
    assert given.pop("method") == "grpo"
    (tmp_path / "sums.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    done = factory("run", tmp_path / "sums.yaml", "--out", tmp_path / "run")
    assert done.code == 0, done.err
    small = {"max_steps": 2, "batch": 1, "generations": 4, "max_answer_tokens": 16}
    settings = parse("grpo", {**given, **small, "model": str(folder_of("two-layers") / "model.gguf")})
    out, said = tmp_path / "out", []
    made = train(open_run(tmp_path / "run"), settings, out, said.append)
    assert made["status"] == "done" and made["steps"] == 2 and "reward" in said[-1]
    assert len(answers.read(out)) == 8
    names = set(curves.read(out)["name"])
    assert {"reward", "reward by correct", "reward by format", "reward by length", "KL to the first model"} <= names
    assert {"reward spread in the group", "answer length, mean", "entropy"} <= names
    assert (out / "adapter_model.safetensors").is_file()
    page = Path(out / "curves.html").read_text(encoding="utf-8")
    assert "<h3>Reward</h3>" in page and "<h3>KL</h3>" in page and "What an answer counts for" in page
