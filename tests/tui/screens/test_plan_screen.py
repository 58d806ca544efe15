"""The screen of a plan: by itself, and over a run."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from rich.console import Console, RenderableType
from textual.widgets import DataTable, Static

from qwem_tui.base.errors import Named, UsageError
from qwem_tui.base.progress import Monitor
from qwem_tui.engine.background import Background
from qwem_tui.formats.plan.table import PlanReport
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.plan.planner import Plan
from qwem_tui.study.plan.requirements import Need
from qwem_tui.study.study import Forecast
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.panes.plan_pane import listed_order
from qwem_tui.tui.panes.report_pane import ReportPane
from qwem_tui.tui.screens.help import HelpScreen
from qwem_tui.tui.screens.plan import PlanScreen, config_of_run
from qwem_tui.tui.work_app import WorkApp
from tests.formats.plan.plans import EVIL, LONGEST, made, with_domain
from tests.tui.driving import NARROW, WIDE, until
from tests.tui.screens.works import Gated, at_once, flat, showing, text_of, there


def screen_of(plan: Plan) -> PlanScreen:
    return PlanScreen(at_once(plan), "text.txt", plan.config)


def printed(report: RenderableType, width: int) -> list[str]:
    """What the command line prints, in lines without blanks at their ends."""
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    console.print(report)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().split("\n")]


def plot(screen: PlanScreen, name: str) -> ChartView:
    return screen.query_one(f"#plan-{name}", ChartView)


def said(screen: PlanScreen) -> str:
    return str(screen.query_one("#plan-sentences").query_one(Static).content)


@pytest.mark.parametrize("size", [WIDE, NARROW, (60, 15), (20, 5)])
async def test_list_charts_and_sentences_are_there_and_whole(size: tuple[int, int]) -> None:
    screen = screen_of(made())
    async with showing(screen, size) as (_, pilot):
        await there(pilot, screen)
        # the footer comes last
        await until(pilot, lambda: "3 All of it" in text_of(screen) or size[0] < 80)
        lines = text_of(screen).split("\n")
        assert all(len(line) <= size[0] for line in lines)
        if size[0] < 80:
            return
        table = screen.query_one(DataTable)
        charts = [plot(screen, "peak"), plot(screen, "size")]
        for widget in (table, *charts, screen.query_one("#plan-sentences")):
            assert screen.region.contains_region(widget.region)
            assert widget.size.height >= 5
        assert all(chart.size.height >= 10 and chart.size.width >= 39 for chart in charts)
        beside = charts[0].region.x >= table.region.right
        assert beside == (size == WIDE)
        # no column is cut
        assert table.virtual_size.width <= table.scrollable_content_region.width
        row = next(line for line in lines if line.startswith(LONGEST))
        assert row[: table.size.width].split()[1:] == ["saturated", "neither", "100%", "8"]
        text = "\n".join(lines)
        for whole in (
            "peak accuracy 100% (9",
            "critical size 8 (",
            ", yours 16",
            "extrapolated",
            "or yours",
            "3 All of it",
            "q Leave",
        ):
            assert whole in text
        assert f"{LONGEST}: saturated: peak 100%: nothing is left to gain; large enough: critical size 8" in flat(
            screen
        )
        box = screen.query_one("#plan-sentences")
        assert box.query_one(Static).size.height <= box.scrollable_content_region.height


async def test_the_category_under_the_cursor_is_drawn_with_its_figures() -> None:
    plan = made(needs=(Need(EVIL, 0.9),))
    screen = screen_of(plan)
    async with showing(screen, WIDE) as (_, pilot):
        await there(pilot, screen)
        # what is needed and can be measured is first, what cannot be asked last
        longest, needed, *others = plan.learning_curves
        for row, learning_curve in enumerate((needed, longest, *others, plan.overall)):
            assert screen.query_one(DataTable).cursor_row == row
            peaks = [(point.words, point.peak) for point in learning_curve.points if point.peak is not None]
            drawn = plot(screen, "peak").plot
            if not peaks:
                assert drawn.series == ()
                assert drawn.empty in flat(screen)
            else:
                line = drawn.series[-1]
                assert list(zip(line.x, line.y, strict=True)) == peaks
                dotted = [series for series in drawn.series if series.dotted]
                assert len(dotted) == (2 if learning_curve.extrapolations else 0)
                for end, series in zip(("low", "high"), dotted, strict=False):
                    assert series.y[0] == learning_curve.last.peak
                    assert series.x[-1] == learning_curve.extrapolations[-1].words
                    assert series.y[-1] == getattr(learning_curve.extrapolations[-1], end)
                assert [marker.label for marker in drawn.markers] == (
                    ["extrapolated"] if learning_curve.extrapolations else []
                )
                bars = drawn.series[-2].y.reshape(-1, 3)[:, :2].tolist()
                assert bars == [list(point.peak_interval) for point in learning_curve.points if point.peak_interval]
            sizes = [(point.words, point.critical) for point in learning_curve.points if point.critical is not None]
            drawn = plot(screen, "size").plot
            assert bool(drawn.series) == bool(sizes)
            if sizes:
                assert list(zip(drawn.series[-1].x, drawn.series[-1].y, strict=True)) == sizes
                yours = next(series for series in drawn.series if series.dotted)
                np.testing.assert_array_equal(yours.y, 16)
            await pilot.press("down")
            await pilot.pause()
        # the last row is the overall one: the answer, and what to mind
        assert said(screen).startswith("2 of 4 categories can be measured on all of the text")
        assert "A warning." in said(screen)
        await pilot.press("up", "up", "up", "up")
        await pilot.pause()
        # the name comes from a file: it is no markup, and nothing that a terminal acts on
        assert said(screen).startswith("[bold]: =1+1\\x1b: ")
        assert "[bold]: =1+1\\x1b at 90%: " in said(screen)
        assert "[bold]: =1+1\\x1b " in text_of(screen)
        assert "\x1b" not in text_of(screen)
        assert "≥45 (" in text_of(screen)


def test_categories_that_cannot_be_measured_are_listed_after_those_that_can() -> None:
    plan = made()
    turned = replace(
        plan, learning_curves=plan.learning_curves[::-1], verdicts=plan.verdicts[::-1], coverage=plan.coverage[::-1]
    )
    found = ByCategory(tuple(each.name for each in turned.learning_curves), turned.overall.name)
    names = found.categories
    assert names[:2] == ("gram1-adjective-to-adverb", "capital-common-countries")
    assert [found.at(number) for number in listed_order(turned)] == [EVIL, LONGEST, *names[:2], "overall"]
    wanted = replace(turned, answers=made(needs=(Need(LONGEST, 0.5),)).answers)
    assert [found.at(number) for number in listed_order(wanted)][:2] == [LONGEST, EVIL]


async def test_stages_and_all_of_it_are_what_the_command_line_says() -> None:
    plan = replace(with_domain(), answers=made(needs=(Need(LONGEST, 0.5),)).answers)
    screen = screen_of(plan)
    async with showing(screen, NARROW) as (_, pilot):
        await there(pilot, screen)
        await pilot.press("2")
        await pilot.pause()
        words = flat(screen)
        assert words.startswith("plan text.txt: V = 10,000, yours d = 16, window 8, k = 2, letters, questions")
        assert f"Needs: {LONGEST} at 50%: met: peak 100%" in words
        assert "1. Small trial: 31,250 words (1/32 of the text), V = 750, d = 16." in words
        await pilot.press("end")
        await until(pilot, lambda: "Timed here: 4 steps of sgd" in flat(screen))
        assert "3. Production: 1,000,000 words (the whole of the text), V = 1,000, d = 64." in flat(screen)
        assert "reach the low end of their range at the end of the steps forecast" in flat(screen)
        for key in ("tab", "shift+tab", "3"):
            await pilot.press(key)
        await pilot.pause()
        pane = screen.query_one("#plan-report", ReportPane)
        width = pane.scrollable_content_region.width
        expected = printed(PlanReport(plan), width)
        assert expected[-2] == "This plan took 75 s."
        seen: list[str] = []
        page = pane.scrollable_content_region.height
        while len(seen) < len(expected) - 1:
            pane.scroll_to(y=len(seen), animate=False, immediate=True)
            await pilot.pause()
            top = round(pane.scroll_y)
            region = pane.scrollable_content_region
            shown = [line[:width].rstrip() for line in text_of(screen).split("\n")[region.y : region.y + page]]
            seen = [*seen[:top], *shown]
        assert seen[: len(expected) - 1] == expected[:-1]
        assert not any("…" in line for line in seen)
        await pilot.press("tab")
        await until(pilot, lambda: screen.query_one(DataTable).has_focus)


async def test_progress_is_shown_and_escape_gives_the_plan_up() -> None:
    work = Gated(made())
    screen = PlanScreen(Background(work), "text.txt", made().config)
    async with showing(screen, NARROW) as (app, pilot):
        await until(
            pilot,
            lambda: "… measuring 21 part(s) of the text" in text_of(app.screen) and "33%, " in text_of(app.screen),
        )
        # there is no view yet
        await pilot.press("2", "j", "enter", "tab")
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        # the help of this screen comes first
        await until(pilot, lambda: "P asks first" in text_of(app.screen).split("\n")[3])
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("escape")
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value == 130
        assert work.calls == 1
    assert screen.work.result is None
    assert screen.work.error is None


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("escape", 0), ("ctrl+q", 0), ("ctrl+c", 130)])
async def test_a_plan_that_is_made_can_be_left(key: str, code: int) -> None:
    screen = screen_of(made())
    async with showing(screen, NARROW) as (app, pilot):
        await there(pilot, screen)
        await pilot.press(key)
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value == code


async def test_an_error_or_a_defect_ends_the_app() -> None:
    def refuse(monitor: Monitor) -> Plan:
        raise UsageError("There is no file or folder text.txt: check the path.")

    screen = PlanScreen(Background(refuse), "text.txt", made().config)
    async with showing(screen, NARROW) as (app, pilot):
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value == 2
    assert str(screen.work.error) == "There is no file or folder text.txt: check the path."

    def fail(monitor: Monitor) -> Plan:
        raise LookupError("a defect")

    broken = PlanScreen(Background(fail), "text.txt", made().config)
    async with showing(broken, NARROW) as (app, pilot):
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value == 1
    assert isinstance(broken.work.crash, LookupError)


async def test_ascii_throughout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChartView, "ascii_mode", True)
    screen = screen_of(made())
    async with showing(screen, NARROW) as (app, pilot):
        await there(pilot, screen)
        assert text_of(app.screen).isascii()
        assert "critical size 8 (" in text_of(app.screen)
        await pilot.press("down")
        for key in ("2", "end", "3", "end"):
            await pilot.press(key)
            await pilot.pause()
            assert text_of(app.screen).isascii()


async def test_a_theme_changes_the_charts_too() -> None:
    screen = screen_of(made())
    async with showing(screen, WIDE) as (_, pilot):
        await there(pilot, screen)
        before = plot(screen, "peak").plot.series[-1].color
        await pilot.press("t")
        await until(pilot, lambda: plot(screen, "peak").plot.series[-1].color != before)


async def test_advice_on_the_command_line_is_left_as_it_is() -> None:
    def refuse(monitor: Monitor) -> Plan:
        raise UsageError("Try ", Named("vocab_size"), " 300 or less.")

    work = Background(refuse)
    work.start()
    screen = PlanScreen(work, "text.txt", made().config)
    app = WorkApp(screen)
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.return_value is not None)
    assert str(work.error) == "Try --vocab-size 300 or less."


async def test_the_title_has_the_words_that_are_modelled_once_they_are_known() -> None:
    plan = replace(made(), vocab_size=6543)
    work = Gated(plan)
    screen = PlanScreen(Background(work), "text.txt", plan.config)
    async with showing(screen, NARROW) as (_, pilot):
        assert "plan text.txt: V up to 10,000, yours d = 16" in flat(screen)
        work.may_end.set()
        await there(pilot, screen)
        assert "plan text.txt: V = 6,543, yours d = 16" in flat(screen)


def test_a_run_is_planned_with_its_settings(text_file: Path) -> None:
    asked = StudyConfig(
        (str(text_file),),
        dim=4,
        step_fraction=1.2,
        forced=True,
        precision="float64",
        seed=7,
        encoding="cp1252",
        paragraphs=True,
    )
    study = cast(Forecast, SimpleNamespace(dim=4))
    settings = config_of_run(asked, study).study
    for kept in ("sources", "step_fraction", "forced", "precision", "seed", "window", "vocab_size", "reading"):
        assert getattr(settings, kept) == getattr(asked, kept), kept
    assert settings.dim == study.dim
