"""A chart of rows of shades instead of lines: which modes a row stands for, and how it is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from qwem_tui.tui.charts.canvas import Canvas
from qwem_tui.tui.charts.layout import Layout, Tick
from qwem_tui.tui.charts.model import AXIS_COLOR, Heat
from qwem_tui.tui.charts.scale import Axis, drawable

#: Where each shade but the first begins. Shades are characters: they are told apart in any colours and without.
_FROM = (0.1, 0.4, 0.7071, 0.95)
_SHADES, _ASCII_SHADES = " ░▒▓█", " .:*#"
#: Rows between labels of the y axis.
_APART = 3


def shares_of(heat: Heat, layout: Layout) -> list[NDArray[np.int64]]:
    """Return which rows of `heat`, from 0, each row of the picture stands for, from the top.

    Several rows stand for one where there is room for that. Where there is not, a row stands for several, the later
    ones for more: the first, which are furthest apart in time, are seen one by one.
    """
    count, rows = heat.values.shape[1], max(1, layout.rows)
    if count <= rows:
        return [np.array([k]) for k in range(count) for _ in range(rows // count)]
    begins = np.zeros(1, np.int64)
    for parts in range(1, count + 1):
        finer = np.unique(np.geomspace(1, count + 1, parts + 1).round().astype(np.int64)[:-1] - 1)
        if len(finer) > rows:
            break
        begins = finer
    return np.split(np.arange(count), begins[1:])


def heat_layout(heat: Heat, layout: Layout) -> Layout:
    """Return `layout` with the numbers of rows, counted from 1, as the ticks of the y axis."""
    if not layout.y_ticks:
        return layout
    ticks: list[Tick] = []
    for row, part in enumerate(shares_of(heat, layout)):
        label = str(part[0] + 1)
        if (not ticks or layout.top + row - ticks[-1].place >= _APART) and (not ticks or label != ticks[-1].label):
            ticks.append(Tick(layout.top + row, label))
    return replace(layout, y_ticks=tuple(ticks))


def draw_heat(canvas: Canvas, heat: Heat, layout: Layout, axis: Axis) -> None:
    """Draw the latest values measured by the end of each column, nothing behind the last one, and the edge over it."""
    per_cell = layout.glyphs.dots[1]
    dots = layout.columns * per_cell
    # the last place whose nearest dot is one of the column's
    ends = [((column + 1) * per_cell - 0.5) / max(1, dots - 1) for column in range(layout.columns)]
    at = np.searchsorted(heat.x, [axis.value_at(end) for end in ends], "left") - 1
    if len(heat.x):
        last = axis.positions(drawable(heat.x[-1:], axis.log), dots)[0] // per_cell
        at[np.arange(layout.columns) > last] = -1
    shades = _ASCII_SHADES if layout.glyphs.ascii else _SHADES
    for row, part in enumerate(shares_of(heat, layout)):
        color = heat.front_color if heat.front in part else heat.color
        for column, frame in enumerate(at.tolist()):
            if frame >= 0:
                share = float(heat.values[frame, part].mean())
                level = sum(share >= least for least in _FROM)
                canvas.write(layout.top + row, layout.left + column, shades[level], color)
        edge = layout.columns_of(axis, [float(heat.edge[part[len(part) // 2]])])[0]
        if edge is not None:
            canvas.write(layout.top + row, edge, layout.glyphs.vertical, heat.edge_color or AXIS_COLOR)
