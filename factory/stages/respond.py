"""n answers to the row's question, drawn in one request, as candidates."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from factory.prompts import PromptName
from factory.records import Response, response
from factory.request import Reply, Request
from factory.rows import Columns, Row
from factory.stage import RowStage, Sampling


class Respond(RowStage):
    """Adds the answers to `responses`, behind those that are there already: another engine's, say."""

    version: ClassVar[int] = 2
    engine: str
    prompt: PromptName = Field(default="respond/plain", validate_default=True)
    n: int = Field(4, ge=1)
    responses: str = "responses"
    sampling: Sampling = Sampling(max_tokens=1024)

    def makes(self) -> Columns:
        return {self.responses: list[Response]}

    def ask(self, row: Row) -> list[Request]:
        return [Request(**self.prompt.render(row), n=self.n, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        (reply,) = replies
        drawn = [response(choice, reply.model) for choice in reply.choices]
        yield {**row, self.responses: [*(row.get(self.responses) or []), *drawn]}
