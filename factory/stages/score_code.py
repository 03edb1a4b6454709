"""Runs each candidate's program with the row's tests in the sandbox: 1 if they all pass, 0 if not.

    - score_code: {entry_point: entry_point, beginning: question, limits: {seconds: 5}}

The function asked for is taken out of the answer by its syntax tree (`factory.code.sanitised`). The tests are Python
behind it that raises an error where it is wrong, as HumanEval's are (Chen et al. 2021, arXiv:2107.03374). A program
that ends before the tests do has not passed them: at their end a word is printed that it cannot know.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from factory.code.sanitised import sanitised
from factory.maths.answers import split_reasoning
from factory.records import Score, score
from factory.request import Reply
from factory.rows import Row, digest
from factory.sandbox import Limits
from factory.stages._sandboxed import Sandboxed, complaint
from factory.stages._scored import Scored


class ScoreCode(Sandboxed, Scored):
    """Writes the score `correct`, 1 or 0; its detail says what went wrong."""

    slow: ClassVar[bool] = True
    tests: str = "tests"
    """The column with the tests."""
    entry_point: str = "entry_point"
    """The column with the name of the function that is asked for."""
    beginning: str | None = None
    """The column with the beginning of the program, which an answer may go on from."""
    limits: Limits = Limits(memory_mb=512)

    def names(self) -> list[str]:
        return ["correct"]

    def needs(self) -> set[str]:
        return super().needs() | {self.tests, self.entry_point} | ({self.beginning} if self.beginning else set())

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        done: dict[str, Score] = {}
        for one in self.candidates(row):
            if one["text"] not in done:
                done[one["text"]] = self._score(one["text"], row)
        yield self.with_scores(row, ([done[one["text"]]] for one in self.candidates(row)))

    def _score(self, text: str, row: Row) -> Score:
        beginning = row[self.beginning] if self.beginning else ""
        code = sanitised(split_reasoning(text)[1], row[self.entry_point], beginning)
        if code is None:
            return score("correct", 0.0, f"no_program: it does not define {row[self.entry_point]}")
        end = f"passed {digest(row['id'], row[self.tests])}"
        outcome = self.execute(f"{code}\n{row[self.tests]}\nprint({end!r})\n")
        if outcome.end != "ok":
            return score("correct", 0.0, complaint(outcome))
        passed = outcome.stdout.rstrip().endswith(end)
        return score("correct", float(passed), "" if passed else "ended before the tests did")
