"""What a chart shows, as data."""

from __future__ import annotations

from dataclasses import dataclass

from qwem_tui.tui.charts.scale import Floats

AXIS_COLOR = "dim"
"""The colour of all that is not data in the rows of `draw`; the widget maps it to the theme."""


@dataclass(frozen=True, eq=False)
class Series:
    """One line. `x` ascends; NaN or infinity in `x` or `y` breaks the line. Two series are never equal.

    `dotted` lines lie under solid ones. `marker` draws the points alone. `label` is written at the line's right end
    where there is room for it, and of one in `front` anyway.
    """

    x: Floats
    y: Floats
    color: str
    dotted: bool = False
    label: str = ""
    marker: bool = False
    front: bool = False


@dataclass(frozen=True)
class Marker:
    """A labelled place on the x axis; of one in `front` the label is written whether there is room or not."""

    x: float
    label: str
    color: str = ""
    front: bool = False


@dataclass(frozen=True, eq=False)
class Heat:
    """Rows of shades: `values` (n_points, n_rows), from 0 to 1, at the ascending `x` (n_points,); row 1 is on top.

    `edge` (n_rows,) is the x of an upright mark in each row, NaN for none. The row `front`, from 0, has a colour of its
    own.
    """

    x: Floats
    values: Floats
    edge: Floats
    color: str
    edge_color: str = ""
    front: int | None = None
    front_color: str = ""


@dataclass(frozen=True)
class Plot:
    """All that one picture shows. Limits that are None follow the data in coarse jumps.

    `y_percent` labels y as 0% to 100% for y from 0 to 1. `cursor` is the x of a vertical line. `empty` stands in the
    middle while there is nothing to draw. `heat` is drawn in place of series. The arrays must not change afterwards.
    """

    series: tuple[Series, ...]
    markers: tuple[Marker, ...] = ()
    x_label: str = ""
    y_label: str = ""
    log_x: bool = False
    log_y: bool = False
    x_max: float | None = None
    x_min: float | None = None
    y_min: float | None = None
    y_max: float | None = None
    y_percent: bool = False
    cursor: float | None = None
    empty: str = ""
    heat: Heat | None = None
