"""The masked objective: a row is read with holes in it, then read again, and what was hidden is predicted.

    The capital of ___ is Lu ___ .<end>The capital of Zan is Lubo .<end>        share 0.25, learnt: `Zan`, `bo`

A model that reads from left to right is trained on the hidden tokens with what stands *behind* each of them in sight,
too. That is the masked fine-tuning of Pan et al. (arXiv:2510.09885): a text is restored from a masked copy of it in the
context, and facts learnt so can be asked for in either direction, without many tellings of each. The alternatives lose
one thing or another: holes in the one reading that there is (Masked Thought, arXiv:2403.02178; MEAP, arXiv:2502.07490)
leave what follows out of sight, and dropping the causal mask (LLM2Vec, arXiv:2404.05961) makes an encoder, not a model
that can talk.

A share of a row's learnt tokens is hidden, no fewer and no more, drawn anew in each epoch from the seed, the epoch
and the row's own tokens: the same after a resume, in any order, packed or not.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from factory.errors import UserError
from factory.train.data import IGNORED, Tokens

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, TrainerCallback

BLANK = "___"
_OTHERS = (" ___", "__", "_", "?")


def blank_of(tokenizer: "PreTrainedTokenizerBase") -> int:
    """Give the token that stands for a hidden one: the model's own mask token, or the blank of a cloze."""
    if tokenizer.mask_token_id is not None:
        return int(tokenizer.mask_token_id)
    for text in (BLANK, *_OTHERS):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        if len(ids) == 1:
            return int(ids[0])
    raise UserError(f"objective: masked: {tokenizer.name_or_path} has no token for a blank")


def doubled(row: Tokens) -> Tokens:
    """Put a row twice; only the second time there is something to learn."""
    return Tokens([*row.input_ids, *row.input_ids], [IGNORED] * len(row.labels) + [*row.labels])


def hidden(row: Tokens, share: float, blank: int, seed: Sequence[int]) -> Tokens:
    """Hide a share of the learnt tokens of a doubled row in its first half, and learn those alone in its second."""
    ids = np.asarray(row.input_ids)
    half = len(ids) // 2
    learnt = np.flatnonzero(np.asarray(row.labels[half:]) != IGNORED)
    random = np.random.default_rng([*seed, zlib.crc32(ids[:half].astype(np.int64).tobytes())])
    chosen = random.choice(learnt, max(1, round(share * len(learnt))), replace=False)
    labels = np.full(len(ids), IGNORED)
    labels[half + chosen] = ids[half + chosen]
    ids[chosen] = blank
    return Tokens(ids.tolist(), labels.tolist())


@dataclass
class Hiding:
    """A collator that hides tokens of each doubled row, packed or not, before `collate` makes a batch of them."""

    collate: Callable[[list[dict[str, Any]]], dict[str, Any]]
    share: float
    blank: int
    seed: int
    epoch: int = 0

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Make a batch."""
        return self.collate([self._hide(row) for row in rows])

    def _hide(self, row: Mapping[str, Any]) -> dict[str, Any]:
        ids: list[int] = []
        labels: list[int] = []
        for length in row.get("seq_lengths") or [len(row["input_ids"])]:
            piece = slice(len(ids), len(ids) + length)
            one = Tokens(row["input_ids"][piece], row["labels"][piece])
            made = hidden(one, self.share, self.blank, (self.seed, self.epoch))
            ids += made.input_ids
            labels += made.labels
        return {**row, "input_ids": ids, "labels": labels}


def by_epoch(hiding: Hiding) -> "TrainerCallback":
    """Make the callback that tells a collator which epoch it is."""
    from transformers import TrainerCallback

    class ByEpoch(TrainerCallback):
        def on_epoch_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            hiding.epoch = int((state.epoch or 0) + 1e-6)

    return ByEpoch()
