"""What a model is tried on is not what it was trained on, and the files that say so are what their scripts write."""

import importlib.util
import json
import re
import shutil
from collections import Counter

import pytest

from factory.errors import UserError
from factory.maths import families
from factory.records import candidate, score, scored
from factory.rows import Drop
from factory.stages.choose import Choose
from factory.stages.seed_problems import SeedProblems
from tests.conftest import ROOT

EVAL = ROOT / "pipelines" / "eval"
CELL = {"field": "arithmetic", "difficulty": 1}


def one(stage, row):
    (made,) = stage.emit(row, ())
    return made


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("script", "names"),
    [("held_out", ["seen_families", "unseen_families"]), ("invented_facts", ["invented_facts", "tellings"])],
)
def test_the_files_are_what_their_script_writes(script, names, tmp_path):
    copy = shutil.copy(EVAL / f"{script}.py", tmp_path)
    spec = importlib.util.spec_from_file_location(script, copy)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()
    for name in names:
        assert (tmp_path / f"{name}.jsonl").read_bytes() == (EVAL / f"{name}.jsonl").read_bytes()


def test_half_a_thousand_problems_each_and_none_in_both():
    seen, unseen = (lines(EVAL / f"{name}_families.jsonl") for name in ("seen", "unseen"))
    assert len({one["problem"] for one in seen + unseen}) == 1000
    assert set(Counter(one["family"] for one in seen).values()) == {50}
    assert not {one["family"] for one in seen} & {one["family"] for one in unseen}


def test_every_fact_has_thirty_tellings_none_of_which_asks_the_question():
    told = lines(EVAL / "tellings.jsonl")
    for fact in lines(EVAL / "invented_facts.jsonl"):
        mine = [one["text"] for one in told if one["fact"] == fact["fact"]]
        assert len(set(mine)) == 30
        assert all(fact["answer"] in text and fact["question"] not in text for text in mine)


def test_safety_is_tried_on_other_questions_than_those_trained_on():
    trained = lines(ROOT / "pipelines/references/safety_questions.jsonl")
    tried = lines(EVAL / "safety_held_out.jsonl")
    assert set(Counter((one["kind"], one["category"]) for one in trained).values()) == {12}
    words = [set(re.findall(r"\w+", one["question"].lower())) for one in (*trained, *tried)]
    shared = [len(a & b) / len(a | b) for a in words[: len(trained)] for b in words[len(trained) :]]
    assert max(shared) < 0.5
    assert len({one["question"] for one in trained}) == len(trained)


class TestAvoid:
    def stage(self, tmp_path, problems, **fields):
        path = tmp_path / "held_out.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in problems))
        return SeedProblems(shares={"family": 1}, avoid=(path,), **fields)

    def test_a_problem_to_be_avoided_is_drawn_again(self, tmp_path):
        free = SeedProblems(shares={"family": 1}, only=("digit_sum",))
        rows = [{**CELL, "id": f"r{number}"} for number in range(60)]
        drawn = [one(free, row)["problem"] for row in rows]
        stage = self.stage(tmp_path, [{"problem": text} for text in drawn[:40]], only=("digit_sum",))
        again = [one(stage, row) for row in rows]
        assert not {row["problem"] for row in again} & set(drawn[:40])
        kept = [(row["problem"], text) for row, text in zip(again, drawn, strict=True) if text not in drawn[:40]]
        assert kept and all(mine == text for mine, text in kept)

    def test_a_family_with_no_other_problem_gives_none(self, tmp_path):
        every = {families.family("digit_sum").make(seed).problem for seed in range(20_000)}
        stage = self.stage(tmp_path, [{"question": text} for text in every], only=("digit_sum",))
        made = one(stage, {**CELL, "id": "r1"})
        assert isinstance(made, Drop) and made.reason.startswith("held_out")

    def test_a_file_without_problems_is_told(self, tmp_path):
        stage = self.stage(tmp_path, [{"text": "2 + 2"}])
        with pytest.raises(UserError, match="record 1 has no problem, question or prompt"):
            one(stage, {**CELL, "id": "r1"})


class TestLeast:
    ROW = {
        "responses": [
            scored(candidate(text, None, "stop", "m"), [score("correct", value)])
            for text, value in (("wrong", 0.0), ("right", 1.0), ("right too", 1.0))
        ]
    }

    def test_the_first_of_the_best_is_kept(self):
        made = one(Choose(by="correct", least=1), self.ROW)
        assert made["response"] == "right" and made["response_score"] == 1

    def test_a_row_whose_best_is_not_good_enough_ends(self):
        made = one(Choose(by="correct", least=1.5), self.ROW)
        assert isinstance(made, Drop) and made.reason == "too_low: correct: 1 at best of 3 candidates"

    def test_least_needs_a_score(self):
        with pytest.raises(ValueError, match="least: of which score"):
            Choose(least=1)
