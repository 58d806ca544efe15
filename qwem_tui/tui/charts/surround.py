"""What stands around the lines of a chart: axes, ticks, titles, markers, and the labels at the lines' ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from qwem_tui.tui.charts.canvas import Canvas, crop, plain
from qwem_tui.tui.charts.layout import Layout, label_room, label_start, x_ticks
from qwem_tui.tui.charts.model import AXIS_COLOR, Marker, Plot, Series
from qwem_tui.tui.charts.scale import Axis

Owners = NDArray[np.int16]
Flags = NDArray[np.bool_]
#: Columns from one mark in a line to the next.
_MARK_EVERY = 12


def draw_y_axis(canvas: Canvas, plot: Plot, layout: Layout) -> None:
    """Draw the y axis line left of the plot, its ticks, and the title in the row above."""
    at, glyphs = layout.left - 1, layout.glyphs
    for row in range(layout.top, layout.axis_row):
        canvas.write(row, at, glyphs.vertical, AXIS_COLOR)
    for tick in layout.y_ticks:
        canvas.write(tick.place, at - len(tick.label), tick.label + glyphs.y_tick, AXIS_COLOR)
    if layout.top:
        canvas.write(0, 0, crop(plain(plot.y_label, glyphs.ascii), canvas.width, glyphs.ellipsis), AXIS_COLOR)


def draw_x_axis(canvas: Canvas, plot: Plot, layout: Layout, axis: Axis) -> None:
    """Draw the x axis line below the plot, its ticks and its title."""
    glyphs = layout.glyphs
    canvas.write(layout.axis_row, layout.left - 1, glyphs.corner + glyphs.horizontal * layout.columns, AXIS_COLOR)
    if layout.tick_row is None:
        return
    used = layout.left
    for tick in x_ticks(axis, layout):
        canvas.write(layout.axis_row, tick.place, glyphs.x_tick, AXIS_COLOR)
        start = min(label_start(tick), canvas.width - len(tick.label))
        if canvas.blank(layout.tick_row, max(0, start - 1), start):
            canvas.write(layout.tick_row, start, tick.label, AXIS_COLOR)
            used = start + len(tick.label)
    title = plain(plot.x_label, glyphs.ascii)
    if title:
        _write_x_title(canvas, title, layout, layout.tick_row, used)


def _write_x_title(canvas: Canvas, title: str, layout: Layout, tick_row: int, used: int) -> None:
    """Write the x title in its own row, else behind the ticks, else at the right of the top row, else not at all."""
    if layout.title_row is not None:
        title = crop(title, canvas.width, layout.glyphs.ellipsis)
        centred = layout.left + max(0, layout.columns - cell_len(title)) // 2
        canvas.write(layout.title_row, min(centred, canvas.width - cell_len(title)), title, AXIS_COLOR)
        return
    start = canvas.width - cell_len(title)
    if start >= used + 2:
        canvas.write(tick_row, start, title, AXIS_COLOR)
        return
    title = f"{title} {layout.glyphs.arrow}"
    start = canvas.width - cell_len(title)
    if layout.top and start >= 2 and canvas.blank(0, start - 2, canvas.width):
        canvas.write(0, start, title, AXIS_COLOR)


def draw_markers(canvas: Canvas, plot: Plot, layout: Layout, axis: Axis) -> None:
    """Draw markers on the axis line, and below it their labels where these have room.

    Markers that share a cell share a label; that of one in front is written first, alone, and in any case.
    """
    shared: dict[int, list[Marker]] = {}
    columns = layout.columns_of(axis, [marker.x for marker in plot.markers])
    for marker, column in zip(plot.markers, columns, strict=True):
        if column is not None:
            shared.setdefault(column, []).append(marker)
    for column, group in sorted(shared.items(), key=lambda each: (not _in_front(each[1]), each[0])):
        group = _in_front(group) or group
        color = group[0].color if len({marker.color for marker in group}) == 1 else ""
        canvas.write(layout.axis_row, column, layout.glyphs.marker, color)
        if layout.marker_row is not None:
            label = ",".join(name for marker in group if (name := plain(marker.label, layout.glyphs.ascii)))
            _write_label(canvas, layout.marker_row, column, label, color)


def _in_front(group: list[Marker]) -> list[Marker]:
    return [marker for marker in group if marker.front]


def _write_label(canvas: Canvas, row: int, column: int, label: str, color: str) -> None:
    """Write `label` centred on `column`, moved in at the edges, where it fits with a blank on each side."""
    width = cell_len(label)
    start = max(0, min(column - width // 2, canvas.width - width))
    if width <= canvas.width and canvas.blank(row, max(0, start - 1), min(canvas.width, start + width + 1)):
        canvas.write(row, start, label, color)


def draw_line_marks(canvas: Canvas, layout: Layout, every: Sequence[Series], owner: Owners, dotted: Flags) -> None:
    """Write the label of each line into it, again and again, for a screen without colours: of those in front alone.

    `owner` and `dotted` (rows, columns) are those of the raster. A label of more than two cells is cut to its first
    character. The lowest row, where all lines begin, has none.
    """
    marked = [number for number, series in enumerate(every) if series.label and not (series.dotted or series.marker)]
    marked = [number for number in marked if every[number].front] or marked
    for turn, number in enumerate(marked):
        mark = plain(every[number].label, layout.glyphs.ascii)
        mark = mark if cell_len(mark) <= 2 else mark[:1]
        rows, columns = np.nonzero((owner[:-1] == number) & ~dotted[:-1])
        wanted = (columns - turn * _MARK_EVERY // len(marked)) % _MARK_EVERY == 0
        places = dict(zip(columns[wanted].tolist(), rows[wanted].tolist(), strict=True))
        for column, row in places.items():
            canvas.write(layout.top + row, layout.left + column, mark, every[number].color)


def draw_end_labels(canvas: Canvas, layout: Layout, ends: Iterable[tuple[Series, int, int]]) -> None:
    """Write the label of each series beside its end, the (row, column) of its last cell, where there is room.

    Room is on the same row right beside the line, else one row up or down. A label may cover dotted lines, which stay
    readable, but neither solid ones nor other labels. Where more than two lines end in one cell no label could say
    which of them it means, so that none is written. One in front is written first, over whatever there is.
    """
    room = label_room(canvas.width)
    labelled = [
        (series, row, column, crop(plain(series.label, layout.glyphs.ascii), room, layout.glyphs.ellipsis))
        for series, row, column in sorted(ends, key=lambda end: (not end[0].front, end[0].dotted))
    ]
    labelled = [each for each in labelled if each[-1]]
    tips = Counter((row, column) for _, row, column, _ in labelled)
    taken: dict[int, int] = {}
    for series, row, column, label in labelled:
        if tips[row, column] > 2 and not series.front:
            continue
        # Its own row first, even over dots: a label one row off may seem to belong to the line there.
        level = [(row, column + 2), (row, column + 1)]
        near = [(at, column + 2) for at in (row - 1, row + 1) if layout.top <= at < layout.axis_row]
        places = [(*place, covering) for group in (level, near) for covering in (False, True) for place in group]
        for at, start, covering in places:
            stop = start + cell_len(label)
            if start < taken.get(at, 0) or stop > canvas.width:
                continue
            if canvas.blank(at, start, min(stop + 1, canvas.width), covering=covering):
                break
        else:
            if not series.front:
                continue
            at, stop = row, min(column + 2 + cell_len(label), canvas.width)
            start = stop - cell_len(label)
        canvas.write(at, start, label, series.color)
        taken[at] = max(taken.get(at, 0), stop + 1)
