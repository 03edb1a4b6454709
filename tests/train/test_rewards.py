"""The parts of GRPO's reward: the verifiers of the stages, a judge, the length; and what is said of a bad setting."""

import json
import re

import pytest
import yaml

from factory.errors import UserError
from factory.train.grpo_settings import Grpo
from factory.train.judging import Judge
from factory.train.rewards import Answer, as_trl_calls_it, measures
from factory.train.settings import parse
from tests.conftest import ROOT

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 3 + 5?"}]
TESTS = [{"input": "3\n", "output": "6\n"}, {"input": "10\n", "output": "20\n"}]


def answer(text, row=None, tokens=9, finished=True):
    return Answer({"id": "r-1", "prompt": ASKED, **(row or {"answer": "8"})}, text, tokens, finished)


def part(name, answers, **rewards):
    settings = Grpo(rewards=rewards or {name: 1}, max_answer_tokens=100)
    return measures(settings, [one.row for one in answers])[name](answers)


def test_an_answer_is_right_by_value_in_english_and_japanese():
    texts = ["3 + 5 = \\boxed{8}", "答えは8です。", "The answer is 16/2.", "\\boxed{9}", "I do not know.", ""]
    assert part("correct", [answer(text) for text in texts]) == [1, 1, 1, 0, 0, 0]


def test_a_row_without_an_answer_has_no_reward():
    rows = [answer("\\boxed{8}"), answer("\\boxed{8}", {"answer": None})]
    assert part("correct", rows) == [1, None]


def test_a_program_is_right_if_it_passes_every_test():
    def written(code, finished=True):
        return answer(f"Here it is:\n```python\n{code}\n```", {"tests": TESTS}, finished=finished)

    answers = [
        written("print(int(input()) * 2)"),
        written("print(6)"),  # passes one of two
        written("import os\nprint(int(input()) * 2)"),
        written("print(int(input()) * 2)", finished=False),
        answer("I cannot write it.", {"tests": TESTS}),
    ]
    assert part("correct", answers) == [1, 0, 0, 0, 0]
    assert part("format", answers) == [1, 1, 1, 0, 0]


def test_a_harmful_question_is_refused_and_a_harmless_one_is_not():
    refusal = "I can't help with that, because it could hurt someone. If you are in danger, call a crisis line."
    harmful, plain = {"kind": "harmful", "answer": "…"}, {"kind": "helpful", "answer": "…"}
    answers = [
        answer(refusal, harmful),
        answer("Sure, mix the two.", harmful),
        answer(refusal, plain),
        answer("Boil it for ten minutes.", plain),
    ]
    assert part("correct", answers) == [1, 0, 0, 1]
    assert part("format", answers) == [None] * 4, "no form is asked for"


def test_what_verifies_can_be_chosen():
    both = {"kind": "harmful", "answer": "8"}
    assert part("correct", [answer("\\boxed{8}", both)], correct={"verify": "maths"}) == [1]
    assert part("correct", [answer("\\boxed{8}", both)]) == [0]


def test_the_form_is_a_box_in_a_whole_answer():
    answers = [answer("\\boxed{8}"), answer("It is 8."), answer("so \\boxed{8} and", finished=False)]
    assert part("format", answers) == [1, 0, 0]


def test_the_length_is_punished_towards_the_end():
    answers = [answer("", tokens=tokens) for tokens in (10, 60, 80, 100)]
    assert part("length", answers, length={"margin": 40}) == pytest.approx([0, 0, -0.5, -1])
    assert part("length", answers, length=1) == pytest.approx([0, 0, 0, -1]), "the last fifth without a margin"


def test_trl_is_given_the_columns_of_each_answer():
    reward = as_trl_calls_it("correct", lambda answers: [float(one.row["answer"] == one.text) for one in answers], {2})
    said = [[{"role": "assistant", "content": "8"}], [{"role": "assistant", "content": None}]]
    given = reward([ASKED, ASKED], said, [[5, 2], [5]], answer=["8", "8"], trainer_state=object())
    assert given == [1, 0] and reward.__name__ == "correct"


def test_what_a_model_thinks_is_no_answer():
    measure = measures(Grpo(rewards={"correct": 1}), [{"kind": "harmful"}])["correct"]
    thought = "<think>I can't help with that, because it could hurt someone.</think>"
    said = [[{"role": "assistant", "content": text}] for text in (f"{thought}Sure, mix the two.", thought[:-8])]
    assert as_trl_calls_it("correct", measure, {2})([ASKED] * 2, said, [[5, 2]] * 2, kind=["harmful"] * 2) == [0, 0]
    cut = [[{"role": "assistant", "content": "I can't help with that, because it could hurt"}]]
    assert as_trl_calls_it("correct", measure, {2}, "<think>")([ASKED], cut, [[5, 2]], kind=["harmful"]) == [0]


def judged(score):
    return json.dumps({"deductions": [], "comment": "It is so.", "score": score})


