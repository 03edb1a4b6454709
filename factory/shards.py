"""What a row becomes in each kind of shard; the columns are the trainers' own.

An SFT and a GRPO record of the same row:

    {"id": "math_sft-7-00000012", "prompt": [{"role": "user", ...}], "completion": [{"role": "assistant", ...}],
     "messages": [...both...], "source": "family:equation", "license": "apache-2.0", "model": "SmolLM2...", ...}
    {"id": "math_sft-7-00000012", "prompt": [{"role": "user", ...}], "answer": "5", "source": ..., ...}
"""

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from factory.filling import Fim
from factory.request import Message
from factory.rows import Columns

if TYPE_CHECKING:
    import polars as pl


class Turn(NamedTuple):
    """A turn of a record's chat: the text of `column`, if there is one, and then `text`."""

    role: str
    column: str | None
    text: str = ""


class Part(NamedTuple):
    """A part of the chat in `column`: all of it, what comes up to the user's last turn, or what comes after that."""

    column: str
    which: Literal["all", "prompt", "completion"]


FieldOf = list[Turn] | Part | str
"""What a column of a shard is made of: a chat put together of texts, a part of a chat, or the text of a column."""


class Shard(BaseModel):
    """Which columns of a row fill a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    columns: ClassVar[Columns]

    def needs(self) -> Columns:
        """Name the columns that a record is made of, with the type each must have."""
        raise NotImplementedError

    def fields(self) -> dict[str, FieldOf]:
        """Say what each column is made of.

        Beside these each record has what every kind of shard carries: `id`, `source`, `license`, `model`.
        """
        raise NotImplementedError

    def check(self) -> None:
        """Raise ValueError if the shard could not be written."""

    def arrange(self, frame: "pl.DataFrame", seed: int) -> "pl.DataFrame":
        """Give the records of a file their last form, in their order."""
        return frame


class Chat(Shard):
    """A shard whose prompt is a chat. `instruction` is appended to each prompt, after an empty line."""

    prompt: str = "problem"
    system: str | None = None
    instruction: str = ""

    def turns(self) -> list[Turn]:
        """Give the chat up to the answer."""
        system = [Turn("system", None, self.system)] if self.system else []
        return [*system, Turn("user", self.prompt, f"\n\n{self.instruction}" if self.instruction else "")]


class Sft(Chat):
    """Supervised fine-tuning: `messages`, and the same as `prompt` and `completion` for loss on the answer only.

    A chat of several turns is given as one column of `messages`, in place of `prompt` and `completion`; the loss is
    then on what follows the user's last turn.
    """

    columns: ClassVar[Columns] = {
        "messages": list[Message],
        "prompt": list[Message],
        "completion": list[Message],
    }
    completion: str = "solution"
    messages: str | None = None

    @model_validator(mode="after")
    def _either(self) -> "Sft":
        if self.messages and (other := self.model_fields_set - {"messages"}):
            raise ValueError(f"`messages` is the whole chat: `{min(other)}` cannot stand beside it")
        return self

    def needs(self) -> Columns:
        return {self.messages: list[Message]} if self.messages else {self.prompt: str, self.completion: str}

    def fields(self) -> dict[str, FieldOf]:
        if self.messages:
            chat = self.messages
            return {
                "messages": Part(chat, "all"),
                "prompt": Part(chat, "prompt"),
                "completion": Part(chat, "completion"),
            }
        prompt, completion = self.turns(), [Turn("assistant", self.completion)]
        return {"messages": [*prompt, *completion], "prompt": prompt, "completion": completion}


class Grpo(Chat):
    """Reinforcement learning with a verifiable reward: the prompt and the answer that the reward compares with."""

    columns: ClassVar[Columns] = {"prompt": list[Message], "answer": str}
    answer: str = "answer"

    def needs(self) -> Columns:
        return {self.prompt: str, self.answer: str}

    def fields(self) -> dict[str, FieldOf]:
        return {"prompt": self.turns(), "answer": self.answer}


class Cpt(Shard):
    """Continued pretraining: plain texts, some of them turned around for fill-in-the-middle if asked for."""

    columns: ClassVar[Columns] = {"text": str}
    text: str = "text"
    fim: Fim | None = None

    def needs(self) -> Columns:
        return {self.text: str}

    def fields(self) -> dict[str, FieldOf]:
        return {"text": self.text}

    def check(self) -> None:
        if self.fim is not None:
            self.fim.check()

    def arrange(self, frame: "pl.DataFrame", seed: int) -> "pl.DataFrame":
        return frame if self.fim is None else self.fim.arrange(frame, seed)


class Export(BaseModel):
    """The `export:` block: which shards to write, how to split them, what to carry along."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    test_share: float = Field(0.1, ge=0, lt=1)
    """Share of the groups that make up the test split."""
    group: str = "id"
    """Rows with the same value here are never on both sides of the split."""
    carry: tuple[str, ...] = ()
    """Columns that each record keeps: scores, tags, the answer's origin."""
    source: str | None = None
    """Column that says where a row comes from; the pipeline's name without it."""
    models: tuple[str, ...] = ()
    """Columns that name the models whose text is in the row; `license` follows from them."""
    rows_per_file: int = Field(100_000, gt=0)
    sft: Sft | None = None
    grpo: Grpo | None = None
    cpt: Cpt | None = None

    def shards(self) -> dict[str, Shard]:
        """Name the shards asked for."""
        return {name: shard for name in ("sft", "grpo", "cpt") if (shard := getattr(self, name)) is not None}

    def needs(self) -> dict[str, str]:
        """Give each column that the export reads, with the key that asks for it."""
        found = {column: f"{name}" for name, shard in self.shards().items() for column in shard.needs()}
        found |= dict.fromkeys(self.carry, "carry") | dict.fromkeys(self.models, "models")
        found |= {self.source: "source"} if self.source else {}
        return found | {self.group: "group"}
