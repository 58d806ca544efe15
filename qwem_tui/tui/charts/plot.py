"""From a `Plot` to rows of coloured cells, for any size; no screen is needed."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from qwem_tui.tui.charts.canvas import Canvas, Row, crop, plain
from qwem_tui.tui.charts.heat import draw_heat, heat_layout
from qwem_tui.tui.charts.layout import Layout, lay_out
from qwem_tui.tui.charts.model import AXIS_COLOR, Plot, Series
from qwem_tui.tui.charts.raster import Raster
from qwem_tui.tui.charts.scale import Axis, Floats, drawable, fit_axis
from qwem_tui.tui.charts.surround import draw_end_labels, draw_line_marks, draw_markers, draw_x_axis, draw_y_axis


@dataclass(frozen=True, eq=False)
class _Points:
    """Series of one kind, and their drawable points end to end."""

    series: tuple[Series, ...]
    x: Floats
    y: Floats


def draw(plot: Plot, width: int, height: int, ascii: bool = False, marked: bool = False) -> list[Row]:
    """Return `height` rows of (text, colour) runs, each row `width` cells wide, neighbours of one colour merged.

    Colours are those of the series and markers, and `AXIS_COLOR`. With `ascii` only ASCII characters are used,
    with `marked` lines carry their labels, for a screen without colours.
    Small sizes lose the labels first, then the axes, then everything.
    """
    canvas = Canvas(max(0, width), max(0, height))
    if width < 2 or height < 2:
        return canvas.rows()
    points = _points(plot)
    axes = _fit_axes(plot, points)
    if axes is None:
        _write_empty(canvas, plot.empty, ascii)
        return canvas.rows()
    x_axis, y_axis = axes
    layout = lay_out(plot, y_axis, width, height, ascii)
    ends = _draw_series(canvas, points, layout, x_axis, y_axis, marked)
    if plot.heat is not None:
        layout = heat_layout(plot.heat, layout)
        draw_heat(canvas, plot.heat, layout, x_axis)
    if plot.cursor is not None:
        covering = plot.heat is not None
        _draw_cursor(canvas, layout, layout.columns_of(x_axis, [plot.cursor])[0], covering=covering)
    if layout.axes:
        draw_y_axis(canvas, plot, layout)
        draw_x_axis(canvas, plot, layout, x_axis)
        draw_markers(canvas, plot, layout, x_axis)
    if layout.tick_row is not None:
        draw_end_labels(canvas, layout, ends)
    return canvas.rows()


@dataclass(frozen=True)
class Across:
    """The x axis on the canvas: `columns` cells from column `left`, each of `per_cell` dots."""

    axis: Axis
    left: int
    columns: int
    per_cell: int

    def value_at(self, column: int) -> float:
        """Return the x in the middle of a canvas `column`; of one outside the picture that of the nearest inside."""
        dots = self.columns * self.per_cell
        dot = (min(max(column - self.left, 0), self.columns - 1) + 0.5) * self.per_cell - 0.5
        return self.axis.value_at(dot / max(1, dots - 1))

    def column_of(self, x: float) -> int | None:
        """Return the canvas column of `x`, None where it is outside the picture."""
        cell = self.axis.cells([x], self.columns, self.per_cell)[0]
        return None if cell is None else self.left + cell


def across(plot: Plot, width: int, height: int, ascii: bool = False) -> Across | None:
    """Return how x is laid out in the picture that `draw` makes; None where there is none."""
    axes = _fit_axes(plot, _points(plot)) if width >= 2 and height >= 2 else None
    if axes is None:
        return None
    layout = lay_out(plot, axes[1], width, height, ascii)
    return Across(axes[0], layout.left, layout.columns, layout.glyphs.dots[1])


def _points(plot: Plot) -> list[_Points]:
    """Return the series of one kind at a time, end to end, in drawing order: dotted lines, solid ones, points."""
    kinds = [
        [series for series in plot.series if series.dotted and not series.marker],
        [series for series in plot.series if not series.dotted and not series.marker],
        [series for series in plot.series if series.marker],
    ]
    return [
        _Points(
            tuple(kind),
            drawable(np.concatenate([series.x for series in kind]), plot.log_x),
            drawable(np.concatenate([series.y for series in kind]), plot.log_y),
        )
        for kind in kinds
        if kind
    ]


def _fit_axes(plot: Plot, points: list[_Points]) -> tuple[Axis, Axis] | None:
    """Return the x and the y axis, or None when there is no point and no marker that can be drawn."""
    seen = [
        (each.x[both], each.y[both]) for each in points if (both := np.isfinite(each.x) & np.isfinite(each.y)).any()
    ]
    xs, ys = [x for x, _ in seen], [y for _, y in seen]
    if plot.heat is not None:
        places = drawable(plot.heat.x, plot.log_x)
        xs, ys = [*xs, places[np.isfinite(places)]], [*ys, np.ones(1)]
        seen = [(xs[-1], ys[-1])] if xs[-1].size else []
    if not seen:
        # Markers do not widen an axis that follows data; alone, they are all there is.
        places = drawable(np.array([marker.x for marker in plot.markers], dtype=np.float64), plot.log_x)
        xs, ys = [places[np.isfinite(places)]], [np.ones(1)]
        if not xs[0].size:
            return None
    x_least, x_most = min(float(x.min()) for x in xs), max(float(x.max()) for x in xs)
    y_least, y_most = min(float(y.min()) for y in ys), max(float(y.max()) for y in ys)
    return (
        fit_axis(x_least, x_most, plot.x_min, plot.x_max, log=plot.log_x, tight=True),
        fit_axis(y_least, y_most, plot.y_min, plot.y_max, log=plot.log_y),
    )


def _write_empty(canvas: Canvas, sentence: str, ascii: bool) -> None:
    lines = textwrap.wrap(plain(sentence, ascii), max(1, canvas.width - 2))[: canvas.height]
    for row, line in enumerate(lines, (canvas.height - len(lines)) // 2):
        shown = crop(line, canvas.width, "~" if ascii else "…")
        canvas.write(row, (canvas.width - cell_len(shown)) // 2, shown, AXIS_COLOR)


def _draw_series(
    canvas: Canvas, points: list[_Points], layout: Layout, x_axis: Axis, y_axis: Axis, marked: bool
) -> list[tuple[Series, int, int]]:
    """Draw all lines; return each with the canvas row and column of its last cell."""
    raster = Raster(layout.rows, layout.columns, layout.glyphs.ascii)
    every: list[Series] = []
    ends = []
    for kind in points:
        owner = np.repeat(np.arange(len(kind.series)) + len(every), [series.x.size for series in kind.series])
        every += kind.series
        across = x_axis.positions(kind.x, raster.width)
        down = raster.height - 1 - y_axis.positions(kind.y, raster.height)
        first = kind.series[0]
        lasts = raster.draw(across, down, owner, dotted=first.dotted, points=first.marker)
        ends += [(every[number], layout.top + row, layout.left + column) for number, (row, column) in lasts.items()]
    # Owner -1, a cell without dots, picks the last entry.
    inks = np.array([*(canvas.ink(series.color) for series in every), 0], dtype=np.intp)
    canvas.paste(layout.top, layout.left, raster.codes(), inks[raster.owner], raster.dotted)
    if marked:
        draw_line_marks(canvas, layout, every, raster.owner, raster.dotted)
    return ends


def _draw_cursor(canvas: Canvas, layout: Layout, column: int | None, *, covering: bool) -> None:
    if column is None:
        return
    for row in range(layout.top, layout.axis_row):
        if covering or canvas.blank(row, column, column + 1):
            canvas.write(row, column, layout.glyphs.cursor, AXIS_COLOR)
