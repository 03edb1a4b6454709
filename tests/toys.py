"""Small stages and scripts that the tests name as `tests.toys:…`."""

import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

import polars as pl

from factory.prompts import PromptName
from factory.records import Response, candidate, score, scored
from factory.request import Ability, Fault, Message, Reply, Request
from factory.rows import Columns, Drop, Row
from factory.stage import Again, RowStage, Source, TableStage


class Numbers(Source):
    """Rows with a number each."""

    amount: ClassVar[frozenset[str]] = frozenset({"count"})
    count: int = 10

    def size(self) -> int:
        return self.count

    def makes(self) -> Columns:
        return {"number": int, "language": str}

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        return ({"number": number, "language": "en"} for number in range(start, stop))


class Ask(RowStage):
    """Asks an engine about the number, once or several times."""

    engine: str
    times: int = 1
    prompt: PromptName | None = None
    reject: str | None = None

    def needs(self) -> set[str]:
        return {"number"}

    def makes(self) -> Columns:
        return {"said": list[str]}

    def ask(self, row: Row) -> list[Request]:
        asked = self.prompt.render(row) if self.prompt else {"prompt": f"number {row['number']}"}
        return [Request(**asked) for _ in range(self.times)]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        said = [reply.text for reply in replies]
        if self.reject and any(self.reject in text for text in said):
            yield Drop({**row, "said": said}, f"unwanted: {self.reject}")
        else:
            yield {**row, "said": said}


class Invent(Ask):
    """Has the model write the user's turn."""

    def uses(self) -> set[Ability]:
        return {"instruct"}

    def ask(self, row: Row) -> list[Request]:
        return [Request(task="instruct", max_tokens=60)]


class Double(RowStage):
    """CPU-bound; misbehaves on the numbers it is told to."""

    hang: tuple[int, ...] = ()
    crash: tuple[int, ...] = ()
    broken: tuple[int, ...] = ()

    def needs(self) -> set[str]:
        return {"number"}

    def makes(self) -> Columns:
        return {"doubled": int}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        if row["number"] in self.hang:
            if log := os.environ.get("FACTORY_TEST_LOG"):
                Path(log).touch()
            time.sleep(1000)
        if row["number"] in self.crash:
            os._exit(7)
        if row["number"] in self.broken:
            raise ZeroDivisionError("oh no")
        yield {**row, "doubled": 2 * row["number"]}


class Split(RowStage):
    """Makes as many rows of a row as its number says, up to `most`; of 0 none."""

    most: int = 3

    def needs(self) -> set[str]:
        return {"number"}

    def makes(self) -> Columns:
        return {"piece": int}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        for piece in range(row["number"] % (self.most + 1)):
            yield {**row, "piece": piece}


class EveryOther(TableStage):
    """Keeps every other number."""

    def needs(self) -> set[str]:
        return {"number"}

    def makes(self) -> Columns:
        return {"rank": int}

    def decide(self, table: pl.LazyFrame) -> pl.DataFrame:
        odd = pl.when(pl.col("number") % 2 == 1).then(pl.format("odd: {}", "number"))
        ranked = table.select("id", pl.col("number").rank("ordinal").cast(pl.Int64).alias("rank"), odd.alias("_reason"))
        return ranked.collect()


def echo(request: Request) -> str:
    """Say something that depends on the whole request, seed included."""
    asked = request.prompt or str(request.messages)
    return f"{asked} → {hashlib.sha256(repr(request).encode()).hexdigest()[:12]}"


def logged_echo(request: Request) -> str:
    """Echo, and leave a line in the file that FACTORY_TEST_LOG names."""
    with Path(os.environ["FACTORY_TEST_LOG"]).open("a") as file:
        file.write(request.key({}) + "\n")
    return echo(request)


def flaky(request: Request) -> Reply | str:
    """Fail for good on numbers that end in 3, refuse those that end in 5."""
    asked = request.prompt or ""
    if asked.endswith("3"):
        return Reply(fault=Fault("malformed", "nonsense", retry=False))
    if asked.endswith("5"):
        return Reply(fault=Fault("too_long", "more than fits", retry=False))
    return echo(request)


class Texts(RowStage):
    """A problem that eight rows share, and what an engine says of it."""

    engine: str
    reject: str | None = None

    def makes(self) -> Columns:
        return {"problem": str, "solution": str, "answer": str, "model": str}

    def ask(self, row: Row) -> list[Request]:
        return [Request(prompt=f"number {row['number']}")]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        said = {"solution": replies[0].text, "answer": str(row["number"]), "model": replies[0].model}
        made = {**row, "problem": f"problem {row['number'] // 8}", **said}
        if self.reject and self.reject in made["problem"]:
            yield Drop(made, f"unwanted: {self.reject}")
        else:
            yield made


