"""Rows kept by the quantile of a number."""

import math

import polars as pl
import pytest

from factory.stages.band import Band

TABLE = pl.LazyFrame(
    {
        "id": [f"r{number}" for number in range(10)],
        "loss": [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, None],
        "language": ["en", "ja", "en"] * 3 + ["en"],
    }
)


def band(**fields):
    return Band(**{"column": "loss", "on_unscored": "reject", **fields})


def kept(stage, table=TABLE):
    decided = stage.decide(table)
    assert sorted(decided["id"]) == sorted(table.collect()["id"])
    return sorted(decided.filter(pl.col("_reason").is_null())["id"])


def test_what_is_between_two_quantiles_is_kept():
    assert kept(band(between=(0.2, 0.8))) == ["r2", "r3", "r4", "r5", "r6"]


def test_the_top_share_is_kept():
    assert kept(band(top=0.34)) == ["r0", "r1", "r2"]
    assert len(kept(band(top=1.0))) == 9


def test_groups_have_quantiles_of_their_own():
    stage = band(top=0.34, within=("language",))
    assert kept(stage) == ["r0", "r1", "r2"] and stage.needs() == {"loss", "language"}
    places = stage.decide(TABLE).filter(pl.col("id") == "r1")["quantile"]
    assert places[0] == pytest.approx(2.5 / 3)


def test_reasons_say_where_a_row_is():
    reasons = dict(band(between=(0.2, 0.8)).decide(TABLE).select("id", "_reason").iter_rows())
    assert reasons["r0"] == "out_of_band: loss: 9.0 is at 94.4 %" and reasons["r9"] == "unscored: loss"


def test_rows_without_the_number_go_by_their_policy():
    table = TABLE.with_columns(pl.col("loss").fill_null(math.nan))
    assert "r9" in kept(band(top=0.5, on_unscored="keep"), table)
    assert "r9" not in kept(band(top=0.5), table)


def test_equal_numbers_are_ranked_by_id_whatever_the_order():
    table = pl.LazyFrame({"id": ["b", "d", "a", "c"], "loss": [1, 1, 1, 1]})
    assert kept(band(top=0.5), table) == ["c", "d"]


@pytest.mark.parametrize(
    "fields", [{}, {"top": 0.5, "between": (0, 1)}, {"between": (0.8, 0.2)}, {"between": (0, 1.5)}, {"top": 0}]
)
def test_a_band_must_be_one(fields):
    with pytest.raises(ValueError, match=r"between|top"):
        band(**fields)


def test_the_summary_gives_the_edges():
    made = TABLE.with_columns(_state=pl.lit("accepted"))
    assert band(top=0.5).summary(made, made) == ["kept loss from 1 to 9"]
