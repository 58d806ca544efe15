"""Keys that steer a run and begin others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import ContentSwitcher, DataTable, Input, OptionList, Static

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.commands.compare import _two_trainers
from qwem_tui.engine.commands import RunUntil
from qwem_tui.engine.goals import ModesLearned, StepReached
from qwem_tui.engine.history import History
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome import GoalReached
from qwem_tui.engine.outcome_text import fault_text
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.reader import read_record, read_run
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.panes.alert import Alert
from qwem_tui.tui.panes.option_row import OptionRow
from qwem_tui.tui.screens.ask_goal import AskGoal
from qwem_tui.tui.screens.ask_pace import AskPace
from qwem_tui.tui.screens.ask_settings import AskSettings, filled_in
from qwem_tui.tui.screens.ask_step_size import AskStepSize
from qwem_tui.tui.screens.choose_checkpoint import ChooseCheckpoint
from qwem_tui.tui.session import Comparing
from tests.tui.test_app import (
    CAPITALS,
    NARROW,
    WIDE,
    opened,
    phase,
    screen_text,
    step_of,
    told,
    transport,
    until,
)


@pytest.fixture
def config(text_file: Path, tmp_path: Path) -> RunConfig:
    analogies = tmp_path / "capitals.txt"
    analogies.write_text(CAPITALS)
    study = StudyConfig((str(text_file),), dim=8, window=8, analogies=str(analogies))
    return RunConfig(study, training_threads=1, spare_cores=1, paced_seconds=3600.0)


def unpaced(config: RunConfig, steps: int) -> RunConfig:
    return replace(config, paced_seconds=None, study=replace(config.study, steps=steps))


QUESTIONS: dict[str, type[Screen[Any]]] = {"u": AskGoal, "z": AskStepSize, "p": AskPace, "r": AskSettings}


async def asked(app: QwemApp, pilot: Pilot[int], key: str, kind: type[Screen[Any]]) -> None:
    """Press `key` and wait for the question that it opens."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, kind) and app.screen.is_current and bool(app.screen.focused))


async def answer(app: QwemApp, pilot: Pilot[int], text: str) -> None:
    """Type `text` over what stands in the only input, and press enter."""
    app.screen.query_one(Input).value = text
    await pilot.press("enter")


def refusal(app: QwemApp) -> str:
    return str(app.screen.query_one("#refusal", Static).content)


async def paused_at(app: QwemApp, pilot: Pilot[int]) -> int:
    await pilot.press("space")
    await until(pilot, lambda: phase(app) is Phase.PAUSED)
    return step_of(app)


async def test_what_was_said_before_does_not_cover_windows_nor_another_run(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, NARROW, keep=True) as (app, pilot):
        await paused_at(app, pilot)
        await pilot.press("k")
        await until(pilot, lambda: told(app, "Kept step"))
        await pilot.press("3")
        for key in "unzprb?wmP":
            app.notify("what was said before", timeout=60)
            await pilot.press(key)
            await until(pilot, lambda: len(app.screen_stack) == 2)
            assert not told(app, "said before")
            assert not app.screen.query("Toast")
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)
        app.notify("what was said before", timeout=60)
        await asked(app, pilot, "b", ChooseCheckpoint)
        app.notify("what was said before", timeout=60)
        await pilot.press("enter")
        await until(pilot, lambda: told(app, "Back at step"))
        assert not told(app, "said before")
        app.notify("what was said before", timeout=60)
        await pilot.press("c")
        await until(pilot, lambda: told(app, "In front"))
        assert not told(app, "said before")


async def test_a_run_that_had_to_be_paused_says_by_which_keys_it_goes_on(config: RunConfig, tmp_path: Path) -> None:
    forced = replace(config.study, step_fraction=1.5, forced=True)
    async with opened(replace(config, study=forced), tmp_path, NARROW, keep=True) as (app, pilot):
        await pilot.press("f")
        await until(pilot, lambda: app.run_source.status().fault is not None and app.query_one(Alert).display)
        fault = fault_text(app.run_source.status().fault)
        said = f"{fault} z sets another step size, then space goes on."
        if ": go back to it, or " in fault:
            said += " b goes back to a checkpoint."
        await until(pilot, lambda: str(app.query_one(Alert).content) == said)
        app.poll()
        assert not told(app, "The loss")
        await until(pilot, lambda: " ".join(said.split()) in " ".join(screen_text(app).split()))
        # which is what they do
        first = app.run_source
        await asked(app, pilot, "b", ChooseCheckpoint)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.run_source is not first and not app.session.awaiting)
        await asked(app, pilot, "z", AskStepSize)
        await answer(app, pilot, "0.5")
        await until(pilot, lambda: len(app.run_source.status().changes) == 1)
        await pilot.press("f", "space")
        await until(pilot, lambda: phase(app) is Phase.DONE)


