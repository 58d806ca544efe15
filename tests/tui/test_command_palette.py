"""The command palette: what it offers, and that it does it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList

from qwem_tui.engine.commands import Step
from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.screens.help import HelpScreen
from tests.tui.driving import WIDE, opened, until
from tests.tui.fake_run import FakeRun


async def palette(app: QwemApp, pilot: Pilot[int], key: str) -> str:
    """Open the palette by `key` and return what it offers, once it does."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, CommandPalette) and bool(app.screen.focused))
    offered = app.screen.query_one(OptionList)
    await until(pilot, lambda: offered.option_count > 0)
    return "\n".join(str(option.prompt) for option in offered.options)


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_a_command_is_found_by_its_name_and_carried_out(gd: Study, key: str) -> None:
    run = FakeRun(gd)
    async with opened(run, WIDE) as (app, pilot):
        offered = await palette(app, pilot, key)
        for words in ("Pause or resume the run", "Take one step", "Show the help", "Logarithmic or linear time axis"):
            assert words in offered
        # Textual's own, and what would only say why not: there is no run before
        for words in ("Screenshot", "Focus", "Copy", "Compare", "Stop the run of the other process", "Leave"):
            assert words not in offered
        await pilot.press(*"take one")
        listed = app.screen.query_one(OptionList)
        await until(pilot, lambda: 0 < listed.option_count < 5)
        await pilot.press("enter")
        await until(pilot, lambda: run.sent == [Step(1)])


async def test_of_a_run_that_cannot_be_steered_it_offers_what_is_left(gd: Study, tmp_path: Path) -> None:
    run = FakeRun(gd, tmp_path)
    run.can_steer = run.can_restart = run.can_branch = run.can_plan = False
    async with opened(run, WIDE) as (app, pilot):
        offered = await palette(app, pilot, "colon")
        assert "List the modes one by one" in offered
        for words in ("Pause", "step size", "Restart", "checkpoint", "Plan"):
            assert words not in offered


async def test_it_is_there_in_windows_too(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "Close" in await palette(app, pilot, "ctrl+p")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)
