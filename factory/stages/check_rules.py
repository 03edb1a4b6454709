"""Rules over the texts of a row: cheap, exact, and each with a name.

Every rule annotates (`flags`); which flags reject the row is `reject`, so that a rule can be watched before it is
trusted. A reason reads "repetition: solution: the tail repeats".
"""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from pydantic import Field

from factory.prompts import PromptName
from factory.request import Reply
from factory.rows import Columns, Drop, Row
from factory.stage import RowStage
from factory.text.language import identify, is_language
from factory.text.leakage import find_leak
from factory.text.placeholders import find_assistant_talk, find_placeholder
from factory.text.repetition import is_repetitive
from factory.text.truncation import looks_truncated

Rule = Literal["empty", "too_long", "truncated", "repetition", "placeholder", "assistant_talk", "leakage", "language"]


class CheckRules(RowStage):
    """Writes `flags`, one "rule: column: detail" each, and drops the row at the first flag of `reject`."""

    columns: tuple[str, ...] = Field(default=("problem", "solution"), min_length=1)
    reject: tuple[Rule, ...] = get_args(Rule)
    open_ended: tuple[str, ...] = ("problem",)
    """Columns that may rightly end in a colon or an equals sign: questions are not called truncated."""
    max_characters: int = Field(20_000, gt=0)
    instructions: tuple[PromptName, ...] = ()
    """Prompts whose wording must not turn up in the texts."""

    def needs(self) -> set[str]:
        return {*self.columns, "language"}

    def makes(self) -> Columns:
        return {"flags": list[str]}

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        flags = [flag for column in self.columns for flag in self._flags(column, row[column] or "", row["language"])]
        checked = {**row, "flags": flags}
        fatal = [flag for flag in flags if flag.split(":")[0] in self.reject]
        yield Drop(checked, fatal[0][:300]) if fatal else checked

    def _flags(self, column: str, text: str, language: str) -> Iterable[str]:
        if not text.strip():
            yield f"empty: {column}"
            return
        if len(text) > self.max_characters:
            yield f"too_long: {column}: {len(text):,} characters"
            text = text[: self.max_characters]
        if column not in self.open_ended and looks_truncated(text, language):
            yield f"truncated: {column}: ends in {text[-30:]!r}"
        if found := is_repetitive(text):
            yield f"repetition: {column}: {found}"
        if found := find_placeholder(text):
            yield f"placeholder: {column}: {found!r}"
        if found := find_assistant_talk(text):
            yield f"assistant_talk: {column}: {found!r}"
        if found := find_leak(text, [part for prompt in self.instructions for part in prompt.wording]):
            yield f"leakage: {column}: {found!r}"
        if not is_language(text, language):
            yield f"language: {column}: {identify(text)}, not {language}"