async def test_the_key_that_goes_back_is_offered_where_a_checkpoint_has_a_smaller_loss(
    config: RunConfig, tmp_path: Path
) -> None:
    async with opened(config, tmp_path, NARROW, keep=True) as (app, pilot):
        stood = await paused_at(app, pilot)
        history = app.run_source.history()
        assert history is not None
        frame = history.latest()
        assert frame is not None
        assert "b goes back" not in app._way_out()
        # the checkpoint that was kept on pausing has the smaller one
        history.add(replace(frame, step=stood + 1, loss=frame.loss + 0.1))
        assert app._way_out().endswith("b goes back to a checkpoint.")


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (160, 45)])
async def test_what_is_notified_covers_neither_the_alert_line_nor_the_bar(
    config: RunConfig, tmp_path: Path, size: tuple[int, int]
) -> None:
    forced = replace(config, paced_seconds=None, study=replace(config.study, step_fraction=1.5, forced=True))
    async with opened(forced, tmp_path, size, keep=True, toasts=True) as (app, pilot):
        alert, bar = app.query_one(Alert), app.query_one("#transport")
        await until(pilot, lambda: app.run_source.status().fault is not None and alert.display)

        def whole_below() -> bool:
            lines = [line.strip() for line in screen_text(app).split("\n")]
            shown = " ".join(lines[alert.region.y : alert.region.bottom])
            cut_off = alert.region.height == 8
            said = " ".join(str(alert.content).split())
            return (said.startswith(shown) if cut_off else shown == said) and lines[bar.region.y] == transport(app)

        await until(pilot, whole_below)
        for _ in range(3):
            app.notify("what is said at some length, so that it takes more than one line. " * 2, timeout=60)
        await until(pilot, lambda: len(app.screen.query("Toast")) == 3 and "what is said" in screen_text(app))
        await pilot.pause(0.3)
        app.poll()
        await pilot.pause()
        assert whole_below(), screen_text(app)
        # the newest is the one that is seen
        assert "more than" in screen_text(app) or size == (40, 12)


async def test_a_goal_late_in_a_run(config: RunConfig, tmp_path: Path) -> None:
    async with opened(replace(config, paced_seconds=None), tmp_path, NARROW) as (app, pilot):
        await until(pilot, lambda: phase(app) is Phase.DONE)
        done = step_of(app)
        await asked(app, pilot, "u", AskGoal)
        assert "All 8 modes are learned, and no category is left that could cross" in screen_text(app)
        await answer(app, pilot, f"step={done + 5}")
        await until(pilot, lambda: step_of(app) == done + 5 and phase(app) is Phase.DONE)


