"""Tells each fact in many styles and languages, until it has k tellings that pass the cheap checks.

    - retell:
        engine: generator
        tellings: 8
        draws: 16
        styles: {textbook: 2, dialogue: 1, encyclopaedia: 1, exam: 1}
        languages: [same, ja]

A fact that is told in one wording only is memorised, but not found when it is asked for (Allen-Zhu & Li,
arXiv:2309.14316, on biographies told once or in several wordings). Styles as ways to rewrite a text are WRAP's (Maini
et al., arXiv:2401.16380), and accuracy grows with the logarithm of the synthetic tokens (Yang et al.,
arXiv:2409.07431). The prompt knows the styles of the shipped pipeline; any other is taken by its name.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, ClassVar

import polars as pl
from pydantic import Field, field_validator, model_validator
from typing_extensions import TypedDict

from factory.prompts import PromptName
from factory.request import Choice, Reply, Request
from factory.rows import Columns, Drop, Row, share_of
from factory.stage import Again, RowStage, Sampling
from factory.stages.check_telling import QUESTION, copy_of, spoken, unsaid
from factory.taggers import LIMITS, About, beyond, tag

_GOLDEN = (5**0.5 - 1) / 2
"""Steps of this size, modulo 1, spread any number of draws evenly over the weights."""
_SAME = "same"
_CHECKS = [
    "characters", "truncated", "language", "leakage", "loop", "duplicate_lines", "placeholder", "refusal",
    "assistant_talk",
]  # fmt: skip
_CARDS = {"ja": "問：{}\n答：{}", "zh": "问：{}\n答：{}", "ko": "질문: {}\n답: {}"}
_CARD = "Q: {}\nA: {}"


class _Telling(TypedDict):
    style: str
    language: str
    text: str
    model: str


class Retell(RowStage):
    """Makes a row of each telling (`style`, `language`, `text`), and one of the fact's question and answer.

    `language` becomes the telling's, `fact_language` keeps the fact's. `tellings` says how many the fact has;
    `telling_faults`, with the fact's first row, why draws were not taken. The row of style "question" alone has
    `asked` and `answered`, so that each question is asked once.
    """

    extras: ClassVar[frozenset[str]] = frozenset({"style", "telling_language"})
    slow: ClassVar[bool] = True
    hears_faults: ClassVar[bool] = True
    engine: str
    prompt: PromptName = Field(default="knowledge/{telling_language}/retell", validate_default=True)
    tellings: int = Field(4, ge=1)
    """Tellings wanted of each fact: k."""
    draws: int = Field(8, ge=1)
    """Most draws for one fact; a fact with fewer tellings by then is used with those that it has."""
    styles: dict[str, float] = Field(min_length=1)
    """Style → weight."""
    languages: tuple[str, ...] = (_SAME,)
    """Languages to tell it in, in turn; "same" is the fact's own."""
    questions: bool = True
    """Whether each fact also becomes a row with its question and answer; without it, one never told ends here."""
    max_share: float = Field(0.25, ge=0, le=1)
    """Share of a telling's word 6-grams (12 characters of Japanese) that may stand in the source, another telling or
    the prompt's example."""
    max_run: float = Field(10, ge=0)
    """Words (2 characters of Japanese) in a row that may stand there."""
    min_characters: int = Field(40, ge=1)
    """A telling's length; those in Chinese, Japanese and Korean say as much in half of it."""
    sampling: Sampling = Sampling(temperature=0.9, max_tokens=512)

    @field_validator("styles")
    @classmethod
    def _weights(cls, styles: dict[str, float]) -> dict[str, float]:
        if QUESTION in styles:
            raise ValueError(f"{QUESTION!r} is the style of a fact's question; see `questions`")
        if min(styles.values()) < 0 or not any(styles.values()):
            raise ValueError("weights are 0 or more, and one of them is more")
        return styles

    @model_validator(mode="after")
    def _enough(self) -> "Retell":
        if self.draws < self.tellings:
            raise ValueError(f"draws: {self.draws} cannot give {self.tellings} tellings")
        return self

    def needs(self) -> set[str]:
        return {"question", "answer", "span", "chunk", "language"}

    def makes(self) -> Columns:
        texts: Columns = {"style": str, "language": str, "fact_language": str, "text": str, "telling_model": str | None}
        return texts | {"asked": str | None, "answered": str | None, "tellings": int, "telling_faults": list[str]}

    def ask(self, row: Row) -> list[Request]:
        return self._requests(row, 0, self.tellings)

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop | Again]:
        taken: list[_Telling] = list(row.get("_taken", ()))
        faults: list[str] = list(row.get("_faults", ()))
        drawn: int = row.get("_drawn", 0)
        requests = self._requests(row, drawn, drawn + len(replies))
        for number, (request, reply) in enumerate(zip(requests, replies, strict=True), drawn):
            style, language = self._way(row, number)
            if reply.fault is not None:
                faults.append(f"no_reply: {reply.fault}"[:300])
                continue
            text = reply.text.strip()
            examples = [turn["content"] for turn in request.messages if turn["role"] == "assistant"]
            fault = self._fault(row, reply.choices[0], language, [one["text"] for one in taken], examples)
            if fault:
                faults.append(fault)
            else:
                taken.append(_Telling(style=style, language=language, text=text, model=reply.model))
        drawn += len(replies)
        missing = min(self.tellings - len(taken), self.draws - drawn)
        if missing > 0:
            going_on = {**row, "_taken": taken, "_faults": faults, "_drawn": drawn}
            yield Again(going_on, self._requests(row, drawn, drawn + missing))
        elif taken or self.questions:
            yield from self._rows(row, taken, faults)
        else:
            yield Drop({**row, "telling_faults": faults}, f"never_told: {faults[-1]}"[:300])

    def _requests(self, row: Row, start: int, stop: int) -> list[Request]:
        ways = [self._way(row, number) for number in range(start, stop)]
        shown = [self.prompt.render(row, style=style, telling_language=language) for style, language in ways]
        return [Request(**one, **self.sampling.model_dump()) for one in shown]

    def _way(self, row: Row, number: int) -> tuple[str, str]:
        """Say in which style and language draw `number` of this fact is."""
        bounds = list(accumulate(self.styles.values()))
        point = (share_of(row["id"], "style") + number * _GOLDEN) % 1
        place = min(bisect_right(bounds, point * bounds[-1]), len(bounds) - 1)
        first = int(share_of(row["id"], "language") * len(self.languages))
        language = self.languages[(first + number) % len(self.languages)]
        return list(self.styles)[place], row["language"] if language == _SAME else language

    def _fault(self, row: Row, choice: Choice, language: str, siblings: list[str], examples: list[str]) -> str | None:
        """Say why a draw is no telling, as "kind: detail", or None."""
        text = choice.text.strip()
        about = About("text", language, finish=choice.finish, wordings=self.prompt.wording)
        least = self.min_characters / (2 if language in ("ja", "zh", "ko") else 1)
        return (
            beyond(tag(text, about, _CHECKS), LIMITS | {"characters": (least, float("inf"))})
            or self._labelled(text)
            or spoken(text, language)
            or unsaid(text, row["answer"], language == row["language"])
            or copy_of("source", text, [row["chunk"]], self.max_share, self.max_run)
            or copy_of("sibling", text, siblings, self.max_share, self.max_run)
            or copy_of("example", text, examples, self.max_share, self.max_run)
        )

    def _labelled(self, text: str) -> str | None:
        """Say which label of the prompt ("The fact:") stands in the text, or None."""
        labels = (part for part in map(str.strip, self.prompt.wording) if part.endswith((":", "：")) and len(part) < 40)
        found = next((label for label in labels if label in text), None)
        return found and f"leakage: text: {found!r}"

    def _rows(self, row: Row, taken: list[_Telling], faults: list[str]) -> Iterator[Row]:
        question, answer = row["question"], row["answer"]
        card = _CARDS.get(row["language"], _CARD).format(question, answer)
        texts: list[dict[str, Any]] = [
            {"style": one["style"], "language": one["language"], "text": one["text"], "telling_model": one["model"]}
            for one in taken
        ]
        asked = {"style": QUESTION, "text": card, "telling_model": None, "asked": question, "answered": answer}
        for number, told in enumerate([*texts, asked] if self.questions else texts):
            counted = {"tellings": len(taken), "telling_faults": [] if number else faults}
            yield {**row, "asked": None, "answered": None, "fact_language": row["language"], **counted, **told}

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Count the facts by how often they were told, the tellings by style and language, and the draws not taken."""
        never: Any = made.filter(pl.col("_state") == "rejected").select(pl.len()).collect().item()
        told: dict[int, int] = dict(
            made.filter(pl.col("_state") == "accepted").group_by("_from").agg(pl.col("tellings").first())
            .group_by("tellings").len().sort("tellings", descending=True).collect().iter_rows()
        )  # fmt: skip
        never += told.pop(0, 0)
        full = told.pop(self.tellings, 0)
        fewer = ", ".join(f"{facts:,} {times} times" for times, facts in told.items())
        lines = [
            f"{full + sum(told.values()) + never:,} facts: {full:,} told {self.tellings} times, "
            f"{sum(told.values()):,} fewer" + (f" ({fewer})" if fewer else "") + f", {never:,} never"
        ]
        ways = kept.filter(pl.col("style") != QUESTION)
        lines += [f"tellings kept, by {name}: {_counted(ways.select(pl.col(name).alias('name')))}" for name in _BY]
        faults = made.select(pl.col("telling_faults").explode().str.split(":").list.first().alias("name")).drop_nulls()
        return [*lines, f"draws not taken: {_counted(faults) or 'none'}"]


_BY = ("style", "language")


def _counted(names: pl.LazyFrame) -> str:
    counts = names.group_by("name").len().sort(["len", "name"], descending=[True, False]).collect().rows()
    return ", ".join(f"{name} {count:,}" for name, count in counts)
