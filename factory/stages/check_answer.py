"""Holds a solution to the row's answer: it must end in it, in a box. What `repair` rewrote is held to it again.

- agree
- check_answer
- repair: {engine: generator, since: check_answer, column: solution, prompt: "maths/{language}/repair",
           reasons: [unboxed, no_answer]}
"""

from collections.abc import Iterable, Sequence

from factory.maths.answers import extract
from factory.maths.compare import same
from factory.request import Message, Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage
from factory.stages._calls import written


class CheckAnswer(RowStage):
    """Writes `conversation`: the problem and the solution, each call of a tool and its output a turn of its own."""

    boxed: bool = True
    """Whether the answer must stand in a box; if not, any of the extraction rules may find it."""

    def needs(self) -> set[str]:
        return {"problem", "solution", "answer"}

    def makes(self) -> Columns:
        return {"how": str | None, "conversation": list[Message]}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        turns: list[Message] = row.get("transcript") or []
        if not turns or written(turns) != row["solution"]:
            turns = [Message(role="assistant", content=row["solution"])]
        found = extract(turns[-1]["content"]) if turns[-1]["role"] == "assistant" else None
        asked = Message(role="user", content=row["problem"])
        checked = {**row, "how": found and found.how, "conversation": [asked, *turns]}
        if found is None:
            yield Drop(checked, "no_answer: the solution ends in none")
        elif not same(found.text, row["answer"]):
            yield Drop(checked, f"wrong: the solution ends in {found.text}, the answer is {row['answer']}"[:300])
        elif self.boxed and found.how != "boxed":
            yield Drop(checked, f"unboxed: the answer {found.text} does not stand in \\boxed{{}}"[:300])
        else:
            yield checked
