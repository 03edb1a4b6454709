"""Every command that the README and the docs show is executed here, as it stands there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkpoints import folder_of
from tests.conftest import ROOT
from tests.server import Server, answer

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```(\w+)(?: (\S+))?\n(.*?)```", re.S)
ELSEWHERE = {
    "make run": "tests/test_main_job.py",
    "make run-dpo": "tests/test_preference_job.py, in small",
    "make test": ".ci/run",
    "make setup": ".ci/run",
    "make check": ".ci/run",
    "make test-jobs": ".ci/nightly",
    "make test-vllm": ".ci/nightly",
    "make test-trainers": ".ci/nightly",
    "make bench": ".ci/run runs it with --smoke",
    "factory run pipelines/math_dpo.yaml": "tests/test_preference_job.py, in small",
    "python pipelines/reward_model.py outputs/math_dpo outputs/reward_model": "tests/test_preference_job.py, in small",
    "factory run pipelines/magpie_dpo.yaml": "tests/test_preference_job.py, in small",
    "factory train sft outputs/math_sft --model embedded --out outputs/math_lora": (
        "tests/train/test_command.py, in small"
    ),
    "factory train dpo outputs/magpie_dpo --model Qwen/Qwen3-0.6B --out outputs/chat_dpo --config dpo.yaml": (
        "tests/train/test_command.py, in small"
    ),
    (
        "factory train sft pipelines/knowledge.yaml --model models/base --out outputs/facts "
        "--set shard=cpt --set tune=full"
    ): "tests/train/test_command.py, in small",
    (
        "accelerate launch --num_processes 8 -m factory train sft outputs/math_sft --model Qwen/Qwen3-8B "
        "--out outputs/math_8b"
    ): "tests/train/test_processes.py, with two processes on the CPU",
    "factory train grpo outputs/grpo_arithmetic --model outputs/sums_lora --out outputs/sums_grpo --set max_steps=30": (
        "tests/train/test_grpo.py, in small"
    ),
    "factory eval --model embedded --task arithmetic": "tests/eval/test_evaluation.py, in small",
    "factory eval --model outputs/math_lora --task arithmetic": "tests/test_rounds.py, in small",
    "factory run pipelines/self_improve_math.yaml": "tests/test_rounds.py, in small",
    "factory run pipelines/self_improve_math.yaml --set stages.choose.by=null --set stages.choose.least=null "
    "--limit 484 --out outputs/unfiltered": "tests/test_rounds.py, in small",
    'factory run pipelines/self_improve_math.yaml --set "eval=[seen_families,unseen_families]"': (
        "tests/test_rounds.py, in small"
    ),
    "factory run pipelines/dpo_policies.yaml": "tests/test_rounds.py, in small",
    "factory run pipelines/dpo_policies.yaml --set stages.pair.policy=farthest --out outputs/dpo_farthest": (
        "tests/test_rounds.py, in small"
    ),
    "factory run pipelines/dpo_policies.yaml --set stages.pair.policy=nearest --out outputs/dpo_nearest": (
        "tests/test_rounds.py, in small"
    ),
    "factory run pipelines/safety_sft.yaml": "tests/test_rounds.py, in small",
    "factory run pipelines/safety_sft.yaml --set stages.respond.sampling.temperature=0.7 --out outputs/safety_hot": (
        "tests/test_rounds.py, in small"
    ),
    "factory train sft outputs/self_improve_math --model embedded --out outputs/sums_lora --set max_steps=20 "
    "--set batch=8 --set learning_rate=1e-3": "tests/train/test_command.py, in small",
    "factory run pipelines/grpo_arithmetic.yaml --set train.model=outputs/sums_lora": (
        "tests/train/test_grpo.py, in small"
    ),
    "factory run pipelines/tellings.yaml": "tests/test_rounds.py, in small",
    'factory run pipelines/tellings.yaml --set "stages.filter.bands.telling=[null,1]" --set train.epochs=30 '
    "--out outputs/tellings_1": "tests/test_rounds.py, in small",
    "factory export outputs/math_sft --format verl --to exports/verl": "tests/test_layouts.py",
    "factory push outputs/math_sft --repo-id org/math_sft --dry-run": "tests/test_push.py",
    "factory push outputs/math_sft --repo-id org/math_sft --private": "tests/test_push.py",
    "factory push pipelines/math_sft.yaml --repo-id org/math_sft --shard sft --branch sft-only": "tests/test_push.py",
}


def blocks(document: Path) -> list[tuple[str, str, str]]:
    """Give (language, file name, text) of each fenced block."""
    return BLOCK.findall(document.read_text(encoding="utf-8"))


def commands(document: Path) -> list[str]:
    lines = [line for kind, _, text in blocks(document) if kind == "bash" for line in text.splitlines()]
    return [line.split("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


def test_make_commands_are_run_elsewhere():
    for document in DOCUMENTS:
        for command in commands(document):
            if command.startswith("make"):
                assert command in ELSEWHERE, f"{document.name}: {command}"


def test_what_is_run_elsewhere_is_shown_and_there():
    assert ELSEWHERE.keys() <= {command for document in DOCUMENTS for command in commands(document)}
    assert all((ROOT / re.split(r"[ ,]", place)[0]).is_file() for place in ELSEWHERE.values())


@pytest.mark.model
@pytest.mark.parametrize("command", [command for command in ELSEWHERE if command.startswith("factory run")])
def test_what_is_run_elsewhere_can_be_planned_as_it_is_shown(command, factory, monkeypatch):
    monkeypatch.chdir(ROOT)
    _, *asked = shlex.split(re.sub(r" --out \S+", "", command))
    if "math_dpo" not in command and "dpo" in command:  # by the reward model of `make run-dpo`
        asked += ["--set", f"engines.reward.model={folder_of('small-reward')}"]
    if "train.model=" in command:
        asked += ["--set", "train.model=embedded"]
    done = factory("plan", *asked[1:])
    assert done.code == 0, done.err


def own_commands(document: Path) -> list[str]:
    return [command for command in commands(document) if command not in ELSEWHERE]


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if own_commands(path)], ids=lambda path: path.name)
def test_the_commands_work(document, tmp_path, monkeypatch):
    """In an empty folder with the files that the document shows, against a server that answers "\\boxed{4}"."""
    wanted = own_commands(document)
    for kind in ("pipelines", "prompts", "tests"):
        shutil.copytree(ROOT / kind, tmp_path / kind)
    for _, name, text in blocks(document):
        if name:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HF_HUB_OFFLINE": "1"}
    verdict = '{"work": "2 + 2 = 4", "answer": "4", "answers_the_problem": true, "agrees_with_the_answer": true}'

    async def behave(body, before):
        from aiohttp import web

        text = verdict if "response_format" in body else "2 + 2 = 4\n\\boxed{4}"
        return web.json_response(answer(body, text))

    with Server(behave) as server:

        def here(text: str) -> str:
            return text.replace("http://localhost:8000/v1", server.url).replace("Qwen/Qwen3-8B", "toy")

        for path in tmp_path.rglob("*.yaml"):
            path.write_text(here(path.read_text(encoding="utf-8")), encoding="utf-8")
        for shown in wanted:
            command = here(shown)
            done = subprocess.run(
                shlex.split(command), cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
