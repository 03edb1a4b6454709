"""n solutions of each problem, drawn from a model; what it thinks is kept apart from what it answers.

    - solve: {engine: generator, n: 4, calls: {most: 3, limits: {seconds: 5}}}

The candidates stay inside the row, `solutions`, behind those that are there already. With `calls`, the model may run
Python programs in the midst of its solution to a row whose `tools` is true (see `_calls.py` for how).
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import polars as pl
from pydantic import Field

from factory.maths.records import Solution
from factory.prompts import Prompt, PromptName
from factory.request import Ability, Choice, Message, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Again, RowStage, Sampling
from factory.stages._calls import STOP, Draft, answered, begin, go_on, so_far, written
from factory.stages._sandboxed import Sandboxed


class Calls(Sandboxed):
    """That a solution may run programs, and what they may use."""

    most: int = Field(4, ge=1)
    """Calls that one solution may make; one more cuts it off."""
    prefill: bool = True
    """The model goes on in its own turn, behind the output; else the output is a user's turn, for engines that cannot
    begin an answer."""


class Solve(RowStage):
    """Asks for all of a row's solutions in one request, so that its prompt is read once."""

    version: ClassVar[int] = 2
    extras: ClassVar[frozenset[str]] = frozenset({"examples"})
    hears_faults: ClassVar[bool] = True
    engine: str
    prompt: PromptName = Field(default="maths/{language}/solve", validate_default=True)
    prompt_with_tools: PromptName = Field(default="maths/{language}/solve_with_tools", validate_default=True)
    n: int = Field(4, ge=1)
    calls: Calls | None = None
    """For rows whose `tools` is true; without it all rows are solved by words alone."""
    sampling: Sampling = Sampling()

    @property
    def slow(self) -> bool:  # type: ignore[override]
        """Programs are run in a process."""
        return self.calls is not None

    def uses(self) -> set[Ability]:
        return super().uses() | ({"prefill"} if self.calls and self.calls.prefill else set())

    def prompts(self) -> list[Prompt]:
        return [self.prompt, *([self.prompt_with_tools] if self.calls else [])]

    def needs(self) -> set[str]:
        return {"problem", *(["tools"] if self.calls else [])}

    def makes(self) -> Columns:
        return {"solutions": list[Solution]}

    def ask(self, row: Row) -> list[Request]:
        shown = {**row, "examples": row.get("examples") or []}
        if not self._may_call(row):
            return [Request(**self.prompt.render(shown), n=self.n, **self.sampling.model_dump())]
        return [self._with_stop(self.prompt_with_tools.render(shown)["messages"], self.n)]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop | Again]:
        if (fault := replies[0].fault) and not row.get("_drafts"):
            yield Drop(row, str(fault)[:500])
            return
        if not self._may_call(row):
            (reply,) = replies
            drawn = [solution(choice, reply.model) for choice in reply.choices]
            yield {**row, "solutions": [*(row.get("solutions") or []), *drawn]}
            return
        assert self.calls is not None  # noqa: S101 - looked at before
        drafts = [answered(draft, self.calls, self.calls.most) for draft in _continued(row.get("_drafts"), replies)]
        if any(draft["waiting"] for draft in drafts):
            chat = self.ask(row)[0].messages
            further = [
                self._with_stop((*chat, *so_far(draft["turns"], self.calls.prefill)), 1)
                for draft in drafts
                if draft["waiting"]
            ]
            yield Again({**row, "_drafts": drafts}, further)
            return
        yield {**row, "solutions": [*(row.get("solutions") or []), *map(_finished, drafts)]}

    def _may_call(self, row: Row) -> bool:
        return self.calls is not None and bool(row["tools"])

    def _with_stop(self, messages: tuple[Message, ...], n: int) -> Request:
        sampling = {**self.sampling.model_dump(), "stop": (*self.sampling.stop, STOP)}
        return Request(messages=messages, n=n, **sampling)

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Say how many of the solutions that could run programs did."""
        if self.calls is None:
            return []
        transcripts = made.filter(pl.col("_state") != "failed").select(
            pl.col("solutions").explode().struct.field("transcript")
        )
        could = transcripts.drop_nulls().collect()["transcript"]
        called = [sum(turn["role"] == "tool" for turn in turns) for turns in could.to_list()]
        did = sum(number > 0 for number in called)
        return [f"{did} of {len(called)} solutions that could run programs did, {sum(called)} times"] if called else []


def solution(choice: Choice, model: str) -> Solution:
    """Make a candidate of a choice."""
    return Solution(
        text=choice.text.strip(),
        thinking=choice.reasoning,
        finish=choice.finish,
        model=model,
        reasoning=None,
        answer=None,
        how=None,
        transcript=None,
    )


def _continued(drafts: Sequence[Draft] | None, replies: Sequence[Reply]) -> list[Draft]:
    """Begin the drafts, or let those that wait go on; one whose reply is a fault is cut off where it is."""
    if drafts is None:
        return [begin(choice, replies[0].model) for choice in replies[0].choices]
    coming = iter(replies)
    return [_heard(draft, next(coming)) if draft["waiting"] else draft for draft in drafts]


def _heard(draft: Draft, reply: Reply) -> Draft:
    return go_on(draft, reply.choices[0]) if reply.choices else {**draft, "finish": "length", "waiting": False}


def _finished(draft: Draft) -> Solution:
    said = solution(Choice(written(draft["turns"]), draft["finish"], draft["thinking"]), draft["model"])
    return {**said, "transcript": draft["turns"]}
