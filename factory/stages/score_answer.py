"""Verifies the answer that each candidate ends in: 1 if it is the row's answer, else 0; and 0.1 for the asked form.

    - score_answer: {answer: known_answer}

The reward of DeepSeek-R1-Zero is such a pair of rules, accuracy and format (arXiv:2501.12948, §2.2.2). Answers are
compared by value with math-verify (see `factory.maths.compare`). Where no answer is known, `correct` is null.
"""

from collections.abc import Iterable, Sequence

from factory.maths.answers import extract
from factory.maths.compare import same
from factory.records import Response, Score, score
from factory.request import Reply
from factory.rows import Row
from factory.stages._scored import Scored

FORMAT = 0.1
"""What the asked form is worth beside a right answer's 1."""


class ScoreAnswer(Scored):
    """Writes the scores `correct` (1 or 0) and `format` (0.1 if the answer stands in a box and the text is whole)."""

    answer: str = "answer"
    """The column with the right answer."""

    def names(self) -> list[str]:
        return ["correct", "format"]

    def needs(self) -> set[str]:
        return super().needs() | {self.answer}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        yield self.with_scores(row, (self._scores(one, row[self.answer]) for one in self.candidates(row)))

    def _scores(self, one: Response, answer: str | None) -> list[Score]:
        found = extract(one["text"])
        boxed = found is not None and found.how == "boxed" and one["finish"] != "length"
        form = score("format", FORMAT if boxed else 0.0)
        if answer is None:
            return [score("correct", None, "the row has no answer to compare with"), form]
        if found is None:
            return [score("correct", 0.0, "ends in no answer"), form]
        right = same(found.text, answer)
        return [score("correct", float(right), f"ends in {found.text}, the answer is {answer}"), form]
