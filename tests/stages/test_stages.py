"""Each stage on rows of its own, without an engine: what it asks, and what it makes of each kind of reply."""

import json

import polars as pl
import pytest
from pydantic import ValidationError

from factory.errors import UserError
from factory.request import Choice, Reply
from factory.rows import Drop
from factory.stages.agree import Agree
from factory.stages.benchmark_overlap import BenchmarkOverlap
from factory.stages.conditions import Conditions
from factory.stages.extract_answers import ExtractAnswers
from factory.stages.invent_problems import InventProblems
from factory.stages.judge_solution import JudgeSolution, Verdict
from factory.stages.near_duplicates import NearDuplicates
from factory.stages.read import Read
from factory.stages.seed_problems import SeedProblems
from factory.stages.semantic_duplicates import SemanticDuplicates
from factory.stages.solve import Solve

ROW = {"id": "r1", "field": "algebra", "difficulty": 2, "tools": False, "language": "en"}


def said(*texts: str, finish: str = "stop", thinking: str | None = None) -> list[Reply]:
    return [Reply(tuple(Choice(text, finish, thinking) for text in texts), model="toy")]


def one(stage, row, replies=()):
    (made,) = stage.emit(row, replies)
    return made


class TestConditions:
    AXES = {"field": {"arithmetic": 3, "algebra": 1}, "difficulty": {1: 1, 2: 1}, "tools": {False: 3, True: 1}}

    def test_any_beginning_has_each_cell_in_its_share(self):
        stage = Conditions(count=4000, axes=self.AXES)
        for n in (100, 400, 4000):
            rows = list(stage.rows(0, n, seed=5))
            for field, weight in {"arithmetic": 0.75, "algebra": 0.25}.items():
                for tools, share in {False: 0.75, True: 0.25}.items():
                    got = sum(row["field"] == field and row["tools"] is tools for row in rows)
                    assert abs(got - n * weight * share) <= 8

    def test_a_row_is_the_same_however_it_is_cut_and_changes_with_the_seed(self):
        stage = Conditions(count=100, axes=self.AXES)
        whole = list(stage.rows(0, 100, seed=1))
        assert whole == [*stage.rows(0, 33, seed=1), *stage.rows(33, 100, seed=1)]
        assert whole != list(stage.rows(0, 100, seed=2))

    def test_a_cell_can_be_weighted_away(self):
        stage = Conditions(count=200, axes=self.AXES, cells=({"field": ["algebra"], "difficulty": 1, "weight": 0},))
        rows = list(stage.rows(0, 200, seed=1))
        assert not [row for row in rows if row["field"] == "algebra" and row["difficulty"] == 1]
        assert [row for row in rows if row["field"] == "algebra"]

    @pytest.mark.parametrize(
        ("axes", "cells"),
        [
            ({"a": {}}, ()),
            ({"a": {"x": -1}}, ()),
            ({"a": {"x": 1, 2: 1}}, ()),
            ({"a": {"x": 1}}, ({"a": "y", "weight": 1},)),
            ({"a": {"x": 1}}, ({"a": "x", "weight": 0},)),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, axes, cells):
        with pytest.raises(ValidationError):
            Conditions(count=1, axes=axes, cells=cells)


class TestSeedProblems:
    def test_shares_origins_and_known_answers(self):
        stage = SeedProblems(shares={"family": 1, "invented": 1}, examples=3)
        rows = [one(stage, {**ROW, "id": f"r{number}"}) for number in range(200)]
        families = [row for row in rows if row["origin"] == "family"]
        assert 70 < len(families) < 130
        for row in families:
            assert row["known_answer"] and row["problem"] and row["source"].startswith("family:")
            assert len(row["examples"]) == 3
            assert row["problem"] not in [example["problem"] for example in row["examples"]]
        assert {row["problem"] for row in rows if row["origin"] == "invented"} == {None}

    def test_a_row_gets_the_same_problem_every_time(self):
        stage = SeedProblems()
        assert one(stage, ROW) == one(stage, ROW)

    def test_a_cell_that_has_no_generator_is_left_to_invention(self):
        made = one(SeedProblems(shares={"family": 1}), {**ROW, "field": "calculus", "difficulty": 10})
        assert made["origin"] == "invented" and made["problem"] is None

    def test_a_family_that_is_not_there_is_told(self):
        with pytest.raises(ValidationError, match="no family 'boxs'; did you mean \"boxes\""):
            SeedProblems(only=("boxs",))

    def test_reasoning_gym_gives_problems_with_answers(self):
        stage = SeedProblems(shares={"gym": 1})
        made = one(stage, {**ROW, "field": "number_theory", "difficulty": 4})
        assert made["source"].startswith("reasoning-gym/") and made["known_answer"] and made["problem"]


class TestInventProblems:
    STAGE = InventProblems(engine="e")
    INVENTED = {**ROW, "problem": None, "examples": [{"problem": "What is 1 + 1?", "solution": "\\boxed{2}"}]}

    def test_it_asks_only_where_there_is_no_problem(self):
        (request,) = self.STAGE.ask(self.INVENTED)
        assert "algebra" in str(request.messages) and "1 + 1" in str(request.messages)
        assert self.STAGE.ask({**self.INVENTED, "problem": "P?"}) == []
        assert one(self.STAGE, {**self.INVENTED, "problem": "P?"})["solutions"] == []

    @pytest.mark.parametrize(
        "text",
        [
            "Problem: What is 2 + 3?\nSolution: 2 + 3 = 5\n\\boxed{5}",
            "**Problem:** What is 2 + 3?\n\n**Solution:** 2 + 3 = 5\n\\boxed{5}",
            "Sure!\n\n### Problem:\nWhat is 2 + 3?\n\n### Solution:\n2 + 3 = 5\n\\boxed{5}",
            "問題：What is 2 + 3?\n解答：2 + 3 = 5\n\\boxed{5}",
        ],
    )
    def test_problem_and_solution_are_read_apart(self, text):
        made = one(self.STAGE, self.INVENTED, said(text))
        assert made["problem"] == "What is 2 + 3?" and made["problem_model"] == "toy"
        assert [solution["text"] for solution in made["solutions"]] == ["2 + 3 = 5\n\\boxed{5}"]

    @pytest.mark.parametrize("text", ["", "I like mathematics.", "Problem: What is 2?", "Solution: 5", "x" * 100_000])
    def test_what_is_no_problem_is_dropped(self, text):
        made = one(self.STAGE, self.INVENTED, said(text))
        assert isinstance(made, Drop) and made.reason.startswith("no_problem")

    def test_a_copy_of_an_example_is_dropped(self):
        made = one(self.STAGE, self.INVENTED, said("Problem: What is 1 + 1?\nSolution: \\boxed{2}"))
        assert isinstance(made, Drop) and made.reason == "copied_example"


class TestSolve:
    def test_all_solutions_come_of_one_request_behind_those_that_are_there(self):
        stage = Solve(engine="e", n=2)
        row = {**ROW, "problem": "P?", "examples": [{"problem": "Q?", "solution": "S", "answer": "1"}]}
        (request,) = stage.ask(row)
        assert request.n == 2 and [turn["content"] for turn in request.messages][1:] == ["Q?", "S", "P?"]
        made = one(stage, {**row, "solutions": [{"text": "old"}]}, said("a", "b", thinking="hm"))
        assert [solution["text"] for solution in made["solutions"]] == ["old", "a", "b"]
        assert made["solutions"][2]["thinking"] == "hm" and made["solutions"][2]["model"] == "toy"

    def test_it_needs_no_worked_examples(self):
        (request,) = Solve(engine="e").ask({**ROW, "problem": "P?"})
        assert "\\boxed{}" in request.messages[0]["content"]


def solutions(*answers: str | None, finish: str = "stop", how: str = "boxed") -> list[dict]:
    blank = {"thinking": None, "finish": finish, "model": "toy", "reasoning": None}
    return [{**blank, "text": f"so {answer}", "answer": answer, "how": answer and how} for answer in answers]


class TestExtractAnswers:
    @pytest.mark.parametrize(
        ("text", "answer", "how", "reasoning"),
        [
            ("2 + 3 = 5\n\\boxed{5}", "5", "boxed", "2 + 3 = 5"),
            ("I add.\n#### 5", "5", "hashes", "I add."),
            ("I add. The answer is 5.", "5", "phrase", "I add. The answer is 5."),
            ("足すと5です。答えは５です。", "5", "phrase", "足すと5です。答えは５です。"),
            ("\\boxed{7}", "7", "boxed", "\\boxed{7}"),
            ("I do not know", None, None, "I do not know"),
        ],
    )
    def test_the_answer_its_rule_and_the_reasoning_before_it(self, text, answer, how, reasoning):
        made = one(ExtractAnswers(), {**ROW, "solutions": [{**solutions(None)[0], "text": text}]})
        (found,) = made["solutions"]
        assert (found["answer"], found["how"], found["reasoning"]) == (answer, how, reasoning)


class TestAgree:
    def vote(self, known, *answers, stage=None, **kind):
        return one(stage or Agree(), {**ROW, "known_answer": known, "solutions": solutions(*answers, **kind)})

    def test_a_majority_without_a_known_answer(self):
        made = self.vote(None, "5", "5.0", "\\frac{10}{2}", "6")
        assert (made["answer"], made["agreement"], made["margin"], made["correct"]) == ("5", 0.75, 0.5, None)

    def test_too_little_agreement(self):
        made = self.vote(None, "5", "6", "7", None)
        assert isinstance(made, Drop) and made.reason == "disagreement: 25% end in 5"
        assert made.row["agreement"] == 0.25

    def test_a_known_answer_overrules_the_majority(self):
        made = self.vote("8", "5", "5", "8", "6")
        assert (made["answer"], made["solution"], made["correct"]) == ("8", "so 8", False)
        made = self.vote("8", "5", "5", "8", "6", stage=Agree(known="majority"))
        assert isinstance(made, Drop) and made.reason == "wrong: most end in 5, the answer is 8"

    def test_nobody_right_and_nobody_anything(self):
        assert self.vote("9", "5", "5").reason.startswith("wrong")
        assert self.vote("9", None, None).reason == "no_answer: none in 2 solutions"

    def test_a_solution_that_was_cut_off_is_not_kept(self):
        assert self.vote("5", "5", finish="length").reason.startswith("unfinished")

    def test_a_boxed_answer_is_preferred(self):
        row = {**ROW, "known_answer": "5", "solutions": [*solutions("5", how="last_number"), *solutions("5.0")]}
        assert one(Agree(), row)["how"] == "boxed"

    def test_trust_is_measured_on_the_known(self):
        right = [{"agreement": 1.0, "correct": True, "known_answer": "1"}] * 9
        wrong = [{"agreement": 1.0, "correct": False, "known_answer": "1"}]
        kept = [*right, {"agreement": 0.8, "correct": None, "known_answer": None}]
        schema = {"agreement": pl.Float64, "correct": pl.Boolean, "known_answer": pl.String}
        lines = Agree().summary(pl.LazyFrame(right + wrong, schema=schema), pl.LazyFrame(kept, schema=schema))
        assert lines[0] == "9 accepted rows end in their known answer; 1 rest on agreement alone (mean 80%)"
        assert "right 9 times in 10 (90%, 95 % interval 60% to 98%)" in lines[1]


class TestJudgeSolution:
    ROW = {**ROW, "problem": "P?", "solution": "S", "answer": "5", "examples": []}
    STAGE = JudgeSolution(engine="e", on_unscored="reject")

    def verdict(self, answers, agrees, answer="so", stage=None):
        told = {"work": "1 + 4", "answer": answer, "answers_the_problem": answers, "agrees_with_the_answer": agrees}
        text = json.dumps(told)
        return one(stage or self.STAGE, self.ROW, said(text))

    def test_the_schema_goes_with_the_request(self):
        (request,) = self.STAGE.ask(self.ROW)
        assert request.json_schema["required"] == list(Verdict.model_fields)

    def test_pass_and_fail(self):
        assert self.verdict(True, True)["verdict"] == "pass"
        assert self.verdict(False, True).reason == "judged_off_problem: 1 + 4 → so"
        assert self.verdict(True, False).reason == "judged_inconsistent: 1 + 4 → so"
        kept = self.verdict(True, False, stage=JudgeSolution(engine="e", on_unscored="keep", on_fail="keep"))
        assert (kept["verdict"], kept["verdict_reason"]) == ("fail", "1 + 4 → so")

    def test_a_number_of_its_own_counts_for_more_than_its_word(self):
        assert self.verdict(True, False, answer="5.0")["verdict"] == "pass"
        assert self.verdict(True, True, answer="6").reason == "judged_inconsistent: 1 + 4 → 6"

    @pytest.mark.parametrize("text", ["", "yes", '{"work": "cut o', "[]", "null", '{"work": 3}', "x" * 100_000])
    def test_what_cannot_be_read_is_unscored_and_never_a_score(self, text):
        dropped = one(self.STAGE, self.ROW, said(text))
        assert dropped.reason.startswith("unscored") and dropped.row["verdict"] == "unscored"
        kept = one(JudgeSolution(engine="e", on_unscored="keep"), self.ROW, said(text))
        assert kept["verdict"] == "unscored" and len(kept["verdict_reason"]) < 300

    def test_the_policy_for_unscored_has_no_default(self):
        with pytest.raises(ValidationError, match="on_unscored"):
            JudgeSolution(engine="e")


def table(*texts: str, **columns: list) -> pl.LazyFrame:
    ids = [f"r{number}" for number in range(len(texts))]
    return pl.LazyFrame({"id": ids, "problem": list(texts), **columns})


class TestDuplicates:
    LONG = "Anna has three red apples and buys four green apples at the market on Monday, how many apples has she got"

    def test_near_duplicates_keep_the_preferred(self):
        rows = table(self.LONG, "Something else altogether, said in other words", self.LONG + " now", score=[1, 1, 2])
        made = NearDuplicates(prefer=("score",)).decide(rows).sort("id")
        assert made["near_duplicate_of"].to_list() == ["r2", None, None]
        assert made["_reason"][0].startswith("near_duplicate: 0.9") and made["jaccard"][0] > 0.9

    @pytest.mark.model
    def test_semantic_duplicates_within_the_same_answer(self):
        texts = (
            "How many apples are five apples and two apples?",
            "If you add 2 apples to 5 apples, how many are there?",
        )
        rows = table(*texts, "Find the slope of the line through (0, 0) and (1, 7).", answer=["7", "7", "7"])
        made = SemanticDuplicates(threshold=0.8, within="answer").decide(rows).sort("id")
        assert made["semantic_duplicate_of"].to_list() == [None, "r0", None]
        apart = SemanticDuplicates(threshold=0.8, within="answer").decide(rows.with_columns(answer=pl.col("id")))
        assert apart["semantic_duplicate_of"].null_count() == 3

    @pytest.mark.parametrize("stage", [NearDuplicates(), SemanticDuplicates()])
    def test_an_empty_table(self, stage):
        assert stage.decide(table().with_columns(pl.col("id", "problem").cast(pl.String))).height == 0


class TestBenchmarkOverlap:
    def test_the_benchmark_and_the_item_are_named(self, tmp_path):
        path = tmp_path / "gsm.jsonl"
        item = "A farmer has twenty sheep and buys eight more at the market before seven of them run away home"
        path.write_text(
            json.dumps({"id": "t/1", "text": item}) + "\n" + json.dumps({"id": "t/2", "text": "other"}) + "\n"
        )
        stage = BenchmarkOverlap(files=(path,))
        dropped = one(stage, {**ROW, "problem": f"{item}?"})
        assert dropped.reason.startswith("benchmark: gsm t/1, 100% shared")
        assert one(stage, {**ROW, "problem": "Quite another question about numbers."})["benchmark"] is None

    def test_a_broken_file_is_told_with_its_line(self, tmp_path):
        path = tmp_path / "bad.jsonl"
        path.write_text('{"text": "fine"}\n{"text": \n')
        with pytest.raises(UserError, match=r"bad\.jsonl:2: expected a JSON object"):
            list(BenchmarkOverlap(files=(path,)).emit({**ROW, "problem": "x"}, []))

    def test_an_item_without_text_is_told(self, tmp_path):
        path = tmp_path / "bad.jsonl"
        path.write_text('{"question": "fine"}\n')
        with pytest.raises(UserError, match="no text under 'text'; it has question"):
            list(BenchmarkOverlap(files=(path,)).emit({**ROW, "problem": "x"}, []))


class TestRead:
    def test_jsonl_parquet_and_constants(self, tmp_path):
        records = [{"problem": "一?", "n": 1}, {"problem": "2?"}]
        (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n\n")
        pl.DataFrame(records).write_parquet(tmp_path / "p.parquet")
        for name in ("p.jsonl", "p.parquet"):
            stage = Read(
                file=tmp_path / name, columns={"problem": "text", "n": "integer"}, constants={"language": "ja"}
            )
            assert stage.size() == 2 and stage.makes() == {"problem": str, "n": int, "language": str}
            assert list(stage.rows(1, 2, 0)) == [{"problem": "2?", "n": None, "language": "ja"}]

    def test_a_wrong_type_is_told_with_its_record(self, tmp_path):
        (tmp_path / "p.jsonl").write_text('{"problem": "a"}\n{"problem": 5}\n')
        with pytest.raises(UserError, match="record 2: problem: expected text, found 5"):
            list(Read(file=tmp_path / "p.jsonl", columns={"problem": "text"}).rows(0, 2, 0))

    def test_a_folder_of_a_dataset(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
        (tmp_path / "data").mkdir()
        pl.DataFrame({"problem": ["a", "b"]}).write_parquet(tmp_path / "data" / "train.parquet")
        stage = Read(dataset=str(tmp_path / "data"), columns={"problem": "text"})
        assert [row["problem"] for row in stage.rows(0, stage.size(), 0)] == ["a", "b"]

    def test_one_source_and_not_two(self, tmp_path):
        with pytest.raises(ValidationError, match="either `file` or `dataset`"):
            Read(columns={"problem": "text"})
