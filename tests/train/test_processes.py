"""Several processes as a launcher starts them: whose error is told, how often, and weights that are split over them."""

import itertools
import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.train import tiny
from tests.train.test_dpo import pairs
from tests.train.tiny import farthest, gradient_norms, run_of, settings, sums, trained, weights

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("default")]  # the trainers' own
_PORTS = itertools.count(29300 + os.getpid() % 300)
MAIN = """
import os
from factory.cli import main
from factory.train import checkpoints, model
{}
main()
"""
NO_MEMORY = """
free = model._free
model._free = lambda: 1000 if os.environ["RANK"] == "1" else free()
"""
FULL = """
mark = checkpoints.mark

def full(checkpoint, seconds):
    if checkpoint.name == os.environ.get("FULL"):
        raise OSError(28, "No space left on device")
    mark(checkpoint, seconds)

checkpoints.mark = full
"""
SPLIT = f"""{FULL}
from accelerate import state

begin = state.PartialState.__init__

def as_on_gpus(self, *given, **named):  # Accelerate splits weights there only
    begin(self, *given, **named)
    if self.distributed_type == state.DistributedType.MULTI_CPU:
        self._shared_state["distributed_type"] = state.DistributedType.MULTI_GPU

state.PartialState.__init__ = as_on_gpus
"""
FSDP = {
    "ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2", "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
    "FSDP_RESHARD_AFTER_FORWARD": "true", "FSDP_STATE_DICT_TYPE": "SHARDED_STATE_DICT",
}  # fmt: skip
"""What `accelerate config` writes, as `accelerate launch` hands it on."""


def launched(run, out, patch, *more, method="sft", **environment):
    main = out.with_suffix(".py")
    main.write_text(MAIN.format(patch))
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", next(_PORTS)]
    told = [main, "train", method, run.root, "--out", out, *more]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **environment}
    command = [*map(str, [*launch, *told])]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def same(one, other) -> None:
    """Two trainings came to the same, and to something."""
    norms = gradient_norms(one)
    assert min(norms) > 0 and gradient_norms(other) == pytest.approx(norms, rel=1e-3)
    whole, split = weights(one), weights(other)  # of split weights the head is written, though it is the embedding, too
    assert farthest(whole, {name: split[name] for name in whole}) < 1e-4
    states = [json.loads((out / "training.json").read_text()) for out in (one, other)]
    assert [state["processes"] for state in states] == [1, 2]
    for moment in ("after", *(states[1]["eval"].keys() - {"after"})):  # split weights are measured at the end only
        assert states[1]["eval"][moment] == pytest.approx(states[0]["eval"][moment], abs=1e-4)


def test_an_error_of_one_process_is_told(tmp_path):
    done = launched(run_of(tmp_path / "run"), tmp_path / "out", NO_MEMORY, "--model", tiny.model())
    errors = done.stderr
    assert done.returncode != 0
    assert errors.count("error (process 1): model: ") == 1 and "0.0 GiB are free" in errors
    assert "error: " not in errors


def test_an_error_that_all_have_is_told_once(tmp_path):
    more = ("--model", tiny.model(), "--set", "lora.targets=[q_prj]")
    done = launched(run_of(tmp_path / "run"), tmp_path / "out", "", *more)
    errors = done.stderr
    assert done.returncode != 0
    assert errors.count("error: lora.targets: the model has no layer 'q_prj'") == 1
    assert "error (process" not in errors


@pytest.mark.parametrize("tune", ["lora", "full"])
def test_split_weights_come_together(tmp_path, tune):
    """FSDP on two processes, broken off at its second checkpoint."""
    run, out = run_of(tmp_path / "run", {"sft": sums(7)}), tmp_path / "out"
    given = {"batch": 4, "max_steps": 3, "save_every": 1, "max_tokens": 64, "tune": tune, "packing": tune == "lora"}
    config = tmp_path / "sft.yaml"
    config.write_text(json.dumps(settings(**given).model_dump(mode="json")))
    stopped = launched(run, out, SPLIT, "--config", config, **FSDP, FULL="checkpoint-2")
    assert stopped.stderr.count("error: cannot write: No space left on device") == 1, stopped.stderr
    assert list(out.glob("checkpoints/checkpoint-1/pytorch_model_fsdp_0/*.distcp")), "the weights are not split"
    done = launched(run, out, SPLIT, "--config", config, **FSDP)
    assert done.returncode == 0 and "going on from step 1" in done.stdout, done.stderr
    trained(run, tmp_path / "alone", **given)
    same(tmp_path / "alone", out)


def test_several_processes_go_on_within_a_later_epoch(tmp_path):
    """Only the first one speaks and writes."""
    run, out = run_of(tmp_path / "run", {"sft": sums(7)}), tmp_path / "out"
    given = {"batch": 4, "max_steps": 4, "save_every": 1, "learning_rate": 1e-2, "scheduler": "constant"}
    config = tmp_path / "sft.yaml"
    config.write_text(json.dumps(settings(**given).model_dump(mode="json")))
    assert "No space left" in launched(run, out, FULL, "--config", config, FULL="checkpoint-4").stderr
    done = launched(run, out, FULL, "--config", config)
    assert done.returncode == 0 and "going on from step 3" in done.stdout, done.stderr
    assert done.stdout.count("step 4 of 4: loss") == 1 and done.stdout.count("the model; its curves are in") == 1
    trained(run, tmp_path / "alone", **given)
    same(tmp_path / "alone", out)


@pytest.mark.parametrize("tune", ["lora", "full"])
def test_all_processes_learn_the_same_preferences(tmp_path, tune):
    """Measuring a model before its training must not keep it from sharing its gradients in training."""
    run, out = run_of(tmp_path / "run", {"dpo": pairs(7)}), tmp_path / "out"
    given = {"batch": 4, "max_steps": 3, "tune": tune, "beta": 1, "learning_rate": 1e-2}
    config = tmp_path / "dpo.yaml"
    config.write_text(json.dumps(settings("dpo", **given).model_dump(mode="json")))
    done = launched(run, out, "", "--config", config, method="dpo")
    assert done.returncode == 0, done.stderr
    alone = trained(run, tmp_path / "alone", "dpo", **given)
    assert alone["eval"]["before"]["margin"] == 0
    same(tmp_path / "alone", out)
