"""Reward models in a child process: the scores are those of transformers itself, whatever else is in the batch."""

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from factory.engines._classifier_child import Classifier, Text, cut
from factory.engines.transformers import Spec
from factory.errors import UserError
from factory.request import Message, Reply, Request
from factory.rows import Columns, Row
from factory.stage import RowStage
from tests.checkpoints import folder_of

CHATS = [
    ("What is 2 + 3?", "5"),
    ("What is 2 + 3?", "2 + 3 = 6, I think."),
    ("日本の首都は？", "東京です。"),
    ("Tell me of rivers.", "A river is water on its way to the sea. " * 12),
    ("x", "y"),
    ("Is it so?", "It is.", "And why?", "Because it was said before, and nobody has shown that it is not."),
]


def chat(*turns: str) -> Request:
    roles = ("user", "assistant") * len(turns)
    return Request(messages=tuple(Message(role=r, content=t) for r, t in zip(roles, turns, strict=False)), task="score")


class Score(RowStage):
    """Scores a chat about the number."""

    engine: str

    def makes(self) -> Columns:
        return {"score": float}

    def ask(self, row: Row) -> list[Request]:
        return [chat(f"Which number is it, of {row['number']}?", f"It is {row['number']}.")]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        yield {**row, "score": replies[0].numbers[0]}


def answers(spec: Spec, *rounds: Sequence[Request]) -> list[list[Reply]]:
    """Ask what is in each round at once."""

    async def session() -> list[list[Reply]]:
        engine = spec.build()
        await engine.open()
        try:
            return [await asyncio.gather(*(engine.ask(request) for request in asked)) for asked in rounds]
        finally:
            await engine.close()

    return asyncio.run(session())


def numbers(replies: Sequence[Reply]) -> list[float]:
    assert [(reply.fault, len(reply.numbers)) for reply in replies] == [(None, 1)] * len(replies)
    return [reply.numbers[0] for reply in replies]


def one_by_one(folder: Path) -> list[float]:
    """Score with transformers alone, as its own documentation has it."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = []
    for turns in CHATS:
        messages: Any = list(chat(*turns).messages)
        tokens = tokenizer.apply_chat_template(messages, return_tensors="pt", return_dict=True)
        with torch.no_grad():
            found.append(float(model(**tokens).logits[0, 0]))
    return found


def variant(folder: Path, to: Path, **config: Any) -> Path:
    """Make a checkpoint of another's files and other settings."""
    to.mkdir()
    for file in folder.iterdir():
        (to / file.name).symlink_to(file)
    told = json.loads((to / "config.json").read_text()) | config
    (to / "config.json").unlink()
    (to / "config.json").write_text(json.dumps(told))
    return to


@pytest.fixture(scope="module")
def expected() -> list[float]:
    return one_by_one(folder_of("small-reward"))


@pytest.mark.model
def test_scores_are_those_of_transformers_one_by_one_in_any_order_and_company(expected):
    mixed = list(range(len(CHATS))) * 2
    random.Random(5).shuffle(mixed)
    spec = Spec(model=str(folder_of("small-reward")), batch_tokens=4096)
    asked = [chat(*turns) for turns in CHATS]
    together, alone, twice = answers(spec, asked, asked[2:3], [asked[index] for index in mixed])
    assert numbers(together) == pytest.approx(expected, abs=1e-4)
    assert numbers(alone) == pytest.approx(expected[2:3], abs=1e-4)
    assert numbers(twice) == pytest.approx([expected[index] for index in mixed], abs=1e-4)
    assert len({round(number, 3) for number in expected}) == len(CHATS)
    assert together[0].model.startswith("small-reward") and together[0].prompt_tokens > 20


