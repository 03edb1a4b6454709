"""The stages that every recipe uses: draw, tag, filter, choose, respond, measure_difficulty."""

import json
from collections import Counter

import pytest
from pydantic import ValidationError

from factory.errors import UserError
from factory.request import Choice, Reply
from factory.rows import Drop
from factory.stages.choose import Choose
from factory.stages.draw import Draw
from factory.stages.filter import Filter
from factory.stages.measure_difficulty import MeasureDifficulty
from factory.stages.respond import Respond
from factory.stages.tag import Tag


def one(stage, row, replies=()):
    (made,) = stage.emit(row, replies)
    return made


class TestDraw:
    RECORDS = [
        {"language": "en", "persona": "a nurse", "weight": 3},
        {"language": "en", "persona": "a pilot", "weight": 1},
        {"language": "en", "persona": "a ghost", "weight": 0},
        {"language": "ja", "persona": "看護師"},
    ]

    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "personas.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in self.RECORDS))
        return path

    def draw(self, file, **fields):
        return Draw(file=file, columns={"persona": "text"}, **{"match": ("language",), "weight": "weight", **fields})

    def test_records_are_drawn_by_weight_among_those_that_match(self, file):
        stage = self.draw(file)
        rows = [one(stage, {"id": f"r{number}", "language": "en"}) for number in range(2000)]
        counts = Counter(row["persona"] for row in rows)
        assert set(counts) == {"a nurse", "a pilot"} and 0.7 < counts["a nurse"] / 2000 < 0.8
        assert one(stage, {"id": "r1", "language": "ja"})["persona"] == "看護師"

    def test_the_same_row_draws_the_same_again(self, file):
        row = {"id": "r7", "language": "en"}
        assert one(self.draw(file), row) == one(self.draw(file), row)

    def test_a_share_of_the_rows_draws(self, file):
        rows = [one(self.draw(file, share=0.3), {"id": f"r{number}", "language": "en"}) for number in range(1000)]
        assert 0.25 < sum(row["persona"] is not None for row in rows) / 1000 < 0.35

    def test_a_row_that_nothing_matches_is_dropped_or_kept(self, file):
        row = {"id": "r1", "language": "fr"}
        assert one(self.draw(file), row).reason == "nothing_to_draw: no record for language fr"
        assert one(self.draw(file, on_nothing="keep"), row) == {**row, "persona": None}

    def test_a_column_may_have_another_name_in_the_record(self, file):
        stage = Draw(file=file, columns={"who": "text"}, keys={"who": "persona"}, match=("language",))
        assert one(stage, {"id": "r1", "language": "ja"})["who"] == "看護師"

    def test_a_weight_that_is_none_is_told_with_its_record(self, tmp_path):
        path = tmp_path / "bad.jsonl"
        path.write_text('{"persona": "a", "weight": "much"}\n')
        with pytest.raises(UserError, match=r"bad.jsonl: record 1: weight: expected a weight of 0 or more"):
            one(self.draw(path, match=()), {"id": "r1"})


def candidate(text, **fields):
    return {"text": text, "thinking": None, "finish": "stop", "model": "m", "tags": [], "fault": None, **fields}


