"""The time cursor: which moment the panes show, and what that is made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qwem_tui.engine.frame import Snapshot
from qwem_tui.study.study import Study
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.rendering.palette import DARK
from qwem_tui.tui.rendering.reading import last_step, nearest_step, reading_at
from qwem_tui.tui.rendering.run import Run
from qwem_tui.tui.rendering.view import View
from tests.tui.driving import NARROW, WIDE, opened, table_filled, transport, until
from tests.tui.fake_run import RUNNING, FakeRun


def run_of(study: Study, frames: int = 4) -> Run:
    history = FakeRun(study, frames=frames).history()
    assert history is not None
    return Run(study, history.columns())


def test_a_measured_moment_is_its_frame_and_a_later_one_is_forecast(gd: Study) -> None:
    run = run_of(gd)
    measured = reading_at(run, 2)
    assert (measured.step, measured.made_of, measured.evaluated) == (2, "measured", 2)
    assert measured.singular_values.tolist() == run.columns.singular_values[2].tolist()
    assert measured.t == run.columns.t[2]
    ahead = reading_at(run, 9)
    assert (ahead.step, ahead.made_of) == (9, "forecast")
    assert ahead.singular_values.tolist() == gd.trajectory.modes[9].tolist()
    assert ahead.t == pytest.approx(9 * gd.step_size)
    assert ahead.loss == gd.trajectory.loss[9]
    assert ahead.evaluated is not None
    place = gd.trajectory.steps.tolist().index(ahead.evaluated)
    assert gd.trajectory.steps[place] <= 9 < gd.trajectory.steps[place + 1]
    assert np.array_equal(ahead.accuracies, gd.trajectory.accuracy[place], equal_nan=True)


def test_only_moments_of_which_something_is_known_can_be_read(gd: Study, studies: dict[str, Study]) -> None:
    run = run_of(gd)
    end = len(gd.trajectory.modes) - 1
    assert last_step(run) == end
    assert [nearest_step(run, step) for step in (-5, 1, 3, 4, end + 9)] == [0, 1, 3, 4, end]
    # nothing is forecast of word2vec
    assert last_step(run_of(studies["word2vec"])) == 3
    assert nearest_step(run_of(studies["word2vec"]), 99) == 3


def test_charts_have_the_cursor_where_its_step_is(gd: Study) -> None:
    view = View(run_of(gd), True, DARK, cursor=2)
    assert view.cursor_x == pytest.approx(2 * gd.step_size / gd.time_unit)
    assert View(run_of(gd), True, DARK).cursor_x is None
    assert view.key != View(view.run, True, DARK, cursor=3).key


async def test_left_and_right_move_by_what_is_seen_and_home_and_end_to_the_ends(gd: Study) -> None:
    run = FakeRun(gd, frames=9)
    async with opened(run, NARROW) as (app, pilot):
        await pilot.press("left")
        await until(pilot, lambda: "◆ step 7 measured" in transport(app))
        chart = app.query_one("#pane-modes ChartView", ChartView)
        assert chart.plot.cursor == pytest.approx(7 * gd.step_size / gd.time_unit)
        assert "step 7 measured: s1 2" in str(app.query_one("#pane-modes").border_subtitle)
        await pilot.press("comma", "comma", "full_stop")
        await until(pilot, lambda: "◆ step 6 measured" in transport(app))
        await pilot.press("home")
        await until(pilot, lambda: "◆ step 0 measured" in transport(app))
        await pilot.press("left")
        assert app.run_display.cursor == 0
        await pilot.press("end")
        await until(pilot, lambda: "◆" not in transport(app))
        assert app.query_one("#pane-modes").border_subtitle == ""
        await pilot.press("right")
        await until(pilot, lambda: "forecast" in transport(app).split("t/")[0])
        assert (app.run_display.cursor or 0) > 8
        await pilot.press(*["greater_than_sign"] * 8)
        await until(pilot, lambda: app.run_display.cursor == len(gd.trajectory.modes) - 1)
        await pilot.press("escape")
        await until(pilot, lambda: app.run_display.cursor is None)


async def test_the_cursor_stays_while_the_run_goes_on_and_the_table_shows_its_moment(gd: Study) -> None:
    run = FakeRun(gd, frames=3, status=RUNNING)
    run.take_steps(1, accuracy=0.25)
    async with opened(run, WIDE) as (app, pilot):
        table = await table_filled(app, pilot)
        name = gd.analogies.names[0]
        await until(pilot, lambda: str(table.get_cell(name, "accuracy")) == "25%")
        await pilot.press("comma")
        await until(pilot, lambda: str(table.get_cell(name, "accuracy")) == "0%")
        assert [str(column.label) for column in table.columns.values()][2] == "then"
        run.take_steps(3, accuracy=0.5)
        await until(pilot, lambda: "(the run is at step 6" in transport(app))
        assert "◆ step 2 measured" in transport(app)
        assert str(table.get_cell(name, "accuracy")) == "0%"
        # the table keeps its own home and end
        table.focus()
        await pilot.press("down", "end", "home")
        assert app.run_display.cursor == 2
        await pilot.press("escape")
        await until(pilot, lambda: str(table.get_cell(name, "accuracy")) == "50%")
        assert [str(column.label) for column in table.columns.values()][2] == "now"


async def test_a_click_on_a_chart_puts_the_cursor_there(gd: Study) -> None:
    run = FakeRun(gd, frames=9)
    async with opened(run, WIDE) as (app, pilot):
        chart = app.query_one("#pane-rank ChartView", ChartView)
        await until(pilot, lambda: chart.across is not None and bool(chart.plot.series))
        laid_out = chart.across
        assert laid_out is not None
        column = laid_out.column_of(5 * gd.step_size / gd.time_unit)
        assert column is not None
        await pilot.click(chart, offset=(column, 2))
        await until(pilot, lambda: app.run_display.cursor == 5)


async def test_words_are_those_of_a_checkpoint_or_of_a_forecast(gd: Study, tmp_path: Path) -> None:
    run = FakeRun(gd, tmp_path / "run", frames=9)

    def saved(step: int) -> Snapshot | None:
        vocabulary = gd.vocabulary
        embeddings = np.zeros((len(vocabulary), gd.dim), np.float32)
        for row, word in enumerate(("paris", "oslo")):
            embeddings[vocabulary.index[word], row] = 1.0
        return Snapshot(step, 0.1, vocabulary.words, vocabulary.counts, embeddings, "checkpoint") if step == 4 else None

    run.checkpoint_steps = lambda: (4,)  # type: ignore[method-assign]
    run.snapshot_of = saved  # type: ignore[method-assign]
    async with opened(run, WIDE) as (app, pilot):

        def title() -> str:
            return str(app.run_display.words.border_title)

        await pilot.press("slash", *"paris", "enter", "escape")
        await until(pilot, lambda: title() == "4 words, step 8")
        await pilot.press(*["comma"] * 4)
        await until(pilot, lambda: title() == "4 words, checkpoint of step 4")
        await pilot.press("comma")
        await until(pilot, lambda: title() == "4 words, forecast of step 3")
        await pilot.press("escape", "right")
        await until(pilot, lambda: title() == f"4 words, forecast of step {app.run_display.cursor}")
        step = app.run_display.cursor
        assert step is not None
        assert step > 8
        exported = tmp_path / "run" / "snapshots" / f"step-{step:06}"
        await pilot.press("e")
        await until(pilot, lambda: app.exporter.exported == [exported])
        assert '"made_of": "forecast"' in (exported / "config.json").read_text()
