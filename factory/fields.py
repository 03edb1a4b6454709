"""What a column of a shard is made of, and the polars expression that makes it.

[Turn("user", "problem"), Turn("assistant", "solution")]     # a chat put together of texts
[Part("conversation", "prompt")]                             # a part of a chat that the row has
"answer"                                                     # a column as it is
Constant(True)
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import polars as pl

Thinking = Literal["none", "block", "field"]
"""What becomes of the reasoning that a model kept apart: left out, a `<think>` block before the text, or a field."""


class Turn(NamedTuple):
    """A turn of a record's chat: the text of `column`, if there is one, and then `text`.

    `thinking` is the column with the reasoning behind it.
    """

    role: str
    column: str | None
    text: str = ""
    thinking: str | None = None


class Part(NamedTuple):
    """A part of the chat in `column`: all of it, what comes up to the user's last turn, or what comes after that."""

    column: str
    which: Literal["all", "prompt", "completion"] = "all"


class Constant(NamedTuple):
    """The same in every record."""

    value: bool


Pieces = list[Turn | Part]
FieldOf = Pieces | str | Constant


def columns_of(field: FieldOf) -> list[str]:
    """Name the columns without which a record cannot be made."""
    if isinstance(field, Constant):
        return []
    if isinstance(field, str):
        return [field]
    return [piece.column for piece in field if piece.column is not None]


def expression(field: FieldOf, thinking: Thinking) -> pl.Expr:
    """Make the column."""
    if isinstance(field, Constant):
        return pl.lit(field.value)
    if isinstance(field, str):
        return pl.col(field)
    made = [_turn(piece, thinking) if isinstance(piece, Turn) else _part(piece, thinking) for piece in field]
    return pl.concat_list(made) if len(made) > 1 or isinstance(field[0], Turn) else made[0]


def _turn(turn: Turn, thinking: Thinking) -> pl.Expr:
    content = pl.lit(turn.text)
    if turn.column is not None:
        content = pl.concat_str(pl.col(turn.column), content)
    thought = pl.col(turn.thinking) if turn.thinking is not None else pl.lit(None, pl.String)
    if thinking == "block" and turn.thinking is not None:
        block = pl.concat_str(pl.lit("<think>\n"), thought, pl.lit("\n</think>\n\n"))
        content = pl.concat_str(block.fill_null(""), content)
    parts = [pl.lit(turn.role).alias("role"), content.alias("content")]
    return pl.struct(parts + [thought.alias("reasoning_content")] * (thinking == "field"))


def _part(part: Part, thinking: Thinking) -> pl.Expr:
    chat = pl.col(part.column)
    by_user = chat.list.eval(pl.element().struct.field("role") == "user")
    after = by_user.list.reverse().list.arg_max()  # turns behind the user's last one
    before = pl.when(by_user.list.any()).then(chat.list.len() - after).otherwise(0)
    parts = {"all": chat, "prompt": chat.list.head(before), "completion": chat.list.tail(after)}
    if thinking != "field":
        return parts[part.which]
    turn = pl.element().struct
    thought = pl.lit(None, pl.String)
    whole = pl.struct(role=turn.field("role"), content=turn.field("content"), reasoning_content=thought)
    return parts[part.which].list.eval(whole)


def said_by_user(column: str, is_chat: bool) -> pl.Expr:
    """Give what the user says in a text or a chat, as one text: what two records of the same prompt share."""
    if not is_chat:
        return pl.col(column)
    turn = pl.element().struct
    return pl.col(column).list.eval(turn.field("content").filter(turn.field("role") == "user")).list.join("\n")


def not_empty(fields: Sequence[str]) -> pl.Expr:
    """Say whether none of these chats is empty."""
    return pl.all_horizontal(pl.col(name).list.len() > 0 for name in fields)
