"""A model that judges the answers of a GRPO training by a rubric, over an engine of the factory.

    judge = Judge(Rubric(engine={"kind": "openai", "base_url": "http://localhost:8000/v1", "model": "Qwen/Qwen3-8B"}))
    judge.check(rows[:3])     # asks for a judgement: raises UserError where nobody answers, or none can be read
    judge(answers)            # [0.75, None]

It is the stage `score_rubric`, asked outside of a run.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from factory.engine import Engine
from factory.errors import RunError, UserError
from factory.meter import Meter, Metered
from factory.records import value_of
from factory.request import Reply, Request
from factory.retry import Retrying
from factory.rows import Drop, Row, seed_of
from factory.stages.score_rubric import ScoreRubric
from factory.structured import Structured
from factory.text.language import identify
from factory.train.grpo_settings import Rubric
from factory.train.rewards import Answer

if TYPE_CHECKING:
    from transformers import TrainerCallback

_WHERE = "rewards.rubric"


class Judge:
    """Measures the part `rubric`. The engine is opened by the first request, and lives until `close`."""

    def __init__(self, rubric: Rubric) -> None:
        spec = rubric.spec()
        meter = Meter()
        self._spec = spec
        self._stage = ScoreRubric(
            engine="judge", prompt=rubric.prompt, deductions=rubric.deductions, n=rubric.n, sampling=rubric.sampling
        )
        self._metered = Metered(spec.build(), meter)
        self._engine: Engine = Structured(Retrying(self._metered, meter, "judge", spec.attempts, spec.patience))
        self._loop = asyncio.Runner()

    def check(self, rows: Sequence[Row]) -> None:
        """Ask for judgements of the rows' own answers until one can be read. Raises UserError if none can."""
        said = ""
        for row in rows:
            shown, reply = self._asked(row)
            if self._value(shown, reply) is not None:
                return
            said = reply.text[:80]
        raise UserError(
            f"{_WHERE}: the judge {self._spec.model_name} gives no judgement that can be read, but {said!r}; does it "
            "reason first? raise sampling.max_tokens, or switch that off"
        )

    def _asked(self, row: Row) -> tuple[Row, Reply]:
        """Ask for one judgement, with no patience. Raises UserError if the judge does not answer."""
        shown = self._shown(Answer(row, str(row.get("answer") or ""), 0, True))
        try:
            (request,) = self._stage.ask(shown)
        except ValueError as error:
            raise UserError(f"{_WHERE}: {error}") from None
        if missing := request.abilities - self._spec.can:
            raise UserError(f"{_WHERE}: the engine cannot do what the judge needs: {', '.join(sorted(missing))}")
        try:
            reply = self._loop.run(Structured(self._metered).ask(request))
        except (UserError, RunError) as error:
            raise UserError(f"{_WHERE}: the judge cannot be asked: {error}") from None
        if reply.fault is not None:
            raise UserError(f"{_WHERE}: the judge {self._spec.model_name} does not answer: {reply.fault}")
        return shown, reply

    def __call__(self, answers: Sequence[Answer]) -> list[float | None]:
        """Judge the answers. Raises RunError if the engine is gone."""
        shown = [self._shown(one) for one in answers]
        asked = [
            replace(request, seed=seed_of(row.get("id"), row["responses"][0]["text"]))
            for row in shown
            for request in self._stage.ask(row)
        ]
        replies = self._loop.run(self._all(asked))
        return [self._value(row, reply) for row, reply in zip(shown, replies, strict=True)]

    async def _all(self, requests: Sequence[Request]) -> list[Reply]:
        room = asyncio.Semaphore(max(self._engine.slots, 1))

        async def ask(request: Request) -> Reply:
            async with room:
                return await self._engine.ask(request)

        return await asyncio.gather(*map(ask, requests))

    def _value(self, row: Row, reply: Reply) -> float | None:
        (made,) = self._stage.emit(row, [reply])
        return None if isinstance(made, Drop) else value_of(made["responses"][0], self._stage.name)

    def _shown(self, one: Answer) -> Row:
        """Give the row as the judge's prompt reads it, in English where there is no prompt in its language."""
        row = {**one.row, "instruction": one.instruction, "responses": [one.response]}
        row["language"] = one.row.get("language") or identify(one.instruction)
        try:
            known = self._stage.prompt.covers(row)
        except KeyError as error:
            raise UserError(f"{_WHERE}: the prompt needs the column {error.args[0]!r}; carry it over") from None
        return row if known else {**row, "language": "en"}

    def close(self) -> None:
        """Close the engine."""
        self._loop.run(self._engine.close())
        self._loop.close()


def closer(judge: Judge) -> "TrainerCallback":
    """Make the callback that closes the judge's engine when the training ends."""
    from transformers import TrainerCallback

    class Closer(TrainerCallback):
        def on_train_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            judge.close()

    return Closer()
