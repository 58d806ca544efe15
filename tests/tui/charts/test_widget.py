"""The chart widget on a screen of Textual's own making."""

from __future__ import annotations

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.geometry import Region

from qwem_tui.tui.charts import ChartView, Marker, Plot, Series, draw


def _plot(height: float = 1.0, color: str = "#ff0000", label: str = "") -> Plot:
    x = np.array([0.0, 10.0])
    return Plot((Series(x, np.array([height, height]), color, label=label),), y_max=10, x_label="step", y_label="loss")


class _App(App[None]):
    CSS = "ChartView { padding: 1 2; }"

    def __init__(self, chart: ChartView) -> None:
        super().__init__()
        self.chart = chart

    def compose(self) -> ComposeResult:
        yield self.chart


def _shown(chart: ChartView) -> list[str]:
    return [chart.render_line(y).text for y in range(chart.size.height)]


def _expected(chart: ChartView, plot: Plot, ascii: bool = False) -> list[str]:
    rows = draw(plot, chart.size.width, chart.size.height, ascii)
    return ["".join(text for text, _ in row) for row in rows]


async def test_a_plot_shown_before_and_after_mounting_is_drawn() -> None:
    chart = ChartView(_plot(1))
    chart.show(_plot(2))
    app = _App(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert chart.size == (76, 22)
        assert _shown(chart) == _expected(chart, _plot(2))
        chart.show(_plot(3))
        await pilot.pause()
        assert _shown(chart) == _expected(chart, _plot(3))
        assert "loss" in app.export_screenshot()


async def test_only_changed_rows_are_refreshed(monkeypatch: pytest.MonkeyPatch) -> None:
    chart = ChartView(_plot(1))
    async with _App(chart).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = _shown(chart)
        refreshed: list[tuple[Region, ...]] = []
        monkeypatch.setattr(chart, "refresh", lambda *regions: refreshed.append(regions))
        chart.show(_plot(5))
        after = _shown(chart)
        changed = [Region(0, y, 76, 1) for y in range(22) if before[y] != after[y]]
        assert len(changed) == 2
        assert refreshed == [tuple(changed)]
        chart.show(_plot(5))
        chart.show(chart.plot)
        assert len(refreshed) == 1


async def test_a_repaint_reaches_the_screen_under_padding() -> None:
    """Regions are relative to the content; were they not, the row that changed would stay as it was."""
    chart = ChartView(_plot(1))
    app = _App(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        chart.show(_plot(9))
        await pilot.pause()
        await pilot.pause()
        lines = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
        assert [line[2:78] for line in lines[1:23]] == _expected(chart, _plot(9))


async def test_a_resize_redraws_at_once_and_leaves_nothing_stale() -> None:
    chart = ChartView(_plot(4))
    async with _App(chart).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for size in ((50, 12), (100, 30), (6, 4), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert chart.size == (max(0, size[0] - 4), max(0, size[1] - 2))
            assert _shown(chart) == _expected(chart, _plot(4))


async def test_an_unchanged_plot_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    chart = ChartView(_plot(4))
    async with _App(chart).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        monkeypatch.setattr("qwem_tui.tui.charts.widget.draw", lambda *args: pytest.fail("drawn again"))
        chart.show(chart.plot)
        _shown(chart)


@pytest.mark.parametrize("on_class", [False, True])
async def test_ascii_mode_by_class_or_instance(on_class: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if on_class:
        monkeypatch.setattr(ChartView, "ascii_mode", True)
    chart = ChartView(_plot(4)) if on_class else ChartView(_plot(4), ascii_mode=True)
    async with _App(chart).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert all(line.isascii() for line in _shown(chart))
        assert any("***" in line for line in _shown(chart))


async def test_colours_come_from_the_series_and_the_theme() -> None:
    chart = ChartView(_plot(4, "#12ab34"))
    app = _App(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        colors: dict[str, set[str]] = {}
        for theme in ("textual-dark", "textual-light"):
            app.theme = theme
            await pilot.pause()
            segments = [segment for y in range(22) for segment in chart.render_line(y)]
            line = next(
                segment
                for segment in segments
                if "⠒⠒" in segment.text or "⣀⣀" in segment.text or "⠤⠤" in segment.text or "⠉⠉" in segment.text
            )
            assert line.style is not None
            assert line.style.color is not None
            assert Color.from_rich_color(line.style.color) == Color.parse("#12ab34")
            axis = next(segment for segment in segments if "└" in segment.text)
            assert axis.style is not None
            ink, paper = Color.from_rich_color(axis.style.color), Color.from_rich_color(axis.style.bgcolor)
            assert abs(ink.brightness - paper.brightness) > 0.3
            colors[theme] = {ink.hex}
        assert colors["textual-dark"] != colors["textual-light"]


@pytest.mark.parametrize("color", ["$primary", "red", "bright_cyan", "no such colour", ""])
async def test_any_colour_name_is_drawn_and_a_wrong_one_does_not_raise(color: str) -> None:
    chart = ChartView(_plot(4, color))
    async with _App(chart).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert _shown(chart) == _expected(chart, _plot(4, color))


async def test_words_of_a_corpus_are_text_not_markup() -> None:
    plot = Plot(_plot(4, label="[b]x").series, (Marker(5, "[red]q[/]"), Marker(8, "\x1b[2J")))
    chart = ChartView(plot)
    async with _App(chart).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        shown = "\n".join(_shown(chart))
        assert "[b]x" in shown
        assert "[red]q[/]" in shown
        assert "\x1b" not in shown
