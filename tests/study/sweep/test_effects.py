"""Effects of factors, against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qwem_tui.study.sweep.effects import category_map, effect, heat_map, moved, responses_of, values
from qwem_tui.study.sweep.grid import (
    Bound,
    Factor,
)
from tests.study.sweep.sweeps import CRITICAL, PEAK, made


def test_level_means_spreads_and_range_of_accuracies_are_arithmetic() -> None:
    weight = Factor("negative-weight", (0.5, 1.0, 2.0))
    sweep = made([Factor("window", (4, 8)), weight], [0.1, 0.2, 0.3, 0.5, 0.4, 0.6], PEAK)
    found = effect(sweep, "peak", 0, 0)
    assert [level.mean for level in found.levels] == pytest.approx([0.2, 0.5])
    assert [level.spread for level in found.levels] == pytest.approx([0.1, 0.1])
    assert [level.cells for level in found.levels] == [3, 3]
    assert found.range == pytest.approx(0.3)
    # differences 0.4, 0.2, 0.3
    assert found.range_spread == pytest.approx(0.1)
    assert (found.highest, found.agree, found.complete, found.combinations) == (8, 3, 3, 3)
    other = effect(sweep, "peak", 0, 1)
    assert [level.mean for level in other.levels] == pytest.approx([0.3, 0.3, 0.45])
    assert (other.agree, other.complete) == (2, 2)


def test_sizes_are_compared_by_ratios() -> None:
    sweep = made([Factor("window", (4, 8)), Factor("seed", (0, 1))], [10, 40, 20, 80], CRITICAL)
    found = effect(sweep, "size", 0, 0)
    assert [level.mean for level in found.levels] == pytest.approx([20, 40])
    assert [level.spread for level in found.levels] == pytest.approx([math.exp(math.log(4) / math.sqrt(2))] * 2)
    assert found.range == pytest.approx(2)
    assert found.range_spread == pytest.approx(1)
    assert found.bounded == 0


def test_levels_are_compared_on_equal_terms() -> None:
    """A combination that lacks a value at one level would favour the other: it is left out of both means."""
    sweep = made([Factor("window", (4, 8)), Factor("seed", (0, 1, 2))], [0.1, 0.2, None, 0.3, 0.4, 0.9], PEAK)
    found = effect(sweep, "peak", 0, 0)
    assert [level.mean for level in found.levels] == pytest.approx([0.15, 0.35])
    assert [level.cells for level in found.levels] == [2, 3]
    assert (found.complete, found.combinations) == (2, 3)


def test_an_effect_that_is_not_known_says_why() -> None:
    sweep = made([Factor("window", (4, 8)), Factor("seed", (0, 1))], [0.1, None, None, 0.4], PEAK)
    found = effect(sweep, "peak", 0, 0)
    assert (found.range, found.highest, found.complete) == (None, None, 0)
    assert [level.mean for level in found.levels] == [None, None]
    assert found.reason == "no combination of the other factors has a value at every level"
    assert not moved(found)


def test_settings_of_a_run_do_not_multiply_what_the_closed_form_says() -> None:
    factors = [Factor("window", (4, 8)), Factor("sigma", (1e-2, 1e-4)), Factor("seed", (0, 1))]
    of = [0.1, 0.2, None, 0.2, 0.4, 0.6, 0.4, 0.6]
    found = effect(made(factors, of, PEAK), "peak", 0, 0)
    assert (found.complete, found.combinations, found.agree) == (2, 2, 2)
    assert [level.cells for level in found.levels] == [3, 4]
    assert found.range == pytest.approx(0.35)
    assert found.range_spread == pytest.approx(0.05 * math.sqrt(2))
    # the run forecast depends on them
    steps = effect(made(factors, [10 * (1 + number) for number in range(8)], "step"), "step", 0, 0)
    assert steps.combinations == 4


def test_a_level_without_any_value_is_left_out() -> None:
    sweep = made([Factor("vocab-size", (16, 64, 999)), Factor("seed", (0, 1))], [0.1, 0.2, 0.3, 0.6, None, None], PEAK)
    found = effect(sweep, "peak", 0, 0)
    assert [level.mean for level in found.levels] == [pytest.approx(0.15), pytest.approx(0.45), None]
    assert [level.cells for level in found.levels] == [2, 2, 0]
    assert (found.highest, found.agree, found.complete) == (64, 2, 2)
    assert found.range == pytest.approx(0.3)
    # and the others are compared where they can be
    assert effect(sweep, "peak", 0, 1).complete == 2
    nothing = effect(made([Factor("dim", (16, 64))], [None, None], PEAK), "peak", 0, 0)
    assert (nothing.range, nothing.reason) == (None, "no cell has a value")
    alone = effect(made([Factor("dim", (16, 64))], [0.5, None], PEAK), "peak", 0, 0)
    assert (alone.range, alone.levels[0].mean, alone.reason) == (None, 0.5, None)


def test_one_factor_has_means_and_no_spread() -> None:
    found = effect(made([Factor("window", (4, 8))], [0.5, 0.25], PEAK), "peak", 0, 0)
    assert [(level.mean, level.spread) for level in found.levels] == [(0.5, None), (0.25, None)]
    assert (found.range, found.range_spread, found.highest) == (0.25, None, 4)
    alone = effect(made([Factor("window", (4,))], [0.5], PEAK), "peak", 0, 0)
    assert (alone.range, alone.highest, alone.reason) == (None, None, None)


def test_what_changes_nothing_is_told_from_what_does() -> None:
    sweep = made([Factor("window", (4, 8)), Factor("sigma", (1e-2, 1e-4))], [0.1, 0.1, 0.3, 0.3], PEAK)
    assert moved(effect(sweep, "peak", 0, 0))
    assert not moved(effect(sweep, "peak", 0, 1))


def test_too_few_questions_and_crossings_at_the_start_are_no_values() -> None:
    factors = [Factor("window", (4, 8))]
    few = made(factors, [0.5, 0.6], PEAK, attempted=11)
    assert np.isnan(values(few, "peak", 0)).all()
    start = made(factors, [0.0, 7.0], "step")
    assert values(start, "step", 0).tolist()[1] == 7.0
    assert math.isnan(values(start, "step", 0)[0])


def test_maps_of_two_factors_and_of_categories() -> None:
    factors = [Factor("window", (4, 8)), Factor("seed", (0, 1)), Factor("sigma", (1e-2, 1e-4))]
    sweep = made(factors, [10, 20, 30, 40, 50, 60, 70, None], CRITICAL)
    found = heat_map(sweep, "size", 0, 2, 0)
    assert (found.rows, found.columns) == ((1e-2, 1e-4), (4, 8))
    expected = [[math.sqrt(10 * 30), math.sqrt(50 * 70)], [math.sqrt(20 * 40), 60]]
    np.testing.assert_allclose(found.values, expected)
    by_category = category_map(sweep, "size", 0)
    assert by_category.rows == ("capitals", "overall")
    assert by_category.values.shape == (2, 2)


def test_a_mean_over_bounds_is_a_bound() -> None:
    factors = [Factor("window", (4, 8, 16)), Factor("seed", (0, 1)), Factor("sigma", (1e-2, 1e-4))]
    sizes = [10, 10, 20, 20, 30, 30, 40, 40, 50, 50, 60, 60]
    larger: list[Bound | None] = ["at least"] * 2
    smaller: list[Bound | None] = ["at most"] * 2
    bounds: list[Bound | None] = [None, None, *larger, *[None] * 4, *larger, *smaller]
    sweep = made(factors, sizes, CRITICAL, bounds=bounds)
    assert [level.bound for level in effect(sweep, "size", 0, 0).levels] == ["at least", None, "neither"]
    # sigma does not enter: what is known of one copy is known of all
    assert [level.bound for level in effect(sweep, "size", 0, 2).levels] == ["neither", "neither"]
    assert heat_map(sweep, "size", 0, 0, 1).bounds == ((None, "at least"), (None, None), ("at least", "at most"))
    assert category_map(sweep, "size", 0).bounds == (("at least", None, "neither"),) * 2
    # what does not enter a mean does not bound it either
    partial = made(
        [Factor("window", (4, 8)), factors[1]], [10, 20, 30, None], CRITICAL, bounds=[None, "at most", None, None]
    )
    assert [level.bound for level in effect(partial, "size", 0, 0).levels] == [None, None]
    # nor is a peak bounded
    assert {level.bound for level in effect(sweep, "peak", 0, 0).levels} == {None}
    assert heat_map(sweep, "peak", 0, 0, 1).bounds == ((None, None),) * 3


def test_trained_responses_are_of_trained_cells() -> None:
    factors = [Factor("window", (4, 8))]
    assert responses_of(made(factors, [0.5, 0.6], PEAK)) == ("peak", "size", "step", "t")
    trained = made(factors, [0.5, 0.6], "trained-peak")
    assert "trained-peak" in responses_of(trained)
    assert values(trained, "trained-peak", 0).tolist() == [0.5, 0.6]
