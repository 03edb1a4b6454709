"""Reads the rows of a shard, and turns those of `sft` and `cpt` into tokens.

    {"input_ids": [1, 4093, 198, …, 2], "labels": [-100, -100, 4093, …, 2]}

A label of -100 is not learnt; the others are the token itself. The first token of a row has nothing before it to be
predicted from, and is never learnt.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from factory.errors import UserError
from factory.files import read_records
from factory.fim import KNOWN
from factory.finished import Finished

if TYPE_CHECKING:
    import datasets
    from transformers import PreTrainedTokenizerBase

IGNORED = -100
"""The label of a token that is not learnt, as in PyTorch's cross-entropy."""
CHUNK = 500
"""Rows that are tokenised at once."""
NOTHING = "nothing to learn"
_CHARACTER = 4
"""Bytes of the longest character in UTF-8."""
_COLUMNS = {
    "sft": ("messages", "prompt and completion"),
    "cpt": ("text",),
    "dpo": ("prompt, chosen and rejected",),
    "grpo": ("prompt",),
}
Row = dict[str, Any]


class Tokens(NamedTuple):
    """A row of equally many tokens and labels."""

    input_ids: Sequence[int]
    labels: Sequence[int]

    def compact(self) -> "Tokens":
        """Give the same in four bytes a number; a list has eight for each, beside the numbers themselves."""
        return Tokens(array("i", self.input_ids), array("i", self.labels))


@dataclass
class Data:
    """The rows that fit, and how many do not."""

    rows: list[Tokens] = field(default_factory=list)
    """Compact, as there may be hundreds of millions of tokens."""
    left_out: Counter[str] = field(default_factory=Counter)
    shortest: int | None = None
    """The tokens of the shortest row, if all are too long."""
    endless: bool = False
    """Whether the chat template ends a turn of the assistant with no token of its own."""

    def take(self, tokens: Tokens, most: int) -> None:
        """Keep a row if it has at most `most` tokens and something to learn."""
        if len(tokens.input_ids) > most:
            self.left_out[too_long(most)] += 1
            self.shortest = min(self.shortest or len(tokens.input_ids), len(tokens.input_ids))
        elif all(label == IGNORED for label in tokens.labels):
            self.left_out[NOTHING] += 1
        else:
            self.rows.append(tokens.compact())

    @property
    def counts(self) -> dict[str, int]:
        """Count the tokens: all, and those that are learnt."""
        trained = sum(label != IGNORED for row in self.rows for label in row.labels)
        return {"all": sum(len(row.input_ids) for row in self.rows), "trained": trained}

    def dataset(self) -> "datasets.Dataset":
        """Give the rows as a table in memory, four bytes a number."""
        import datasets
        import pyarrow as pa

        columns = {
            name: pa.array([np.asarray(getattr(row, name), np.int32) for row in self.rows], pa.list_(pa.int32()))
            for name in Tokens._fields
        }
        return datasets.Dataset(pa.table(columns))


def too_long(most: int) -> str:
    """Name the reason why a row is left out."""
    return f"longer than {most:,} tokens"


def check(run: Finished, kind: str) -> None:
    """Raise UserError unless the run has train rows in this kind of shard, with its columns."""
    there = {name: count for name, count in run.rows.items() if count}
    others = f"; it has {', '.join(there)}" if there else ""
    if kind not in run.rows:
        raise UserError(f"{run.root}: the run has no {kind} shard{others or '; ask for one under `export:`'}")
    if not run.files(kind, "train"):
        why = "no accepted row is in its train split" if there.get(kind) else "the run accepted no rows for it"
        raise UserError(f"{run.root}: the {kind} shard has nothing to train on: {why}{others}")
    import polars as pl

    file = run.files(kind, "train")[0]
    names = set(pl.read_parquet_schema(file))
    if not any(names >= set(wanted.replace(" and ", ", ").split(", ")) for wanted in _COLUMNS[kind]):
        raise UserError(f"{file}: expected the columns {' or '.join(_COLUMNS[kind])}; found {', '.join(sorted(names))}")


