"""The statistics of a plan, on parts whose figures are chosen."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from qwem_tui.analogies.files import Category
from qwem_tui.analogies.protocols import attempt
from qwem_tui.study.plan.curve_fitting import learning_curves, resampled
from qwem_tui.study.plan.learning_curve import LearningCurve, Resampled, accuracy_of, arcsine_sqrt
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import resampled_curves
from tests.study.plan.planned import DIMS, WORDS, curve_of, grown, levels, measured_parts, size


def test_u_and_back() -> None:
    for accuracy in (0.0, 0.1, 0.5, 0.99, 1.0):
        assert accuracy_of(arcsine_sqrt(accuracy)) == pytest.approx(accuracy)
    assert (accuracy_of(-0.3), accuracy_of(2.0)) == (0.0, 1.0)
    # the standard error of u is the same everywhere: that of p is sqrt(p (1 - p))
    for accuracy in (0.1, 0.5, 0.8):
        slope = (arcsine_sqrt(accuracy + 1e-5) - arcsine_sqrt(accuracy - 1e-5)) / 2e-5
        assert slope == pytest.approx(0.5 / math.sqrt(accuracy * (1 - accuracy)), rel=1e-4)


def test_points_are_means_and_ascend_in_words() -> None:
    learning_curve = grown([0.5, 0.4, 0.3, 0.2])
    assert [point.words for point in learning_curve.points] == [WORDS >> level for level in (3, 2, 1, 0)]
    assert [point.repeats for point in learning_curve.points] == [4, 4, 2, 1]
    peaks = [point.peak for point in learning_curve.points if point.peak is not None]
    assert peaks == pytest.approx([0.2, 0.3, 0.4, 0.5], abs=2e-3)
    for point in learning_curve.points:
        assert point.peak is not None
        assert point.peak_interval is not None
        assert point.peak_interval[0] < point.peak < point.peak_interval[1]
        assert point.known == point.repeats
        assert point.critical == pytest.approx(10)
        assert point.onset == pytest.approx(5)
        assert point.critical_interval == pytest.approx((7, 13))
        assert point.onset_interval == pytest.approx((2, 9))
    assert learning_curve.last.level == 0


def test_the_interval_holds_word_pairs_and_texts_in_quadrature() -> None:
    learning_curve = grown([0.5, 0.5, 0.5, 0.5], wobble=0.03)
    assert learning_curve.spread is not None
    ends = learning_curve.last.peak_interval
    assert ends is not None
    assert arcsine_sqrt(ends[1]) - arcsine_sqrt(0.5) == pytest.approx(1.96 * math.hypot(0.05, learning_curve.spread))
    # parts of four: -0.03, -0.01, 0.01, 0.03; of two: -0.03, 0.03; du is dp at one half
    squares = 2 * (2 * 0.03**2 + 2 * 0.01**2) + 2 * 0.03**2
    assert learning_curve.spread == pytest.approx(math.sqrt(squares / 7), rel=0.01)


def test_the_spread_of_a_category_is_drawn_towards_that_of_all() -> None:
    calm, wild = (levels(name, [0.5] * 4, wobble=w) for name, w in (("calm", 0.0), ("wild", 0.08)))
    alone = grown([0.5] * 4, wobble=0.08).spread
    found = learning_curves(measured_parts({"calm": calm, "wild": wild})).categories
    assert found[0].spread is not None
    assert found[1].spread is not None
    assert alone is not None
    assert 0.3 * alone < found[0].spread < found[1].spread < alone
    shared = alone / math.sqrt(2)
    assert found[0].spread == pytest.approx(math.sqrt(8 / 15) * shared, rel=1e-6)


def test_no_spread_is_known_to_a_hair() -> None:
    learning_curve = grown([1.0] * 4, wobble=0.0)
    assert learning_curve.spread == pytest.approx(0.25 / math.sqrt(1320))
    assert learning_curve.extrapolations[0].low > 0.97


@pytest.mark.parametrize("peaks", [[0.5], [0.5, 0.4]])
def test_without_enough_sizes_nothing_is_said_of_more_text(peaks: list[float]) -> None:
    learning_curve = grown(peaks)
    assert learning_curve.extrapolations == ()
    assert learning_curve.range_at(1) is None
    assert learning_curve.words_for(0.6) == (None, None)
    if len(peaks) == 1:
        assert (learning_curve.spread, learning_curve.gain) == (None, None)
        ends = learning_curve.last.peak_interval
        assert ends is not None
        assert arcsine_sqrt(ends[1]) - arcsine_sqrt(0.5) == pytest.approx(1.96 * 0.05)


def test_a_straight_trend_goes_on_and_its_range_widens_with_the_root_of_doublings() -> None:
    u = [0.8, 0.7, 0.6, 0.5]
    learning_curve = grown([accuracy_of(each) for each in u], wobble=0.02)
    assert learning_curve.spread is not None
    for doublings in (1, 2, 3):
        ends = learning_curve.range_at(doublings)
        assert ends is not None
        middle = 0.8 + 0.1 * doublings
        margin = 1.96 * learning_curve.spread * math.sqrt(1.5 * doublings)
        assert arcsine_sqrt(ends[0]) == pytest.approx(middle - margin, abs=3e-3)
        assert arcsine_sqrt(ends[1]) == pytest.approx(min(math.pi / 2, middle + margin), abs=3e-3)
    assert [(each.times, each.words) for each in learning_curve.extrapolations] == [(2, 2 * WORDS), (4, 4 * WORDS)]


def test_a_trend_that_bends_has_a_range_from_standing_still_to_going_on() -> None:
    learning_curve = grown([0.6, 0.6, 0.4, 0.2], wobble=0.001)
    ends = learning_curve.range_at(1)
    assert ends is not None
    assert ends[0] < 0.6 < 0.7 < ends[1]


def test_words_for_an_accuracy_lie_where_the_range_reaches_it() -> None:
    learning_curve = grown([accuracy_of(each) for each in (0.8, 0.7, 0.6, 0.5)], wobble=0.01)
    fewest, most = learning_curve.words_for(accuracy_of(0.95))
    assert fewest is not None
    assert most is not None
    assert WORDS < fewest < WORDS * 2**1.5 < most
    for words, end in ((fewest, 1), (most, 0)):
        ends = learning_curve.range_at(math.log2(words / WORDS))
        assert ends is not None
        assert ends[end] == pytest.approx(accuracy_of(0.95), abs=0.01)
    assert learning_curve.words_for(accuracy_of(1.5)) == (None, None)
    fewest, most = learning_curve.words_for(accuracy_of(1.13))
    assert fewest is not None
    assert most is None


def test_the_gain_of_the_last_doubling() -> None:
    learning_curve = grown([0.5, 0.4, 0.3, 0.2], wobble=0.02)
    assert learning_curve.gain is not None
    assert learning_curve.spread is not None
    low, gain, high = learning_curve.gain
    assert gain == pytest.approx(0.1, abs=1e-3)
    # of two halves, and half of the variance of a part
    assert arcsine_sqrt(0.5) - arcsine_sqrt(0.5 - high) == pytest.approx(
        arcsine_sqrt(0.5) - arcsine_sqrt(0.4) + 1.96 * math.sqrt(0.5) * learning_curve.spread, abs=2e-3
    )
    assert low < gain < high
    # one half alone tells less
    one = learning_curves(
        measured_parts({"one": [level[:1] for level in levels("one", [0.5, 0.4, 0.3, 0.2], repeats=4)]})
    ).categories[0]
    assert one.gain is None
    mixed = levels("one", [0.5, 0.4, 0.3, 0.2], wobble=0.02)
    mixed[1] = mixed[1][:1]
    single = curve_of(mixed).gain
    assert single is not None
    assert single[2] - single[0] > 1.2 * (high - low)


def test_parts_that_tell_nothing_leave_no_figures() -> None:
    by_level = levels("one", [0.5, 0.4, 0.3, 0.2])
    unknown = replace(size("one", 0.0, None, (3, 132)), peak=math.nan, accuracy=np.full(len(DIMS), np.nan), onset=None)
    by_level[3] = [unknown] * 4
    by_level[2][1:] = [unknown] * 3
    learning_curve = curve_of(by_level)
    smallest, quarter = learning_curve.points[0], learning_curve.points[1]
    assert (smallest.peak, smallest.peak_interval, smallest.critical, smallest.onset, smallest.known) == (
        None, None, None, None, 0,
    )  # fmt: skip
    assert (quarter.known, quarter.repeats) == (1, 4)
    assert quarter.peak is not None
    assert learning_curve.trends != ()


def test_sizes_vary_in_proportion() -> None:
    sizes = [[size("one", 0.5, 20)], [size("one", 0.5, 16), size("one", 0.5, 25)]]
    learning_curve = curve_of(sizes)
    half = learning_curve.points[0]
    assert half.critical == pytest.approx(20)
    spread = math.log(25 / 16) / math.sqrt(2)
    assert learning_curve.size_spread == pytest.approx(spread)
    assert learning_curve.last.critical_interval is not None
    low, high = learning_curve.last.critical_interval
    assert math.log(high / 20) == pytest.approx(math.hypot(math.log(26 / 20), 1.96 * spread))
    assert math.log(20 / low) == pytest.approx(math.hypot(math.log(20 / 15), 1.96 * spread))
    # no interval goes beyond the sizes looked at
    wild = learning_curves(
        measured_parts({"one": [[size("one", 0.5, 40)], [size("one", 0.5, 4), size("one", 0.5, 90)]]})
    ).categories[0]
    assert wild.last.critical_interval == (1.0, 100.0)


def test_resampled_is_the_bootstrap_of_each_category_and_of_all() -> None:
    words = [f"{side}{number}" for number in range(8) for side in "ab"]
    pairs = [(f"a{number}", f"b{number}") for number in range(8)]
    questions = tuple((*first, *second) for first in pairs for second in pairs if first != second)
    index = {word: row for row, word in enumerate(words)}
    analogies = attempt([Category("one", questions), Category("none", (("x", "y", "z", "w"),))], index, "questions")
    random = np.random.default_rng(0)
    dims = (1, 2, 3, 4, 8)
    outcomes = random.random((5, len(questions))) < np.array([0.0, 0.05, 0.3, 0.6, 0.5])[:, None]
    found = resampled(outcomes, dims, analogies, 400, 3)
    one, none = found.categories
    curves = resampled_curves(outcomes, analogies, 0, 400, 3)
    assert one.peak_spread == pytest.approx(float(np.arcsin(np.sqrt(curves[:, 3])).std()))
    assert one == found.overall
    # zero at size 1 always, at size 2 in some draws
    assert one.onset == (2.0, 3.0)
    assert (none.peak_spread, none.onset) == (0.0, None)


def test_an_onset_that_may_be_any_size_is_said_to_be_unsure() -> None:
    def with_onsets(ends: tuple[float, float]) -> LearningCurve:
        each = Resampled(0.05, ends)
        parts = measured_parts({"one": levels("one", [0.6, 0.5, 0.4])})
        return learning_curves([replace(part, resampled=ByCategory((each,), each)) for part in parts]).categories[0]

    wide = with_onsets((1.0, 100.0))
    assert wide.last.onset == 5
    assert wide.last.onset_interval == pytest.approx((1.0, 100.0))
    assert all(point.onset_unsure for point in wide.points)
    assert not any(point.onset_unsure for point in with_onsets((2.0, 30.0)).points)
