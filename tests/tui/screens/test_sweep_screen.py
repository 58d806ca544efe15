"""The screen of a sweep."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from textual.widgets import OptionList

from qwem_tui.base.errors import QwemError
from qwem_tui.base.progress import Monitor
from qwem_tui.engine.background import Background
from qwem_tui.formats.sweep.heat_map import value_text
from qwem_tui.formats.sweep.table import SweepReport
from qwem_tui.study.sweep.effects import MapChoice, chosen_map
from qwem_tui.study.sweep.grid import Factor, Sweep
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.panes.report_pane import ReportPane
from qwem_tui.tui.screens.sweep import SweepScreen, maps_of
from tests.study.sweep.sweeps import CRITICAL, PEAK, made
from tests.tui.driving import NARROW, WIDE, until
from tests.tui.screens.works import at_once, flat, showing, text_of, there

WINDOW, WEIGHT, SEED = Factor("window", (4, 8)), Factor("negative-weight", (0.5, 1.0, 2.0)), Factor("seed", (0, 1))
HOSTILE = "[bold]odd[/bold]\x1b[2J"
NAMES = ("capitals", HOSTILE, "gram6-nationality-adjective", "overall")
SIZES = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]


def screen_of(sweep: Sweep, choice: MapChoice | None = None) -> SweepScreen:
    return SweepScreen(at_once(sweep), "text.txt", sweep.config, choice or MapChoice(response="size"))


def values_of(screen: SweepScreen) -> list[list[str]]:
    heat = screen.heat()
    assert heat is not None
    return [[value_text(heat.response, float(value)) for value in row] for row in heat.values]


def effects(screen: SweepScreen) -> str:
    return flat(screen.query_one("#sweep-effects"))


@pytest.mark.parametrize("size", [WIDE, NARROW, (40, 12)])
async def test_categories_map_and_effects_are_there_and_whole(size: tuple[int, int]) -> None:
    screen = screen_of(made([WINDOW, WEIGHT], SIZES, CRITICAL, names=NAMES))
    async with showing(screen, size) as (_, pilot):
        await there(pilot, screen)
        text = text_of(screen)
        assert all(len(line) <= size[0] for line in text.split("\n"))
        assert "\x1b" not in text
        if size[0] < 80:
            return
        assert "[bold]odd[/bold]\\x1b[2J" in text
        assert NAMES[2] in text
        # all is on the screen at once, or at the end of what scrolls
        assert "Critical size d*: overall, window (down) by negative-weight (across)" in effects(screen)
        for row in values_of(screen):
            assert any(all(value in line.split() for value in row) for line in text.split("\n"))
        assert "· 10, the lowest, to █ 60, the highest." in effects(screen)
        await pilot.press(*"j" * 30)
        await pilot.pause()
        assert "Critical size d*, all questions: window 18.2 at 4, 49.3 at 8 (all 3 comparisons)" in effects(screen)
        assert "…" not in text_of(screen)
        for box in (screen.query_one(OptionList), screen.query_one("#sweep-effects")):
            assert screen.region.contains_region(box.region)


async def test_category_figure_and_factors_choose_the_map() -> None:
    sweep = made([WINDOW, WEIGHT, SEED], [float(10 + n) for n in range(12)], CRITICAL, names=NAMES)
    screen = screen_of(sweep, MapChoice(("window", "seed"), "size", "capitals"))
    async with showing(screen, WIDE) as (_, pilot):
        await there(pilot, screen)
        assert "Critical size d*: capitals, window (down) by seed (across)" in effects(screen)
        assert values_of(screen) == [["11.9", "12.9"], ["17.9", "18.9"]]
        await pilot.press("down")
        await until(pilot, lambda: r"Critical size d*: [bold]odd[/bold]\x1b[2J, window" in effects(screen))
        await pilot.press("m")
        await until(pilot, lambda: "negative-weight (down) by seed (across)" in effects(screen))
        await pilot.press("m")
        await until(pilot, lambda: "category (down) by window (across)" in effects(screen))
        await pilot.press("f")
        await until(pilot, lambda: "Step forecast to cross: category (down)" in effects(screen))
        await pilot.press("F", "F")
        await until(pilot, lambda: "Peak accuracy: category (down)" in effects(screen))
        assert values_of(screen)[0] == ["50%", "50%"]
        assert maps_of(sweep.config)[3:] == (("window",), ("negative-weight",), ("seed",))
        # nothing that is trained is offered where nothing is
        seen = set()
        for _ in range(4):
            heat = screen.heat()
            assert heat is not None
            seen.add(heat.response)
            await pilot.press("f")
        assert seen == {"peak", "size", "step", "t"}


async def test_all_of_it_is_what_the_command_line_says_with_the_map_chosen() -> None:
    sweep = made([WINDOW, WEIGHT], [*SIZES[:5], None], CRITICAL, names=NAMES)
    screen = screen_of(sweep)
    async with showing(screen, (160, 120)) as (app, pilot):
        await there(pilot, screen)
        await pilot.press("up", "tab")
        pane = screen.query_one("#sweep-report", ReportPane)
        await until(pilot, lambda: pane.has_focus)
        await pilot.pause()
        region = pane.scrollable_content_region
        console = Console(file=io.StringIO(), width=region.width, highlight=False, markup=False)
        console.print(SweepReport(sweep, chosen_map(MapChoice(None, "size", NAMES[2]), sweep)))
        assert isinstance(console.file, io.StringIO)
        expected = [line.rstrip() for line in console.file.getvalue().split("\n")][:-1]
        lines = text_of(screen).split("\n")[region.y : region.bottom]
        assert [line.rstrip() for line in lines][: len(expected)] == expected
        assert any("No result at window 8, negative-weight 2: There was no memory" in line for line in expected)
        await pilot.press("q")
        await until(pilot, lambda: app.return_value == 0)


@pytest.mark.parametrize("factors", [[WINDOW], [Factor("window", (4,))]])
async def test_without_any_result_the_reasons_are_shown_and_the_code_is_1(factors: list[Factor]) -> None:
    sweep = made(factors, [None] * len(factors[0].levels), PEAK, names=NAMES)
    screen = screen_of(sweep)
    async with showing(screen, NARROW) as (app, pilot):
        await there(pilot, screen)
        assert f"0 of {len(sweep.cells)} cells" in effects(screen)
        assert "There was no memory for this one." in effects(screen)
        await pilot.press("f", "m", "q")
        await until(pilot, lambda: app.return_value == 1)


async def test_where_nothing_varies_there_is_no_map() -> None:
    screen = screen_of(made([Factor("window", (4,))], [20.0], CRITICAL, names=NAMES))
    async with showing(screen, NARROW) as (_, pilot):
        await there(pilot, screen)
        assert screen.heat() is None
        await pilot.press("m", "f")
        assert "window 4 1 50% 20 77" in effects(screen)


async def test_a_map_with_a_factor_of_one_level_gives_way_to_the_others() -> None:
    factors = [WINDOW, Factor("text", (0.5,)), WEIGHT]
    sweep = made(factors, [float(10 + n) for n in range(len(SIZES))], CRITICAL, names=NAMES)
    screen = screen_of(sweep, MapChoice(("window", "text"), "size"))
    async with showing(screen, WIDE) as (_, pilot):
        await there(pilot, screen)
        assert "overall, window (down) by text (across)" in effects(screen)
        await pilot.press("m")
        await until(pilot, lambda: "overall, window (down) by negative-weight (across)" in effects(screen))


async def test_progress_tells_of_cells_done_failed_and_left_and_q_leaves_what_is_done() -> None:
    stopped = "Stopped: 3 of 6 cells are done and saved in sweeps/text; the same command goes on there."

    def work(monitor: Monitor) -> Sweep | None:
        monitor.stage("reading", 10.0)
        monitor.say("No result at 4, [b]1: There was no memory for this one.")
        while not monitor.stopping:
            monitor.show("sweeping", 3.0, 6.0, "3 of 6 cells, 1 without a result, 2 to go")
        monitor.say(stopped)
        return None

    sweep = made([WINDOW, WEIGHT], SIZES, CRITICAL)
    screen = SweepScreen(Background(work), "text.txt", sweep.config, MapChoice())
    async with showing(screen, NARROW) as (app, pilot):
        await until(pilot, lambda: "3 of 6 cells, 1 without a result, 2 to go" in text_of(screen))
        text = text_of(screen)
        assert "… sweeping" in text
        assert "50%, " in text
        assert "No result at 4, [b]1: There was no memory for this one." in text
        await until(pilot, lambda: "s left" in text_of(screen))
        await pilot.press("q")
        await until(pilot, lambda: app.return_value == 130)
    assert screen.work.messages[-1] == stopped
    assert screen.work.result is None


async def test_an_error_ends_the_app_with_its_code() -> None:
    def refuse(monitor: Monitor) -> Sweep | None:
        raise QwemError("Cannot write the folder sweeps: no space left; give another --out.")

    sweep = made([WINDOW, WEIGHT], SIZES, CRITICAL)
    screen = SweepScreen(Background(refuse), "text.txt", sweep.config, MapChoice())
    async with showing(screen, NARROW) as (app, pilot):
        await until(pilot, lambda: app.return_value == 1)


async def test_ascii_throughout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChartView, "ascii_mode", True)
    screen = screen_of(made([WINDOW, WEIGHT], SIZES, CRITICAL, names=NAMES))
    async with showing(screen, NARROW) as (_, pilot):
        await there(pilot, screen)
        for key in ("up", "2", "end", "1"):
            await pilot.press(key)
            await pilot.pause()
            assert text_of(screen).isascii()
