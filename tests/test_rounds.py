"""A run that trains and evaluates: what is wrong with its file is told before anything is made, and it all goes on."""

import json
import os
import signal
import sys
import threading
import time

import pytest

from factory import config
from factory.errors import Stopped
from factory.rounds import _launcher, _next, _train
from factory.train.settings import parse
from tests.checkpoints import folder_of
from tests.train import tiny

PIPELINE = """
name: learner
seed: 3
engines:
  generator: {{kind: embedded}}
stages:
  - tests.toys:Numbers: {{count: 4}}
  - tests.toys:Rated
  - respond: {{engine: generator, n: 1, responses: more, sampling: {{max_tokens: 4}}}}
  - choose
export:
  test_share: 0
  sft: {{prompt: instruction, completion: response}}
  dpo: {{prompt: instruction, chosen: response, rejected: answer}}
{more}
"""
TRAIN = "train: {method: sft, tune: full, max_steps: 1, batch: 2, max_tokens: 64}\n"


@pytest.fixture
def file(write):
    def _file(more: str):
        return write(PIPELINE.format(more=more), "learner.yaml")

    return _file


class TestPlan:
    @pytest.mark.parametrize(
        ("more", "told"),
        [
            ("train: {tune: full}", "learner.yaml:15: train: `method` is missing; known: dpo, grpo, sft"),
            ("train: {method: sfd}", "15: train: `method` 'sfd' is not known; did you mean \"sft\"?"),
            ("train: {method: sft, epoch: 2}", '15: train.epoch: unknown key; did you mean "epochs"?'),
            ("train: [{method: sft}, {method: dpo, bta: 2}]", '15: train.1.bta: unknown key; did you mean "beta"?'),
            ("train: {method: grpo}", "15: grpo needs the shard grpo under `export:`; known: dpo, sft"),
            ("train: {method: sft, shard: cpt}", "15: sft needs the shard cpt under `export:`"),
            (
                "train:\n  - {method: sft}\n  - {method: dpo, model: org/model}",
                "17: train: it goes on from the model of the one before",
            ),
            ("train: {method: sft, model: outputs/gone}", "15: train: model: outputs/gone: it is not there; expected"),
            ("eval: [arithmetik]", "15: eval: there is no task 'arithmetik'; did you mean \"arithmetic\"?"),
            ("eval: [{task: arithmetic, nn: 0}]", "15: eval: "),
            ("eval: [{n: 0}]", "15: eval: `task` is missing"),
            ("eval: [arithmetic, {task: arithmetic, n: 0}]", "15: eval: a second task 'arithmetic'; give it a `name`"),
            (
                f"{TRAIN.replace('sft,', 'sft, model: org/model,')}eval: [arithmetic]",
                "15: model: org/model: vLLM, which",
            ),
            ("rounds: {engine: genrator}", "15: rounds.engine: 'genrator' is not defined; did you mean \"generator\"?"),
            ("rounds: {count: 2}", "15: several rounds need a `train:`, and `rounds.engine`"),
            (f"{TRAIN}rounds: {{count: 0}}", "16: rounds.count: expected"),
        ],
    )
    @pytest.mark.parametrize("command", ["plan", "run"])
    def test_what_is_wrong_is_told_with_its_line(self, command, more, told, file, factory, tmp_path):
        done = factory(command, file(more), *(["--out", tmp_path / "out"] if command == "run" else []))
        assert done.code == 2
        assert told in done.err and done.err.count("\n") == 1
        assert not (tmp_path / "out").exists()

    def test_a_server_cannot_be_given_what_was_trained(self, file, factory):
        server = "engines.generator={kind: openai, base_url: 'http://localhost:9/v1', model: m, license: mit}"
        done = factory("plan", file(f"{TRAIN}rounds: {{count: 2, engine: generator}}"), "--set", server)
        assert done.code == 2 and "rounds.engine: generator is a server, which cannot be given" in done.err

    def test_the_plan_tells_what_follows(self, file, factory):
        done = factory(
            "plan", file(f"{TRAIN}eval: [{{task: arithmetic, n: 0}}]\nrounds: {{count: 2, engine: generator}}")
        )
        assert done.code == 0
        assert "train: sft of embedded on sft, tune: full\neval: arithmetic\nrounds: 2\n" in done.out


