"""pass@k, cons@k, intervals and paired differences, against values worked out by hand and against the formulas."""

import math
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import binomtest

from factory.eval.metrics import cons_at_k, estimates, paired, pass_at_k, sign_test


class TestPass:
    @pytest.mark.parametrize(
        ("n", "c", "k", "wanted"),
        [
            (1, 0, 1, 0.0),
            (1, 1, 1, 1.0),
            (4, 1, 1, 0.25),
            (4, 1, 2, 0.5),  # 3 of the 6 pairs hold the right one
            (5, 2, 3, 0.9),  # 1 of the 10 triples is all wrong
            (8, 2, 4, 11 / 14),  # 15 of 70 are all wrong
            (8, 5, 4, 1.0),  # there are no 4 wrong ones
        ],
    )
    def test_worked_out_by_hand(self, n, c, k, wanted):
        assert pass_at_k(n, c, k) == pytest.approx(wanted, abs=1e-15)

    def test_it_is_the_formula_of_the_paper_for_all_n_up_to_20(self):
        for n in range(1, 21):
            for c, k in product(range(n + 1), range(1, n + 1)):
                formula = 1 - Fraction(math.comb(n - c, k), math.comb(n, k))
                assert pass_at_k(n, c, k) == pytest.approx(float(formula), abs=1e-14), (n, c, k)

    def test_it_is_what_every_choice_of_k_gives_on_average(self):
        right = [True, False, False, True, False, False]
        for k in range(1, 7):
            hits = [any(chosen) for chosen in combinations(right, k)]
            assert pass_at_k(6, 2, k) == pytest.approx(sum(hits) / len(hits))

    def test_it_stays_a_number_where_the_binomials_overflow_a_float(self):
        assert pass_at_k(10_000, 3, 5_000) == pytest.approx(0.875, abs=1e-3)

    @pytest.mark.parametrize(("n", "c", "k"), [(4, 5, 1), (4, 1, 5), (4, 1, 0), (4, -1, 1)])
    def test_nonsense_is_an_error(self, n, c, k):
        with pytest.raises(ValueError, match="expected 0 <= c <= n and 1 <= k <= n"):
            pass_at_k(n, c, k)


class TestCons:
    VOTES = [0, 1, 1, -1, 0, 1]
    RIGHT = [False, True, True, False, False, True]

    @pytest.mark.parametrize(
        ("k", "wanted"),
        [
            (1, 0.0),  # 0 alone
            (2, 0.5),  # one each
            (3, 1.0),  # 1 leads
            (4, 1.0),  # no answer is a vote for nothing
            (5, 0.5),  # two each
            (6, 1.0),
        ],
    )
    def test_worked_out_by_hand(self, k, wanted):
        assert cons_at_k(self.VOTES, self.RIGHT, k) == wanted

    def test_of_three_that_tie_one_is_right(self):
        assert cons_at_k([0, 1, 2], [False, True, False], 3) == pytest.approx(1 / 3)

    def test_no_answers_are_no_majority(self):
        assert cons_at_k([-1, -1, -1], [False, False, False], 3) == 0.0

    def test_a_tie_is_what_breaking_it_at_random_gives_on_average(self):
        for votes in product([-1, 0, 1, 2], repeat=5):
            right = [vote == 1 for vote in votes]
            counts = {vote: votes.count(vote) for vote in votes if vote >= 0}
            leaders = [vote for vote in counts if counts[vote] == max(counts.values())]
            wanted = sum(vote == 1 for vote in leaders) / len(leaders) if leaders else 0.0
            assert cons_at_k(votes, right, 5) == pytest.approx(wanted)

    def test_what_cannot_be_told_of_the_leader_is_no_number_and_of_others_does_not_matter(self):
        assert math.isnan(cons_at_k([0, 0, 1], [None, None, True], 3))
        assert cons_at_k([0, 1, 1], [None, True, True], 3) == 1.0

    def test_k_is_at_most_n(self):
        with pytest.raises(ValueError, match="expected 1 <= k <= 2, found k = 3"):
            cons_at_k([0, 1], [True, False], 3)


