"""What a row becomes in each kind of shard; the columns are the trainers' own.

An SFT, a DPO and a GRPO record of the same row:

    {"id": "math_sft-7-00000012", "prompt": [{"role": "user", ...}], "completion": [{"role": "assistant", ...}],
     "messages": [...both...], "source": "family:equation", "license": "apache-2.0", "model": "SmolLM2...", ...}
    {"id": "math_sft-7-00000012", "prompt": [{"role": "user", ...}], "chosen": [...], "rejected": [...], ...}
    {"id": "math_sft-7-00000012", "prompt": [{"role": "user", ...}], "answer": "5", "source": ..., ...}
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from factory.chats import TOOLS, ThinkingMessage, ToolMessage, with_calls
from factory.columns import polars_type
from factory.fields import Constant, FieldOf, Part, Pieces, Thinking, Turn
from factory.filling import Fim
from factory.request import Message
from factory.rows import Columns

if TYPE_CHECKING:
    import polars as pl

CHAT = list[Message]
Kinds = dict[str, tuple[Any, ...]]
"""Column → the types that it may have."""


def is_chat(kind: Any) -> bool:
    """Say whether a column of this type holds chats."""
    return kind in (CHAT, CHAT | None)


class Shard(BaseModel):
    """Which columns of a row fill a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    columns: ClassVar[Columns]

    def needs(self) -> Kinds:
        """Name the columns that records are made of, with the types that each may have."""
        raise NotImplementedError

    def versions(self, there: Columns) -> list[dict[str, FieldOf]]:
        """Say what each column is made of, given the row's columns; a row becomes a record of each version.

        Beside these each record has what every kind of shard carries: `id`, `source`, `license`, `model`.
        """
        raise NotImplementedError

    @property
    def made(self) -> Columns:
        """The columns of a record before `arrange`."""
        return self.columns

    @property
    def names(self) -> set[str]:
        """The names of a record's own columns."""
        return set(self.made)

    @property
    def uncarried(self) -> set[str]:
        """Columns that are not carried along, as a trainer would take them for something else."""
        return set()

    def models(self, names: Sequence[str], version: int) -> list[str]:
        """Give, of the columns that name models, those whose text is in the records of a version."""
        return list(names)

    @property
    def asked(self) -> str:
        """The column with what the user says: records that share it are on one side of the split."""
        raise NotImplementedError

    @property
    def reasoning(self) -> Thinking:
        """What becomes of reasoning."""
        return "none"

    def check(self, there: Columns) -> None:
        """Raise ValueError if the shard could not be written."""

    def arrange(self, frame: "pl.DataFrame", seed: int) -> "pl.DataFrame":
        """Give the records of a file their last form, in their order."""
        return frame


class Chat(Shard):
    """A shard whose prompt is a chat. `instruction` is appended to each prompt, after an empty line."""

    prompt: str = "problem"
    """A column with a text, or with a chat up to the user's last turn."""
    system: str | None = None
    instruction: str = ""

    @property
    def asked(self) -> str:
        return self.prompt

    def needs(self) -> Kinds:
        return {self.prompt: (str, CHAT)}

    def check(self, there: Columns) -> None:
        if (self.instruction or self.system) and is_chat(there[self.prompt]):
            key = "instruction" if self.instruction else "system"
            raise ValueError(f"`{key}` is put to a text, and the column {self.prompt!r} holds chats")

    def before(self, there: Columns) -> Pieces:
        """Give the chat up to the answer."""
        system: Pieces = [Turn("system", None, self.system)] if self.system else []
        if is_chat(there[self.prompt]):
            return [Part(self.prompt, "prompt")]
        return [*system, Turn("user", self.prompt, f"\n\n{self.instruction}" if self.instruction else "")]


class Answered(Chat):
    """A shard with answers to its prompt: columns of text, or of chats."""

    thinking: Thinking = "none"
    """What becomes of reasoning that the model kept apart, in the column called as the answer's with `_thinking`."""

    @property
    def made(self) -> Columns:
        if self.thinking != "field":
            return self.columns
        return {name: list[ThinkingMessage] if kind == CHAT else kind for name, kind in self.columns.items()}

    @property
    def reasoning(self) -> Thinking:
        return self.thinking

    def answers(self) -> list[str]:
        """Name the columns with the assistant's answers."""
        raise NotImplementedError

    def thoughts(self, answer: str) -> str:
        """Name the column with the reasoning behind an answer."""
        return f"{answer}_thinking"

    def needs(self) -> Kinds:
        answers: Kinds = dict.fromkeys(self.answers(), (str, CHAT))
        thoughts: Kinds = {self.thoughts(answer): (str,) for answer in answers if self.thinking != "none"}
        return super().needs() | answers | thoughts

    def reply(self, column: str, there: Columns) -> Pieces:
        """Give an answer."""
        if is_chat(there[column]):
            return [Part(column)]
        return [Turn("assistant", column, thinking=None if self.thinking == "none" else self.thoughts(column))]


