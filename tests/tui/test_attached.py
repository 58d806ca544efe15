"""The app on the run of another process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.remote.attached_run import AttachedRun
from qwem_tui.engine.remote.socket_path import published
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.recorder import RunRecorder
from qwem_tui.engine.status import Phase
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Study
from qwem_tui.tui import run_actions
from qwem_tui.tui.app import QwemApp
from tests.tui.driving import NARROW, WIDE, alert, notified, opened, phase, screen_text, step_of, transport, until
from tests.tui.fake_run import FakeRun
from tests.waiting import PATIENCE, wait_for


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_what_cannot_be_done_here_is_not_in_the_footer_and_its_keys_say_why(
    gd: Study, size: tuple[int, int]
) -> None:
    run = FakeRun(gd).of_another_process()
    async with opened(run, size) as (app, pilot):

        def footer() -> str:
            return screen_text(app).split("\n")[-1]

        await until(pilot, lambda: "q Detach" in footer() and "X Stop run" in footer())
        assert not any(word in footer() for word in ("Restart", "Back", "Compare", "Quit"))
        for key, words in (("r", "not begin others"), ("b", "not begin others"), ("c", "not begin others")):
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda words=words: notified(app, words))  # type: ignore[misc]
        await pilot.press("P")
        await until(pilot, lambda: notified(app, "The corpus of this run is with another process"))
        assert len(app.screen_stack) == 1
        await pilot.press("q")
        await until(pilot, lambda: app.return_value == 0)
        assert run.stopped
        assert not run.end_asked


@pytest.fixture
def run(text_file: Path, tmp_path: Path) -> LiveRun:
    config = RunConfig(StudyConfig((str(text_file),), dim=8, window=8), training_threads=1)
    run = LiveRun(config, recorder=RunRecorder(tmp_path / "run"), paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED and published(tmp_path / "run") is not None)
    return run


@asynccontextmanager
async def attached(run: LiveRun, size: tuple[int, int]) -> AsyncIterator[tuple[QwemApp, Pilot[int]]]:
    assert run.path is not None
    source = AttachedRun(run.path)
    try:
        async with opened(source, size, export_to=run.path / "snapshots") as (app, pilot):
            yield app, pilot
    finally:
        source.stop()
        assert source.join(PATIENCE)
        run.stop()
        assert run.join(PATIENCE)


async def test_it_steers_and_exports_the_run_and_leaves_it_alone(run: LiveRun) -> None:
    async with attached(run, WIDE) as (app, pilot):
        await until(pilot, lambda: "paused   step 0 of" in transport(app))
        await pilot.press("s", "s")
        await until(pilot, lambda: "step 2 of" in transport(app) and phase(app) is Phase.PAUSED)
        await pilot.press("k")
        await until(pilot, lambda: notified(app, "Saved step 2."))
        assert run.path is not None
        await pilot.press("e")
        await until(pilot, lambda: app.exporter.exported == [run.path / "snapshots" / "step-000002"])  # type: ignore[operator]
        await pilot.press("q")
        await until(pilot, lambda: app.return_value == 0)
        assert not run.over
    assert run.crash is None
    assert run.status().phase is Phase.STOPPED


async def test_the_run_itself_is_stopped_and_its_end_stays_on_the_screen(
    run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    # two presses may lie far apart on a busy machine
    monkeypatch.setattr(run_actions, "_MEANT", PATIENCE)
    monkeypatch.setattr(run_actions, "_READ", 0.0)
    async with attached(run, NARROW) as (app, pilot):
        await pilot.press("s")
        await until(pilot, lambda: step_of(app) == 1)
        await pilot.press("X")
        await until(pilot, lambda: notified(app, "X again stops the run itself"))
        assert not run.over
        await pilot.press("X")
        await until(pilot, lambda: phase(app) is Phase.STOPPED)
        assert run.join(PATIENCE)
        await until(pilot, lambda: "its state saved" in " ".join(alert(app).split()))
        assert "singular values" in screen_text(app)
        app.poll()
        assert not notified(app, "its state saved: `")
        await pilot.press("s")
        await until(pilot, lambda: notified(app, "there is nothing to steer"))
        assert app.return_value is None
