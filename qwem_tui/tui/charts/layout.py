"""Where the parts of a chart go: rows and columns for plot, axes, ticks and labels at any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len

from qwem_tui.tui.charts.canvas import plain
from qwem_tui.tui.charts.model import Plot
from qwem_tui.tui.charts.raster import DOTS
from qwem_tui.tui.charts.scale import Axis, tick_choices, tick_label

_GUTTER = 5
_PITCH = 8


@dataclass(frozen=True)
class Glyphs:
    """The characters of one drawing style, and the (rows, columns) of dots in a cell."""

    ascii: bool
    vertical: str
    horizontal: str
    corner: str
    y_tick: str
    x_tick: str
    marker: str
    cursor: str
    ellipsis: str
    arrow: str
    dots: tuple[int, int]


_BOX = Glyphs(False, "│", "─", "└", "┤", "┬", "▲", "┊", "…", "→", DOTS)
_ASCII = Glyphs(True, "|", "-", "+", "+", "+", "^", ":", "~", "->", (1, 1))


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis: the canvas row or column it stands in, and its label."""

    place: int
    label: str


@dataclass(frozen=True)
class Layout:
    """The plot's `rows` x `columns` cells from (`top`, `left`), and the rows of what is around; None without room."""

    glyphs: Glyphs
    top: int
    left: int
    rows: int
    columns: int
    axes: bool
    y_ticks: tuple[Tick, ...] = ()
    tick_row: int | None = None
    marker_row: int | None = None
    title_row: int | None = None

    @property
    def axis_row(self) -> int:
        """Return the row of the x axis line."""
        return self.top + self.rows

    def columns_of(self, axis: Axis, values: Sequence[float]) -> list[int | None]:
        """Return the canvas column of each of `values` on the x `axis`; None for those outside."""
        cells = axis.cells(values, self.columns, self.glyphs.dots[1])
        return [None if cell is None else self.left + cell for cell in cells]


def lay_out(plot: Plot, y_axis: Axis, width: int, height: int, ascii: bool) -> Layout:
    """Return the layout of `plot` in `width` x `height` cells.

    It depends on labels and axis limits, never on the data itself, so a picture does not jump while it grows.
    """
    glyphs = _ASCII if ascii else _BOX
    if width < 8 or height < 3:
        return Layout(glyphs, 0, 0, height, width, axes=False)
    if width < 24 or height < 6:
        return Layout(glyphs, 0, 1, height - 1, width - 1, axes=True)
    head = 1 if plot.y_label and height >= 8 else 0
    marked = 1 if height >= 10 and any(marker.label for marker in plot.markers) else 0
    titled = 1 if plot.x_label and height >= 16 else 0
    rows = height - head - marked - titled - 2
    y_ticks = _y_ticks(y_axis, head, rows, glyphs.dots[0], plot.y_percent)
    # Limits far from round make labels longer than the picture is wide; a cut number would be a wrong number.
    y_ticks = tuple(tick for tick in y_ticks if len(tick.label) <= max(_GUTTER, width // 4))
    left = max([_GUTTER, *(len(tick.label) for tick in y_ticks)]) + 1
    longest = max((cell_len(plain(series.label, ascii)) for series in plot.series), default=0)
    right = min(longest + 1, label_room(width) + 1) if longest else 0
    axis_row = head + rows
    return Layout(
        glyphs,
        top=head,
        left=left,
        rows=rows,
        columns=width - left - right,
        axes=True,
        y_ticks=y_ticks,
        marker_row=axis_row + 1 if marked else None,
        tick_row=axis_row + 1 + marked,
        title_row=axis_row + 2 + marked if titled else None,
    )


def label_room(width: int) -> int:
    """Return the cells that a line's label may take in a picture `width` cells wide."""
    return max(3, width // 6 - 1)


def _y_ticks(axis: Axis, top: int, rows: int, per_row: int, percent: bool) -> tuple[Tick, ...]:
    apart = 3 if rows >= 20 else 2
    for values, step in tick_choices(axis):
        if len(values) > rows // apart + 1:
            continue
        cells = zip(values, axis.cells(values, rows, per_row), strict=True)
        placed = [(top + rows - 1 - cell, value) for value, cell in cells if cell is not None]
        if all(lower[0] - upper[0] >= apart for lower, upper in pairwise(placed)):
            return tuple(Tick(row, tick_label(value, step, percent)) for row, value in placed)
    return ()


def x_ticks(axis: Axis, layout: Layout) -> list[Tick]:
    """Return the finest ticks on the x axis that leave room between their labels, from left to right."""
    for values, step in tick_choices(axis):
        if len(values) > layout.columns // _PITCH + 1:
            continue
        columns = zip(values, layout.columns_of(axis, values), strict=True)
        placed = [Tick(column, tick_label(value, step)) for value, column in columns if column is not None]
        if all(
            right.place - left.place >= _PITCH and label_start(right) - label_start(left) - len(left.label) >= 2
            for left, right in pairwise(placed)
        ):
            return placed
    return []


def label_start(tick: Tick) -> int:
    """Return the column where the label of an x `tick` begins when it is centred under the tick."""
    return tick.place - len(tick.label) // 2
