"""n Python programs for each problem, drawn from a model; the code is read out of each answer, and not yet run."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from factory.contest.reading import read_program
from factory.contest.records import Program
from factory.prompts import PromptName
from factory.request import Reply, Request
from factory.rows import Columns, Row
from factory.stage import RowStage, Sampling


class WritePrograms(RowStage):
    """Asks for all of a row's programs in one request, so that its prompt is read once."""

    engine: str
    prompt: PromptName = Field(default="contest/{language}/write_program", validate_default=True)
    n: int = Field(4, ge=1)
    sampling: Sampling = Sampling(temperature=0.6, max_tokens=1024)

    def needs(self) -> set[str]:
        return {"statement"}

    def makes(self) -> Columns:
        return {"programs": list[Program]}

    def ask(self, row: Row) -> list[Request]:
        return [Request(**self.prompt.render(row), n=self.n, **self.sampling.model_dump())]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        (reply,) = replies
        yield {
            **row,
            "programs": [
                Program(
                    text=choice.text.strip(),
                    code=read_program(choice.text),
                    finish=choice.finish,
                    model=reply.model,
                    passed=None,
                    total=None,
                    fault=None,
                )
                for choice in reply.choices
            ],
        }
