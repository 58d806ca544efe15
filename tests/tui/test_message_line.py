"""The line for messages: the latest one, its word and its end; it covers nothing and is in no picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.panes.message_line import MessageLine
from tests.tui.driving import NARROW, WIDE, notified, opened, screen_text, until
from tests.tui.fake_run import FakeRun


def line(app: QwemApp) -> str:
    return str(app.query_one(MessageLine).content)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_message_has_a_row_of_its_own_right_above_the_bar(gd: Study, size: tuple[int, int]) -> None:
    async with opened(FakeRun(gd), size, toasts=True) as (app, pilot):
        panes, bar = app.query_one("#panes").region, app.query_one("#transport").region
        assert app.query_one(MessageLine).region.y == bar.y - 1
        app.notify("All is well.", timeout=60, markup=False)
        await until(pilot, lambda: "note: All is well." in screen_text(app).split("\n")[bar.y - 1])
        assert app.query_one("#panes").region == panes
        app.clear_notifications()
        await until(pilot, lambda: "All is well" not in screen_text(app))


async def test_the_latest_is_shown_with_a_word_for_its_severity_until_its_time_is_over(gd: Study) -> None:
    async with opened(FakeRun(gd), NARROW) as (app, pilot):
        for _ in range(5):
            app.notify("Nothing to do.", severity="warning", timeout=60, markup=False)
        await until(pilot, lambda: line(app) == "warning: Nothing to do.")
        assert screen_text(app).count("Nothing to do.") == 1
        app.notify("It [b]failed.", severity="error", timeout=0.05, markup=False)
        await until(pilot, lambda: notified(app, "It [b]failed.") or line(app) == "")
        await until(pilot, lambda: line(app) == "")


async def test_a_picture_of_the_screen_is_without_messages(gd: Study, tmp_path: Path) -> None:
    async with opened(FakeRun(gd), WIDE, tmp_path, toasts=True) as (app, pilot):
        app.notify("What was said before.", timeout=60)
        await until(pilot, lambda: line(app) != "")
        await pilot.press("e")
        await until(pilot, lambda: bool(app.exporter.exported))
        picture = (app.exporter.exported[0] / "screen.svg").read_text(encoding="utf-8")
        assert "singular" in picture
        assert "said&#160;before" not in picture
        assert "note:" not in picture
        await until(pilot, lambda: "Exported" in line(app))