async def test_until_a_goal_that_is_refused_chosen_and_reached(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        stood = await paused_at(app, pilot)
        await asked(app, pilot, "u", AskGoal)
        assert app.screen.query_one(Input).value == "mode"
        await answer(app, pilot, "mode=99")
        await until(pilot, lambda: refusal(app) == "The model has 8 modes, and 0 of them are learned.")
        await answer(app, pilot, "nonsense")
        await until(pilot, lambda: "'nonsense' is no goal of a run" in refusal(app))
        await answer(app, pilot, f"step={stood}")
        await until(pilot, lambda: "is behind already" in refusal(app))
        # the last one offered is the category
        await pilot.press("up")
        assert app.screen.query_one(Input).value == "category=capitals"
        await pilot.press("down")
        assert app.screen.query_one(Input).value == "mode"
        await pilot.press("enter")
        await until(pilot, lambda: phase(app) is Phase.RUNNING)
        await pilot.press("f")
        await until(pilot, lambda: phase(app) is Phase.PAUSED)
        assert app.run_source.status().notice == GoalReached(ModesLearned(1), "tau_1")
        # it stays on screen until the run goes on, and is said once
        alert = app.query_one(Alert)
        await until(pilot, lambda: str(alert.content) == "Reached: mode 1 learned.")
        app.poll()
        assert not told(app, "Reached")
        assert alert.display
        assert "Reached: mode 1 learned." in screen_text(app)
        await pilot.press("s")
        await until(pilot, lambda: not alert.display)
        # what the engine itself refuses is told too
        app.run_source.send(RunUntil(StepReached(1)))
        await until(pilot, lambda: "Step 1 is behind already" in str(alert.content))
        # a window hides the alert line: then it is told
        await pilot.press("question_mark")
        app.run_source.send(RunUntil(StepReached(2)))
        await until(pilot, lambda: told(app, "Step 2 is behind already"))


def predicted(app: QwemApp) -> int:
    table = app.query_one(DataTable)
    return int(str(table.get_cell("capitals", "critical")).split()[0].replace(",", ""))


async def test_a_change_of_the_step_size_is_recorded_and_moves_what_is_forecast(
    config: RunConfig, tmp_path: Path
) -> None:
    async with opened(config, tmp_path, WIDE, keep=True) as (app, pilot):
        stood = await paused_at(app, pilot)
        study = app.run_source.study()
        assert study is not None
        await until(pilot, lambda: app.query_one(DataTable).row_count > 0)
        before = predicted(app)
        await asked(app, pilot, "z", AskStepSize)
        assert "Now 0.5 of it" in screen_text(app)
        await answer(app, pilot, "-1")
        await until(pilot, lambda: refusal(app) == "Give a number above 0, such as 0.5.")
        await answer(app, pilot, "1.5")
        await until(pilot, lambda: refusal(app).endswith("the run may diverge: enter again insists."))
        # insisting is about the very number
        await answer(app, pilot, "1.25")
        await until(pilot, lambda: "At 1.25 of" in refusal(app))
        await answer(app, pilot, "0.25")
        await until(pilot, lambda: len(app.run_source.status().changes) == 1)
        await until(pilot, lambda: predicted(app) == stood + 2 * (before - stood))
        assert "step size 0.25 of the limit (at first 0.5)" in screen_text(app)
        await until(pilot, lambda: "step size 0.25 of the limit" in transport(app))
        await asked(app, pilot, "z", AskStepSize)
        await answer(app, pilot, "1.5")
        await until(pilot, lambda: "enter again insists" in refusal(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.run_source.status().step_size == 1.5 * study.step_limit)
        path = app.run_source.path
        assert path is not None
        changes = read_record(path).changes
        assert [(change.step, change.step_size) for change in changes] == [
            (stood, 0.25 * study.step_limit),
            (stood, 1.5 * study.step_limit),
        ]


async def test_a_pace_is_set_and_lifted(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, NARROW) as (app, pilot):
        await paused_at(app, pilot)
        await asked(app, pilot, "p", AskPace)
        for wrong in ("0", "nan", "fast"):
            await answer(app, pilot, wrong)
            await until(pilot, lambda: refusal(app).startswith("Give a number from 0.01"))
        await answer(app, pilot, "40")
        await until(pilot, lambda: app.run_source.status().pace == 40.0)
        # back and forth between full speed and the pace set last
        await pilot.press("f")
        await until(pilot, lambda: app.run_source.status().pace is None)
        await pilot.press("f")
        await until(pilot, lambda: app.run_source.status().pace == 40.0)
        await asked(app, pilot, "p", AskPace)
        assert app.screen.query_one(Input).value == "40"
        await answer(app, pilot, "")
        await until(pilot, lambda: app.run_source.status().pace is None)


async def test_checkpoints_are_kept_and_gone_back_to(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, NARROW, keep=True) as (app, pilot):
        first = app.run_source
        stood = await paused_at(app, pilot)
        await pilot.press("k")
        await until(pilot, lambda: told(app, f"Kept step {stood:,}"))
        await pilot.press("s")
        await until(pilot, lambda: step_of(app) == stood + 1 and phase(app) is Phase.PAUSED)
        await asked(app, pilot, "b", ChooseCheckpoint)
        # the latest first
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.run_source is not first and not app.session.awaiting)
        branch = app.run_source
        assert phase(app) is Phase.PAUSED
        assert step_of(app) == stood
        assert first.path is not None
        assert branch.path is not None
        await until(pilot, lambda: told(app, f"Back at step {stood:,}") and told(app, str(branch.path)))
        described = json.loads((branch.path / "run.json").read_text(encoding="utf-8"))
        assert described["parent"] == {"run": str(first.path), "step": stood}
        await until(pilot, lambda: first.join(0))
        # the parent's checkpoints up to the branch are still within reach, and it is shown behind the branch
        await asked(app, pilot, "b", ChooseCheckpoint)
        assert app.screen.query_one(OptionList).option_count == len({0, stood})
        await pilot.press("escape", "c")
        await until(pilot, lambda: app.session.behind is first)
        await asked(app, pilot, "b", ChooseCheckpoint)
        await pilot.press("enter")
        await until(pilot, lambda: app.run_source is not branch and not app.session.awaiting)
        assert app.run_source.path is not None
        assert read_run(app.run_source.path).study.seed == 0
        parent = json.loads((app.run_source.path / "run.json").read_text(encoding="utf-8"))["parent"]
        # the branch has a checkpoint of its own where it begins, which is nearer
        assert parent == {"run": str(branch.path), "step": stood}
        assert len(app.folders) == 3


async def test_a_run_without_a_folder_says_that_it_keeps_nothing(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, NARROW) as (app, pilot):
        for key in ("k", "b"):
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: told(app, "This run keeps no checkpoints"))
        await pilot.press("c")
        await until(pilot, lambda: told(app, "no other run to compare with"))


