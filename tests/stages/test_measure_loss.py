"""The target model's own loss on a text."""

import math

import polars as pl
import pytest

from factory.request import Reply
from factory.rows import Drop
from factory.stages.measure_loss import MeasureLoss

ROW = {"id": "r1", "text": "It is 242 m high."}
STAGE = MeasureLoss(engine="e", on_unscored="reject")


def test_it_asks_for_the_likelihood_of_the_text():
    (request,) = STAGE.ask(ROW)
    assert (request.prompt, request.task, STAGE.uses()) == (ROW["text"], "likelihood", {"likelihood"})


def test_the_loss_is_the_mean_over_the_tokens():
    (row,) = STAGE.emit(ROW, [Reply(numbers=(-1.0, -2.0, -6.0))])
    assert (row["loss"], row["loss_tokens"]) == (3.0, 3)


@pytest.mark.parametrize("numbers", [(), (-math.inf, -1.0), (math.nan,)])
def test_a_text_without_a_loss_is_unscored(numbers):
    (out,) = STAGE.emit(ROW, [Reply(numbers=numbers)])
    assert isinstance(out, Drop) and out.reason == f"unscored: no loss over {len(numbers)} tokens"
    (row,) = MeasureLoss(engine="e", on_unscored="keep").emit(ROW, [Reply(numbers=numbers)])
    assert row["loss"] is None


def test_the_summary_gives_quantiles():
    frame = pl.LazyFrame({"loss": [1.0, 2.0, 3.0, 4.0, None]})
    assert STAGE.summary(frame, frame) == [
        "loss a token of 4 texts at 5, 25, 50, 75 and 95 %: 1.00, 2.00, 3.00, 3.00, 4.00"
    ]
    empty = frame.filter(pl.col("loss") > 9)
    assert STAGE.summary(empty, empty) == []