class Sft(Answered):
    """Supervised fine-tuning: `messages`, and the same as `prompt` and `completion` for loss on the answer only.

    A chat of several turns is given as one column of `messages`, in place of `prompt` and `completion`; the loss is
    then on what follows the user's last turn.
    """

    columns: ClassVar[Columns] = {"messages": CHAT, "prompt": CHAT, "completion": CHAT}
    completion: str = "solution"
    messages: str | None = None
    thinking_column: str | None = None
    """The column with the reasoning, if it has another name."""
    tools: Literal["text", "calls"] = "text"
    """How a program in the midst of an answer is given: as text, or as a call of a tool, with the column `tools`."""

    @model_validator(mode="after")
    def _either(self) -> "Sft":
        if self.messages and (other := self.model_fields_set - {"messages", "tools"}):
            raise ValueError(f"`messages` is the whole chat: `{min(other)}` cannot stand beside it")
        if self.tools == "calls" and not self.messages:
            raise ValueError("tools: calls are in a chat of several turns; name its column as `messages`")
        return self

    @property
    def names(self) -> set[str]:
        return super().names | ({"tools"} if self.tools == "calls" else set())

    @property
    def asked(self) -> str:
        return self.messages or self.prompt

    def answers(self) -> list[str]:
        return [self.completion]

    def thoughts(self, answer: str) -> str:
        return self.thinking_column or super().thoughts(answer)

    def needs(self) -> Kinds:
        return {self.messages: (CHAT,)} if self.messages else super().needs()

    def check(self, there: Columns) -> None:
        if not self.messages:
            super().check(there)

    def versions(self, there: Columns) -> list[dict[str, FieldOf]]:
        if self.messages:
            chat = self.messages
            return [
                {"messages": [Part(chat)], "prompt": [Part(chat, "prompt")], "completion": [Part(chat, "completion")]}
            ]
        prompt, completion = self.before(there), self.reply(self.completion, there)
        return [{"messages": [*prompt, *completion], "prompt": prompt, "completion": completion}]

    def arrange(self, frame: "pl.DataFrame", seed: int) -> "pl.DataFrame":
        import polars as pl

        if self.tools == "text":
            return frame
        chats = {name: [with_calls(turns) for turns in frame[name].to_list()] for name in self.columns}
        columns = [pl.Series(name, turns, dtype=polars_type(list[ToolMessage])) for name, turns in chats.items()]
        return frame.with_columns(*columns, pl.lit(TOOLS).alias("tools"))


class Dpo(Answered):
    """Direct preference optimisation: a prompt, and two answers of which the first is the better one."""

    columns: ClassVar[Columns] = {"prompt": CHAT, "chosen": CHAT, "rejected": CHAT}
    chosen: str = "chosen"
    rejected: str = "rejected"

    def answers(self) -> list[str]:
        return [self.chosen, self.rejected]

    def versions(self, there: Columns) -> list[dict[str, FieldOf]]:
        chosen, rejected = self.reply(self.chosen, there), self.reply(self.rejected, there)
        return [{"prompt": self.before(there), "chosen": chosen, "rejected": rejected}]


class Kto(Answered):
    """Kahneman-Tversky optimisation (arXiv:2402.01306): single answers, each good or bad."""

    columns: ClassVar[Columns] = {"prompt": CHAT, "completion": CHAT, "label": bool}
    desirable: tuple[str, ...] = ("chosen",)
    """Columns with good answers; a row becomes a record for each that it has, each answer once."""
    undesirable: tuple[str, ...] = ("rejected",)

    @model_validator(mode="after")
    def _apart(self) -> "Kto":
        if not self.answers():
            raise ValueError("expected a column under `desirable` or `undesirable`")
        if both := set(self.desirable) & set(self.undesirable):
            raise ValueError(f"{min(both)!r} cannot be both desirable and undesirable")
        return self

    def models(self, names: Sequence[str], version: int) -> list[str]:
        others = {f"{answer}_model" for number, answer in enumerate(self.answers()) if number != version}
        return [name for name in names if name not in others]

    def answers(self) -> list[str]:
        return [*self.desirable, *self.undesirable]

    def versions(self, there: Columns) -> list[dict[str, FieldOf]]:
        prompt = self.before(there)
        return [
            {"prompt": prompt, "completion": self.reply(column, there), "label": Constant(column in self.desirable)}
            for column in self.answers()
        ]


