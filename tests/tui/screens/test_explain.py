from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.screens.explain import ExplainScreen
from tests.tui.driving import NARROW, WIDE, notified, opened, screen_text, until
from tests.tui.fake_run import FakeRun


def view(app: QwemApp) -> ExplainScreen:
    assert isinstance(app.screen, ExplainScreen)
    return app.screen


async def open_view(app: QwemApp, pilot: Pilot[int]) -> None:
    """Open the view of the category under the cursor, and wait until it is there."""
    if not app.query_one("#pane-abilities").display:
        await pilot.press("3")
    await until(pilot, lambda: app.query_one(DataTable).row_count > 0)
    await pilot.press("w")
    await until(pilot, lambda: isinstance(app.screen, ExplainScreen) and app.screen.explanation is not None)
    await pilot.pause()


def text_of(screen: ExplainScreen) -> str:
    return " ".join(str(screen.query_one("#explain-text", Static).content).split())


@pytest.mark.parametrize("size", [WIDE, NARROW, (60, 15), (20, 5)])
async def test_the_view_opens_by_key_shows_both_charts_and_closes(gd: Study, size: tuple[int, int]) -> None:
    async with opened(FakeRun(gd), size) as (app, pilot):
        await open_view(app, pilot)
        screen = view(app)
        assert "capitals: 5 word pairs such as paris : france" in text_of(screen)
        charts = list(screen.query(ChartView))
        assert [chart.size.height >= 8 for chart in charts] == [True, True, True]
        for chart in charts[:2]:
            assert [(marker.x, marker.label) for marker in chart.plot.markers] == [(5.0, "cusp")]
            assert screen.explanation is not None
            assert chart.plot.cursor == screen.explanation.critical.critical_size
        side_by_side = charts[0].region.y == charts[1].region.y
        assert side_by_side == (size == WIDE)
        lines = screen_text(app).split("\n")
        assert all(len(line) <= size[0] for line in lines)
        if size[0] >= 80:
            assert "SNR of the task vectors (dashed line: critical size" in "\n".join(lines)
            assert "cusp" in "\n".join(lines)
            # no line is broken twice, by the text and by the screen
            height = screen.query_one("#explain-text").size.height
            assert height == str(screen.query_one("#explain-text", Static).content).count("\n") + 1
        await pilot.press("end")
        await until(pilot, lambda: "eigenvalues of G at size" in screen_text(app) or size[0] < 80)
        assert screen.explanation is not None
        found = next(series for series in charts[2].plot.series if series.marker)
        assert found.y.tolist() == screen.explanation.task.eigenvalues[::-1].tolist()
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ExplainScreen))
        assert app.return_value is None


async def test_enter_opens_the_row_under_the_cursor_and_q_closes(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        await until(pilot, lambda: app.query_one(DataTable).row_count > 0)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ExplainScreen) and "0 word pair" in text_of(view(app)))
        assert "[bold]odd[/bold] has 0 word pair(s)" in text_of(view(app))
        assert view(app).explanation is None
        assert "why [bold]odd[/bold] is early or late" in screen_text(app)
        await pilot.press("q")
        await until(pilot, lambda: not isinstance(app.screen, ExplainScreen))
        assert app.return_value is None
        assert app.query_one(DataTable).cursor_row == 2


async def test_without_a_table_on_screen_the_key_says_where_to_choose(gd: Study) -> None:
    async with opened(FakeRun(gd), NARROW) as (app, pilot):
        await pilot.press("w")
        await until(pilot, lambda: notified(app, "pane 3"))
        assert not isinstance(app.screen, ExplainScreen)


async def test_closing_at_once_harms_nothing(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        await until(pilot, lambda: app.query_one(DataTable).row_count > 0)
        for _ in range(3):
            await pilot.press("w", "escape")
        await open_view(app, pilot)


async def test_a_resize_moves_charts_and_text(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        await open_view(app, pilot)
        await pilot.resize_terminal(*NARROW)
        await until(pilot, lambda: not view(app).has_class("wide"))
        await pilot.pause()
        content = str(view(app).query_one("#explain-text", Static).content)
        assert max(map(len, content.split("\n"))) <= 75


async def test_ascii_throughout(gd: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChartView, "ascii_mode", True)
    async with opened(FakeRun(gd), NARROW) as (app, pilot):
        await open_view(app, pilot)
        assert screen_text(app).isascii()
        await pilot.press("end")
        await pilot.pause()
        assert screen_text(app).isascii()