@pytest.mark.model
def test_a_checkpoint_without_a_padding_token_is_batched_all_the_same(tmp_path):
    """And texts may end in the token that others would pad with: the score is at a text's own last token."""
    folder = variant(folder_of("small-reward"), tmp_path / "no-pad", pad_token_id=None)
    template = folder / "chat_template.jinja"
    ending_in_eos = template.read_text().replace("+ '<|im_end|>' + '\n'", "+ '<|im_end|>'")
    template.unlink()
    template.write_text(ending_in_eos)
    assert Spec(model=str(folder)).chat_template.render(chat(*CHATS[0]).messages, False).endswith("5<|im_end|>")
    expected = one_by_one(folder)
    (found,) = answers(Spec(model=str(folder)), [chat(*turns) for turns in CHATS])
    assert numbers(found) == pytest.approx(expected, abs=1e-4)


@pytest.mark.model
def test_what_is_too_long_or_cannot_be_read_is_a_fault_and_never_cut():
    spec = Spec(model=str(folder_of("small-reward")), max_length=40)
    long, raw, empty = answers(
        spec,
        [chat("word " * 60, "yes"), Request(prompt="A plain text.", task="score"), Request(prompt="", task="score")],
    )[0]
    assert long.fault and (long.fault.kind, long.fault.retry) == ("too_long", False)
    assert "40 are read at most (max_length)" in long.fault.message
    assert raw.fault is None and raw.prompt_tokens == 4
    assert empty.fault and empty.fault.kind == "refused"


