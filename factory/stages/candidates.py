"""The solutions of a maths problem, or the programs of a contest problem, as candidates: to be scored and paired.

    - candidates: {of: solutions}                 # behind `agree`: the row then has an answer
    - score_answer
    - pair: {by: correct, verified: correct}

    - candidates: {of: programs}                  # behind `run_tests`: the score `tests` is the share that was passed

The rules that found a fault in the texts of `responses` do so in these too: `tag` and `filter` come behind.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from factory.contest.records import Program
from factory.maths.records import Solution
from factory.records import Response, candidate, score, scored
from factory.request import Reply
from factory.rows import Columns, Row
from factory.stage import RowStage


class Candidates(RowStage):
    """Writes `responses`; a candidate that was cut off is out."""

    of: Literal["solutions", "programs"]
    responses: str = "responses"

    def needs(self) -> set[str]:
        return {self.of}

    def scores(self) -> set[str]:
        return {"tests"} if self.of == "programs" else set()

    def makes(self) -> Columns:
        return {self.responses: list[Response]}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        make = _of_solution if self.of == "solutions" else _of_program
        yield {**row, self.responses: [_whole(make(one)) for one in row[self.of]]}


def _of_solution(one: Solution) -> Response:
    return candidate(one["text"], one["thinking"], one["finish"], one["model"])


def _of_program(one: Program) -> Response:
    found = candidate(one["text"], None, one["finish"], one["model"])
    if one["code"] is None:
        return scored(found, [score("tests", 0.0, "no program")])
    if not one["total"]:
        return scored(found, [score("tests", None, one["fault"] or "it was not run")])
    return scored(found, [score("tests", (one["passed"] or 0) / one["total"], one["fault"] or "")])


def _whole(one: Response) -> Response:
    return {**one, "fault": "truncated: the answer was cut off"} if one["finish"] == "length" else one
