"""Keys that steer the current run: what they ask, and which command they send."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Input

from qwem_tui.engine.commands import Pause, Resume, RunUntil, SaveCheckpoint, SetPace, SetStepSize, Step
from qwem_tui.engine.goals import CategoryCrossed, ModesLearned, StepReached
from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.screens.ask_goal import AskGoal
from qwem_tui.tui.screens.ask_pace import AskPace
from qwem_tui.tui.screens.ask_settings import AskSettings
from qwem_tui.tui.screens.ask_step_size import AskStepSize
from qwem_tui.tui.screens.ask_steps import AskSteps
from qwem_tui.tui.screens.choose_checkpoint import ChooseCheckpoint
from tests.tui.driving import (
    NARROW,
    WIDE,
    alert,
    answer,
    asked,
    notified,
    opened,
    refusal,
    screen_text,
    table_filled,
    transport,
    until,
)
from tests.tui.fake_run import RUNNING, FakeRun, done, failed, standing

QUESTIONS: dict[str, type[Screen[Any]]] = {"u": AskGoal, "z": AskStepSize, "p": AskPace, "r": AskSettings}


async def test_space_pauses_and_resumes_and_s_takes_a_step(gd: Study) -> None:
    run = FakeRun(gd, status=RUNNING)
    async with opened(run, WIDE) as (app, pilot):
        await pilot.press("space")
        await until(pilot, lambda: f"paused   step {run.step:,} of" in transport(app))
        await pilot.press("s")
        await until(pilot, lambda: f"step {run.step:,} of" in transport(app))
        await pilot.press("space")
        assert run.sent == [Pause(), Step(1), Resume()]
        run.now = done("all modes learned")
        await pilot.press("space")
        await until(pilot, lambda: notified(app, "The run is done"))
        assert len(run.sent) == 3


async def test_a_number_of_steps_is_asked_for(gd: Study) -> None:
    run = FakeRun(gd)
    async with opened(run, NARROW) as (app, pilot):
        await asked(app, pilot, "n", AskSteps)
        for nonsense in ("0", "-1", "many", ""):
            await answer(app, pilot, nonsense)
            await until(pilot, lambda: bool(refusal(app)))
            assert isinstance(app.screen, AskSteps)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert run.sent == []
        await asked(app, pilot, "n", AskSteps)
        await answer(app, pilot, "7")
        await until(pilot, lambda: run.sent == [Step(7)])


async def test_until_a_goal_that_is_refused_or_chosen(gd: Study) -> None:
    run = FakeRun(gd)
    async with opened(run, WIDE) as (app, pilot):
        await asked(app, pilot, "u", AskGoal)
        assert app.screen.query_one(Input).value == "mode"
        await answer(app, pilot, "mode=99")
        await until(pilot, lambda: "has 8 modes" in refusal(app))
        await answer(app, pilot, "nonsense")
        await until(pilot, lambda: "'nonsense'" in refusal(app))
        await answer(app, pilot, f"step={run.step}")
        await until(pilot, lambda: "behind" in refusal(app))
        # the last one offered is the category
        await pilot.press("up")
        assert app.screen.query_one(Input).value == "category=capitals"
        await pilot.press("down")
        assert app.screen.query_one(Input).value == "mode"
        await pilot.press("enter")
        await until(pilot, lambda: run.sent == [RunUntil(ModesLearned())])
        assert notified(app, "Running until mode")
        await asked(app, pilot, "u", AskGoal)
        await answer(app, pilot, "category=capitals")
        await until(pilot, lambda: run.sent[1:] == [RunUntil(CategoryCrossed("capitals"))])


async def test_why_a_run_stands_is_on_the_screen_until_it_goes_on(gd: Study) -> None:
    run = FakeRun(gd, status=standing("Reached: mode 1 learned."))
    async with opened(run, WIDE) as (app, pilot):
        await until(pilot, lambda: alert(app) == "Reached: mode 1 learned.")
        assert app.query_one("#alert").has_class("calm")
        assert not notified(app, "Reached")
        await pilot.press("space")
        await until(pilot, lambda: not app.query_one("#alert").display)


async def test_a_goal_late_in_a_run(gd: Study) -> None:
    run = FakeRun(gd, status=done("all 8 modes learned"))
    run.take_steps(1, modes=8, accuracy=1.0)
    async with opened(run, NARROW) as (app, pilot):
        await asked(app, pilot, "u", AskGoal)
        assert "All 8 modes are learned, and no category is left that could cross" in screen_text(app)
        await answer(app, pilot, f"step={run.step + 5}")
        await until(pilot, lambda: run.sent == [RunUntil(StepReached(run.step + 5))])


async def test_a_change_of_the_step_size_is_insisted_on_and_moves_what_is_forecast(gd: Study) -> None:
    run = FakeRun(gd)
    async with opened(run, WIDE) as (app, pilot):
        table = await table_filled(app, pilot)

        def predicted() -> int:
            return int(str(table.get_cell("capitals", "critical")).split()[0].replace(",", ""))

        before = predicted()
        await asked(app, pilot, "z", AskStepSize)
        assert "Now 0.5 of it" in screen_text(app)
        await answer(app, pilot, "-1")
        await until(pilot, lambda: "above 0" in refusal(app))
        await answer(app, pilot, "1.5")
        await until(pilot, lambda: "At 1.5 of" in refusal(app) and "enter again insists" in refusal(app))
        # insisting is about the very number
        await answer(app, pilot, "1.25")
        await until(pilot, lambda: "At 1.25 of" in refusal(app))
        await answer(app, pilot, "0.25")
        await until(pilot, lambda: predicted() == run.step + 2 * (before - run.step))
        assert "step size 0.25 of the limit (at first 0.5)" in screen_text(app)
        assert "step size 0.25 of the limit" in transport(app)
        await asked(app, pilot, "z", AskStepSize)
        await answer(app, pilot, "1.5")
        await until(pilot, lambda: "enter again insists" in refusal(app))
        await pilot.press("enter")
        await until(pilot, lambda: run.sent == [SetStepSize(0.25), SetStepSize(1.5, forced=True)])


async def test_a_pace_is_set_and_lifted(gd: Study) -> None:
    run = FakeRun(gd)
    async with opened(run, NARROW) as (app, pilot):
        await pilot.press("f")
        await until(pilot, lambda: notified(app, "at full speed already"))
        await asked(app, pilot, "p", AskPace)
        for wrong in ("0", "nan", "fast"):
            await answer(app, pilot, wrong)
            await until(pilot, lambda: bool(refusal(app)))
        await answer(app, pilot, "40")
        await until(pilot, lambda: run.now.pace == 40.0)
        app.poll()
        # back and forth between full speed and the pace set last
        await pilot.press("f", "f")
        await asked(app, pilot, "p", AskPace)
        assert app.screen.query_one(Input).value == "40"
        await answer(app, pilot, "")
        await until(pilot, lambda: len(run.sent) == 4)
        assert run.sent == [SetPace(40.0), SetPace(None), SetPace(40.0), SetPace(None)]


async def test_a_checkpoint_is_saved(gd: Study, tmp_path: Path) -> None:
    run = FakeRun(gd, tmp_path)
    async with opened(run, NARROW) as (app, pilot):
        await pilot.press("k")
        await until(pilot, lambda: notified(app, "Saved step 3: b goes back to it."))
        assert [type(command) for command in run.sent] == [SaveCheckpoint]


async def test_why_no_checkpoint_could_be_saved(gd: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(gd, tmp_path, status=replace(RUNNING, problem=("The disk is [b]full.",)))
    monkeypatch.setattr(run, "_save", lambda path: None)
    async with opened(run, NARROW) as (app, pilot):
        await until(pilot, lambda: alert(app) == "The disk is [b]full.")
        await pilot.press("k")
        await until(pilot, lambda: notified(app, "The disk is [b]full."))


async def test_a_run_without_a_folder_says_that_it_keeps_nothing(gd: Study) -> None:
    run = FakeRun(gd)
    async with opened(run, NARROW) as (app, pilot):
        for key in ("k", "b"):
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: notified(app, "This run saves no checkpoints"))
        assert run.sent == []


async def test_no_command_is_sent_to_a_run_that_has_failed(gd: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(gd)
    async with opened(run, NARROW) as (app, pilot):
        # with another one before it the app stays
        monkeypatch.setattr(app.session, "before", FakeRun(gd))
        monkeypatch.setattr(run, "study", lambda: gd)
        frames = run.history()
        monkeypatch.setattr(run, "history", lambda: frames)
        run.now = failed("Out of memory.")
        await until(pilot, lambda: alert(app) == "Out of memory.")
        for key in ("space", "s", "f", "k"):
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: notified(app, "This run has ended"))
        assert run.sent == []


async def test_notifications_do_not_cover_windows_nor_another_run(gd: Study, tmp_path: Path) -> None:
    run = FakeRun(gd, tmp_path)

    def saying(app: QwemApp) -> None:
        app.notify("what was said before", timeout=60)

    async with opened(run, NARROW, make_run=lambda *_: FakeRun(gd)) as (app, pilot):
        await pilot.press("k")
        await until(pilot, lambda: notified(app, "Saved step"))
        await pilot.press("3")
        await table_filled(app, pilot)
        for key in "unzprb?wmP":
            saying(app)
            await pilot.press(key)
            await until(pilot, lambda: len(app.screen_stack) == 2)
            assert not notified(app, "said before")
            assert not app.screen.query("Toast")
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)
        saying(app)
        await asked(app, pilot, "b", ChooseCheckpoint)
        saying(app)
        await pilot.press("enter")
        await until(pilot, lambda: notified(app, "Back at step"))
        assert not notified(app, "said before")
        saying(app)
        await pilot.press("c")
        await until(pilot, lambda: notified(app, "In front"))
        assert not notified(app, "said before")


async def test_questions_open_and_close_in_small_terminals(gd: Study) -> None:
    async with opened(FakeRun(gd), (60, 15)) as (app, pilot):
        for size in ((60, 15), (20, 5)):
            await pilot.resize_terminal(*size)
            for key, kind in QUESTIONS.items():
                await asked(app, pilot, key, kind)
                lines = screen_text(app).split("\n")
                assert len(lines) == size[1]
                assert all(len(line) <= size[0] for line in lines)
                focused = app.screen.focused
                assert focused is not None
                assert size[0] < 60 or app.screen.region.contains_region(focused.region)
                await pilot.press("escape")
                await until(pilot, lambda: len(app.screen_stack) == 1)