async def test_a_restart_that_fails_leaves_the_run_before(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, NARROW, keep=True) as (app, pilot):
        first = app.run_source
        await asked(app, pilot, "r", AskSettings)
        form = app.screen
        assert isinstance(form, AskSettings)
        assert form.answers() == {
            "trainer": "gd", "dim": "8", "sigma": "0.0001", "step-size": "", "seed": "0", "steps": "",
            "precision": "auto",
        }  # fmt: skip
        form.query_one("#sigma", Input).value = "7"
        await pilot.press("enter")
        await until(pilot, lambda: refusal(app).startswith("sigma is 7: modes are learned one at a time"))
        form.query_one("#sigma", Input).value = "0.0001"
        form.query_one("#dim", Input).value = "500"
        await pilot.press("enter")
        await until(pilot, lambda: told(app, "--dim 500 is more than"))
        assert app.run_source is first
        assert phase(app) is Phase.PAUSED
        assert app.query_one("#main", ContentSwitcher).current == "panes"
        assert app.return_value is None
        stood = step_of(app)
        await pilot.press("s")
        await until(pilot, lambda: step_of(app) == stood + 1)


async def test_a_restart_with_other_settings_and_the_run_before_behind_it(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        first = app.run_source
        await asked(app, pilot, "r", AskSettings)
        # left and right choose the trainer, down goes to the next field
        await pilot.press("right")
        assert app.screen.query_one("#trainer", OptionRow).value == "sgd"
        await pilot.press("left", "down")
        await pilot.press("3", "enter")
        await until(pilot, lambda: app.run_source is not first and not app.session.awaiting)
        study = app.run_source.study()
        assert study is not None
        assert study.dim == 3
        assert app.session.behind is None
        await until(pilot, lambda: first.join(0))
        await until(pilot, lambda: "1 singular values (dotted: closed form)" in screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: "1 singular values (solid: d = 3, dotted: d = 8)" in screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: "1 singular values (solid: d = 8, dotted: d = 3)" in screen_text(app))
        assert transport(app).startswith("■ stopped")
        # the run in front has ended: no key steers the other one unseen
        running = app.run_source.status().phase
        await pilot.press("space")
        await until(pilot, lambda: told(app, "The d = 8 run in front has ended"))
        assert app.run_source.status().phase is running
        await pilot.press("c")
        await until(pilot, lambda: app.session.comparing is Comparing.NOT)
        await until(pilot, lambda: "asked" in screen_text(app))


async def test_compare_runs_the_second_trainer_once_the_first_is_done(config: RunConfig, tmp_path: Path) -> None:
    async with opened(unpaced(config, 30), tmp_path, WIDE, keep=True, then="word2vec") as (app, pilot):
        await until(pilot, lambda: len(app.folders) == 2 and phase(app) is Phase.DONE and not app.session.awaiting)
        first = app.session.before
        assert first is not None
        await until(pilot, lambda: told(app, "Both runs are done: c turns them round."))
        ended = str(app.query_one(Alert).content)
        assert ended.startswith("gd: ")
        assert ended.count("questions right at step 30") == 2
        assert app.both_ended() == ended
        text = screen_text(app)
        assert "1 singular values (solid: word2vec, dotted: gd)" in text
        assert "t / its own tau_1 or t_1" in text
        assert "modes not defined" in transport(app)
        assert "t/t₁" in transport(app)
        assert "floor" not in transport(app)
        table = app.query_one(DataTable)
        assert str(table.get_cell("capitals", "critical")) == "-"
        latest, before = (run.history() for run in (app.run_source, first))
        assert latest is not None
        assert before is not None
        for column, history in (("accuracy", latest), ("dotted", before)):
            assert str(table.get_cell("capitals", column)) == f"{history.columns().accuracies[-1, 0]:.0%}"
        await pilot.press("c")
        await until(pilot, lambda: "1 singular values (solid: gd, dotted: word2vec)" in screen_text(app))
        assert transport(app).startswith("✓ done   step 30")
        assert str(app.query_one(Alert).content) == ended
        assert [read_run(folder).study.trainer for folder in app.folders] == ["gd", "word2vec"]


class Preparing(LiveRun):
    """A run that never comes to an end of its preparation, or fails as it is told to."""

    failing: str | None = None
    stopped = False

    def start(self) -> None:
        pass

    def stop(self) -> None:
        self.stopped = True

    def status(self) -> Status:
        if self.failing is not None:
            return Status(Phase.FAILED, error=QwemError(self.failing))
        return Status(Phase.PREPARING, StageStatus("decomposing", 1.0, 4.0, 2.0))

    def study(self) -> Study | None:
        return None

    def history(self) -> History | None:
        return None


async def test_a_restart_is_given_up_while_it_is_prepared_and_a_defect_is_not_hidden(
    config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(config, tmp_path, NARROW) as (app, pilot):
        first, given_up, broken = app.run_source, Preparing(config), Preparing(config)
        later = iter((given_up, broken))
        monkeypatch.setattr(app, "_make_run", lambda *_: next(later))

        async def restarted() -> None:
            await asked(app, pilot, "r", AskSettings)
            await pilot.press("enter")
            await until(pilot, lambda: "decomposing" in screen_text(app))

        await restarted()
        await pilot.press("space", "s", "e")
        await until(pilot, lambda: told(app, "Training has not begun yet"))
        await pilot.pause()
        # however many keys are pressed
        assert len(app._notifications) == 1
        await pilot.press("escape")
        await until(pilot, lambda: app.query_one("#main", ContentSwitcher).current == "panes")
        assert given_up.stopped
        assert app.run_source is first
        assert phase(app) is Phase.PAUSED
        await restarted()
        broken.crash, broken.failing = ZeroDivisionError(), "Internal error"
        await until(pilot, lambda: app.failure is not None)
        assert app.return_value == 1
        first.stop()
        await until(pilot, lambda: first.join(0))


async def test_questions_open_and_close_in_small_terminals(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, (60, 15)) as (app, pilot):
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


async def test_the_settings_are_seen_whole_in_40_columns(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, (40, 12)) as (app, pilot):
        await asked(app, pilot, "r", AskSettings)
        await pilot.pause()
        text = screen_text(app)
        assert all(word in text for word in ("sgd", "word2vec", "default (0.5 of the limit)")), text
        await pilot.press("shift+tab")
        await until(pilot, lambda: "[auto]" in screen_text(app) and "float64" in screen_text(app))
        assert "float32" in screen_text(app)
        await pilot.press("right", "right")
        await until(pilot, lambda: "[float64]" in screen_text(app))


ANSWERS = {
    "trainer": "gd", "dim": "", "sigma": "", "step-size": "", "seed": "", "steps": "", "precision": "auto",
}  # fmt: skip


def test_what_is_left_empty_is_the_default() -> None:
    begun = StudyConfig(("x",), dim=7, sigma=0.1, step_fraction=0.2, seed=3, steps=9, trainer="sgd", window=5)
    assert filled_in(begun, ANSWERS) == StudyConfig(("x",), window=5)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"dim": "many"}, "dim: give a whole number"),
        ({"dim": "0"}, "--dim is 0"),
        ({"sigma": "x"}, "sigma: give a number"),
        ({"sigma": "0"}, "--sigma is 0"),
        ({"step-size": "inf"}, "step size: give a number"),
        ({"step-size": "1"}, "--step-size is 1"),
        ({"seed": "1.5"}, "seed: give a whole number"),
        ({"steps": "-3"}, "--steps is -3"),
        ({"sigma": "1e-8", "precision": "float32"}, "--precision float32 drowns"),
    ],
)
def test_settings_that_make_no_sense_are_refused(typed: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        filled_in(StudyConfig(("x",)), {**ANSWERS, **typed})


def test_two_trainers_are_named_in_order() -> None:
    assert _two_trainers("word2vec, gd") == ("word2vec", "gd")
    for wrong in ("gd", "gd,gd", "gd,sgd,word2vec", "gd,glove", "gd,sgd,", ""):
        with pytest.raises(UsageError, match="give two different ones of gd, sgd, word2vec"):
            _two_trainers(wrong)