class Persist(RowStage):
    """Asks again, with what it has heard so far, until it has heard `enough` answers; `slow` where `emit` is."""

    engine: str
    enough: int = 3
    broken: bool = False

    def makes(self) -> Columns:
        return {"heard": list[str], "in_process": int}

    def ask(self, row: Row) -> list[Request]:
        return [Request(prompt=f"number {row['number']}")]

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop | Again]:
        heard = [*row.get("heard", ()), *(reply.text for reply in replies)]
        told = {**row, "heard": heard, "in_process": os.getpid()}
        if len(heard) < min(self.enough, 1 + row["number"]):
            yield Again(told, [] if self.broken else [Request(prompt=f"number {row['number']} after {len(heard)}")])
        else:
            yield told


class SlowlyPersist(Persist):
    """The same, in a process of its own."""

    slow: ClassVar[bool] = True


class Shout(RowStage):
    """Rejects what is in lower case; counts how often it looked."""

    column: str = "text"

    def needs(self) -> set[str]:
        return {self.column}

    def makes(self) -> Columns:
        return {"looked": int}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        looked = {**row, "looked": (row.get("looked") or 0) + 1}
        text = row[self.column]
        if "hopeless" in text:
            yield Drop(looked, "hopeless: nothing can be done")
        else:
            yield looked if text.isupper() else Drop(looked, f"too_quiet: {text}")


class Words(Source):
    """Rows with a text each."""

    texts: tuple[str, ...]

    def size(self) -> int:
        return len(self.texts)

    def makes(self) -> Columns:
        return {"text": str, "language": str}

    def rows(self, start: int, stop: int, seed: int) -> Iterable[Row]:
        return ({"text": text, "language": "en"} for text in self.texts[start:stop])


def louder(request: Request) -> str:
    """Say what was said in upper case, but a whisper only at the second time of asking, and a mumble never."""
    said = request.messages[-1]["content"]
    if "mumble" in said or ("whisper" in said and "WHISPERED" not in said):
        return "still mumble" if "mumble" in said else "WHISPERED a whisper"
    return "LOUD"


class Chats(RowStage):
    """A chat of one or two turns of the user, some with a call of a tool, and a text."""

    def makes(self) -> Columns:
        return {"chat": list[Message], "text": str}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        number = row["number"]
        turns = [("user", "q"), ("assistant", "a")]
        turns += [("user", "q2"), ("assistant", "a2")] if number % 2 else []
        turns += [("tool", "4"), ("assistant", "so 4")] if number % 3 == 0 else []
        text = "a <fim_middle> in it" if number == 7 else f"Text number {number} ends here."
        yield {**row, "chat": [{"role": role, "content": content} for role, content in turns], "text": text}


def no_second_answer(request: Request) -> Reply | str:
    """Go on as the user, and have nothing to say to that."""
    if request.task == "instruct":
        return "And how do I keep it fresh in summer, when it is hot?"
    return Reply(fault=Fault("too_long", "more than fits", retry=False))


class Rated(RowStage):
    """A question, in English or Japanese, with four answers that have a score each; every fifth row has one answer."""

    models: tuple[str, ...] = ("toy",)

    def makes(self) -> Columns:
        return {"instruction": str, "responses": list[Response], "chat": list[Message], "answer": str}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row]:
        number = row["number"]
        asked = f"質問{number}：これは何ですか。" if number % 3 == 0 else f"Question {number}: what is this?"
        answers = [
            candidate(
                f"Answer {at} to {number}.",
                f"Let me see: {at}." * (at < 2),
                "stop",
                self.models[at % len(self.models)],
            )
            for at in range(4)
        ]
        made = [scored(one, [score("reward", float((number + at) % 4))]) for at, one in enumerate(answers)]
        if number % 5 == 0:
            made = [made[0], *({**one, "fault": "loop: again"} for one in made[1:])]
        turns = [
            ("user", asked), ("assistant", "Let me run it.\n```python\nprint(2 + 3)\n```"), ("tool", "5"),
            ("assistant", "It is 5."),
        ]  # fmt: skip
        chat = [Message(role=role, content=content) for role, content in turns]  # type: ignore[typeddict-item]
        yield {**row, "instruction": asked, "responses": made, "chat": chat, "answer": str(number)}
