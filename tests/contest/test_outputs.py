import pytest

from factory.contest.outputs import majority_output, same_output


@pytest.mark.parametrize(
    ("got", "want"),
    [
        ("8\n", "8"),
        ("8  \n\n", "8\n"),
        ("1\r\n2\r\n", "1\n2\n"),
        ("1 2 3", "1\n2\n3\n"),
        ("0.5000001", "0.5"),
        ("1e-7", "0.0"),
        ("1000000.5", "1000000.0"),
        (".5", "0.50"),
        ("-2.0000001 Yes", "-2.0 Yes"),
        ("", "\n"),
        ("東京", "東京\n"),
    ],
)
def test_same(got, want):
    assert same_output(got, want)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        ("YES", "Yes"),
        ("1", "1.0"),
        ("1000000", "1000001"),
        ("0.51", "0.5"),
        ("1 2", "12"),
        ("1 2", "1 2 3"),
        ("", "0"),
        ("nan", "0.0"),
        ("1e999", "1.0"),
        ("1e999", "-1e999"),
        ("1.", "1.1"),
        ("１", "1"),
    ],
)
def test_different(got, want):
    assert not same_output(got, want)


def test_failures_count_in_the_share_and_never_win():
    assert majority_output(["3\n", None, "3", "4", None]) == ("3\n", 2 / 5)
    assert majority_output([None, None, "1.0", None]) == ("1.0", 1 / 4)
    assert majority_output([None, None]) == (None, 0.0)
    assert majority_output([]) == (None, 0.0)


def test_equal_groups_are_won_by_the_first_and_close_decimals_are_one_group():
    assert majority_output(["b", "a", "a", "b"]) == ("b", 0.5)
    assert majority_output(["2", "0.3333333", "0.3333334", "0.33333335"])[1] == 0.75


def test_long_hostile_outputs_are_compared_in_no_time():
    same_output("1" * 100_000 + ".", "1." + "0" * 100_000)
    same_output("1e" * 50_000, "1.0")
