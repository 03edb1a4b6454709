"""Compares each candidate with the right answer as texts: 1 if it is the answer, 0 if not, null if a rule cannot say.

    - score_text: {match: equal}                       # the whole text, or what follows "The answer is", is the answer
    - score_text: {match: stated, aliases: aliases}    # a closed-book answer states it, in whatever words
    - score_text: {match: stated, engine: judge}       # a model marks what the rules cannot

`equal` is the exact match of SQuAD (Rajpurkar et al., arXiv:1606.05250) without case, punctuation, width, article and
kind of kana; `stated` are the rules of `grade` for names, numbers with units and dates (`factory.stages._stated`).
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from pydantic import Field, ValidationError

from factory.maths.answers import extract, split_reasoning
from factory.prompts import Prompt, PromptName
from factory.records import Score, score
from factory.request import Ability, Reply, Request
from factory.rows import Drop, Row
from factory.stage import Sampling
from factory.stages._scored import Scored, unfinished
from factory.stages._stated import graded, normal, script
from factory.stages.grade import Mark

_SCHEMA = Mark.model_json_schema()


class ScoreText(Scored):
    """Writes the score `correct`: 1, 0, or null where a rule cannot say and no model is asked."""

    extras: ClassVar[frozenset[str]] = frozenset({"attempt"})
    hears_faults: ClassVar[bool] = True
    match: Literal["equal", "stated"] = "equal"
    answer: str = "answer"
    """The column with the right answer."""
    aliases: str | None = None
    """The column with other right answers."""
    engine: str | None = None
    """Marks what the rules cannot; without it, that is null."""
    prompt: PromptName = Field(default="knowledge/{language}/grade", validate_default=True)
    sampling: Sampling = Sampling(temperature=0, max_tokens=200)

    def names(self) -> list[str]:
        return ["correct"]

    def needs(self) -> set[str]:
        return super().needs() | {self.answer} | ({self.aliases} if self.aliases else set())

    def prompts(self) -> list[Prompt]:
        return [self.prompt] if self.engine else []

    def uses(self) -> set[Ability]:
        return super().uses() | {"json_schema"}

    def ask(self, row: Row) -> list[Request]:
        if self.engine is None:
            return []
        sampling = self.sampling.model_dump()
        shown = {**row, "answer": row[self.answer]}
        return [
            Request(**self.prompt.render(shown, attempt=text), json_schema=_SCHEMA, **sampling)
            for text in self._open(row)
        ]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        by_model = dict(zip(self._open(row), map(_read, replies), strict=False))
        marked = ([self._score(one["text"], row, by_model)] for one in self.candidates(row))
        yield unfinished(row, replies) or self.with_scores(row, marked)

    def _score(self, text: str, row: Row, by_model: dict[str, bool | None]) -> Score:
        right = self._mark(text, row)
        if right is not None:
            return score("correct", float(right), f"the answer is {row[self.answer]}")
        by_judge = by_model.get(text)
        if by_judge is None:
            return score("correct", None, "a rule cannot say" + ("; the judge did not" if self.engine else ""))
        return score("correct", float(by_judge), f"by the judge; the answer is {row[self.answer]}")

    def _open(self, row: Row) -> list[str]:
        """List the answers, each once, that a rule cannot mark."""
        texts = dict.fromkeys(one["text"] for one in self.candidates(row))
        return [text for text in texts if self._mark(text, row) is None]

    def _mark(self, text: str, row: Row) -> bool | None:
        golds = [row[self.answer], *((row[self.aliases] or []) if self.aliases else [])]
        said = split_reasoning(text)[1]
        if self.match == "equal":
            return any(equal(said, gold) for gold in golds)
        marks = {gold: graded(said, gold) for gold in golds}
        if True in marks.values():
            return True
        alike = [gold for gold in golds if script(gold) == script(said)] or golds  # of Tokyo, 「東京」 could be said
        return None if any(marks[gold] is None for gold in alike) else False


def equal(said: str, gold: str) -> bool:
    """Tell whether a text, or the answer that it ends in, is the right answer."""
    return key(gold) in (key(said), answer_key(said))


def answer_key(text: str) -> str:
    """Give the key of the answer that a text ends in, or of the whole text where it names none."""
    said = split_reasoning(text)[1]
    found = extract(said)
    return key(found.text if found is not None and found.how != "last_number" else said)


def key(text: str) -> str:
    """Give what equal texts share; a text without a word in it is itself."""
    return normal(text) or "".join(text.split())


def _read(reply: Reply) -> bool | None:
    try:
        return Mark.model_validate_json(reply.text).same
    except ValidationError:
        return None
