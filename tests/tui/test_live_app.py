"""The app on a run that really trains: keys reach the engine, and what it does is on the screen."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path

from textual.widgets import DataTable, Input

from qwem_tui.engine.live_run import LiveRun, branch_of
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.reader import read_record
from qwem_tui.engine.run_folder.recorder import Branch, RunRecorder
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase
from qwem_tui.study.config import StudyConfig
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.screens.ask_settings import AskSettings
from qwem_tui.tui.screens.ask_step_size import AskStepSize
from qwem_tui.tui.screens.choose_checkpoint import ChooseCheckpoint
from tests.tui.driving import (
    NARROW,
    WIDE,
    alert,
    answer,
    asked,
    notified,
    opened,
    paused_at,
    phase,
    step_of,
    transport,
    until,
)


class Written:
    """Makes runs that are written into folders in `folder`, numbered from 1."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)

    def _recorder(self, branch: Branch | None = None) -> RunRecorder:
        return RunRecorder(self._folder / f"run-{next(self._numbers)}", branch=branch)

    def first(self, config: RunConfig) -> LiveRun:
        return LiveRun(config, recorder=self._recorder())

    def __call__(self, ended: RunSource, settings: StudyConfig | None, from_step: int | None) -> LiveRun:
        assert isinstance(ended, LiveRun)
        new = replace(ended.config, study=settings or ended.config.study)
        if from_step is None:
            return LiveRun(new, study=ended.study(), recorder=self._recorder())
        branch = branch_of(ended, from_step)
        recorder = self._recorder(branch)
        return LiveRun(new, study=ended.study(), recorder=recorder, resume_point=branch.resume_point, paused=True)


async def test_keys_pause_step_and_take_steps(config: RunConfig) -> None:
    async with opened(LiveRun(config), WIDE) as (app, pilot):
        stood = await paused_at(app, pilot)
        await until(pilot, lambda: f"paused   step {stood:,} of" in transport(app))
        await pilot.press("s")
        await until(pilot, lambda: step_of(app) == stood + 1)
        await pilot.press("f", "n")
        await until(pilot, lambda: bool(app.screen.query(Input)))
        await answer(app, pilot, "7")
        await until(pilot, lambda: step_of(app) == stood + 8 and phase(app) is Phase.PAUSED)
        await until(pilot, lambda: f"step {stood + 8:,} of" in transport(app))


async def test_a_run_that_is_done_goes_on_by_steps_and_starts_again(config: RunConfig, tmp_path: Path) -> None:
    make = Written(tmp_path)
    first = make.first(config)
    async with opened(first, WIDE, make_run=make) as (app, pilot):
        await pilot.press("f")
        await until(pilot, lambda: phase(app) is Phase.DONE and "✓ done" in transport(app))
        assert "8 of 8 modes learned" in transport(app)
        await until(pilot, lambda: notified(app, "all 8 modes learned"))
        stood = step_of(app)
        await pilot.press("s")
        await until(pilot, lambda: step_of(app) == stood + 1)
        # the table is that of the last poll
        app.poll()
        table = app.query_one(DataTable)
        row = [str(cell) for cell in table.get_row_at(0)]
        assert row[:2] == ["a", "capitals"]
        assert str(table.get_cell("capitals", "actual")).isdigit()
        history = first.history()
        assert history is not None
        assert row[2] == f"{history.columns().accuracies[-1, 0]:.0%}"
        assert history.columns().accuracies[:, 0].max() >= 0.8
        await asked(app, pilot, "r", AskSettings)
        await pilot.press("enter")
        await until(pilot, lambda: app.session.current is not first and phase(app) is Phase.RUNNING)
        # the app ends it, which takes the thread that this test is in
        await until(pilot, lambda: first.join(0))
        await until(pilot, lambda: "running" in transport(app))
        assert app.session.finished == {first.path}


async def test_a_run_that_diverges_is_gone_back_to_and_goes_on_with_a_smaller_step_size(
    config: RunConfig, tmp_path: Path
) -> None:
    forced, make = replace(config.study, step_fraction=1.5, forced=True), Written(tmp_path)
    first = make.first(replace(config, study=forced))
    async with opened(first, NARROW, make_run=make) as (app, pilot):
        await pilot.press("f")
        await until(pilot, lambda: first.status().fault is not None and "z sets another step size" in alert(app))
        await asked(app, pilot, "b", ChooseCheckpoint)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.session.current is not first and not app.session.awaiting)
        branch = app.session.current
        assert branch.path is not None
        assert phase(app) is Phase.PAUSED
        await until(pilot, lambda: notified(app, f"Back at step {step_of(app):,}"))
        parent = json.loads((branch.path / "run.json").read_text(encoding="utf-8"))["parent"]
        assert parent == {"run": str(first.path), "step": step_of(app)}
        await asked(app, pilot, "z", AskStepSize)
        await answer(app, pilot, "0.5")
        await until(pilot, lambda: len(branch.status().changes) == 1)
        assert [change.step for change in read_record(branch.path).changes] == [step_of(app)]
        await pilot.press("f", "space")
        await until(pilot, lambda: phase(app) is Phase.DONE)


async def test_a_corpus_that_cannot_be_read_ends_the_app_with_its_sentence(config: RunConfig, tmp_path: Path) -> None:
    run = LiveRun(replace(config, study=replace(config.study, sources=(str(tmp_path / "missing.txt"),))))
    run.start()
    app = QwemApp(run, "missing.txt", tmp_path, 20.0)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: app.failure is not None)
    assert app.return_value == 2
    assert app.failure is not None
    assert "missing.txt" in str(app.failure.error)
