"""A reward model's score of each candidate: the logit of a sequence classifier, for question and answer as a chat.

    engines:
      reward: {kind: transformers, model: outputs/reward_model}      # or vllm with `task: score`, or a /classify server
    stages:
      - score_reward: {engine: reward, question: instruction}

The logit is kept as it is, without sigmoid: of the Bradley-Terry model that such a classifier is trained as (Ouyang et
al., arXiv:2203.02155), differences between answers to the same question mean something, the level does not.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from factory.records import Score, score
from factory.request import Ability, Message, Reply, Request
from factory.rows import Drop, Row
from factory.stages._scored import NAME, Scored, chat_of, unfinished


class ScoreReward(Scored):
    """Writes the score `name` on each candidate; unscored where the text is too long for the model."""

    hears_faults: ClassVar[bool] = True
    engine: str
    question: str = "instruction"
    """A column with the question, or with a chat up to the user's last turn."""
    system: str | None = None
    """A system turn before the question."""
    name: str = Field("reward", pattern=NAME)
    logit: int = Field(0, ge=0)
    """Which of the classifier's outputs counts, where it has several."""

    def names(self) -> list[str]:
        return [self.name]

    def needs(self) -> set[str]:
        return super().needs() | {self.question}

    def uses(self) -> set[Ability]:
        return {"score"}

    def ask(self, row: Row) -> list[Request]:
        if not row[self.question]:
            return []
        before = chat_of(row[self.question], self.system)
        chats = [(*before, Message(role="assistant", content=one["text"])) for one in self.candidates(row)]
        return [Request(messages=chat, task="score", seed=0) for chat in chats]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if not row[self.question]:
            yield Drop(row, f"no_question: {self.question} is empty")
            return
        yield unfinished(row, replies) or self.with_scores(row, ([self._score(reply)] for reply in replies))

    def _score(self, reply: Reply) -> Score:
        if reply.fault is not None:
            return score(self.name, None, str(reply.fault))
        if len(reply.numbers) <= self.logit:
            return score(self.name, None, f"the model gives {len(reply.numbers)} numbers")
        return score(self.name, reply.numbers[self.logit])