def rows_of(run: Finished, kind: str, split: str) -> Iterator[Row]:
    """Yield the rows of a split, without the nulls that Parquet fills its records up with."""
    return (without_nulls(row) for file in run.files(kind, split) for row in read_records(file))


def without_nulls(value: Any) -> Any:
    """Leave out what is null in records and in the records inside them: `{"role": "user", "tool_calls": None}`."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Cut rows into lists, so that a chunk is tokenised by all cores at once."""
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def documents(rows: Iterable[Row], tokenizer: "PreTrainedTokenizerBase", most: int) -> Data:
    """Tokenise `text`, with the end-of-text token behind each; a longer text is cut into pieces of nearly equal length.

    Every token is learnt. A fill-in-the-middle text is not cut, as its parts would say nothing. Raises UserError if the
    tokenizer has no end of text, or has no single token for a fill-in-the-middle sentinel that stands in a text.
    """
    if tokenizer.eos_token_id is None:
        raise UserError(
            f"{tokenizer.name_or_path}: the tokenizer has no end-of-text token (eos_token) to end texts with"
        )
    data, end = Data(), tokenizer.eos_token_id
    for chunk in chunks(rows):
        turned = [_has_sentinels(row, tokenizer) for row in chunk]
        found = tokenizer([row["text"] for row in chunk])["input_ids"]
        for ids, whole_only in zip(found, turned, strict=True):
            whole = ids if ids and ids[-1] == end else [*ids, end]
            for piece in [whole] if whole_only else _pieces(whole, most, tokenizer):
                data.take(Tokens(piece, [IGNORED, *piece[1:]]), most)
    return data


def _pieces(ids: list[int], most: int, tokenizer: "PreTrainedTokenizerBase") -> Iterator[list[int]]:
    """Cut a text into pieces of nearly equal length, none within a character."""
    start = 0
    while left := len(ids) - start:
        stop = start + -(-left // -(-left // most))
        for back in range(_CHARACTER):  # nothing is within one of more tokens than it has bytes
            if stop - back > start and (stop - back == len(ids) or not cut_short(tokenizer, ids[start : stop - back])):
                stop -= back
                break
        yield ids[start:stop]
        start = stop


def cut_short(tokenizer: "PreTrainedTokenizerBase", ids: Sequence[int]) -> bool:
    """Tell whether tokens end within a character, as 語 is three tokens for many a tokenizer."""
    ends = (str(tokenizer.decode(list(ids[-count:]))) for count in range(1, _CHARACTER + 1))
    return all(end.endswith("\ufffd") for end in ends)  # some decode a run of bytes all or nothing


def _has_sentinels(row: Row, tokenizer: "PreTrainedTokenizerBase") -> bool:
    """Tell whether a text is one for filling in the middle. Raises UserError for sentinels of several tokens."""
    there = False
    for family, sentinels in KNOWN.items():
        marks = [mark for mark in sentinels[:3] if mark]
        if not all(mark in row["text"] for mark in marks):
            continue
        for mark in marks:
            pieces = tokenizer.tokenize(mark)
            if len(pieces) != 1:
                raise UserError(
                    f"row {row['id']}: {mark} of {family} is {len(pieces)} tokens for {tokenizer.name_or_path}, "
                    "expected one; export the cpt shard with this model's own sentinels (`fim:`)"
                )
        there = True
    return there


def none_fit(run: Finished, kind: str, data: Data, limit: str) -> UserError:
    """Say why none of the rows can be trained on."""
    if data.shortest is None:
        return UserError(f"{run.root}: no row of the {kind} shard has an answer of the assistant to learn")
    count = sum(data.left_out.values())
    return UserError(
        f"{run.root}: none of the {count} rows of the {kind} shard fits {limit}; the shortest has {data.shortest}"
    )


def head(rows: Iterable[Row], most: int) -> Sequence[Row]:
    """Take the first `most` rows."""
    return list(islice(rows, most))
