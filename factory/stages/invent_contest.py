"""The model writes a contest problem for each row that has none: story, input, output, constraints and examples.

The condition of the row (topic, difficulty) is in the prompt, and so are worked examples where there are any. What
comes back is taken apart and put together again, in one of the layouts that contests have: hints, notes and solutions
that the model added are left out. That the examples are right is for `run_tests` to find out.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from factory.contest.kinds import lay_out
from factory.contest.records import Test
from factory.contest.statements import Statement, read_statement
from factory.contest.topics import DIFFICULTY, TOPICS, Both
from factory.prompts import PromptName
from factory.request import Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage, Sampling


class InventContest(RowStage):
    """Fills in `statement` where it is null; `samples` are the examples that such a statement shows."""

    extras: ClassVar[frozenset[str]] = frozenset({"topic_is", "difficulty_is"})
    engine: str
    prompt: PromptName = Field(default="contest/{language}/invent", validate_default=True)
    sampling: Sampling = Sampling(temperature=0.8, max_tokens=1024)

    def needs(self) -> set[str]:
        return {"statement", "topic", "difficulty", "language", "examples"}

    def makes(self) -> Columns:
        return {"statement": str, "statement_model": str | None, "samples": list[Test]}

    def ask(self, row: Row) -> list[Request]:
        if row["statement"] is not None:
            return []
        topic = TOPICS.get(row["topic"], Both(row["topic"], row["topic"]))
        difficulty = DIFFICULTY.get(row["difficulty"], Both("", ""))
        told = {"topic_is": topic, "difficulty_is": difficulty}
        extra = {name: both.ja if row["language"] == "ja" else both.en for name, both in told.items()}
        return [Request(**self.prompt.render(row, **extra), **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if not replies:
            yield {**row, "statement_model": None, "samples": []}
            return
        choice = replies[0].choices[0]
        told = {**row, "statement": choice.text[:4000], "statement_model": replies[0].model, "samples": []}
        found = read_statement(choice.text)
        if choice.finish == "length":
            yield Drop(told, "cut_off: the statement does not end")
        elif missing := _missing(found):
            yield Drop(told, f"no_statement: it has no {missing}")
        elif any(example["statement"].startswith(found.story) for example in row["examples"]):
            yield Drop(told, "copied_example")
        else:
            sections = (found.input, found.output, found.constraints)
            statement = lay_out(row["id"], found.story, sections, found.examples, row["language"])
            yield {**told, "statement": statement, "samples": found.examples}


def _missing(found: Statement) -> str | None:
    sections = {"story": found.story, "input": found.input, "output": found.output, "examples": found.examples}
    return next((name for name, content in sections.items() if not content), None)
