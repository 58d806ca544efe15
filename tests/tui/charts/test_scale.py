"""Axis maths and dot placement: numbers in, places out."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from qwem_tui.tui.charts import Plot
from qwem_tui.tui.charts.layout import label_start, lay_out, x_ticks
from qwem_tui.tui.charts.raster import Ints, trace_lines, trace_points
from qwem_tui.tui.charts.scale import (
    Axis,
    Floats,
    coarse_ceiling,
    coarse_floor,
    drawable,
    fit_axis,
    tick_choices,
    tick_label,
)


def trace_line(x: Floats, y: Floats, width: int, height: int, stride: int = 1) -> tuple[Ints, Ints]:
    """Return (rows, columns) of the dots of one line."""
    return trace_lines(x, y, np.zeros(x.size, dtype=np.intp), width, height, stride)[:2]


@pytest.mark.parametrize(
    ("axis", "value", "position"),
    [
        (Axis(0, 10), 0.0, 0.0),
        (Axis(0, 10), 10.0, 100.0),
        (Axis(0, 10), 2.5, 25.0),
        (Axis(-1, 1), 0.0, 50.0),
        (Axis(0, 10), 20.0, 200.0),
        (Axis(1, 10_000, log=True), 100.0, 50.0),
        (Axis(1, 10_000, log=True), 1.0, 0.0),
        (Axis(0.01, 1, log=True), 0.001, -50.0),
    ],
)
def test_positions(axis: Axis, value: float, position: float) -> None:
    assert axis.positions(np.array([value]), 101)[0] == pytest.approx(position)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308])
def test_what_no_axis_can_show_becomes_nan(value: float) -> None:
    np.testing.assert_array_equal(drawable(np.array([1.0, value]), log=False), [1.0, math.nan])


def test_a_log_axis_leaves_out_zero_and_below() -> None:
    np.testing.assert_array_equal(drawable(np.array([-1.0, 0.0, 2.0]), log=True), [math.nan, math.nan, 2.0])


def test_cells_are_those_of_the_nearest_dot() -> None:
    # 4 cells of 2 dots: dots 0..7 over 0..7, so 1.4 is dot 1 (cell 0) and 1.6 is dot 2 (cell 1)
    assert Axis(0, 7).cells([0.0, 1.4, 1.6, 7.0, 7.6, -0.6, math.nan], 4, 2) == [0, 0, 1, 3, None, None, None]


@pytest.mark.parametrize(
    ("value", "ceiling", "floor"),
    [(1.0, 1.0, 1.0), (1.01, 1.5, 1.0), (2.1, 3.0, 2.0), (0.03, 0.03, 0.03), (0.031, 0.05, 0.03), (9.0, 10.0, 8.0)],
)
def test_coarse_limits(value: float, ceiling: float, floor: float) -> None:
    assert coarse_ceiling(value) == ceiling
    assert coarse_floor(value) == floor


@pytest.mark.parametrize("value", [0.0, -3.0, math.nan, 5e-324])
def test_coarse_limits_of_what_has_no_magnitude(value: float) -> None:
    assert coarse_ceiling(value) == coarse_floor(value) == 0.0


def test_coarse_ceiling_is_monotone_idempotent_and_close() -> None:
    values = np.geomspace(1e-12, 1e12, 5000)
    ceilings = np.array([coarse_ceiling(value) for value in values])
    assert (np.diff(ceilings) >= 0).all()
    assert (ceilings >= values * (1 - 1e-9)).all()
    assert (ceilings <= values * (5 / 3 + 1e-9)).all()
    assert all(coarse_ceiling(value) == value for value in set(ceilings.tolist()))


def test_a_growing_axis_rescales_rarely() -> None:
    limits = {fit_axis(0.0, float(step)).hi for step in range(1, 10_001)}
    assert len(limits) == 24


@pytest.mark.parametrize(
    ("least", "most", "options", "limits"),
    [
        (0.2, 2.6, {}, (0.0, 3.0)),
        (-0.4, 2.6, {}, (-0.5, 3.0)),
        (100.0, 110.0, {"tight": True}, (100.0, 110.0)),
        (100.0, 110.0, {}, (0.0, 150.0)),
        (3.0, 7e5, {"log": True, "tight": True}, (3.0, 8e5)),
        (3e-5, 0.7, {"log": True}, (3e-5, 0.8)),
        (0.0, 2.6, {"hi": 4.0}, (0.0, 4.0)),
        (1.0, 2.6, {"lo": 0.5, "hi": 4.0}, (0.5, 4.0)),
        (1.0, 100.0, {"lo": 0.0, "log": True}, (1.0, 100.0)),
        (0.0, 2.6, {"hi": math.inf}, (0.0, 3.0)),
    ],
)
def test_fitted_limits(least: float, most: float, options: dict[str, float], limits: tuple[float, float]) -> None:
    axis = fit_axis(least, most, options.get("lo"), options.get("hi"), log="log" in options, tight="tight" in options)
    assert (axis.lo, axis.hi) == pytest.approx(limits)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    ("least", "most", "lo", "hi"), [(5, 5, None, None), (1, 2, 9, 3), (1, 2, None, 1), (5, 5, 5, 5)]
)
def test_limits_are_never_the_same(least: float, most: float, lo: float | None, hi: float | None, log: bool) -> None:
    axis = fit_axis(least, most, lo, hi, log=log, tight=True)
    assert axis.lo < axis.hi


def _all_ticks(axis: Axis) -> list[list[float]]:
    return [ticks for ticks, _ in tick_choices(axis)]


def test_linear_ticks_are_round_and_without_noise() -> None:
    choices = _all_ticks(Axis(0, 0.3))
    assert [0.0, 0.1, 0.2, 0.3] in choices
    assert [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3] in choices
    assert [len(finer) >= len(coarser) for finer, coarser in pairwise(choices)] == [True] * (len(choices) - 1)


def test_log_ticks_are_decades_then_every_other_one() -> None:
    choices = _all_ticks(Axis(1, 1e4, log=True))
    assert choices[:2] == [[1.0, 10.0, 100.0, 1000.0, 10_000.0], [1.0, 100.0, 10_000.0]]


def test_a_short_log_axis_has_ticks_inside_the_decade() -> None:
    assert [2.0, 5.0, 10.0, 20.0, 50.0] in _all_ticks(Axis(2, 60, log=True))
    assert any(len(ticks) >= 2 for ticks in _all_ticks(Axis(1.1, 1.9, log=True)))


@pytest.mark.parametrize(
    "axis", [Axis(0, 7), Axis(-3, 0.5), Axis(1e-9, 3e-9), Axis(1e6, 1e6 + 3), Axis(3, 4e7, log=True)]
)
def test_ticks_ascend_within_the_axis(axis: Axis) -> None:
    slack = 1e-6 * (axis.hi - axis.lo)
    for ticks in _all_ticks(axis):
        assert all(axis.lo - slack <= tick <= axis.hi + slack for tick in ticks)
        assert all(left < right for left, right in pairwise(ticks))


@pytest.mark.parametrize(
    ("value", "step", "label"),
    [
        (0.0, 0.5, "0"),
        (0.05, 0.05, "0.05"),
        (1200.0, 200.0, "1.2k"),
        (1000.0, 200.0, "1k"),
        (3e6, 1e6, "3M"),
        (2.5e9, 5e8, "2.5B"),
        (-0.5, 0.5, "-0.5"),
        (1e-5, 0.0, "1e-5"),
        (2e-4, 1e-4, "2e-4"),
        (10_050.0, 50.0, "10.05k"),
        (100.0, 0.0, "100"),
        (0.001, 0.0, "0.001"),
        (1e18, 0.0, "1e18"),
    ],
)
def test_tick_labels(value: float, step: float, label: str) -> None:
    assert tick_label(value, step) == label


@pytest.mark.parametrize(("value", "step", "label"), [(0.0, 0.5, "0%"), (0.35, 0.05, "35%"), (0.125, 0.005, "12.5%")])
def test_percent_labels(value: float, step: float, label: str) -> None:
    assert tick_label(value, step, percent=True) == label


@pytest.mark.parametrize("axis", [Axis(0, 3), Axis(1e6, 1e6 + 20), Axis(1e-5, 1.2e-5), Axis(0.99, 1.01)])
def test_labels_of_one_axis_differ(axis: Axis) -> None:
    for ticks, step in tick_choices(axis):
        assert len({tick_label(tick, step) for tick in ticks}) == len(ticks)


def _picture(x: list[float], y: list[float], width: int, height: int, stride: int = 1) -> list[str]:
    rows, columns = trace_line(np.array(x, dtype=float), np.array(y, dtype=float), width, height, stride)
    grid = np.full((height, width), ".")
    grid[rows, columns] = "#"
    return ["".join(line) for line in grid]


@pytest.mark.parametrize(
    ("x", "y", "picture"),
    [
        ([1], [2], ["....", "....", ".#.."]),
        ([0, 3], [1, 1], ["....", "####", "...."]),
        ([0, 2], [0, 2], ["#...", ".#..", "..#."]),
        ([0, 2], [2, 0], ["..#.", ".#..", "#..."]),
        ([1, 1], [0, 2], [".#..", ".#..", ".#.."]),
        ([0, 1], [0, 2], ["#...", "#...", ".#.."]),
        ([0, 1, 2, 3], [1, math.nan, 1, 1], ["....", "#.##", "...."]),
        ([0, 1, math.nan, 3], [1, 1, 1, 1], ["....", "##.#", "...."]),
        ([-4, 8], [1, 1], ["....", "####", "...."]),
        ([0, 3], [-9, -9], ["....", "....", "...."]),
        ([0, 0, 3], [-5, 9, 9], ["#...", "#...", "#..."]),
        ([2, 3, 0, 1], [0, 0, 2, 2], ["..##", "....", "##.."]),
        ([], [], ["....", "....", "...."]),
    ],
)
def test_lines_dot_by_dot(x: list[float], y: list[float], picture: list[str]) -> None:
    assert _picture(x, y, 4, 3) == picture


def test_a_line_has_no_holes_and_no_dot_twice() -> None:
    x = np.linspace(0, 99, 400)
    rows, columns = trace_line(x, 20 + 20 * np.sin(x / 5), 100, 41)
    assert set(columns.tolist()) == set(range(100))
    strokes = [np.sort(rows[columns == column]) for column in range(100)]
    assert all((np.diff(stroke) == 1).all() for stroke in strokes)
    assert all(left[0] <= right[-1] + 1 and right[0] <= left[-1] + 1 for left, right in pairwise(strokes))
    assert len({*zip(rows.tolist(), columns.tolist(), strict=True)}) == rows.size


def test_many_points_in_a_column_become_one_stroke() -> None:
    rng = np.random.default_rng(0)
    y = rng.uniform(0, 19, 100_000)
    rows, _ = trace_line(np.linspace(0, 9, 100_000), y, 10, 20)
    assert rows.size == 200


def test_far_points_cost_no_more_dots_than_the_picture_has() -> None:
    rows, columns = trace_line(np.array([-1e200, 1e200]), np.array([1.0, 1.0]), 4, 3)
    assert rows.tolist() == [1] * 4
    assert columns.tolist() == [0, 1, 2, 3]


def test_a_stride_keeps_every_third_dot_along_the_line() -> None:
    assert _picture([0, 8], [0, 0], 9, 1, stride=3) == ["#..#..#.."]
    assert _picture([0, 0], [0, 6], 1, 7, stride=3) == list("#..#..#")
    # upwards, the dots are counted upwards too: the spacing holds across columns
    rows, _ = trace_line(np.array([0.0, 1.0]), np.array([11.0, 0.0]), 2, 12, 3)
    assert rows.tolist() == [11, 8, 5, 2]


def test_points_alone_are_not_joined() -> None:
    rows, columns, owners = trace_points(
        np.array([0.0, 3.0, 9.0, math.nan]), np.array([0.0, 2.0, 0.0, 0.0]), np.arange(4), 4, 3
    )
    assert (rows.tolist(), columns.tolist(), owners.tolist()) == ([0, 2], [0, 3], [0, 1])


@pytest.mark.parametrize("stride", [1, 3])
def test_lines_drawn_at_once_are_those_drawn_one_by_one(stride: int) -> None:
    random = np.random.default_rng(0)
    lines = []
    for length in (40, 1, 0, 7, 300):
        x = np.sort(random.uniform(-5, 65, length))
        y = random.uniform(-5, 35, length)
        y[random.random(length) < 0.1] = math.nan
        lines.append((x, y))
    line = np.repeat(np.arange(len(lines)), [x.size for x, _ in lines])
    rows, columns, owners = trace_lines(
        np.concatenate([x for x, _ in lines]), np.concatenate([y for _, y in lines]), line, 60, 30, stride
    )
    assert (np.diff(owners) >= 0).all()
    for number, (x, y) in enumerate(lines):
        alone = trace_line(x, y, 60, 30, stride)
        own = owners == number
        assert (rows[own].tolist(), columns[own].tolist()) == (alone[0].tolist(), alone[1].tolist())


@pytest.mark.filterwarnings("error")
def test_values_out_of_all_proportion_to_the_axis_are_silent() -> None:
    assert not np.isfinite(Axis(0, 1e-9).positions(np.array([1e300]), 100)).any()


@pytest.mark.parametrize("width", range(30, 90, 4))
def test_long_tick_labels_keep_two_blanks_between_them(width: int) -> None:
    layout = lay_out(Plot(()), Axis(0, 1), width, 10, ascii=False)
    ticks = x_ticks(Axis(1e6, 1e6 + 4), layout)
    assert max(len(tick.label) for tick in ticks) == len("1.000002M") or width < 50
    for left, right in pairwise(ticks):
        assert label_start(right) - (label_start(left) + len(left.label)) >= 2
