"""The part of the time axis that the charts show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import MouseScrollUp

from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.charts import Axis, ChartView
from qwem_tui.tui.rendering.zoom import LEAST, panned, zoomed
from tests.tui.driving import NARROW, WIDE, opened, until
from tests.tui.fake_run import FakeRun


def test_zooming_keeps_the_place_and_halves_the_length() -> None:
    assert zoomed(Axis(0, 8), None, 2.0, 0.5) == pytest.approx((1.0, 5.0))
    assert zoomed(Axis(0, 8), (1.0, 5.0), 2.0, 2.0) is None
    # at an end it stops there
    assert zoomed(Axis(0, 8), (4.0, 8.0), 8.0, 0.5) == pytest.approx((6.0, 8.0))
    # decades of a logarithmic axis
    assert zoomed(Axis(0.01, 100, True), None, 1.0, 0.5) == pytest.approx((0.1, 10.0))
    # what is not in sight comes into the middle
    assert zoomed(Axis(0, 8), (0.0, 4.0), 6.0, 0.5) == pytest.approx((5.0, 7.0))


def test_panning_goes_as_far_as_the_axis() -> None:
    assert panned(Axis(0, 8), (1.0, 5.0), 0.25) == pytest.approx((2.0, 6.0))
    assert panned(Axis(0, 8), (1.0, 5.0), -1.0) == pytest.approx((0.0, 4.0))
    assert panned(Axis(1, 100, True), (1.0, 10.0), 0.5) == pytest.approx((10**0.5, 10**1.5))
    assert panned(Axis(0, 8), None, 1.0) is None


@given(places=st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.5, 2.0])), max_size=30), log=st.booleans())
def test_what_is_shown_is_a_part_of_the_axis(places: list[tuple[float, float]], log: bool) -> None:
    whole, span = Axis(0.5, 40.0, log), None
    for place, factor in places:
        span = zoomed(whole, span, whole.value_at(place), factor)
        low, high = (0.0, 1.0) if span is None else (whole.share_of(span[0]), whole.share_of(span[1]))
        assert -1e-9 <= low < high <= 1 + 1e-9
        assert high - low >= LEAST * 0.999


def limits(app: QwemApp) -> set[tuple[float | None, float | None]]:
    charts = list(app.query_one("#panes").query(ChartView))
    assert len(charts) == 3
    return {(chart.plot.x_min, chart.plot.x_max) for chart in charts}


async def test_keys_and_the_wheel_zoom_all_charts_alike(gd: Study) -> None:
    async with opened(FakeRun(gd, frames=9), WIDE) as (app, pilot):
        chart = app.query_one("#pane-rank ChartView", ChartView)
        await until(pilot, lambda: bool(chart.plot.series) and len(limits(app)) == 1)
        ((low, high),) = whole = limits(app)
        assert low is not None
        assert high is not None
        await pilot.press("plus")
        await until(pilot, lambda: limits(app) != whole and len(limits(app)) == 1)
        ((near, far),) = limits(app)
        assert near is not None
        assert far is not None
        # a logarithmic axis of half as many decades, the latest step where it was
        assert far / near == pytest.approx((high / low) ** 0.5)
        assert low <= near < 8 * gd.step_size / gd.time_unit < far <= high
        assert chart.plot.x_label.endswith("(zoomed, 0: all)")
        await pilot.press("right_curly_bracket")
        await until(pilot, lambda: (chart.plot.x_min or 0.0) > near)
        await pilot.press("shift+left")
        await until(pilot, lambda: chart.plot.x_min == pytest.approx(near))
        await pilot.press("minus")
        await until(pilot, lambda: limits(app) == whole)
        chart.post_message(wheel_up(chart))
        await until(pilot, lambda: limits(app) != whole and len(limits(app)) == 1)
        await pilot.press("0")
        await until(pilot, lambda: limits(app) == whole)


def wheel_up(chart: ChartView) -> MouseScrollUp:
    return MouseScrollUp(chart, 20, 3, 0, 0, 0, False, False, False)


async def test_the_cursor_moves_what_is_shown_at_its_end(gd: Study) -> None:
    async with opened(FakeRun(gd, frames=9), NARROW) as (app, pilot):
        chart = app.query_one("#pane-modes ChartView", ChartView)
        await until(pilot, lambda: bool(chart.plot.series))
        await pilot.press("plus", "plus", "plus")
        await until(pilot, lambda: chart.plot.x_label.endswith("0: all)"))
        await pilot.press("home")
        await until(pilot, lambda: app.run_display.cursor == 0)
        for _ in range(60):
            at = app.run_display.cursor or 0
            await pilot.press("greater_than_sign")
            assert (app.run_display.cursor or 0) >= at
        assert (app.run_display.cursor or 0) > 8
