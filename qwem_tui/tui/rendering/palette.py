"""Colours of lines: few, distinguishable on the ground of each theme, with or without truecolor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours for lines in turn, for what was forecast, and for what stands behind something brought forward.

    The contrast of lines and forecasts to their grounds is 4.5 : 1 or more, as for text; of what is faint 3 : 1 or
    more, as for graphics (WCAG 2.2, 1.4.3 and 1.4.11).
    """

    lines: tuple[str, ...]
    forecast: str
    faint: str

    def line(self, number: int) -> str:
        """Return the colour of the line with this number, counted from 0."""
        return self.lines[number % len(self.lines)]


DARK = Palette(("#5fafff", "#ffaf5f", "#5fd787", "#ff87af", "#d7d75f", "#af87ff", "#5fd7d7"), "#949494", "#6c6c6c")
#: By the names of the themes.
PALETTES = {
    "dark": DARK,
    "light": Palette(
        ("#005faf", "#a84b00", "#00704a", "#af005f", "#666600", "#5f00af", "#007078"), "#626262", "#878787"
    ),
    "high-contrast": Palette(
        ("#5fafff", "#ffaf5f", "#5fff87", "#ff87af", "#ffff5f", "#d7afff", "#5fffff"), "#bcbcbc", "#8a8a8a"
    ),
}


def palette(theme: str) -> Palette:
    """Return the colours for the theme of this name."""
    return PALETTES[theme]
