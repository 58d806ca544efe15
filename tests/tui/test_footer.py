"""The footer: which keys it has room for, and that they are those of what has the focus; help is never far."""

from __future__ import annotations

import pytest
from textual.screen import Screen

from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.panes.keys_footer import KeysFooter
from qwem_tui.tui.screens.ask_settings import AskSettings
from qwem_tui.tui.screens.ask_steps import AskSteps
from qwem_tui.tui.screens.category import CategoryScreen
from qwem_tui.tui.screens.help import HelpScreen
from qwem_tui.tui.screens.modes import ModesScreen
from tests.tui.driving import NARROW, WIDE, asked, opened, screen_text, table_filled, until
from tests.tui.fake_run import FakeRun


def footer(app: QwemApp) -> str:
    return screen_text(app).split("\n")[-1].rstrip()


async def test_there_are_more_keys_where_there_is_more_room(gd: Study) -> None:
    async with opened(FakeRun(gd), NARROW) as (app, pilot):
        await until(pilot, lambda: "Quit" in footer(app))
        assert "Modes" not in footer(app)
        assert app.query_one(KeysFooter).max_scroll_x == 0
        await pilot.resize_terminal(*WIDE)
        await until(pilot, lambda: all(word in footer(app) for word in ("Modes", "Plan", "Commands", "Steps", "Quit")))
        assert app.query_one(KeysFooter).max_scroll_x == 0
        await pilot.resize_terminal(30, 12)
        await until(pilot, lambda: footer(app).split() == "space Pause ? Help q Quit".split())


async def test_keys_are_those_of_what_has_the_focus(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        await table_filled(app, pilot)
        await until(pilot, lambda: footer(app).startswith("enter Questions"))
        await pilot.press("slash")
        await until(pilot, lambda: "Complete" in footer(app) and "Pause" not in footer(app))
        # the letters go into the line
        assert "F1 Help".lower() in footer(app).lower()
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


@pytest.mark.parametrize(
    ("key", "window", "help_key"),
    [
        ("m", ModesScreen, "question_mark"),
        ("n", AskSteps, "f1"),
        ("r", AskSettings, "f1"),
        ("enter", CategoryScreen, "question_mark"),
        ("w", CategoryScreen, "f1"),
    ],
)
async def test_help_can_be_had_in_windows(gd: Study, key: str, window: type[Screen[object]], help_key: str) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        await table_filled(app, pilot)
        await asked(app, pilot, key, window)
        assert "help" in screen_text(app)
        await pilot.press(help_key)
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and app.screen.is_current)
        await pilot.press(help_key)
        await until(pilot, lambda: isinstance(app.screen, window))
