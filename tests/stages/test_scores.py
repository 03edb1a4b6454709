"""Scores on candidates: each measure says what it should, and what could not be had is null, never a default."""

import itertools
import json

import polars as pl
import pytest
from pydantic import ValidationError

from factory.columns import schema_of
from factory.records import candidate, score, scored, value_of
from factory.request import Choice, Fault, Reply
from factory.rows import Drop
from factory.stages.candidates import Candidates
from factory.stages.score_answer import ScoreAnswer
from factory.stages.score_pairwise import ScorePairwise
from factory.stages.score_reward import ScoreReward
from factory.stages.score_rubric import ScoreRubric
from factory.stages.score_style import ScoreStyle
from factory.stages.score_sum import ScoreSum

JA = "空はなぜ青いのですか。"


def row(*texts: str, **more) -> dict:
    answers = [candidate(text, None, "stop", "toy") for text in texts]
    return {"id": "r", "language": "en", "instruction": "Why is the sky blue?", "responses": answers, **more}


def made(stage, given, replies=()):
    (out,) = stage.emit(given, replies)
    return out


def values(out, name):
    return [value_of(one, name) for one in out["responses"]]


def notes(stage, *outs):
    columns = {"id": str, "_from": str, **stage.makes()}
    frame = pl.DataFrame(
        [{**{name: out.get(name) for name in columns}, "_from": "r"} for out in outs], schema=schema_of(columns)
    )
    return stage.summary(frame.lazy(), frame.lazy())


class TestReward:
    STAGE = ScoreReward(engine="e")

    def test_each_candidate_that_is_in_is_asked_about_as_a_chat(self):
        given = row("The air.", "No idea.", "It is not.")
        given["responses"][1]["fault"] = "refusal: …"
        asked = self.STAGE.ask(given)
        assert [request.messages[-1]["content"] for request in asked] == ["The air.", "It is not."]
        assert all([turn["role"] for turn in request.messages] == ["user", "assistant"] for request in asked)
        out = made(self.STAGE, given, [Reply(numbers=(1.5,)), Reply(numbers=(-0.5,))])
        assert values(out, "reward") == [1.5, None, -0.5] and out["responses"][1]["scores"] == []

    def test_a_chat_and_a_system_turn_go_before_the_answer(self):
        chat = [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hi"},
            {"role": "user", "content": JA},
        ]
        (asked,) = ScoreReward(engine="e", system="Be kind.", question="chat").ask({**row("空気。"), "chat": chat})
        assert [turn["role"] for turn in asked.messages] == ["system", "user", "assistant", "user", "assistant"]

    def test_the_same_answer_is_asked_about_once_in_all_runs(self):
        first, second = (self.STAGE.ask({**row("The air."), "id": name})[0] for name in ("a", "b"))
        assert first.key({}) == second.key({})

    def test_what_the_model_cannot_take_is_unscored_and_the_engines_trouble_fails_the_row(self):
        too_long = Reply(fault=Fault("too_long", "9000 tokens", retry=False))
        out = made(self.STAGE, row("a", "b"), [too_long, Reply(numbers=(1.0,))])
        assert values(out, "reward") == [None, 1.0] and "too_long" in out["responses"][0]["scores"][0]["detail"]
        out = made(self.STAGE, row("a", "b"), [Reply(fault=Fault("server", "500")), Reply(numbers=(1.0,))])
        assert isinstance(out, Drop) and out.state == "failed"

    def test_a_row_without_a_question_is_rejected(self):
        for question in (None, ""):
            given = {**row("a"), "instruction": question}
            assert self.STAGE.ask(given) == [] and made(self.STAGE, given).reason.startswith("no_question")

    def test_a_number_that_is_none_is_unscored(self):
        out = made(self.STAGE, row("a", "b"), [Reply(numbers=(float("nan"),)), Reply(numbers=())])
        assert values(out, "reward") == [None, None]
        assert "2 unscored" in notes(self.STAGE, out)[0]


def judgement(points: int) -> str:
    off = [{"what": "wrong", "points": points}] if points else []
    return json.dumps({"deductions": off, "comment": "So so.", "score": 5 - points})