def test_a_later_round_tests_on_what_the_first_one_does(file):
    sets = _next(config.load(file(TRAIN + "rounds: {count: 3, engine: generator}"), []), 3, "embedded")
    assert sets[:2] == ["seed=5", "export.split_seed=3"]


def test_without_the_packages_of_training_nothing_is_made(file, factory, monkeypatch, tmp_path):
    monkeypatch.setattr("factory.train.settings._PACKAGES", ("trl", "no_such_package"))
    done = factory("run", file(TRAIN), "--out", tmp_path / "out")
    assert done.code == 2 and "training needs no_such_package: pip install 'factory[train]'" in done.err
    assert not (tmp_path / "out").exists()


def test_only_an_edit_that_changes_the_shard_or_the_settings_is_another_training(file, factory, tmp_path, monkeypatch):
    folders = []
    monkeypatch.setattr("factory.rounds._train", lambda settings, given, root, folder, *_: folders.append(folder.name))
    scripted = 'engines.generator={"kind": "scripted", "script": "tests.toys:echo"}'
    the_same = ("partition_rows=9", "partition_rows=2", "train.save_every=9", "train.epochs=1", "train.model=embedded")
    for more in (*the_same, "train.epochs=2", "seed=4"):
        done = factory("run", file(TRAIN), "--out", tmp_path / "out", "--set", scripted, "--set", more)
        assert done.code == 0, done.err
    assert len(set(folders[:5])) == 1 and len(set(folders)) == 3


def test_a_shard_without_rows_is_told_before_anything_is_evaluated(file, factory, tmp_path, monkeypatch):
    monkeypatch.setattr("factory.rounds.Round._asked", lambda *_: pytest.fail("it was evaluated"))
    path = file(f"{TRAIN}eval: ['{task_of(tmp_path)}']")
    path.write_text(
        path.read_text().replace("- choose", "- tests.toys:Ask: {engine: generator, reject: m}\n  - choose")
    )
    scripted = 'engines.generator={"kind": "scripted", "script": "tests.toys:echo"}'
    done = factory("run", path, "--out", tmp_path / "out", "--set", scripted)
    assert done.code == 2, done
    assert "the sft shard has nothing to train on: the run accepted no rows for it" in done.err


def test_a_signal_that_ends_a_training_before_it_listens_is_a_stop(tmp_path, monkeypatch):
    waits = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr("factory.rounds._launcher", lambda rows: (waits, {}))
    given = {"method": "sft", "max_steps": 1}
    settings = parse("sft", {"max_steps": 1})
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(Stopped):
        _train(settings, given, tmp_path, tmp_path / "trained", False, print)


def task_of(tmp_path):
    (tmp_path / "sums.jsonl").write_text('{"prompt": "1 + 1 =", "answer": "2"}\n{"prompt": "1 + 2 =", "answer": "3"}\n')
    task = "items: {file: sums.jsonl}\nn: 0\nsampling: {max_tokens: 8}\n"
    (tmp_path / "sums.yaml").write_text(task)
    return tmp_path / "sums.yaml"


def small():
    """Train two small layers for a step; `tiny.model()` takes seconds where the embedded model takes a minute."""
    return [f"train.model={tiny.model()}", "train.tune=lora", "train.max_steps=1"]


def flags(*sets):
    return [word for one in sets for word in ("--set", one)]


