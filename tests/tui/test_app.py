from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, DataTable, Input, Static

from qwem_tui.base.names import TrainerName
from qwem_tui.engine.commands import RunUntil, SetPace
from qwem_tui.engine.goals import ModesLearned
from qwem_tui.engine.live_run import LiveRun, branch_of
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.recorder import Branch, RunRecorder
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase
from qwem_tui.study.config import StudyConfig
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.screens.ask_settings import AskSettings
from qwem_tui.tui.screens.help import HELP, HelpScreen
from qwem_tui.tui.screens.modes import ModesScreen

PATIENCE = 60.0
WIDE, NARROW = (160, 45), (80, 24)
CAPITALS = ": capitals\n" + "\n".join(
    f"{a} {b} {c} {d}"
    for a, b in [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
    for c, d in [("paris", "france"), ("rome", "italy"), ("madrid", "spain"), ("athens", "greece"), ("oslo", "norway")]
    if a != c
)


@pytest.fixture
def config(text_file: Path, tmp_path: Path) -> RunConfig:
    analogies = tmp_path / "capitals.txt"
    analogies.write_text(CAPITALS + "\n: kings\nking queen man woman\n: [bold]odd[/bold]\nking queen boy girl\n")
    study = StudyConfig((str(text_file),), dim=8, window=8, analogies=str(analogies))
    return RunConfig(study, training_threads=1, spare_cores=1, paced_seconds=3600.0)


@asynccontextmanager
async def opened(
    config: RunConfig,
    export_to: Path,
    size: tuple[int, int],
    keep: bool = False,
    then: TrainerName | None = None,
    toasts: bool = False,
) -> AsyncIterator[tuple[QwemApp, Pilot[int]]]:
    """The app on a run that has begun; with `keep` it and all others are written into folders in `export_to`.

    With `toasts` what it notifies of is on the screen too.
    """
    begun = count(1)

    def recorder(branch: Branch | None = None) -> RunRecorder | None:
        return RunRecorder(export_to / f"run-{next(begun)}", branch=branch) if keep else None

    def make_run(ended: RunSource, settings: StudyConfig | None, from_step: int | None) -> LiveRun:
        assert isinstance(ended, LiveRun)
        new = replace(ended.config, study=settings or ended.config.study)
        if from_step is None:
            return LiveRun(new, study=ended.study(), recorder=recorder())
        branch = branch_of(ended, from_step)
        return LiveRun(
            new, study=ended.study(), recorder=recorder(branch), resume_point=branch.resume_point, paused=True
        )

    run = LiveRun(config, recorder=recorder())
    run.start()
    app = QwemApp(run, make_run, "little.txt", export_to, 20.0, then)
    async with app.run_test(size=size, notifications=toasts) as pilot:
        await until(pilot, lambda: app.query_one("#main", ContentSwitcher).current == "panes")
        yield app, pilot
        app.stop_runs()
        app.join_runs(PATIENCE)


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain; {state_of(pilot.app)}"
        await pilot.pause(0.02)


def state_of(app: App[int]) -> str:
    """What there is to say about an app that does not do what it should."""
    assert isinstance(app, QwemApp)
    said = [str(notification.message) for notification in app._notifications]
    return f"{app.screen}, {app.run_source.status()}, told {said}, crash {app.run_source.crash!r}"


def phase(app: QwemApp) -> Phase:
    return app.run_source.status().phase


def step_of(app: QwemApp) -> int:
    history = app.run_source.history()
    assert history is not None
    frame = history.latest()
    assert frame is not None
    return frame.step


def told(app: QwemApp, words: str) -> bool:
    """Whether a notification says so."""
    return any(words in str(notification.message) for notification in app._notifications)


def transport(app: QwemApp) -> str:
    return str(app.query_one("#transport", Static).content)


def shown(app: QwemApp) -> list[str]:
    return [pane.id or "" for pane in app.query(".pane") if pane.display]


def screen_text(app: QwemApp) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def test_keys_pause_step_and_take_steps(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        await pilot.press("space")
        await until(pilot, lambda: phase(app) is Phase.PAUSED)
        stood = step_of(app)
        await pilot.pause(0.3)
        assert step_of(app) == stood
        await until(pilot, lambda: f"paused   step {stood:,} of" in transport(app))
        await pilot.press("s")
        await until(pilot, lambda: step_of(app) == stood + 1)
        await pilot.press("f", "n")
        await until(pilot, lambda: bool(app.screen.query(Input)))
        app.screen.query_one(Input).value = "7"
        await pilot.press("enter")
        await until(pilot, lambda: step_of(app) == stood + 8 and phase(app) is Phase.PAUSED)
        await until(pilot, lambda: f"step {stood + 8:,} of" in transport(app))


async def test_a_nonsense_number_of_steps_is_refused(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        await pilot.press("space", "n")
        await until(pilot, lambda: bool(app.screen.query(Input)) and phase(app) is Phase.PAUSED)
        before = step_of(app)
        app.screen.query_one(Input).value = "0"
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert app.screen.query(Input)
        await pilot.press("escape")
        await until(pilot, lambda: not app.screen.query(Input))
        assert step_of(app) == before


async def test_a_run_that_is_done_says_so_and_stays_useful(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        await pilot.press("f")
        await until(pilot, lambda: phase(app) is Phase.DONE and "✓ done" in transport(app))
        assert "8 of 8 modes learned" in transport(app)
        await until(pilot, lambda: told(app, "all 8 modes learned"))
        done = step_of(app)
        await pilot.press("s")
        await until(pilot, lambda: step_of(app) == done + 1)
        table = app.query_one(DataTable)
        # the table is that of the last look at the run
        app.poll()
        rows = [[str(cell) for cell in table.get_row_at(i)] for i in range(table.row_count)]
        assert rows[0][:2] == ["a", "capitals"]
        assert rows[0][5] == "20/20"
        assert rows[0][3].startswith("crossed at step ")
        history = app.run_source.history()
        assert history is not None
        assert rows[0][2] == f"{history.columns().accuracies[-1, 0]:.0%}"
        assert history.columns().accuracies[:, 0].max() >= 0.8
        # names come from a file: they are no markup
        assert rows[2][1] == "[bold]odd[/bold]"
        assert rows[2][3] == "not in vocabulary"


async def test_export_writes_a_whole_snapshot_and_says_where(config: RunConfig, tmp_path: Path) -> None:
    target = tmp_path / "out"
    async with opened(config, target, WIDE) as (app, pilot):
        await pilot.press("space")
        await until(pilot, lambda: phase(app) is Phase.PAUSED)
        step = step_of(app)
        await pilot.press("e")
        await until(pilot, lambda: len(app.exported) == 1)
        await pilot.press("e")
        await until(pilot, lambda: len(app.exported) == 2)
        first, second = app.exported
        assert first == target / f"step-{step:06}"
        assert second == target / f"step-{step:06}-2"
        names = {path.name for path in first.iterdir()}
        assert names == {"vectors.npz", "vectors.txt", "metrics.csv", "screen.svg", "config.json"}
        picture = (first / "screen.svg").read_text(encoding="utf-8")
        assert "<svg" in picture
        assert "singular" in picture
        assert "url(http" not in picture
        described = json.loads((first / "config.json").read_text(encoding="utf-8"))
        assert described["corpus"]["digest"].startswith("sha256:")
        assert described["settings"]["dim"] == 8
        assert told(app, str(first))


async def test_an_export_that_fails_is_told_and_nothing_is_lost(config: RunConfig, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    async with opened(config, blocked, WIDE) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: told(app, "Nothing was exported"))
        assert app.exported == []
        assert phase(app) is Phase.RUNNING


async def test_restart_begins_at_step_0(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        first = app.run_source
        await pilot.press("f")
        await until(pilot, lambda: phase(app) is Phase.DONE)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, AskSettings))
        await pilot.press("enter")
        await until(pilot, lambda: app.run_source is not first and phase(app) is Phase.RUNNING)
        assert step_of(app) < 5
        # the app ends it, which takes the thread that this test is in
        await until(pilot, lambda: first.join(0))
        await until(pilot, lambda: "running" in transport(app))


async def test_all_panes_at_160_and_one_at_a_time_at_80(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        assert shown(app) == ["pane-modes", "pane-rank", "pane-abilities"]
        await pilot.press("2")
        await until(pilot, lambda: shown(app) == ["pane-rank"])
        await pilot.press("2")
        await until(pilot, lambda: len(shown(app)) == 3)
        await pilot.resize_terminal(*NARROW)
        await until(pilot, lambda: shown(app) == ["pane-modes"])
        assert app.query_one("#pane-modes ChartView").size.width >= 76
        await pilot.press("3")
        await until(pilot, lambda: shown(app) == ["pane-abilities"])
        table = app.query_one(DataTable)
        assert table.size.height >= 6
        assert app.query_one("#pane-abilities ChartView").size.height >= 6
        assert app.query_one("#transport").size.height == 1
        await pilot.resize_terminal(*WIDE)
        await pilot.press("3")
        await until(pilot, lambda: len(shown(app)) == 3)


@pytest.mark.parametrize("size", [WIDE, NARROW, (60, 15), (20, 5)])
async def test_every_size_draws_and_nothing_sticks_out(
    config: RunConfig, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(config, tmp_path, size) as (app, pilot):
        # the footer shows each of its keys in full
        keys = ("Pause", "Step", "Until", "Restart", "Back", "Compare", "Export", "Help", "Quit")
        in_full = keys if size[0] >= 80 else keys[:1]
        await until(pilot, lambda: all(key in screen_text(app).split("\n")[-1] for key in in_full))
        lines = screen_text(app).split("\n")
        assert len(lines) == size[1]
        assert all(len(line) <= size[0] for line in lines)


async def test_time_axis_and_theme_change_by_key(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        chart = app.query_one("#pane-modes ChartView", ChartView)
        assert chart.plot.log_x
        await pilot.press("l")
        assert not chart.plot.log_x
        dark_colors = {series.color for series in chart.plot.series}
        await pilot.press("t")
        assert not app.current_theme.dark
        assert {series.color for series in chart.plot.series} != dark_colors


async def test_charts_hold_measured_and_forecast(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        await pilot.press("f")
        await until(pilot, lambda: phase(app) is Phase.DONE)
        app.poll()
        modes = app.query_one("#pane-modes ChartView", ChartView).plot
        assert sum(series.dotted for series in modes.series) == 8
        solid = [series for series in modes.series if not series.dotted]
        assert len(solid) == 8
        assert [float(s.y[-1]) for s in solid] == sorted((float(s.y[-1]) for s in solid), reverse=True)
        abilities = app.query_one("#pane-abilities ChartView", ChartView).plot
        study = app.run_source.study()
        assert study is not None
        crossing = study.trajectory.crossing[0]
        assert crossing is not None
        assert [marker.x for marker in abilities.markers] == [
            pytest.approx(crossing * study.step_size / study.time_unit)
        ]


async def test_modes_are_listed_and_go_on(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, NARROW) as (app, pilot):
        await pilot.press("space")
        await until(pilot, lambda: phase(app) is Phase.PAUSED)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, ModesScreen))
        await until(pilot, lambda: "of its end" in screen_text(app))

        def first_mode() -> list[str]:
            return next(line.split() for line in screen_text(app).splitlines() if line.split()[1:2] == ["1"])

        assert first_mode()[6] == "-"
        app.run_source.send(SetPace(None))
        app.run_source.send(RunUntil(ModesLearned(1)))
        # learned at the step at which the run stands; the list is looked at now and then
        await until(pilot, lambda: phase(app) is Phase.PAUSED and first_mode()[6] == f"{step_of(app):,}")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ModesScreen))


async def test_help_names_every_key(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, NARROW) as (app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))
        keys_part = HELP.split("WHAT IS LEARNED")[0]
        for binding in app._bindings.key_to_bindings.values():
            for each in binding:
                if each.key in ("ctrl+c", "ctrl+q"):
                    continue
                key = {"question_mark": "?"}.get(each.key, each.key)
                assert f" {key} " in keys_part, f"the help does not know {key}"


async def test_quit_ends_the_engine_with_exit_code_0(config: RunConfig, tmp_path: Path) -> None:
    async with opened(config, tmp_path, WIDE) as (app, pilot):
        await pilot.press("q")
        deadline = time.monotonic() + PATIENCE
        while app.return_value is None and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert app.return_value == 0
        assert app.run_source.join(PATIENCE)


async def test_a_corpus_that_cannot_be_read_ends_the_app_with_its_sentence(config: RunConfig, tmp_path: Path) -> None:
    missing = replace(config, study=replace(config.study, sources=(str(tmp_path / "missing.txt"),)))
    run = LiveRun(missing)
    run.start()
    app = QwemApp(run, lambda *_: LiveRun(missing), "missing.txt", tmp_path, 20.0)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: app.failure is not None)
    assert app.return_value == 2
    assert app.failure is not None
    assert "missing.txt" in str(app.failure.error)
