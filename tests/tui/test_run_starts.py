"""Keys that begin other runs in place of the current one, and how two are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import ContentSwitcher, Input, OptionList

from qwem_tui.base.errors import Named, QwemError, SettingError, UsageError
from qwem_tui.engine.commands import Pause
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase, Status
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Forecast, Study
from qwem_tui.tui.notices import both_ended
from qwem_tui.tui.panes.option_row import OptionRow
from qwem_tui.tui.screens.ask_settings import AskSettings
from qwem_tui.tui.screens.choose_checkpoint import ChooseCheckpoint
from qwem_tui.tui.session import Comparing
from tests.tui.driving import (
    NARROW,
    WIDE,
    alert,
    asked,
    notifications,
    notified,
    opened,
    refusal,
    screen_text,
    table_filled,
    transport,
    until,
)
from tests.tui.fake_run import PREPARING, RUNNING, FakeRun, done, failed

Asked = tuple[RunSource, StudyConfig | None, int | None]


class Maker:
    """Makes the runs that it is given, and keeps what was asked for."""

    def __init__(self, *runs: FakeRun | QwemError) -> None:
        self._runs = iter(runs)
        self.asked: list[Asked] = []

    def __call__(self, ended: RunSource, settings: StudyConfig | None, from_step: int | None) -> RunSource:
        self.asked.append((ended, settings, from_step))
        run = next(self._runs)
        if isinstance(run, QwemError):
            raise run
        return run


@pytest.fixture
def new(tmp_path: Path) -> Callable[[Forecast, str], FakeRun]:
    """Makes runs with folders in which checkpoints can be found."""
    return lambda study, name: FakeRun(study, tmp_path / name)


async def test_a_restart_with_the_same_settings(gd: Study) -> None:
    first, second = FakeRun(gd, status=RUNNING), FakeRun(gd, frames=1, status=RUNNING)
    maker = Maker(second)
    async with opened(first, WIDE, make_run=maker) as (app, pilot):
        await asked(app, pilot, "r", AskSettings)
        await pilot.press("enter")
        await until(pilot, lambda: app.session.current is second and not app.session.awaiting)
        assert maker.asked == [(first, None, None)]
        assert second.started
        assert first.sent == [Pause()]
        assert first.stopped
        await until(pilot, lambda: "running   step 0 of" in transport(app))
        assert notified(app, "Restarted from step 0.")


async def test_a_restart_with_other_settings_and_the_run_before_behind_it(gd: Study, studies: dict[str, Study]) -> None:
    first, second = FakeRun(gd), FakeRun(studies["small"], status=RUNNING)
    maker = Maker(second)
    async with opened(first, WIDE, make_run=maker) as (app, pilot):
        await asked(app, pilot, "r", AskSettings)
        # left and right choose the trainer, down goes to the next field
        await pilot.press("right")
        assert app.screen.query_one("#trainer", OptionRow).value == "sgd"
        await pilot.press("left", "down")
        await pilot.press("3", "enter")
        await until(pilot, lambda: app.session.current is second and not app.session.awaiting)
        assert maker.asked == [(first, replace(gd.config, dim=3), None)]
        assert app.session.behind is None
        await until(pilot, lambda: "1 singular values (dotted: closed form)" in screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: "1 singular values (solid: d = 3, dotted: d = 8)" in screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: "1 singular values (solid: d = 8, dotted: d = 3)" in screen_text(app))
        assert transport(app).startswith("■ stopped")
        # the run in front has ended: no key steers the other one unseen
        await pilot.press("space")
        await until(pilot, lambda: notified(app, "The d = 8 run in front has ended"))
        assert second.sent == []
        await pilot.press("c")
        await until(pilot, lambda: app.session.comparing is Comparing.NOT)
        await until(pilot, lambda: "asked" in screen_text(app))


async def test_settings_that_make_no_sense_are_refused_and_a_restart_that_fails_leaves_the_run_before(
    gd: Study,
) -> None:
    first = FakeRun(gd)
    failing = FakeRun(gd, status=failed("The size 500 is [b]too large.", 2))
    async with opened(first, NARROW, make_run=Maker(failing, QwemError("No [b]folder."))) as (app, pilot):
        await asked(app, pilot, "r", AskSettings)
        form = app.screen
        assert isinstance(form, AskSettings)
        assert form.answers() == {
            "trainer": "gd", "dim": "8", "sigma": "0.0001", "step-size": "", "seed": "0", "steps": "",
            "precision": "auto",
        }  # fmt: skip
        form.query_one("#sigma", Input).value = "7"
        await pilot.press("enter")
        await until(pilot, lambda: "sigma is 7" in refusal(app))
        form.query_one("#sigma", Input).value = "0.0001"
        form.query_one("#dim", Input).value = "500"
        await pilot.press("enter")
        await until(
            pilot, lambda: notified(app, "The size 500 is [b]too large. The run before is shown again, paused.")
        )
        assert app.session.current is first
        assert app.query_one("#main", ContentSwitcher).current == "panes"
        assert app.return_value is None
        await asked(app, pilot, "r", AskSettings)
        await pilot.press("enter")
        await until(pilot, lambda: notified(app, "No [b]folder."))
        assert app.session.current is first
        assert not first.stopped


async def test_what_refuses_a_restart_is_called_as_in_the_form(gd: Study) -> None:
    first = FakeRun(gd)
    failing = FakeRun(gd, status=Status(Phase.FAILED, error=SettingError("step_size", "3", "give less.")))
    refused = UsageError("x is not empty: give another ", Named("out"), ".")
    async with opened(first, NARROW, make_run=Maker(failing, refused)) as (app, pilot):
        for said in ("step size is 3: give less. The run before", "x is not empty: give another folder."):
            await asked(app, pilot, "r", AskSettings)
            await pilot.press("enter")
            await until(pilot, lambda said=said: notified(app, said))  # type: ignore[misc]


async def test_a_restart_is_given_up_while_it_is_prepared_and_a_defect_is_not_hidden(gd: Study) -> None:
    first, given_up, broken = FakeRun(gd), FakeRun(gd, status=PREPARING), FakeRun(gd, status=PREPARING)
    async with opened(first, NARROW, make_run=Maker(given_up, broken)) as (app, pilot):
        await asked(app, pilot, "r", AskSettings)
        await pilot.press("enter")
        await until(pilot, lambda: "decomposing" in screen_text(app))
        await pilot.press("space", "s", "e")
        # once, however many keys are pressed
        await until(pilot, lambda: notified(app, "Training has not begun yet") and len(notifications(app)) == 1)
        await pilot.press("escape")
        await until(pilot, lambda: app.query_one("#main", ContentSwitcher).current == "panes")
        assert given_up.stopped
        assert app.session.current is first
        assert notified(app, "Given up: the run before is shown again")
        await asked(app, pilot, "r", AskSettings)
        await pilot.press("enter")
        await until(pilot, lambda: "decomposing" in screen_text(app))
        # the stages begin anew
        assert screen_text(app).count("decomposing") == 1
        broken.crash, broken.now = ZeroDivisionError(), failed("Internal error")
        await until(pilot, lambda: app.failure is not None)
        assert app.return_value == 1


async def test_checkpoints_are_gone_back_to(gd: Study, new: Callable[[Forecast, str], FakeRun]) -> None:
    first, branch, third = (new(gd, name) for name in ("first", "branch", "third"))
    maker = Maker(branch, third)
    async with opened(first, NARROW, make_run=maker) as (app, pilot):
        await pilot.press("b")
        await until(pilot, lambda: notified(app, "There is no checkpoint yet"))
        await pilot.press("k", "s", "k", "s")
        await until(pilot, lambda: notified(app, "Saved step 4"))
        await asked(app, pilot, "b", ChooseCheckpoint)
        # the latest first
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.session.current is branch and not app.session.awaiting)
        assert maker.asked == [(first, None, 3)]
        assert first.stopped
        assert notified(app, "Back at step 3, paused")
        assert notified(app, str(branch.path))
        # those of the parent up to the branch are still within reach, and it is shown behind the branch
        await pilot.press("s", "k")
        await until(pilot, lambda: notified(app, "Saved step 4"))
        assert app.session.checkpoints() == {3: first, 4: branch}
        await asked(app, pilot, "b", ChooseCheckpoint)
        assert app.screen.query_one(OptionList).option_count == 2
        await pilot.press("escape", "c")
        await until(pilot, lambda: app.session.behind is first)
        await asked(app, pilot, "b", ChooseCheckpoint)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.session.current is third and not app.session.awaiting)
        assert maker.asked[1:] == [(first, None, 3)]
        assert app.session.folders == [first.path, branch.path, third.path]


async def test_there_is_nothing_to_compare_with_before_another_run(gd: Study) -> None:
    async with opened(FakeRun(gd), NARROW) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: notified(app, "no other run to compare with"))


async def test_the_second_trainer_follows_once_the_first_is_done(
    studies: dict[str, Study], new: Callable[[Forecast, str], FakeRun]
) -> None:
    first, second = new(studies["gd"], "first"), new(studies["word2vec"], "second")
    first.now, second.now = done("30 steps taken"), done("30 steps taken")
    first.take_steps(1, modes=2, accuracy=0.25)
    second.take_steps(1, accuracy=0.75)
    maker = Maker(second)
    async with opened(first, WIDE, make_run=maker, then="word2vec") as (app, pilot):
        await until(pilot, lambda: notified(app, "Both runs are done"))
        assert maker.asked == [(first, replace(studies["gd"].config, trainer="word2vec"), None)]
        assert app.session.before is first
        ended = alert(app)
        assert ended.startswith("gd: 25.0% of")
        assert "word2vec: 75.0% of" in ended
        assert both_ended(app.session) == ended
        table = await table_filled(app, pilot)
        text = screen_text(app)
        assert "1 singular values (solid: word2vec, dotted: gd)" in text
        assert "t / its own tau_1 or t_1" in text
        assert "modes not defined" in transport(app)
        assert "t/t₁" in transport(app)
        assert "floor" not in transport(app)
        assert str(table.get_cell("capitals", "critical")) == "-"
        assert str(table.get_cell("capitals", "accuracy")) == "75%"
        assert str(table.get_cell("capitals", "dotted")) == "25%"
        await pilot.press("c")
        await until(pilot, lambda: "1 singular values (solid: gd, dotted: word2vec)" in screen_text(app))
        assert transport(app).startswith("✓ done   step 4")
        assert alert(app) == ended
        assert app.session.finished == {first.path, second.path}