class Reward(Answered):
    """Reward modelling: two whole chats with the same prompt, of which the first ends in the better answer."""

    columns: ClassVar[Columns] = {"chosen": CHAT, "rejected": CHAT, "margin": float}
    chosen: str = "chosen"
    rejected: str = "rejected"
    margin: str | None = "margin"
    """The column that says by how much; null leaves it out, and a carried column of that name too."""

    @property
    def uncarried(self) -> set[str]:
        return {"margin"}

    @property
    def made(self) -> Columns:
        return {name: kind for name, kind in super().made.items() if name != "margin" or self.margin}

    def answers(self) -> list[str]:
        return [self.chosen, self.rejected]

    def needs(self) -> Kinds:
        return super().needs() | ({self.margin: (float,)} if self.margin else {})

    def versions(self, there: Columns) -> list[dict[str, FieldOf]]:
        chats = {name: self.reply(getattr(self, name), there) for name in ("chosen", "rejected")}
        made: dict[str, FieldOf] = {name: [*self.before(there), *answer] for name, answer in chats.items()}
        return [made | ({"margin": self.margin} if self.margin else {})]


class Grpo(Chat):
    """Reinforcement learning with a verifiable reward: the prompt and the answer that the reward compares with."""

    columns: ClassVar[Columns] = {"prompt": CHAT, "answer": str}
    answer: str = "answer"

    def needs(self) -> Kinds:
        return super().needs() | {self.answer: (str,)}

    def versions(self, there: Columns) -> list[dict[str, FieldOf]]:
        return [{"prompt": self.before(there), "answer": self.answer}]


class Cpt(Shard):
    """Continued pretraining: plain texts, some of them turned around for fill-in-the-middle if asked for."""

    columns: ClassVar[Columns] = {"text": str}
    text: str = "text"
    fim: Fim | None = None

    @property
    def asked(self) -> str:
        return self.text

    def needs(self) -> Kinds:
        return {self.text: (str,)}

    def versions(self, there: Columns) -> list[dict[str, FieldOf]]:
        return [{"text": self.text}]

    def check(self, there: Columns) -> None:
        if self.fim is not None:
            self.fim.check()

    def arrange(self, frame: "pl.DataFrame", seed: int) -> "pl.DataFrame":
        return frame if self.fim is None else self.fim.arrange(frame, seed)


class Export(BaseModel):
    """The `export:` block: which shards to write, how to split them, what to carry along."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    test_share: float = Field(0.1, ge=0, lt=1)
    """Share of the groups that make up the test split."""
    split_seed: int | None = Field(None, exclude_if=lambda seed: seed is None)  # no other plan where it is not given
    """Draws the test rows; the run's own seed without it. Runs that share it have a prompt in the same split."""
    group: str | None = None
    """Rows with the same value here are never on both sides of the split. Nor are rows with the same prompt, whatever
    its case, width and spaces, nor rows that were made from the same row of the source."""
    carry: tuple[str, ...] = ()
    """Columns that each record keeps: scores, tags, the answer's origin."""
    source: str | None = None
    """Column that says where a row comes from; the pipeline's name without it."""
    models: tuple[str, ...] = ()
    """Columns that name the models whose text is in the row; `license` follows from them."""
    license: str | None = None
    """Column with the license of what a row was made of: a document, a row of another run; joined with the models'."""
    rows_per_file: int = Field(100_000, gt=0)
    """About: which file a record goes to is drawn."""
    bytes_per_file: int | None = Field(None, gt=0)
    """Size of a file before compression, about; in place of its rows."""
    sft: Sft | None = None
    dpo: Dpo | None = None
    kto: Kto | None = None
    reward: Reward | None = None
    grpo: Grpo | None = None
    cpt: Cpt | None = None

    def shards(self) -> dict[str, Shard]:
        """Name the shards asked for."""
        return {name: shard for name in KINDS if (shard := getattr(self, name)) is not None}

    def needs(self) -> dict[str, str]:
        """Give each column that the export reads, with the key that asks for it."""
        found = {column: f"{name}" for name, shard in self.shards().items() for column in shard.needs()}
        found |= dict.fromkeys(self.carry, "carry") | dict.fromkeys(self.models, "models")
        single = {"source": self.source, "license": self.license, "group": self.group}
        return found | {column: key for key, column in single.items() if column is not None}


KINDS: dict[str, type[Shard]] = {"sft": Sft, "dpo": Dpo, "kto": Kto, "reward": Reward, "grpo": Grpo, "cpt": Cpt}
"""Every kind of shard, by its key under `export:`."""
