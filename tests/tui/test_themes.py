"""Contrasts of what is drawn in each theme, measured on the screen itself."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App
from textual.color import Color
from textual.pilot import Pilot

from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.rendering.palette import PALETTES
from tests.tui.driving import NARROW, WIDE, opened, table_filled, until
from tests.tui.fake_run import FakeRun, faulty

#: what text needs, and what graphics do (WCAG 2.2, success criteria 1.4.3 and 1.4.11)
TEXT, GRAPHICS = 4.5, 3.0


def luminance(color: tuple[int, int, int]) -> float:
    """The relative luminance of a colour in sRGB (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def is_text(text: str) -> bool:
    """Whether there is more in it than lines of boxes and blocks; the dots of charts count."""
    return any(not char.isspace() and not "\u2500" <= char <= "\u259f" for char in text)


def faintest(app: App[Any]) -> tuple[float, str]:
    """The least contrast of a text in the window (what is behind it is out of use) to its ground, and that text."""
    found, window = [], app.screen.children[0].region if len(app.screen_stack) > 1 else app.screen.region
    for strip in app.screen._compositor.render_strips()[window.y : window.bottom]:
        for text, style, _ in strip.crop(window.x, window.right):
            if is_text(text) and style is not None and style.color is not None and style.bgcolor is not None:
                assert not style.dim, text
                found.append((contrast(style.color.get_truecolor(), style.bgcolor.get_truecolor()), text))
    assert len(found) > 3
    return min(found)


def test_the_formula() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0)
    # the lightest grey that passes on white, and the next
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.005)


async def in_theme(app: QwemApp, pilot: Pilot[int], theme: str) -> None:
    while app.theme != theme:
        await pilot.press("t")
    await pilot.pause()


async def test_the_key_goes_through_all_themes(gd: Study) -> None:
    async with opened(FakeRun(gd), NARROW) as (app, pilot):
        seen = []
        for _ in range(4):
            seen.append(app.theme)
            await pilot.press("t")
        assert seen == ["dark", "light", "high-contrast", "dark"]
        assert set(seen) == set(PALETTES)


@pytest.mark.parametrize("theme", PALETTES)
async def test_all_text_of_the_panes_and_windows_can_be_read(gd: Study, theme: str) -> None:
    run = FakeRun(gd, status=faulty("the loss grows"))
    async with opened(run, WIDE) as (app, pilot):
        await in_theme(app, pilot, theme)
        await table_filled(app, pilot)
        for key in ("down", "right", "4", "escape", "3"):
            await pilot.press(key)
            await pilot.pause()
            assert faintest(app) > (TEXT, ""), key
        for key in ("question_mark", "m", "enter", "w", "u"):
            await pilot.press(key)
            await until(pilot, lambda: len(app.screen_stack) == 2 and app.screen.children[0].region.height > 5)
            assert faintest(app) > (TEXT, ""), key
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)


@pytest.mark.parametrize("theme", PALETTES)
async def test_lines_stand_out_from_the_grounds_of_their_theme(gd: Study, theme: str) -> None:
    async with opened(FakeRun(gd), NARROW) as (app, pilot):
        await in_theme(app, pilot, theme)
        variables, colors = app.theme_variables, PALETTES[theme]
        for ground in ("background", "surface"):
            on = Color.parse(variables[ground]).rgb
            for line in (*colors.lines, colors.forecast):
                assert contrast(Color.parse(line).rgb, on) >= TEXT, (ground, line)
            assert contrast(Color.parse(colors.faint).rgb, on) >= GRAPHICS, (ground, colors.faint)
        assert len(set(colors.lines)) == len(colors.lines) == len(PALETTES["dark"].lines)
        for text in ("footer-key-foreground", "footer-description-foreground"):
            on = Color.parse(variables["panel"]).rgb
            assert contrast(Color.parse(variables[text]).rgb, on) >= TEXT, text