class TestIntervals:
    def test_the_mean_stands_in_its_interval_which_is_as_wide_as_the_binomial_says(self):
        values = np.array([[1.0]] * 30 + [[0.0]] * 70)
        (found,) = estimates(values)
        assert found.value == 0.3 and found.items == 100
        width = 2 * 1.96 * math.sqrt(0.3 * 0.7 / 100)
        assert found.high - found.low == pytest.approx(width, rel=0.1)
        assert found.low < 0.3 < found.high

    def test_the_same_seed_gives_the_same_interval_and_columns_share_their_resamples(self):
        values = np.random.default_rng(3).random((50, 1)).repeat(2, axis=1)
        first, second = estimates(values, seed=5)
        assert first == second == estimates(values, seed=5)[0] != estimates(values, seed=6)[0]

    def test_an_interval_holds_the_truth_as_often_as_it_says(self):
        rng = np.random.default_rng(0)
        tries = (rng.random((80, 60)) < 0.4).astype(float)
        held = [one.low <= 0.4 <= one.high for one in estimates(tries)]
        assert 0.85 <= sum(held) / len(held) <= 1.0

    def test_items_without_a_value_are_left_out_of_their_metric_alone(self):
        whole, part, none = estimates(np.array([[1.0, np.nan, np.nan], [0.0, 1.0, np.nan]]))
        assert (whole.value, whole.items) == (0.5, 2) and (part.value, part.items) == (1.0, 1)
        assert math.isnan(none.value) and none.items == 0

    def test_where_all_are_wrong_the_interval_is_no_point(self):
        (none,), (every,) = estimates(np.zeros((12, 1))), estimates(np.ones((12, 1)))
        assert none.low == pytest.approx(0, abs=1e-12) and none.high == pytest.approx(0.2425, abs=1e-3)
        assert every.high == pytest.approx(1) and every.low == pytest.approx(1 - none.high)

    def test_one_item_is_known_to_nobody(self):
        (found,) = estimates(np.array([[3 / 8]]))
        assert found.value == 3 / 8 and found.low < 0.1 and found.high > 0.8

    def test_no_items_are_no_figure(self):
        (none,) = estimates(np.empty((0, 1)))
        assert math.isnan(none.value) and none.items == 0


class TestPaired:
    def test_counts_and_difference(self):
        mine = np.array([1.0, 1.0, 1.0, 0.0, 0.5, np.nan])
        theirs = np.array([0.0, 0.0, 1.0, 1.0, 0.5, 1.0])
        found = paired(mine, theirs)
        assert (found.won, found.lost, found.tied, found.items) == (2, 1, 2, 5)
        assert found.value == pytest.approx(0.2)

    def test_what_is_always_a_bit_better_is_surely_better_although_both_vary_much(self):
        theirs = np.tile([0.0, 0.8], 50)
        found = paired(theirs + 0.1, theirs)
        assert found.low == pytest.approx(0.1) and found.high == pytest.approx(0.1)

    def test_one_item_decides_nothing(self):
        found = paired(np.array([3 / 8]), np.array([0.0]))
        assert found.low < 0 and found.high > 0.8

    @pytest.mark.parametrize("gain", [-1, 0, 1])
    def test_where_all_items_differ_alike_the_interval_is_no_point(self, gain):
        found = paired(np.full(12, max(gain, 0.0)), np.full(12, max(-gain, 0.0)))
        seldom = estimates(np.zeros((12, 1)))[0].high
        assert found.value == gain and found.low == max(-1, gain - seldom * (1 + abs(gain)))
        assert found.high == min(1, gain + seldom * (1 + abs(gain)))

    def test_p_is_exact_mcnemar(self):
        for won, lost in product(range(12), range(12)):
            wanted = binomtest(won, won + lost).pvalue if won + lost else 1.0
            assert sign_test(won, lost) == pytest.approx(wanted), (won, lost)