class TestTagAndFilter:
    GOOD = {"id": "r1", "language": "en", "problem": "What is 2 + 3?", "solution": "We add: 2 + 3 = 5\n\\boxed{5}"}
    TAG = Tag(columns=("solution",), questions=("problem",))

    @pytest.mark.parametrize(
        ("column", "text", "tagger"),
        [
            ("solution", "   ", "characters"),
            ("solution", "We add the numbers, and", "truncated"),
            ("solution", "so it goes on and on " * 40, "loop"),
            ("solution", "TODO: implement", "placeholder"),
            ("solution", "As an AI language model, I have no numbers.", "assistant_talk"),
            ("solution", "I'm sorry, but I can't help with that.", "refusal"),
            ("solution", "これは二つの数を足して求めます。答えは五になります。", "language"),
            ("solution", "5<|im_end|>\n<|im_start|>user\nmore", "leakage"),
            ("problem", "x" * 100_000, "characters"),
        ],
    )
    def test_a_fault_is_tagged_and_dropped(self, column, text, tagger):
        tagged = one(self.TAG, {**self.GOOD, column: text})
        made = one(Filter(), tagged)
        assert isinstance(made, Drop) and made.reason.startswith(f"{tagger}: {column}"), made.reason

    def test_what_is_right_passes_in_both_languages(self):
        japanese = {
            "problem": "りんごが三つあります。二つもらうと全部でいくつですか。",
            "solution": "三つに二つを足します。\n\\boxed{5}",
            "language": "ja",
        }
        for row in (self.GOOD, {**self.GOOD, **japanese}):
            tagged = one(self.TAG, row)
            assert {tag["tagger"] for tag in tagged["tags"]} == {"characters"}
            assert one(Filter(), tagged) == tagged

    def test_a_limit_can_be_set_or_switched_off(self):
        tagged = one(self.TAG, {**self.GOOD, "solution": "TODO: implement"})
        assert one(Filter(limits={"placeholder": None, "truncated": None}), tagged) == tagged
        assert one(Filter(limits={"characters": (1, 10)}), tagged).reason.startswith("characters: solution: 15")

    def test_candidates_are_judged_one_by_one(self):
        row = {**self.GOOD, "responses": [candidate("TODO: implement"), candidate("Add them up."), candidate("")]}
        tagged = one(Tag(responses="responses", question="problem"), row)
        made = one(Filter(responses="responses"), tagged)
        faults = [response["fault"] for response in made["responses"]]
        assert faults[0].startswith("placeholder") and faults[1] is None and faults[2].startswith("characters")
        bad = {**tagged, "responses": tagged["responses"][:1]}
        assert one(Filter(responses="responses"), bad).reason.startswith("placeholder")
        assert one(Filter(responses="responses"), {**tagged, "responses": []}).reason.startswith("no_answer")

    def test_an_answer_that_was_cut_off_is_truncated_whatever_it_looks_like(self):
        row = {**self.GOOD, "responses": [candidate("Add them up.", finish="length")]}
        (tagged,) = one(Tag(responses="responses"), row)["responses"]
        assert "truncated" in {tag["tagger"] for tag in tagged["tags"]}

    def test_numbers_have_bands(self):
        stage = Filter(bands={"pass_rate": (0.1, 0.9), "loss": (None, 3)})
        assert one(stage, {"id": "r", "pass_rate": 0.5, "loss": 2.0}) == {"id": "r", "pass_rate": 0.5, "loss": 2.0}
        assert one(stage, {"id": "r", "pass_rate": 1.0, "loss": 2.0}).reason == "out_of_band: pass_rate: 1"
        assert one(stage, {"id": "r", "pass_rate": 0.5, "loss": None}).reason == "unscored: loss"

    def test_the_wording_of_a_prompt_is_a_leak(self):
        stage = Tag(columns=("solution",), instructions=("maths/en/judge_solution",))
        leak = "You check solutions of mathematics problems. First work the problem out for yourself."
        assert one(Filter(), one(stage, {**self.GOOD, "solution": leak})).reason.startswith("leakage")

    def test_limits_that_nothing_can_meet_are_told(self):
        with pytest.raises(ValidationError, match="nothing is at least 100 and at most 10"):
            Filter(limits={"characters": (100, 10)})
        with pytest.raises(ValidationError):
            Filter(bands={"n": (float("nan"), None)})
        assert one(Filter(limits={"characters": (40, None)}), one(self.TAG, self.GOOD)).reason.startswith("characters")

    def test_a_candidate_that_is_out_stays_out(self):
        row = {**self.GOOD, "tags": [], "responses": [candidate("a", fault="echo: responses"), candidate("b")]}
        (first, second) = one(Filter(responses="responses", limits={"lint": 3}), row)["responses"]
        assert first["fault"] == "echo: responses" and second["fault"] is None

    def test_names_that_are_none_are_told(self):
        with pytest.raises(ValidationError, match="did you mean"):
            Filter(limits={"placeholders": 0})
        with pytest.raises(ValidationError, match="is not a tagger"):
            Tag(columns=("a",), taggers=("shouting",))
        with pytest.raises(ValidationError, match="expected texts to measure"):
            Tag()


def test_respond_adds_candidates_behind_those_that_are_there_and_choose_takes_the_first_that_is_in():
    row = {"id": "r1", "instruction": "Why?"}
    stage = Respond(engine="e", n=2)
    (request,) = stage.ask(row)
    assert request.n == 2 and request.messages[-1]["content"] == "Why?"
    first = one(stage, row, [Reply((Choice("a"), Choice("b")), model="small")])
    both = one(stage, first, [Reply((Choice("c"),), model="large")])
    assert [(each["text"], each["model"]) for each in both["responses"]] == [
        ("a", "small"),
        ("b", "small"),
        ("c", "large"),
    ]
    for each in both["responses"][:2]:
        each["fault"] = "echo: responses"
    chosen = one(Choose(), both)
    assert (chosen["response"], chosen["response_model"]) == ("c", "large")
    both["responses"][2]["fault"] = "loop: responses"
    assert one(Choose(), both).reason.startswith("no_answer")


class TestMeasureDifficulty:
    def solutions(self, *pairs):
        return [{"model": model, "answer": answer} for model, answer in pairs]

    def test_the_pass_rate_and_the_gap_between_two_models(self):
        solutions = self.solutions(("weak", "5"), ("weak", "6"), ("strong", "5.0"), ("strong", "5"), ("weak", None))
        made = one(MeasureDifficulty(), {"id": "r", "solutions": solutions, "answer": "5"})
        assert made["pass_rate"] == 0.6 and made["gap"] == pytest.approx(2 / 3)
        assert made["pass_rates"][0] == {"model": "strong", "rate": 1.0}

    def test_one_model_has_no_gap(self):
        made = one(MeasureDifficulty(), {"id": "r", "solutions": self.solutions(("m", "4")), "answer": "5"})
        assert (made["pass_rate"], made["gap"]) == (0.0, None)
