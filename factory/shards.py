"""What a row becomes in each kind of shard; the columns are the trainers' own.

An SFT and a GRPO record of the same row:

    {"id": "math_sft-7-00000012", "prompt": [{"role": "user", ...}], "completion": [{"role": "assistant", ...}],
     "messages": [...both...], "source": "family:equation", "license": "apache-2.0", "model": "SmolLM2...", ...}
    {"id": "math_sft-7-00000012", "prompt": [{"role": "user", ...}], "answer": "5", "source": ..., ...}
"""

from typing import ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from factory.request import Message
from factory.rows import Columns


class Turn(NamedTuple):
    """A turn of a record's chat: the text of `column`, if there is one, and then `text`."""

    role: str
    column: str | None
    text: str = ""


class Shard(BaseModel):
    """Which columns of a row fill a record. `instruction` is appended to each prompt, after an empty line."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    columns: ClassVar[Columns]
    prompt: str = "problem"
    system: str | None = None
    instruction: str = ""

    def needs(self) -> set[str]:
        """Name the columns that a record is made of."""
        return {self.prompt}

    def fields(self) -> dict[str, list[Turn] | str]:
        """Say what each column is made of, a chat or the text of another column.

        Beside these each record has what every kind of shard carries: `id`, `source`, `license`, `model`.
        """
        raise NotImplementedError

    def turns(self) -> list[Turn]:
        """Give the chat up to the answer."""
        system = [Turn("system", None, self.system)] if self.system else []
        return [*system, Turn("user", self.prompt, f"\n\n{self.instruction}" if self.instruction else "")]


class Sft(Shard):
    """Supervised fine-tuning: `messages`, and the same as `prompt` and `completion` for loss on the answer only."""

    columns: ClassVar[Columns] = {
        "messages": list[Message],
        "prompt": list[Message],
        "completion": list[Message],
    }
    completion: str = "solution"

    def needs(self) -> set[str]:
        return {self.prompt, self.completion}

    def fields(self) -> dict[str, list[Turn] | str]:
        prompt, completion = self.turns(), [Turn("assistant", self.completion)]
        return {"messages": [*prompt, *completion], "prompt": prompt, "completion": completion}


class Grpo(Shard):
    """Reinforcement learning with a verifiable reward: the prompt and the answer that the reward compares with."""

    columns: ClassVar[Columns] = {"prompt": list[Message], "answer": str}
    answer: str = "answer"

    def needs(self) -> set[str]:
        return {self.prompt, self.answer}

    def fields(self) -> dict[str, list[Turn] | str]:
        return {"prompt": self.turns(), "answer": self.answer}


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

    def shards(self) -> dict[str, Shard]:
        """Name the shards asked for."""
        return {name: shard for name in ("sft", "grpo") if (shard := getattr(self, name)) is not None}

    def needs(self) -> dict[str, str]:
        """Give each column that the export reads, with the key that asks for it."""
        found = {column: f"{name}" for name, shard in self.shards().items() for column in shard.needs()}
        found |= dict.fromkeys(self.carry, "carry") | dict.fromkeys(self.models, "models")
        found |= {self.source: "source"} if self.source else {}
        return found | {self.group: "group"}