def test_the_same_answers_unfiltered(factory, tmp_path):
    """As docs/results.md does it: nothing is asked again."""
    pipeline, outputs = "pipelines/self_improve_math.yaml", tmp_path / "outputs"
    scripted = 'engines.generator={"kind": "scripted", "model": "4", "script": "tests.eval.scripts:guesses"}'
    made = []
    for name, more in (("filtered", []), ("unfiltered", ["stages.choose.by=null", "stages.choose.least=null"])):
        sets = flags(scripted, "train=[]", "eval=[]", "rounds={}", *more)
        done = factory("run", pipeline, "--limit", 60, "--out", outputs / name, *sets)
        assert done.code == 0, done.err
        shards = json.loads((outputs / name / "run.json").read_bytes())["shards"]
        made.append(sum(shard["rows"] for shard in shards if shard["name"] == "sft"))
    assert "0 requests sent" in done.out and 0 < made[0] < made[1] == 60


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """One place for the base model and what is made of it, which goes with the tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def learning(cache, monkeypatch):
    monkeypatch.setenv("FACTORY_CACHE", str(cache))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.mark.model
@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("learning")
class TestLearning:
    """The embedded model generates, and one of two layers learns; in `self_improve_math` the embedded one."""

    @pytest.mark.job
    def test_two_rounds_each_with_the_model_of_the_one_before(self, file, factory, tmp_path):
        model = folder_of("two-layers") / "model.gguf"
        train = TRAIN.replace("sft,", f"sft, model: {model},")
        path = file(f"{train}eval: ['{task_of(tmp_path)}']\nrounds: {{count: 2, engine: generator}}")
        out = tmp_path / "outputs" / "learner"
        done = factory("run", path, "--out", out)
        assert done.code == 0, done.err
        (first,) = (out / "trained").glob("01-sft-*/")
        (second,) = (out / "round-2" / "trained").glob("01-sft-*/")
        assert json.loads((first / "training.json").read_bytes())["status"] == "done"
        assert json.loads((second / "training.json").read_bytes())["base_model"]["model"] == str(model)
        runs = [json.loads((root / "run.json").read_bytes()) for root in (out, out / "round-2")]
        models = [run["models"][0]["model"] for run in runs]
        assert models[0] == "SmolLM2-135M-Instruct" and models[1].startswith(first.name)
        for root, trained in ((out, first), (out / "round-2", second)):
            after = json.loads((root / "eval" / "sums" / trained.name / "eval.json").read_bytes())
            assert after["against"]["folder"] == str(out / "eval" / "sums" / "before")
        again = factory("run", path, "--out", out)
        assert again.code == 0
        assert again.out.count("this training is done already") == 2
        assert "0 requests sent" in again.out

    @pytest.mark.job
    def test_each_training_of_a_list_and_of_a_later_round_begins_where_the_one_before_ended(
        self, file, factory, tmp_path
    ):
        model = folder_of("two-layers") / "model.gguf"
        grpo = "{method: grpo, tune: full, max_steps: 1, batch: 1, generations: 2, max_answer_tokens: 4}"
        steps = f"train:\n  - {TRAIN[7:].replace('sft,', f'sft, model: {model},')}  - {grpo}\n"
        path = file(f"{steps}rounds: {{count: 2, engine: generator, start: last}}")
        path.write_text(path.read_text().replace("  dpo:", "  grpo: {prompt: instruction, answer: answer}\n  dpo:"))
        out = tmp_path / "outputs" / "learner"
        done = factory("run", path, "--out", out)
        assert done.code == 0, done.err
        made = [folder for root in (out, out / "round-2") for folder in sorted(root.glob("trained/*/"))]
        assert [folder.name[3:-9] for folder in made] == ["sft", "grpo"] * 2
        bases = [json.loads((folder / "training.json").read_bytes())["base_model"]["model"] for folder in made]
        assert bases == list(map(str, [model, *made[:3]]))

    def test_a_training_that_is_stopped_goes_on(self, file, start, tmp_path):
        path = file(f"train: {{method: sft, model: {tiny.model()}, max_steps: 4000, batch: 1, log_every: 1}}")
        out = tmp_path / "outputs" / "learner"
        process = start("run", path, "--out", out)
        state = out / "trained"
        deadline = time.monotonic() + 120
        while not list(state.glob("*/curves.parquet")) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 1, err
        assert "stopped; the same command goes on from here" in err
        assert "Traceback" not in err
        (folder,) = state.glob("01-sft-*/")
        stopped = json.loads((folder / "training.json").read_bytes())
        assert stopped["status"] == "stopped" and 0 < stopped["steps"] < 4000
        process = start("run", path, "--out", out)
        lines = iter(process.stdout.readline, "")
        seen = next((line for line in lines if "going on from step" in line or "loss" in line), "")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
        assert "going on from step" in seen
        assert list((folder / "checkpoints").glob("checkpoint-*"))

    @pytest.mark.job
    def test_self_improve_math_in_small(self, factory, tmp_path):
        out = tmp_path / "outputs" / "learner"
        sets = ["train.max_steps=1", "train.tune=lora", "stages.conditions.axes.difficulty={1: 1, 2: 0, 3: 0}"]
        sets += [f"eval=['{task_of(tmp_path)}']", "export.test_share=0"]
        done = factory("run", "pipelines/self_improve_math.yaml", "--limit", 4, "--out", out, *flags(*sets))
        assert done.code == 0, done.err
        (trained,) = (out / "trained").glob("01-sft-*/")
        assert (trained / "adapter_config.json").is_file()
        assert "against " in done.out
        again = factory("eval", "--model", trained, "--task", task_of(tmp_path), "--out", tmp_path / "again")
        assert again.code == 0, again.err
        figures = [json.loads((folder / "eval.json").read_bytes())["metrics"] for folder in
                   (out / "eval" / "sums" / trained.name, tmp_path / "again")]  # fmt: skip
        assert figures[0] == figures[1]

    @pytest.mark.job
    def test_dpo_by_another_policy_asks_nothing_again(self, factory, tmp_path):
        sets = [f"engines.reward.model={folder_of('smollm2-reward')}", "stages.respond.n=3", *small()]
        sets += ["export.test_share=0.25", "stages.respond.sampling.max_tokens=24"]
        for policy in ("random", "farthest"):
            out = tmp_path / "outputs" / policy
            chosen = f"stages.pair.policy={policy}"
            done = factory("run", "pipelines/dpo_policies.yaml", "--limit", 4, "--out", out, *flags(*sets, chosen))
            assert done.code == 0, done.err
            (trained,) = (out / "trained").glob("01-dpo-*/")
            assert (trained / "adapter_config.json").is_file()
        assert "0 requests sent" in done.out

    @pytest.mark.job
    def test_safety_sft_in_small(self, factory, tmp_path):
        out = tmp_path / "outputs" / "safety_sft"
        sets = [*small(), "eval=[]", "export.test_share=0"]
        done = factory("run", "pipelines/safety_sft.yaml", "--limit", 6, "--out", out, *flags(*sets))
        assert done.code == 0, done.err
        (trained,) = (out / "trained").glob("01-sft-*/")
        assert (trained / "adapter_config.json").is_file()

    def test_tellings_in_small(self, factory, tmp_path):
        out = tmp_path / "outputs" / "tellings"
        sets = ["stages.filter.bands.telling=[null,1]", *small(), "eval=[]"]
        done = factory("run", "pipelines/tellings.yaml", "--out", out, *flags(*sets))
        assert done.code == 0, done.err
        assert "cpt train 30" in done.out
        (trained,) = (out / "trained").glob("01-sft-*/")
        assert json.loads((trained / "training.json").read_bytes())["rows"]["used"] == 30


@pytest.mark.parametrize(
    ("rows", "seen", "processes", "named"),
    [(256, None, 8, None), (4, None, 4, "0,1,2,3"), (4, "3,5,6,7,1,2", 4, "3,5,6,7"), (7, "4,5", 1, "4")],
)
def test_as_many_gpus_are_taken_as_can_share_a_step(monkeypatch, rows, seen, processes, named):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(seen.split(",")) if seen else 8)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if seen:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", seen)
    command, environment = _launcher(rows)
    assert ("--num_processes" in command) == (processes > 1) and (processes == 1 or str(processes) in command)
    assert environment.get("CUDA_VISIBLE_DEVICES") == named
