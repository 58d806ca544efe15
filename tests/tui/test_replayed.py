"""The app on a run folder alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qwem_tui.engine.replayed_run import ReplayedRun
from qwem_tui.engine.status import Phase
from qwem_tui.study.study import Study
from qwem_tui.tui.screens.category import CategoryScreen
from qwem_tui.tui.screens.modes import ModesScreen
from tests.tui.driving import (
    NARROW,
    WIDE,
    alert,
    notified,
    opened,
    panes_shown,
    phase,
    screen_text,
    table_filled,
    transport,
    until,
)
from tests.tui.fake_run import RUNNING, FakeRun

OLD = Path(__file__).resolve().parents[1] / "data" / "written_by_5acf430"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_run_that_is_done_is_there_with_all_its_panes(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = tmp_path / "run"
    shutil.copytree(OLD / "finished", folder)
    run = ReplayedRun(folder)
    async with opened(run, size, export_to=folder / "snapshots") as (app, pilot):
        await until(pilot, lambda: phase(app) is Phase.DONE and "20" in transport(app))
        assert len(panes_shown(app)) == (4 if size == WIDE else 1)
        if size == NARROW:
            await pilot.press("3")
        table = await table_filled(app, pilot)
        assert table.row_count == 2
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CategoryScreen) and "at step 20" in screen_text(app))
        await pilot.press("tab")
        await until(pilot, lambda: "In short" in screen_text(app) or "too few" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, ModesScreen))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await pilot.press("slash", *"paris", "enter")
        await until(pilot, lambda: "checkpoint of step 20" in screen_text(app))
        await pilot.press("escape")
        # only what is asked for is written
        assert not (folder / "snapshots").exists()
        await pilot.press("e")
        await until(pilot, lambda: app.exporter.exported == [folder / "snapshots" / "step-000020"])
        await pilot.press("q")
        await until(pilot, lambda: app.return_value == 0)
    assert not (folder / "lock").exists()


async def test_a_run_that_was_killed_says_how_it_continues(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(OLD / "killed", folder)
    async with opened(ReplayedRun(folder), WIDE) as (app, pilot):
        await until(pilot, lambda: phase(app) is Phase.STOPPED and "killed perhaps" in " ".join(alert(app).split()))


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("over", [True, False])
async def test_keys_that_steer_say_what_would(gd: Study, tmp_path: Path, size: tuple[int, int], over: bool) -> None:
    run = FakeRun(gd, tmp_path / "run", status=RUNNING).of_another_process()
    run.can_steer, run.over = False, over
    command = f"This is a replay: `qwem-tui {'resume' if over else 'attach'} {tmp_path / 'run'}`"
    async with opened(run, size) as (app, pilot):

        def footer() -> str:
            return screen_text(app).split("\n")[-1]

        await until(pilot, lambda: "q Quit" in footer() and "e Export" in footer())
        assert not any(word in footer() for word in ("Pause", "Step", "Until", "Restart", "Detach", "Stop run"))
        for key in ("space", "s", "n", "u", "f", "z", "p", "k", "X", "r", "b", "c"):
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: notified(app, command))
            assert len(app.screen_stack) == 1
        await pilot.press("P")
        await until(pilot, lambda: notified(app, "A replay does not read the run's corpus"))
        assert run.sent == []
        await pilot.press("q")
        await until(pilot, lambda: app.return_value == 0)
        assert not run.end_asked
