"""n answers to the row's question, drawn in one request, as candidates."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from factory.prompts import PromptName
from factory.records import Response, response
from factory.request import Choice, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage, Sampling


class Respond(RowStage):
    """Adds the answers to `responses`, behind those that are there already: another engine's, say."""

    version: ClassVar[int] = 2
    hears_faults: ClassVar[bool] = True
    engine: str
    prompt: PromptName = Field(default="respond/plain", validate_default=True)
    n: int = Field(4, ge=1)
    responses: str = "responses"
    sampling: Sampling = Sampling(max_tokens=1024)
    on_empty: Literal["reject", "keep"] = "reject"
    """What becomes of a row to which the model says nothing at all: an evaluation keeps it, as answers without text."""

    def makes(self) -> Columns:
        return {self.responses: list[Response]}

    def ask(self, row: Row) -> list[Request]:
        return [Request(**self.prompt.render(row), n=self.n, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        (reply,) = replies
        choices = reply.choices
        if reply.fault:
            if reply.fault.kind != "empty" or self.on_empty == "reject":
                yield Drop(row, str(reply.fault)[:500])
                return
            choices = (Choice(""),) * self.n
        drawn = [response(choice, reply.model) for choice in choices]
        yield {**row, self.responses: [*(row.get(self.responses) or []), *drawn]}
