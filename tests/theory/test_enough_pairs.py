from __future__ import annotations

import numpy as np
import pytest

from qwem_tui.theory.critical_size import CHANCE, bootstrap_weights, weak_peak
from qwem_tui.theory.enough_pairs import least_peak, least_working, pairs_needed


@pytest.mark.parametrize(("pairs", "working"), [(4, 3), (5, 3), (8, 3), (9, 4), (20, 4), (50, 4), (99, 4), (200, 8)])
def test_three_or_four_pairs_that_work_tell_a_category_from_chance(pairs: int, working: int) -> None:
    assert least_working(pairs, CHANCE) == working


@pytest.mark.parametrize("pairs", [5, 12, 20, 40])
def test_the_rule_is_what_the_interval_of_a_peak_gives(pairs: int) -> None:
    first, second = np.divmod(np.arange(pairs * pairs), pairs)
    asked = np.column_stack([first, second])[first != second]
    weights = bootstrap_weights(asked, 20_000, seed=1)
    working = least_working(pairs, CHANCE)
    assert working is not None
    for count, told in ((working, True), (working - 1, False)):
        right = asked[:, 1] < count
        sums = weights.sum(axis=1)
        curves = np.divide(weights @ right, sums, out=np.zeros(len(sums)), where=sums > 0)[:, None]
        assert (weak_peak(np.array([right.mean()]), curves, pairs) is None) == told


def test_pairs_needed_for_a_peak() -> None:
    assert [pairs_needed(peak, CHANCE) for peak in (1.0, 0.5, 0.25, 0.2, 0.1)] == [4, 6, 16, 20, 40]
    # in a small vocabulary chance is more, and a peak below it is never told
    assert (pairs_needed(0.2, 0.15) or 0) > 100
    assert pairs_needed(0.1, 0.2) is None


def test_too_few_questions_tell_nothing() -> None:
    assert least_peak(20, 11, CHANCE) is None
    assert least_peak(20, 12, CHANCE) == 0.2
    assert least_peak(0, 0, CHANCE) is None
