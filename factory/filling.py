"""Turns the texts of a CPT shard around for fill-in-the-middle, as its `fim:` block says (see `factory.fim`)."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from factory.errors import nearest
from factory.fim import KNOWN, Sentinels, context_level, document_level, has_sentinel, sentinels_of
from factory.rows import digest, seed_of

if TYPE_CHECKING:
    import polars as pl


class Tokenizer(NamedTuple):
    """What is needed of a tokenizer: its sentinel tokens, and the tokens of a text."""

    sentinels: Sentinels | None
    encode: Callable[[str], Sequence[int]]


class Fim(BaseModel):
    """How texts are turned around. The sentinel tokens are those of the `tokenizer`, or a known set by its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    level: Literal["document", "context"] = "document"
    """Whether each text is transformed for itself, or packed with others into contexts of `length` tokens first."""
    rate: float = Field(0.5, ge=0, le=1)
    """Share of the texts (of the pieces in a context) that are transformed."""
    spm_rate: float = Field(0.5, ge=0, le=1)
    """Share of the transformed whose suffix comes before the prefix."""
    tokenizer: str | None = None
    """A folder, or a name on the Hub."""
    sentinels: str | None = None
    """starcoder, qwen2.5-coder, deepseek-coder, … in place of the tokenizer's own."""
    length: int = Field(4096, ge=16)

    @model_validator(mode="after")
    def _known(self) -> "Fim":
        if self.sentinels is not None and self.sentinels not in KNOWN:
            raise ValueError(f"sentinels: {self.sentinels!r} is not a known set{nearest(self.sentinels, KNOWN)}")
        if self.tokenizer is None and (self.sentinels is None or self.level == "context"):
            raise ValueError("expected a `tokenizer`, whose sentinels are used and whose tokens are counted")
        return self

    def check(self) -> None:
        """Raise ValueError if the tokenizer cannot be used."""
        if self.tokenizer is not None and (_load(self.tokenizer).sentinels or self.sentinels) is None:
            raise ValueError(f"{self.tokenizer} has no sentinel tokens for filling in the middle; name a set of them")

    def arrange(self, frame: "pl.DataFrame", seed: int) -> "pl.DataFrame":
        """Transform the `text` of the records; texts in which a sentinel stands already are left out.

        Contexts are records of their own: their `id` is their text's hash, their source, license and model are those
        of all that was packed, and they carry nothing else.
        """
        import polars as pl

        sentinels = self._sentinels()
        frame = frame.filter(~pl.col("text").map_elements(lambda text: has_sentinel(text, sentinels), pl.Boolean))
        if self.level == "document":
            pairs = zip(frame["id"], frame["text"], strict=True)
            texts = [
                document_level(text, sentinels, rate=self.rate, spm_rate=self.spm_rate, seed=seed_of(seed, "fim", name))
                for name, text in pairs
            ]
            return frame.with_columns(text=pl.Series(texts, dtype=pl.String))
        assert self.tokenizer is not None  # noqa: S101 - the validator has seen to it
        texts = context_level(
            frame["text"].to_list(),
            sentinels,
            length=self.length,
            encode=_load(self.tokenizer).encode,
            rate=self.rate,
            spm_rate=self.spm_rate,
            seed=seed_of(seed, "fim"),
        )
        packed = {name: " AND ".join(sorted(set(frame[name]) - {""})) for name in ("source", "license", "model")}
        columns = {"id": [digest(text) for text in texts], "text": texts}
        made = pl.DataFrame(columns, schema={"id": pl.String, "text": pl.String})
        return made.with_columns(**{name: pl.lit(value) for name, value in packed.items()})

    def _sentinels(self) -> Sentinels:
        found = KNOWN[self.sentinels] if self.sentinels else self.tokenizer and _load(self.tokenizer).sentinels
        if not found:
            raise ValueError(f"{self.tokenizer} has no sentinel tokens")
        return found


@lru_cache(2)
def _load(name: str) -> Tokenizer:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ValueError(f"the tokenizer {name} cannot be loaded: {str(error).splitlines()[0]}") from None
    return Tokenizer(sentinels_of(tokenizer.get_vocab()), lambda text: tokenizer.encode(text, add_special_tokens=False))
