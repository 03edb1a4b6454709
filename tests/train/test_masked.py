"""The masked objective: how much is hidden, what is learnt, and that it is drawn anew."""

import numpy as np
import pytest

from factory.train.data import IGNORED, Tokens
from factory.train.masked import Hiding, doubled, hidden

BLANK = 7
ROW = Tokens(list(range(100, 140)), [IGNORED] * 10 + list(range(110, 140)))  # 30 of 40 tokens are learnt


def parts(row: Tokens) -> tuple[list[int], list[int], list[int]]:
    half = len(row.input_ids) // 2
    return row.input_ids[:half], row.input_ids[half:], row.labels


@pytest.mark.parametrize(("share", "count"), [(0.1, 3), (0.5, 15), (0.31, 9), (1, 30), (0.001, 1)])
def test_the_share_of_the_learnt_tokens_is_hidden_and_learnt(share, count):
    first, second, labels = parts(hidden(doubled(ROW), share, BLANK, (0, 0)))
    holes = [at for at, token in enumerate(first) if token == BLANK]
    assert len(holes) == count
    assert min(holes) >= 10  # what is not learnt is not hidden
    assert second == ROW.input_ids
    assert all(first[at] == ROW.input_ids[at] for at in range(40) if at not in holes)
    assert [at - 40 for at, label in enumerate(labels) if label != IGNORED] == holes
    assert [label for label in labels if label != IGNORED] == [ROW.input_ids[at] for at in holes]


def test_each_token_is_hidden_as_often_as_another():
    counts = np.zeros(40)
    for epoch in range(400):
        first, _, _ = parts(hidden(doubled(ROW), 0.5, BLANK, (0, epoch)))
        counts += np.asarray(first) == BLANK
    assert counts[:10].sum() == 0
    assert counts[10:].min() > 150 and counts[10:].max() < 250


def made(hiding: Hiding, *rows: Tokens) -> list[list[int]]:
    return [one["input_ids"] for one in hiding([row._asdict() for row in rows])]


def hiding(seed: int = 0, epoch: int = 0) -> Hiding:
    return Hiding(lambda rows: rows, 0.5, BLANK, seed, epoch)


def test_it_is_drawn_from_the_seed_the_epoch_and_the_row():
    row, other = doubled(ROW), doubled(Tokens(ROW.input_ids[::-1], ROW.labels))
    assert (
        made(hiding(), row, other) == [*made(hiding(), row), *made(hiding(), other)] == made(hiding(), other, row)[::-1]
    )
    assert made(hiding(), row) != made(hiding(epoch=1), row)
    assert made(hiding(), row) != made(hiding(seed=1), row)


def test_packed_rows_get_the_same_holes():
    short = doubled(Tokens(ROW.input_ids[20:], ROW.labels[20:]))
    row = doubled(ROW)
    packed = {
        "input_ids": row.input_ids + short.input_ids,
        "labels": row.labels + short.labels,
        "seq_lengths": [len(row.input_ids), len(short.input_ids)],
    }
    [found] = hiding()([packed])
    one, other = hiding()([row._asdict(), short._asdict()])
    assert found["input_ids"] == one["input_ids"] + other["input_ids"]
    assert found["labels"] == one["labels"] + other["labels"]