def children(pid: int) -> list[int]:
    """List the processes of a run that score."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (path / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid and b"_classifier_child" in command:
            found.append(int(path.name))
    return found


@pytest.mark.model
def test_a_killed_child_is_started_again_and_the_run_completes(write, start, tmp_path):
    model = orjson.dumps({"kind": "transformers", "model": str(folder_of("smollm2-reward")), "batch_size": 4}).decode()
    path = write(
        f"name: toy\nengines:\n  e: {model}\nstages:\n  - tests.toys:Numbers: {{count: 24}}\n"
        "  - tests.test_transformers_engine:Score: {engine: e}\n"
    )
    run = start("run", path, "--out", tmp_path / "runs/out")
    journal = tmp_path / "runs/journal"
    while run.poll() is None and not any(file.stat().st_size for file in journal.rglob("*") if file.is_file()):
        time.sleep(0.05)
    (first,) = children(run.pid)
    os.kill(first, signal.SIGKILL)
    again: list[int] = []
    while run.poll() is None:
        again = children(run.pid) or again
        time.sleep(0.05)
    out, err = run.communicate()
    assert run.returncode == 0, out + err
    told = json.loads((tmp_path / "runs/out/run.json").read_text())
    assert told["stages"][1]["accepted"] == 24 and told["requests"]["retried"] > 0
    assert again and again[0] != first and not children(run.pid)


@pytest.mark.model
def test_a_checkpoint_that_lacks_its_head_does_not_start(tmp_path):
    """It would be drawn at random, and the scores with it."""
    from safetensors.torch import load_file, save_file

    folder = variant(folder_of("small-reward"), tmp_path / "headless")
    weights = load_file(folder / "model.safetensors")
    del weights["score.weight"]
    (folder / "model.safetensors").unlink()
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(UserError, match=r"does not start: ValueError: the checkpoint lacks weights: score\.weight"):
        answers(Spec(model=str(folder)), [])


def test_batches_are_of_like_length_and_bounded():
    texts = [Text(number, [7] * length) for number, length in enumerate([3, 90, 5, 4, 88, 300])]
    batches = list(cut(texts, size=2, tokens=200))
    assert [[len(text.tokens) for text in batch] for batch in batches] == [[300], [90, 88], [5, 4], [3]]
    assert {text.id for batch in batches for text in batch} == set(range(6))


def test_a_batch_that_does_not_fit_in_memory_is_halved():
    import torch
    from transformers import LlamaConfig, LlamaForSequenceClassification

    class Narrow(LlamaForSequenceClassification):
        """A model on a GPU with room for so many tokens."""

        def forward(self, input_ids: Any, **settings: Any) -> Any:
            if input_ids.numel() > 16:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return super().forward(input_ids, **settings)

    torch.manual_seed(0)
    size: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2}
    classifier = Classifier(Narrow(LlamaConfig(vocab_size=50, num_attention_heads=2, num_labels=1, **size)))
    texts = [Text(number, list(range(2, 2 + length))) for number, length in enumerate([8, 7, 6, 5, 20])]
    found = {text.id: scores for text, scores in classifier.scores(texts)}
    alone = {text.id: scores for one in texts for text, scores in classifier.scores([one])}
    assert list(found) == [0, 1, 2, 3, 4] and found[4] is None
    assert all(found[number] == pytest.approx(alone[number], abs=1e-5) for number in range(4))
    assert len({tuple(alone[number] or ()) for number in range(4)}) == 4


def checkpoint(folder: Path, template: str | None = "{{ messages }}", **config: Any) -> Path:
    """Write what can be looked at before anything is loaded."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"architectures": ["LlamaForSequenceClassification"], **config}))
    if template:
        (folder / "chat_template.jinja").write_text(template)
    return folder


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("model: ./nowhere", "model: there is no folder ./nowhere"),
        ("model: models/some/reward_model", "model: there is no folder models/some/reward_model"),
        ("model: outputs/nowhere", "model: there is no folder outputs/nowhere"),
        ("model: nobody/reward_model", "there is no folder nobody/reward_model, and from the Hub it cannot be had: "),
        ("model: {folder}", "no checkpoint's folder: there is no config.json in it"),
        ("model: {folder}/writer", "writer is a LlamaForCausalLM; expected a sequence classifier"),
        ("model: {folder}/plain", "plain has no chat template"),
        ("model: {folder}/good, max_length: 999", "max_length: {folder}/good reads 512 tokens at most, found 999"),
        ("model: {folder}/good, device: gpu", "device: string should match pattern"),
        ("model: {folder}/good, dtype: float", "dtype: expected 'float32', 'bfloat16' or 'float16', found 'float'"),
        ("model: {folder}/good, batch: 8", 'unknown key; did you mean "batch_size"?'),
    ],
)
def test_a_wrong_block_is_told_in_one_line(write, factory, tmp_path, monkeypatch, block, told):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    checkpoint(tmp_path / "writer", architectures=["LlamaForCausalLM"])
    checkpoint(tmp_path / "plain", template=None)
    checkpoint(tmp_path / "good", max_position_embeddings=512)
    block, told = block.replace("{folder}", str(tmp_path)), told.replace("{folder}", str(tmp_path))
    stages = "stages:\n  - tests.toys:Numbers\n  - tests.test_transformers_engine:Score: {engine: e}\n"
    result = factory("plan", write(f"engines:\n  e: {{kind: transformers, {block}}}\n{stages}"))
    assert result.code == 2 and told in result.err and len(result.err.strip().splitlines()) == 1, result.err


def test_its_identity_is_the_files_and_the_precision_and_not_how_it_runs(tmp_path):
    folder = checkpoint(tmp_path / "good")
    (folder / "model.safetensors").write_bytes(bytes(1000))

    def identity(**settings: Any) -> dict[str, Any]:
        return Spec(model=str(folder), **settings).identity()

    first = identity()
    assert first["model"] == "good" and first == identity(batch_size=4, batch_tokens=99, device="cpu", max_length=9)
    assert first != identity(dtype="bfloat16")
    (folder / "model.safetensors").write_bytes(bytes(999) + b"x")
    assert first != identity()
    Spec(model=str(checkpoint(tmp_path / "plain", template=None)), chats=False).check()
    own = checkpoint(
        tmp_path / "own", architectures=["OddModel"], auto_map={"AutoModelForSequenceClassification": "m.C"}
    )
    Spec(model=str(own), trust_remote_code=True).check()
    with pytest.raises(ValueError, match="is a OddModel; expected a sequence classifier"):
        Spec(model=str(own)).check()
