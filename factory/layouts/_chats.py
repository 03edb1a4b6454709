"""Polars expressions over chats, for trainers that know fewer fields of a turn than a shard has."""

import polars as pl

from factory.layouts._layout import Rows


def text(rows: Rows, chat: str) -> pl.Expr:
    """Give the text of an element of `chat`, behind its reasoning in a `<think>` block if it has any."""
    turn = pl.element().struct
    said = turn.field("content").fill_null("")
    if "reasoning_content" not in rows.turn_fields(chat):
        return said
    thought = turn.field("reasoning_content")
    block = pl.concat_str(pl.lit("<think>\n"), thought, pl.lit("\n</think>\n\n"))
    return pl.when(thought != "").then(block).otherwise(pl.lit("")) + said


def plain(rows: Rows, chat: str) -> pl.Expr:
    """Give a chat with role and content alone."""
    return pl.col(chat).list.eval(pl.struct(role=pl.element().struct.field("role"), content=text(rows, chat)))


def texts(rows: Rows, chat: str) -> pl.Expr:
    """Give the texts of a chat."""
    return pl.col(chat).list.eval(text(rows, chat))


def roles(chat: str) -> pl.Expr:
    """Give the roles of a chat in one text: `system/user/assistant`."""
    return pl.col(chat).list.eval(pl.element().struct.field("role")).list.join("/")


def calls(rows: Rows, chat: str) -> pl.Expr:
    """Say whether a turn of a chat calls a tool."""
    if "tool_calls" not in rows.turn_fields(chat):
        return pl.lit(False)
    return pl.col(chat).list.eval(pl.element().struct.field("tool_calls").list.len().fill_null(0) > 0).list.any()


def same_prompt(rows: Rows) -> pl.Expr:
    """Say whether the chats `chosen` and `rejected` differ in their last turns alone."""
    before = [texts(rows, chat).list.head(pl.col(chat).list.len() - 1) for chat in ("chosen", "rejected")]
    return (roles("chosen") == roles("rejected")) & (before[0] == before[1])


def tools_text(rows: Rows) -> dict[str, pl.Expr]:
    """Give the column `tools`, if there is one: the JSON text of a list."""
    return {"tools": pl.col("tools")} if "tools" in rows.schema else {}
