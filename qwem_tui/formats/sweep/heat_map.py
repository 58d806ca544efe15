"""A heat map for a terminal: shades that do without colour, numbers that do without shades."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from qwem_tui.base.ascii import to_ascii
from qwem_tui.formats.tables import shown_word
from qwem_tui.study.sweep.effects import HeatMap, Response, in_ratios
from qwem_tui.study.sweep.grid import Bound, level_text

_SHADES, _ASCII_SHADES = "·░▒▓█", ".:+*#"
#: Backgrounds from low to high, and what is legible on each (a ramp of one hue, distinct in 256 colours).
_INKS = ("white on #1c2b3a", "white on #24506b", "white on #2f7a8c", "black on #6fb07f", "black on #e3d26f")
_LONGEST_LABEL = 22
#: Stands before a value that is a bound, as in a prediction.
MARKS: dict[Bound | None, str] = {None: "", "at least": "≥", "at most": "≤", "neither": "~"}


def value_text(response: Response, value: float | None, bound: Bound | None = None) -> str:
    """Return a value of a response as it is shown, marked where it is a bound; a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    if not in_ratios(response):
        return f"{value:.0%}"
    return MARKS[bound] + (f"{value:,.0f}" if value >= 100 else f"{value:.3g}")


def shades(response: Response, values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return a shade 0..4 for each of `values`, from the lowest to the highest known, by ratios for sizes and times.

    -1 where there is none; 2 where all are alike.
    """
    scaled = np.log(values) if in_ratios(response) else values
    known = ~np.isnan(scaled)
    found = np.full(values.shape, -1)
    if not known.any():
        return found
    low, high = scaled[known].min(), scaled[known].max()
    if high - low <= 1e-12:
        found[known] = len(_SHADES) // 2
        return found
    found[known] = np.minimum(len(_SHADES) - 1, (len(_SHADES) * (scaled[known] - low) / (high - low)).astype(np.int64))
    return found


def heat_map_lines(heat: HeatMap, width: int, ascii_only: bool) -> list[Text]:
    """Return the map as lines of up to `width` cells; columns that do not fit follow in blocks below."""
    marks = _ASCII_SHADES if ascii_only else _SHADES

    def plain(text: str) -> str:
        return to_ascii(text) if ascii_only else text

    rows = [plain(shown_word(level_text(level), _LONGEST_LABEL)) for level in heat.rows]
    label = max(map(cell_len, rows), default=0)
    columns = [plain(level_text(level)) for level in heat.columns]
    cells = [
        [plain(value_text(heat.response, float(value), bound)) for value, bound in zip(*row, strict=True)]
        for row in zip(heat.values, heat.bounds, strict=True)
    ]
    cell = max([cell_len(text) + 2 for row in cells for text in row] + [cell_len(text) for text in columns])
    found = shades(heat.response, heat.values)
    at_once = max(1, (width - label) // (cell + 1))
    lines = []
    for first in range(0, len(columns), at_once):
        block = range(first, min(first + at_once, len(columns)))
        lines.append(Text(" " * label + "".join(f" {columns[at]:>{cell}}" for at in block), style="bold"))
        for number, name in enumerate(rows):
            line = Text(set_cell_size(name, label))
            for at in block:
                shade = int(found[number, at])
                line.append(" ")
                text = cells[number][at]
                if shade < 0:
                    line.append(f"{text:>{cell}}")
                else:
                    line.append(f"{marks[shade]}{text:>{cell - 1}}", style=_INKS[shade])
            lines.append(line)
    return lines


def legend(heat: HeatMap, ascii_only: bool) -> str | None:
    """Return what the shades mean, or None where no value is known."""
    known = heat.values[~np.isnan(heat.values)]
    if not len(known):
        return None
    marks = _ASCII_SHADES if ascii_only else _SHADES
    ends = (np.unravel_index(int(find(heat.values)), heat.values.shape) for find in (np.nanargmin, np.nanargmax))
    low, high = (
        value_text(heat.response, float(heat.values[row, column]), heat.bounds[row][column]) for row, column in ends
    )
    return f"{marks[0]} {low}, the lowest, to {marks[-1]} {high}, the highest."
