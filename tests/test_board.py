"""The estimate of what is done, by hand-computed cases."""

import pytest

from factory.board import Board, Line


def line(engine, arrived, accepted, rejected=0):
    return Line("x", engine, arrived, accepted, accepted, rejected)


@pytest.mark.parametrize(
    ("lines", "share"),
    [
        ([line(None, 100, 100), line("e", 0, 0)], 0.0),
        ([line(None, 100, 100), line("e", 100, 50)], 0.5),
        ([line(None, 100, 100), line("e", 100, 50, 50)], 1.0),
        # half of the first 40 are dropped, so 50 will reach the second: 40 + 20 of 100 + 50 done
        ([line(None, 100, 100), line("e", 100, 20, 20), line("e", 20, 20)], 60 / 150),
        ([line(None, 100, 50)], 0.5),
    ],
)
def test_share_done(lines, share):
    assert Board(lines, {}, 100).share_done() == pytest.approx(share)
