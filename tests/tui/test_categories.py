"""The pane of the categories: what its keys do to table and chart."""

from __future__ import annotations

import pytest
import torch
from textual.widgets import DataTable

from qwem_tui.base.progress import Silent
from qwem_tui.engine.trainers import set_up
from qwem_tui.study.study import Study, gather
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.rendering.palette import DARK
from qwem_tui.tui.screens.table_questions import AskFilter, ChooseColumns
from tests.tui.driving import WIDE, opened, table_filled, until
from tests.tui.fake_run import FakeRun
from tests.tui.little import CAPITALS, NOT_IN_THE_TEXT, PAIRS, little_config

COUNTRIES = "\n: countries\n" + "\n".join(f"{b} {a} {d} {c}" for a, b in PAIRS for c, d in PAIRS if a != c)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Of two categories that can be asked, and two that cannot."""
    config = little_config(tmp_path_factory.mktemp("two"), CAPITALS + COUNTRIES + NOT_IN_THE_TEXT, 8)
    return set_up(gather(config, torch.device("cpu"), Silent()), config, Silent())


def colors(app: QwemApp) -> list[str]:
    """Those of the measured curves, by name of the line."""
    series = app.query_one("#pane-abilities ChartView", ChartView).plot.series
    return [each.color for each in sorted(series, key=lambda each: each.label) if not each.dotted]


async def test_the_category_under_the_cursor_is_brought_forward_until_escape(two: Study) -> None:
    async with opened(FakeRun(two, frames=9), WIDE) as (app, pilot):
        table = await table_filled(app, pilot)
        alike = [DARK.line(0), DARK.line(1)]
        await until(pilot, lambda: colors(app) == alike)
        await pilot.press("down")
        await until(pilot, lambda: colors(app) == [DARK.faint, DARK.line(1)])
        await pilot.press("up")
        await until(pilot, lambda: colors(app) == [DARK.line(0), DARK.faint])
        # as long as the keys are the table's
        await pilot.press("slash")
        await until(pilot, lambda: colors(app) == alike)
        await pilot.press("escape")
        await until(pilot, lambda: table.has_focus and colors(app) == [DARK.line(0), DARK.faint])
        await pilot.press("escape")
        await until(pilot, lambda: colors(app) == alike)


async def test_only_the_rows_that_change_are_painted_again(two: Study) -> None:
    async with opened(FakeRun(two, frames=9), WIDE) as (app, pilot):
        await table_filled(app, pilot)
        modes = app.query_one("#pane-modes ChartView", ChartView)
        await until(pilot, lambda: bool(modes.plot.series))
        before = modes.plot
        await pilot.press("down")
        await until(pilot, lambda: DARK.faint in colors(app))
        assert modes.plot is before
        assert app.query_one(DataTable).cursor_row == 1


def headings(app: QwemApp) -> list[str]:
    return [str(column.label) for column in app.query_one(DataTable).columns.values()]


async def test_the_table_is_sorted_filtered_and_has_columns_hidden(two: Study) -> None:
    async with opened(FakeRun(two, frames=9), (200, 45)) as (app, pilot):
        table = await table_filled(app, pilot)
        assert headings(app)[1:] == [
            "category", "now", "crossed", "forecast", "half of", "timeline", "difference", "asked",
        ]  # fmt: skip
        await pilot.press("down")
        await until(pilot, lambda: table.cursor_row == 1)
        name = app.run_display.category
        await pilot.press("o")
        await until(pilot, lambda: headings(app)[1] == "category↓")
        names = [str(table.get_row_at(row)[1]) for row in range(4)]
        assert names == sorted(names)
        # the cursor goes with its category, whose curve stays in front
        assert app.run_display.category == name
        assert DARK.faint in colors(app)
        await pilot.press(*["o"] * 7)
        await until(pilot, lambda: not any("↓" in label for label in headings(app)))
        await pilot.press("F")
        await until(pilot, lambda: isinstance(app.screen, AskFilter) and bool(app.screen.focused))
        await pilot.press(*"COUN", "enter")
        await until(pilot, lambda: table.row_count == 1)
        assert app.run_display.category == "countries"
        assert "F: names with COUN" in str(app.query_one("#pane-abilities").border_title)
        await pilot.press("F")
        await until(pilot, lambda: isinstance(app.screen, AskFilter) and bool(app.screen.focused))
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: table.row_count == 4)
        await pilot.press("H")
        await until(pilot, lambda: isinstance(app.screen, ChooseColumns) and bool(app.screen.focused))
        await pilot.press("space", "down", "down", "enter", "escape")
        await until(pilot, lambda: headings(app)[1:4] == ["category", "forecast", "half of"])


async def test_the_staircase_takes_the_place_of_the_curves_and_has_the_time_cursor(two: Study) -> None:
    async with opened(FakeRun(two, frames=9), WIDE) as (app, pilot):
        chart = app.query_one("#pane-modes ChartView", ChartView)
        await until(pilot, lambda: bool(chart.plot.series))
        await pilot.press("v")
        await until(pilot, lambda: chart.plot.heat is not None)
        await pilot.press("left")
        await until(pilot, lambda: app.run_display.cursor == 7 and chart.plot.cursor is not None)
        await pilot.press("v")
        await until(pilot, lambda: chart.plot.heat is None and bool(chart.plot.series))