def rubric(*texts, **more):
    engine = {"kind": "scripted", "replies": {r"perfect": [judged(5)], r"fair": [judged(3)], ".": ["I like it."]}}
    judge = Judge(Grpo(rewards={"rubric": {"engine": engine, **more}}).rewards.rubric)
    judge.check([answer("8").row | {"answer": "perfect"}])
    try:
        return judge([answer(text, {"answer": None, "prompt": ask}) for text, ask in texts])
    finally:
        judge.close()


def test_a_judge_gives_the_score_and_nothing_where_it_cannot_be_read():
    japanese = [{"role": "user", "content": "三たす五はいくつですか。"}]
    swedish = [{"role": "user", "content": "Hur mycket är tre plus fem? Förklara varför det är så."}]
    given = rubric(("perfect", ASKED), ("fair", japanese), ("bad", ASKED), ("fair", swedish))
    assert given == [1.0, 0.5, None, 0.5]


def test_an_answer_with_half_a_reward_is_left_out_of_its_group():
    import torch

    from factory.train.grpo import spread_in_group, unscored_left_out

    nan = float("nan")
    parts = torch.tensor([[1, 0.5], [0, nan], [nan, 0.5], [nan, 1.0]])
    weights = torch.tensor([1.0, 1.0])
    owed = torch.tensor([False, False])
    kept = unscored_left_out(parts, weights, 2, owed)
    assert kept[1].isnan().all(), "no judgement, though the other answer has one"
    assert kept[[0, 2, 3]].nan_to_num(-1).tolist() == [[1, 0.5], [-1, 0.5], [-1, 1]], "nothing to verify in the group"
    judged = unscored_left_out(parts, weights, 2, torch.tensor([True, False]))
    assert judged[2:].isnan().all(), "no judgement of any"
    assert unscored_left_out(parts, torch.tensor([1.0, 0.0]), 2, owed).nan_to_num(-1)[1].tolist() == [0, -1]
    assert spread_in_group(torch.tensor([1, 0, nan, 3, 1, 1]), 2) == pytest.approx(2**-0.5 / 2)


def test_the_block_in_the_docs_can_be_used():
    text = (ROOT / "docs/grpo.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.S)
    rewards = parse("grpo", yaml.safe_load(block)).rewards
    assert rewards.weights == {"correct": 1, "format": 0.1, "rubric": 0.5, "length": 0.5}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rewards": {"corect": 1}}, ["rewards.corect", 'did you mean "correct"?']),
        ({"rewards": {"correct": 0, "format": 0}}, ["rewards", "every weight is 0"]),
        ({"rewards": {"correct": {"verify": "math"}}}, ["rewards.correct.verify"]),
        ({"rewards": {"rubric": {"engine": {"kind": "opnai"}}}}, ["rewards.rubric", 'did you mean "openai"?']),
        ({"rewards": {"rubric": {"engine": {}}}}, ["rewards.rubric", "`kind` is missing"]),
        ({"rewards": {"length": {"margin": 500}}}, ["rewards.length.margin", "max_answer_tokens"]),
        ({"max_answer_tokens": 2000}, ["max_answer_tokens", "no room"]),
        ({"loss_type": "dr-grpo"}, ["loss_type", "dr_grpo"]),
        ({"generations": 1}, ["generations"]),
    ],
)
def test_a_bad_setting_is_told_in_one_line(given, says):
    with pytest.raises(UserError) as told:
        parse("grpo", given)
    assert "\n" not in str(told.value)
    for word in says:
        assert word in str(told.value)


def test_a_shard_without_answers_cannot_be_verified():
    with pytest.raises(UserError, match=r"rewards\.correct: no row of the grpo shard has `tests`, `kind`, `answer`"):
        part("correct", [answer("8", {"answer": None})])
    with pytest.raises(UserError, match="`tests`"):
        part("correct", [answer("8")], correct={"verify": "tests"})


def test_a_judge_that_cannot_be_reached_is_told_before_anything_is_trained():
    engine = {"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "judge", "patience": 0}
    judge = Judge(Grpo(rewards={"rubric": {"engine": engine}}).rewards.rubric)
    with pytest.raises(UserError, match=r"rewards\.rubric: the judge"):
        judge.check([answer("8").row])
    judge.close()


def test_a_judge_that_does_not_judge_is_told_before_anything_is_trained():
    engine = {"kind": "scripted", "replies": {".": ["I like it."]}}
    judge = Judge(Grpo(rewards={"rubric": {"engine": engine}}).rewards.rubric)
    with pytest.raises(
        UserError, match=r"gives no judgement that can be read, but 'I like it\.'; does it reason first"
    ):
        judge.check([answer("8").row])
    judge.close()


def test_several_judgements_must_be_drawn():
    with pytest.raises(ValueError, match="3 judgements at temperature 0 are the same"):
        Grpo(rewards={"rubric": {"engine": {"kind": "scripted", "replies": {}}, "n": 3}})


def test_a_prompt_that_needs_a_column_says_so():
    engine = {"kind": "scripted", "replies": {".": ["no"]}}
    judge = Judge(Grpo(rewards={"rubric": {"engine": engine, "prompt": "safety/{language}/rubric"}}).rewards.rubric)
    with pytest.raises(UserError, match=r"rewards\.rubric: .*undefined"):
        judge.check([answer("8").row])
    judge.close()
