"""The main screen: panes, layout, axis and theme, and the keys that leave."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import DataTable, Input

from qwem_tui.engine.commands import Step
from qwem_tui.engine.status import Phase, Status
from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.rendering.outcome import alert_text
from qwem_tui.tui.rendering.palette import DARK
from qwem_tui.tui.screens.ask_settings import AskSettings
from qwem_tui.tui.screens.ask_steps import AskSteps
from qwem_tui.tui.screens.category import CategoryScreen
from qwem_tui.tui.screens.help import HELP, HelpScreen
from qwem_tui.tui.screens.modes import ModesScreen
from tests.tui.driving import (
    NARROW,
    WIDE,
    alert,
    asked,
    notified,
    opened,
    panes_shown,
    screen_text,
    table_filled,
    transport,
    until,
)
from tests.tui.fake_run import FakeRun, done, failed, faulty

#: what the help calls keys whose names are no words for a reader
CURSOR_KEYS = {
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "shift+left": "shift",
    "shift+right": "shift",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "comma": ",",
    "full_stop": ".",
}
SIZES = [WIDE, NARROW, (60, 15), (20, 5)]


async def test_all_panes_at_160_and_one_at_a_time_at_80(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        assert panes_shown(app) == ["pane-modes", "pane-rank", "pane-words", "pane-abilities"]
        await pilot.press("2")
        await until(pilot, lambda: panes_shown(app) == ["pane-rank"])
        await pilot.press("2")
        await until(pilot, lambda: len(panes_shown(app)) == 4)
        await pilot.resize_terminal(*NARROW)
        await until(pilot, lambda: panes_shown(app) == ["pane-modes"])
        assert app.query_one("#pane-modes ChartView").size.width >= 76
        await pilot.press("3")
        await until(pilot, lambda: panes_shown(app) == ["pane-abilities"])
        table = await table_filled(app, pilot)
        assert table.size.height >= 6
        assert app.query_one("#pane-abilities ChartView").size.height >= 6
        assert app.query_one("#transport").size.height == 1
        await pilot.resize_terminal(*WIDE)
        await pilot.press("3")
        await until(pilot, lambda: len(panes_shown(app)) == 4)


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_draws_and_nothing_sticks_out(gd: Study, size: tuple[int, int]) -> None:
    async with opened(FakeRun(gd), size) as (app, pilot):
        # the footer shows each of its keys in full
        keys = ("Pause", "Step", "Until", "Restart", "Compare", "Export", "Words", "Help", "Quit")
        in_full = keys if size[0] >= 80 else keys[:1]
        await until(pilot, lambda: all(key in screen_text(app).split("\n")[-1] for key in in_full))
        lines = screen_text(app).split("\n")
        assert "Detach" not in lines[-1]
        assert "Stop run" not in lines[-1]
        assert len(lines) == size[1]
        assert all(len(line) <= size[0] for line in lines)


@pytest.mark.parametrize(
    ("size", "away_and_back"),
    [(NARROW, "313"), (NARROW, ("4", "escape", "3")), (WIDE, "11"), (WIDE, ("4", "escape", "3"))],
)
async def test_the_table_has_the_keys_whenever_it_is_shown(
    gd: Study, size: tuple[int, int], away_and_back: tuple[str, ...]
) -> None:
    async with opened(FakeRun(gd), size) as (app, pilot):
        for key in away_and_back:
            await pilot.press(key)
            await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CategoryScreen))


async def test_time_axis_and_theme_change_by_key(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        chart = app.query_one("#pane-modes ChartView", ChartView)
        await until(pilot, lambda: len(chart.plot.series) > 0)
        assert chart.plot.log_x
        await pilot.press("l")
        assert not chart.plot.log_x
        dark_colors = {series.color for series in chart.plot.series}
        await pilot.press("t")
        assert not app.current_theme.dark
        assert {series.color for series in chart.plot.series} != dark_colors


async def test_keys_of_the_user_take_the_place_of_those_by_default(gd: Study) -> None:
    run = FakeRun(gd)
    async with opened(run, WIDE) as (app, pilot):
        app.set_keymap({"step": "n", "steps": "s", "export": "comma", "cursor-step-back": "f5", "restart": "R"})
        await pilot.press("n")
        await until(pilot, lambda: run.sent == [Step(1)])
        await pilot.press("f5")
        await until(pilot, lambda: app.run_display.cursor is not None)
        await pilot.press("r")
        await pilot.pause()
        assert len(app.screen_stack) == 1
        await asked(app, pilot, "s", AskSteps)
        await pilot.press("escape")
        await asked(app, pilot, "R", AskSettings)


async def test_charts_hold_measured_and_forecast(gd: Study) -> None:
    async with opened(FakeRun(gd), WIDE) as (app, pilot):
        await table_filled(app, pilot)
        modes = app.query_one("#pane-modes ChartView", ChartView).plot
        assert sum(series.dotted for series in modes.series) == 8
        solid = [series for series in modes.series if not series.dotted]
        assert [float(series.y[-1]) for series in solid] == pytest.approx([2 - k / 7 for k in range(8)])
        abilities = app.query_one("#pane-abilities ChartView", ChartView).plot
        crossing = gd.trajectory.crossing[0]
        assert crossing is not None
        assert [marker.x for marker in abilities.markers] == [pytest.approx(crossing * gd.step_size / gd.time_unit)]


async def test_the_table_has_a_row_a_category_in_which_nothing_is_markup(gd: Study) -> None:
    run = FakeRun(gd, frames=3)
    run.take_steps(1, accuracy=1.0)
    async with opened(run, WIDE) as (app, pilot):
        table = await table_filled(app, pilot)
        rows = [[str(cell) for cell in table.get_row_at(i)] for i in range(table.row_count)]
        assert rows[0][:4] == ["a", "capitals", "100%", "3"]
        assert rows[0][5] == "50% of 100%"
        assert rows[2][1] == "[bold]odd[/bold]"
        assert rows[2][3] == "not in vocabulary"


async def test_a_run_that_is_done_says_so_once(gd: Study) -> None:
    run = FakeRun(gd, status=done("all 8 modes learned"))
    run.take_steps(1, modes=8)
    async with opened(run, WIDE) as (app, pilot):
        await until(pilot, lambda: transport(app).startswith("✓ done"))
        assert "8 of 8 modes learned" in transport(app)
        await until(pilot, lambda: notified(app, "all 8 modes learned"))
        app.clear_notifications()
        await pilot.press("s")
        await until(pilot, lambda: "step 5 of" in transport(app))
        assert run.sent == [Step(1)]
        assert not notified(app, "all 8 modes learned")


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (160, 45)])
async def test_notifications_cover_neither_the_alert_line_nor_the_bar(gd: Study, size: tuple[int, int]) -> None:
    fault = "The loss grew from 0.5 to 0.9 by step 3, with a step size of 1.5 of the limit: paused at step 3. " * 2
    async with opened(FakeRun(gd, status=faulty(fault.strip())), size, toasts=True) as (app, pilot):
        line, bar = app.query_one("#alert"), app.query_one("#transport")
        await until(pilot, lambda: line.display)

        def whole_below() -> bool:
            lines = [line.strip() for line in screen_text(app).split("\n")]
            shown = " ".join(lines[line.region.y : line.region.bottom])
            cut_off = line.region.height == 8
            said = " ".join(alert(app).split())
            return (said.startswith(shown) if cut_off else shown == said) and lines[bar.region.y] == transport(app)

        await until(pilot, whole_below)
        for number in range(3):
            app.notify(f"{number} what takes more than a line at its length. " * 3, timeout=60)
        await until(pilot, lambda: "2 what takes" in screen_text(app))
        app.poll()
        await pilot.pause()
        await until(pilot, whole_below)
        # the newest alone is seen, nothing is covered
        assert "1 what takes" not in screen_text(app)
        assert not any(rack.region.height for rack in app.screen.query("ToastRack"))


async def test_a_run_that_had_to_be_paused_says_by_which_keys_it_goes_on(gd: Study) -> None:
    run = FakeRun(gd, status=faulty("The loss grew."))
    async with opened(run, NARROW) as (app, pilot):
        await until(pilot, lambda: alert(app).startswith(alert_text(run.now)))
        assert "z sets another step size" in alert(app)
        assert "b goes back" not in alert(app)
        # where the alert line is seen nothing is said twice
        assert not notified(app, "The loss grew.")
        await pilot.press("space")
        await until(pilot, lambda: not app.query_one("#alert").display)


async def test_what_a_window_hides_is_notified_of(gd: Study) -> None:
    run = FakeRun(gd)
    async with opened(run, NARROW) as (app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        run.now = faulty("The loss grew.")
        await until(pilot, lambda: notified(app, "The loss grew."))


async def test_modes_are_listed_while_the_run_goes_on(gd: Study) -> None:
    run = FakeRun(gd, frames=0)
    run.take_steps(3, size=1e-3)
    async with opened(run, NARROW) as (app, pilot):
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, ModesScreen) and "words at its two ends" in screen_text(app))

        def first_learned() -> str:
            return next(line.split() for line in screen_text(app).splitlines() if line.split()[1:2] == ["1"])[4]

        assert first_learned() == "-"
        run.take_steps(1, modes=1, size=float(gd.spectrum.eigenvalues[0]) ** 0.5)
        # the list is drawn anew now and then
        await until(pilot, lambda: first_learned() == "3")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ModesScreen))


@pytest.mark.parametrize("size", SIZES)
async def test_a_mode_that_is_chosen_comes_forward_and_goes_back(gd: Study, size: tuple[int, int]) -> None:
    async with opened(FakeRun(gd), size) as (app, pilot):
        chart = app.query_one("#pane-modes ChartView", ChartView)

        def bright() -> list[tuple[bool, str]]:
            """Which lines are not faint: whether dotted, and their labels."""
            return [(line.dotted, line.label) for line in chart.plot.series if line.color != DARK.faint]

        await until(pilot, lambda: len(bright()) == 16)
        for lines in ([(True, ""), (False, "s2")], 16):
            await pilot.press("m")
            await until(
                pilot, lambda: isinstance(app.screen, ModesScreen) and bool(app.screen.query_one(DataTable).rows)
            )
            assert all(len(line) <= size[0] for line in screen_text(app).split("\n"))
            await pilot.press("down", "enter")
            await until(pilot, lambda: not isinstance(app.screen, ModesScreen))
            await until(pilot, lambda wanted=lines: wanted in (bright(), len(bright())))  # type: ignore[misc]
        assert app.run_display.focused_mode is None


async def test_modes_of_word2vec_are_not_defined(studies: dict[str, Study]) -> None:
    async with opened(FakeRun(studies["word2vec"]), NARROW) as (app, pilot):
        await pilot.press("m")
        await until(pilot, lambda: notified(app, "Modes are not defined for word2vec"))
        assert not isinstance(app.screen, ModesScreen)


async def test_help_names_every_key(gd: Study) -> None:
    async with opened(FakeRun(gd), NARROW) as (app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))
        keys_part = HELP.split("WHAT IS LEARNED")[0]
        for binding in (*app._bindings.key_to_bindings.values(), *app.run_display._bindings.key_to_bindings.values()):
            for each in binding:
                if each.key in ("ctrl+c", "ctrl+q"):
                    continue
                key = {"question_mark": "?", "slash": "/", "f1": "F1", **CURSOR_KEYS}.get(each.key, each.key)
                assert f" {key} " in keys_part, f"the help does not know {key}"


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("ctrl+q", 0), ("ctrl+c", 130)])
async def test_the_app_can_be_left_from_windows_too(gd: Study, key: str, code: int) -> None:
    run = FakeRun(gd)
    async with opened(run, NARROW) as (app, pilot):
        if key != "q":
            await pilot.press("n")
            await until(pilot, lambda: bool(app.screen.query(Input)))
        await pilot.press(key)
        await until(pilot, lambda: app.return_value == code)
        assert run.stopped


@pytest.mark.parametrize(("status", "code"), [(failed("There is none.", 2), 2), (Status(Phase.STOPPED), 0)])
async def test_a_run_that_shows_nothing_ends_the_app(gd: Study, status: Status, code: int) -> None:
    app = QwemApp(FakeRun(gd, status=status), "missing.txt", Path("exports"), 30.0)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == code
    assert app.failure == (status if code else None)
