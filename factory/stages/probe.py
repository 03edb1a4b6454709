"""What the target model answers to a fact's question with the book closed: the text is not shown.

    - probe: {engine: target, n: 4}

A model that is to be trained on documents may know much of them. What it knows shows in how often it is right over
several few-shot answers (SliCK, Gekhman et al., arXiv:2405.05904, which sorts facts into known and unknown so); the
few-shot turns give it the form, lest a wrong form be taken for ignorance. For a base model there is the prompt
`knowledge/{language}/probe_completion`, without a chat.
"""

from collections.abc import Iterable, Sequence

from pydantic import Field
from typing_extensions import TypedDict

from factory.prompts import PromptName
from factory.request import Reply, Request
from factory.rows import Columns, Row
from factory.stage import RowStage, Sampling


class Attempt(TypedDict):
    """A closed-book answer; `grade` writes its mark (right, wrong or unscored), and who gave it (rule or model)."""

    text: str
    mark: str | None
    by: str | None


class Probe(RowStage):
    """Writes `attempts`, n closed-book answers to the question, not marked yet."""

    engine: str
    prompt: PromptName = Field(default="knowledge/{language}/probe", validate_default=True)
    n: int = Field(4, ge=1)
    sampling: Sampling = Sampling(temperature=0.7, max_tokens=60, stop=("\n",))

    def needs(self) -> set[str]:
        return {"question"}

    def makes(self) -> Columns:
        return {"attempts": list[Attempt], "target_model": str}

    def ask(self, row: Row) -> list[Request]:
        return [Request(**self.prompt.render(row), n=self.n, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        (reply,) = replies
        attempts = [Attempt(text=choice.text.strip(), mark=None, by=None) for choice in reply.choices]
        yield {**row, "attempts": attempts, "target_model": reply.model}