class TestRubric:
    STAGE = ScoreRubric(engine="e", n=3, sampling={"temperature": 0.7})

    def test_judgements_are_averaged_and_their_spread_is_kept(self):
        replies = [Reply(tuple(Choice(judgement(points)) for points in off)) for off in ((0, 0, 0), (0, 2, 4))]
        out = made(self.STAGE, row("a", "b"), replies)
        assert values(out, "rubric") == [1.0, 0.5]
        assert [one["scores"][0]["spread"] for one in out["responses"]] == [0.0, 1.0]
        assert "judgements are 0.50 apart" in notes(self.STAGE, out)[0]

    def test_one_that_cannot_be_read_is_no_judgement_and_too_few_are_none(self):
        replies = [Reply(tuple(Choice(text) for text in texts)) for texts in
                   ((judgement(0), judgement(1), "well"), (judgement(0), "fine", "5"))]  # fmt: skip
        out = made(self.STAGE, row("a", "b"), replies)
        assert values(out, "rubric") == [0.875, None]

    def test_several_judgements_at_temperature_0_are_one(self):
        with pytest.raises(ValidationError, match="at temperature 0 are the same"):
            ScoreRubric(engine="e", n=3)

    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_the_prompt_shows_the_candidate(self, language):
        asked = self.STAGE.ask({**row("青い光が散るからです。"), "language": language, "instruction": JA})
        said = asked[0].messages[-1]["content"]
        assert JA in said and "青い光が散るからです。" in said and asked[0].n == 3


class TestPairwise:
    STAGE = ScorePairwise(engine="e")

    def judged(self, given, better):
        """Answer with `better(first text, second text)`."""
        replies = []
        for request in self.STAGE.ask(given):
            said = request.messages[-1]["content"]
            first, second = said.split("First answer: ")[1].split("\n\nSecond answer: ")
            verdict = better(first.strip(), second.strip())
            replies.append(Reply((Choice(json.dumps({"reason": "So.", "better": verdict})),)))
        return made(self.STAGE, given, replies)

    def test_each_pair_is_shown_in_both_orders(self):
        asked = self.STAGE.ask(row("a", "bb", "ccc", "dddd"))
        assert len(asked) == 12 and len({str(request.messages) for request in asked}) == 12

    def test_the_share_of_wins_orders_the_candidates(self):
        out = self.judged(
            row("ccc", "a", "bb"), lambda first, second: "first" if len(first) > len(second) else "second"
        )
        assert values(out, "wins") == [1.0, 0.0, 0.5]

    def test_a_judge_that_goes_by_the_order_decides_nothing_and_is_told(self):
        out = self.judged(row("ccc", "a", "bb"), lambda first, second: "first")
        assert values(out, "wins") == [0.5, 0.5, 0.5]
        told = notes(self.STAGE, out)[-1]
        assert "100%" in told and "contradicts itself in 3 of 3" in told

    def test_a_pair_that_is_not_judged_in_both_orders_does_not_count(self):
        given = row("a", "b")
        half = made(
            self.STAGE, given, [Reply((Choice('{"reason": "So.", "better": "first"}'),)), Reply((Choice("?"),))]
        )
        assert values(half, "wins") == [None, None]
        assert half["responses"][0]["scores"][0]["detail"] == "no comparison"

    @pytest.mark.parametrize(("count", "opponents"), itertools.product(range(1, 9), (1, 2, 3, None)))
    def test_each_meets_as_many_others_as_asked_for(self, count, opponents):
        orders = ScorePairwise(engine="e", opponents=opponents)._orders(count)
        met = {at: {second for first, second in orders if first == at} for at in range(count)}
        assert len(orders) == len(set(orders)) and all(first != second for first, second in orders)
        assert all((second, first) in orders for first, second in orders)
        least = count - 1 if opponents is None else min(opponents, count - 1)
        assert all(len(others) >= least for others in met.values())


