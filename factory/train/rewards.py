"""The parts of GRPO's reward, measured by the stages that score candidates in a run: one meaning of "right" for both.

    parts = measures(settings, rows, stops)     # {"correct": …, "format": …}
    parts["correct"]([Answer(row={"answer": "8"}, text="3 + 5 = \\\\boxed{8}", tokens=9, finished=True)])    # [1.0]

A part that cannot be had, such as a judgement that cannot be read, is None and never a default.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from factory.contest.reading import read_program
from factory.contest.records import Program
from factory.engines._reasoning import split
from factory.errors import UserError
from factory.records import Response, candidate, value_of
from factory.rows import Drop, Row
from factory.stages.check_refusal import CheckRefusal
from factory.stages.run_tests import RunTests
from factory.stages.score_answer import FORMAT, ScoreAnswer
from factory.train.grpo_settings import Correct, Grpo, Length, Verify
from factory.train.processes import count

COLUMNS: dict[Verify, str] = {"tests": "tests", "refusal": "kind", "maths": "answer"}
"""The column that each verifier needs; the first that a row has decides which it is."""
POLICY = "policy"
"""The name of the model that is trained, in the records that stages read."""


@dataclass(frozen=True)
class Answer:
    """What was drawn for a row of the shard: the text, its tokens, and whether it came to its own end."""

    row: Row
    text: str
    tokens: int
    finished: bool
    thinking: str | None = None
    """What the model thought before it; no verifier reads that."""

    @property
    def instruction(self) -> str:
        """What the user said last."""
        return last_said(self.row["prompt"])

    @property
    def response(self) -> Response:
        """The answer as a candidate, as stages score it."""
        return candidate(self.text, self.thinking, "stop" if self.finished else "length", POLICY)


Measure = Callable[[Sequence[Answer]], list[float | None]]
"""Gives a part of the reward of each answer, None where there is none."""
Reward = Callable[..., list[float | None]]
"""The same, as TRL's GRPOTrainer calls it."""


def last_said(prompt: str | Sequence[Mapping[str, Any]]) -> str:
    """Give the last turn of the user, or the whole of a prompt that is no chat."""
    if isinstance(prompt, str):
        return prompt
    return next((str(turn["content"]) for turn in reversed(prompt) if turn["role"] == "user"), "")


def measures(settings: Grpo, rows: Sequence[Row]) -> dict[str, Measure]:
    """Make the parts that need no model. Raises UserError if the rows do not have what a part needs."""
    parts: dict[str, Measure] = {}
    rewards = settings.rewards
    if rewards.correct is not None:
        parts["correct"] = _correct(rewards.correct, rows)
    if rewards.format is not None:
        verify = rewards.correct.verify if rewards.correct else None
        parts["format"] = lambda answers: [_form(one, verify) for one in answers]
    if rewards.length is not None:
        parts["length"] = _length(rewards.length, settings.max_answer_tokens)
    return parts


def verifier_of(row: Row, verify: Verify | None = None) -> Verify | None:
    """Say by what a row's answers are verified: as asked for, or by the first column it has; None if by nothing."""
    kinds: Iterable[Verify] = (verify,) if verify else COLUMNS
    return next((kind for kind in kinds if row.get(COLUMNS[kind]) not in (None, "", [])), None)


def _correct(correct: Correct, rows: Sequence[Row]) -> Measure:
    found = {verifier_of(row, correct.verify) for row in rows} - {None}
    if not found:
        wanted = COLUMNS[correct.verify] if correct.verify else "`, `".join(COLUMNS.values())
        raise UserError(
            f"rewards.correct: no row of the grpo shard has `{wanted}` to verify an answer by; "
            "carry it over with export.carry, or leave `correct` out"
        )
    programs = _programs(correct) if "tests" in found else None

    def measure(answers: Sequence[Answer]) -> list[float | None]:
        kinds = [verifier_of(one.row, correct.verify) for one in answers]
        with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // count())) as pool:
            passing = {
                at: pool.submit(_passes, programs, one)
                for at, (one, kind) in enumerate(zip(answers, kinds, strict=True))
                if kind == "tests" and programs is not None
            }
            return [
                passing[at].result() if at in passing else _verified(one, kind)
                for at, (one, kind) in enumerate(zip(answers, kinds, strict=True))
            ]

    return measure


def _programs(correct: Correct) -> RunTests:
    try:
        return RunTests(limits=correct.limits, backend=correct.backend)
    except ValidationError as error:
        raise UserError(f"rewards.correct: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


def _passes(stage: RunTests, one: Answer) -> float:
    """Give 1 if the answer is whole and its program passes every test."""
    finish = "stop" if one.finished else "length"
    program = Program(
        text=one.text, code=read_program(one.text), finish=finish, model=POLICY, passed=None, total=None, fault=None
    )
    row = {"statement": one.instruction, "tests": one.row["tests"], "inputs": [], "samples": [], "programs": [program]}
    return float(not any(isinstance(made, Drop) for made in stage.emit(row, [])))


def _verified(one: Answer, kind: Verify | None) -> float | None:
    if kind == "maths":
        return _scores(one)["correct"]
    if kind == "refusal":
        row = {"kind": one.row["kind"], "response": one.text}
        return float(not any(isinstance(made, Drop) for made in CheckRefusal(column="response").emit(row, [])))
    return None


def _form(one: Answer, verify: Verify | None) -> float | None:
    """Give 1 for the form that is asked for: a program, or a result in its box; None where no form is."""
    kind = verifier_of(one.row, verify)
    if kind == "tests":
        return float(one.finished and read_program(one.text) is not None)
    if kind == "refusal":
        return None
    found = _scores(one)["format"]
    return None if found is None else found / FORMAT


def _scores(one: Answer) -> dict[str, float | None]:
    (scored,) = ScoreAnswer().emit({"responses": [one.response], "answer": one.row.get("answer")}, [])
    return {name: value_of(scored["responses"][0], name) for name in ("correct", "format")}


def _length(length: Length, longest: int) -> Measure:
    from trl.rewards import get_soft_overlong_punishment

    punish = get_soft_overlong_punishment(longest, length.margin or max(1, longest // 5))
    return lambda answers: list(punish(completion_ids=[[0] * one.tokens for one in answers]))


def as_trl_calls_it(name: str, measure: Measure, stops: frozenset[int], opening: str = "") -> Reward:
    """Make of a part the function that GRPOTrainer calls; `stops` are the tokens that end an answer.

    `opening` is the mark of reasoning that the prompt ends with.
    """

    def reward(
        prompts: Sequence[Any], completions: Sequence[Any], completion_ids: Sequence[Sequence[int]], **columns: Any
    ) -> list[float | None]:
        names = [key for key, values in columns.items() if isinstance(values, list)]
        answers = []
        for at, ids in enumerate(completion_ids):
            row = {"prompt": prompts[at], **{key: columns[key][at] for key in names}}
            thinking, text = split(opening + (completions[at][-1]["content"] or ""))
            answers.append(Answer(row, text, len(ids), ids[-1] in stops, thinking))
        return measure(answers)

    reward.__name__ = name
    return reward
