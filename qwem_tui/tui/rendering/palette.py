"""Colours of lines: few, distinguishable on dark and on light grounds, with or without truecolor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours for lines in turn, for what was forecast, and for what stands behind something brought forward."""

    lines: tuple[str, ...]
    forecast: str
    faint: str

    def line(self, number: int) -> str:
        """Return the colour of the line with this number, counted from 0."""
        return self.lines[number % len(self.lines)]


DARK = Palette(("#5fafff", "#ffaf5f", "#5fd787", "#ff87af", "#d7d75f", "#af87ff", "#5fd7d7"), "#808080", "#4e4e4e")
LIGHT = Palette(("#005faf", "#af5f00", "#00875f", "#af005f", "#878700", "#5f00af", "#008787"), "#8a8a8a", "#bcbcbc")


def palette(dark: bool) -> Palette:
    """Return the colours for a dark or a light theme."""
    return DARK if dark else LIGHT