class TestAnswer:
    STAGE = ScoreAnswer()

    def test_right_and_boxed(self):
        texts = ["So \\boxed{\\frac{1}{2}}", "So \\boxed{3}", "The answer is 0.5.", "No idea"]
        out = made(self.STAGE, row(*texts, answer="1/2"))
        assert values(out, "correct") == [1.0, 0.0, 1.0, 0.0] and values(out, "format") == [0.1, 0.1, 0.0, 0.0]

    def test_where_no_answer_is_known_nothing_is_right_or_wrong(self):
        out = made(self.STAGE, row("So \\boxed{3}", answer=None))
        assert values(out, "correct") == [None] and values(out, "format") == [0.1]

    def test_a_text_that_was_cut_off_has_not_the_asked_form(self):
        given = row("So \\boxed{3}", answer="3")
        given["responses"][0]["finish"] = "length"
        assert values(made(self.STAGE, given), "format") == [0.0]


class TestStyle:
    def test_length_falls_on_a_line_from_soft_to_hard(self):
        out = made(ScoreStyle(length=(10, 20), markup=None), row("a" * 10, "a" * 15, "あ" * 20, "a" * 99))
        assert values(out, "length") == [0, -0.5, -1, -1] and values(out, "markup") == [None] * 4

    def test_markup_is_counted_outside_code(self):
        plain = "A sentence. " * 50
        marked = "# One\n\n- **a**\n- b\n" + plain
        code = f"{plain}\n```python\n# a comment\n# another\n```\n"
        out = made(ScoreStyle(length=None, markup=(1, 9)), row(plain, marked, code, "- one item"))
        assert values(out, "markup")[0] == 0 and values(out, "markup")[2] == 0
        assert -1 < values(out, "markup")[1] < 0 and values(out, "markup")[3] == -0.5

    def test_limits_in_the_wrong_order_and_no_limits(self):
        with pytest.raises(ValidationError, match="soft limit below the hard one"):
            ScoreStyle(length=(20, 10))
        with pytest.raises(ValidationError, match="expected `length` or `markup`"):
            ScoreStyle(length=None, markup=None)


class TestSum:
    def given(self):
        full = row("a", "b")
        full["responses"] = [
            scored(one, [score("x", value), score("y", 2.0)])
            for one, value in zip(full["responses"], (1.0, None), strict=True)
        ]
        return full

    def test_a_weighted_sum(self):
        out = made(ScoreSum(sum={"x": 2, "y": -0.5}), self.given())
        assert values(out, "total") == [1.0, None], "a part that is unscored leaves the whole unscored"
        assert out["responses"][1]["scores"][-1]["detail"] == "unscored: x"

    def test_the_mean_of_judges_keeps_how_far_they_are_apart(self):
        out = made(ScoreSum(name="judged", mean=("x", "y")), self.given())
        assert values(out, "judged") == [1.5, None] and out["responses"][0]["scores"][-1]["spread"] == 1.0

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({}, "either `sum` or `mean`"),
            ({"sum": {"x": 1}, "mean": ("x",)}, "either"),
            ({"name": "x", "mean": ("x",)}, "its own parts"),
            ({"name": "X Y", "mean": ("x",)}, "pattern"),
        ],
    )
    def test_what_cannot_be_summed(self, fields, told):
        with pytest.raises(ValidationError, match=told):
            ScoreSum(**fields)


def test_a_score_given_again_takes_the_place_of_the_first():
    one = scored(scored(candidate("a", None, "stop", "toy"), [score("x", 1.0)]), [score("x", 2.0), score("y", 3.0)])
    assert [(found["name"], found["value"]) for found in one["scores"]] == [("x", 2.0), ("y", 3.0)]


def test_solutions_and_programs_become_candidates():
    solutions = [
        {"text": "5 \\boxed{5}", "thinking": "hm", "finish": "stop", "model": "toy"},
        {"text": "5 \\bo", "thinking": None, "finish": "length", "model": "toy"},
    ]
    out = made(Candidates(of="solutions"), {"id": "r", "solutions": solutions})
    assert [one["thinking"] for one in out["responses"]] == ["hm", None]
    assert [bool(one["fault"]) for one in out["responses"]] == [False, True]
    whole = {"text": "t", "code": "c", "finish": "stop", "model": "toy", "fault": None}
    programs = [
        {**whole, "passed": 3, "total": 4, "fault": "wrong_output"},
        {**whole, "code": None, "passed": None, "total": None},
        {**whole, "passed": None, "total": None},
    ]
    out = made(Candidates(of="programs"), {"id": "r", "programs": programs})
    assert values(out, "tests") == [0.75, 0.0, None]
