"""The app on a run that another one goes on with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher

from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.remote.attached_run import AttachedRun
from qwem_tui.engine.remote.socket_path import published
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.recorder import RunRecorder
from qwem_tui.engine.status import Phase
from qwem_tui.study.config import StudyConfig
from qwem_tui.tui import attached_app
from qwem_tui.tui.attached_app import AttachedApp
from tests.engine.waiting import step_of, wait_for
from tests.tui.test_app import NARROW, PATIENCE, WIDE, phase, screen_text, transport, until


@pytest.fixture
def run(text_file: Path, tmp_path: Path) -> LiveRun:
    config = RunConfig(StudyConfig((str(text_file),), dim=8, window=8), training_threads=1)
    run = LiveRun(config, recorder=RunRecorder(tmp_path / "run"), paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED and published(tmp_path / "run") is not None)
    return run


@asynccontextmanager
async def attached(run: LiveRun, size: tuple[int, int]) -> AsyncIterator[tuple[AttachedApp, Pilot[int]]]:
    assert run.path is not None
    source = AttachedRun(run.path)
    source.start()
    app = AttachedApp(source, "little.txt", run.path / "snapshots", 20.0)
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.query_one("#main", ContentSwitcher).current == "panes")
            yield app, pilot
    finally:
        source.stop()
        assert source.join(PATIENCE)
        run.stop()
        assert run.join(PATIENCE)


def told(app: AttachedApp, text: str) -> bool:
    return any(text in str(notification.message) for notification in app._notifications)


async def test_it_shows_steers_and_exports_the_run_and_leaves_it_alone(run: LiveRun) -> None:
    async with attached(run, WIDE) as (app, pilot):
        await until(pilot, lambda: "paused   step 0 of" in transport(app))
        await pilot.press("s", "s")
        await until(pilot, lambda: "step 2 of" in transport(app) and phase(app) is Phase.PAUSED)
        await pilot.press("k")
        await until(pilot, lambda: told(app, "Kept step 2."))
        assert step_of(run) == 2
        await pilot.press("P")
        await until(pilot, lambda: told(app, "qwem-tui plan CORPUS --screen plans it"))
        for key in "rbc":
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: told(app, "it can steer that run, not begin others"))
        await pilot.press("e")
        await until(pilot, lambda: bool(app.exported))
        assert app.exported == [(run.path or Path()) / "snapshots" / "step-000002"]
        assert "Detach" in screen_text(app)
        await pilot.press("q")
        await until(pilot, lambda: app.return_value == 0)
    assert run.crash is None
    assert run.status().phase is Phase.STOPPED


async def test_the_run_itself_is_stopped_by_two_presses_and_its_end_stays_on_the_screen(
    run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with attached(run, NARROW) as (app, pilot):
        await pilot.press("s")
        await until(pilot, lambda: step_of(run) == 1 and "1" in transport(app))
        await pilot.press("X")
        await until(pilot, lambda: told(app, "X again stops the run itself"))
        # typed ahead, it cannot have been meant; pressing may take long here
        with monkeypatch.context() as patched:
            patched.setattr(attached_app, "_READ", PATIENCE)
            await pilot.press("X")
        assert not run.join(0.2)
        monkeypatch.setattr(attached_app, "_MEANT", PATIENCE)
        await pilot.pause(0.5)
        await pilot.press("X")
        await until(pilot, lambda: phase(app) is Phase.STOPPED)
        assert run.join(PATIENCE)
        await until(pilot, lambda: "The run was stopped, its state kept" in screen_text(app))
        assert "singular values" in screen_text(app)
        app.poll()
        assert not told(app, "The run was stopped")
        await pilot.press("s")
        await until(pilot, lambda: told(app, "there is nothing to steer"))
        assert app.return_value is None
