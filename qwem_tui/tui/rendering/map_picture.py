"""A map of words as rows of coloured cells, for any size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from qwem_tui.base.printable import printable
from qwem_tui.tui.charts import Axis
from qwem_tui.tui.charts.canvas import Canvas, Row, crop, plain
from qwem_tui.tui.charts.labels import Label, place_labels
from qwem_tui.tui.charts.raster import BLANK, Raster
from qwem_tui.tui.charts.scale import Floats
from qwem_tui.tui.rendering.map import WordMap
from qwem_tui.tui.rendering.palette import Palette

#: Words are cut at so many cells.
_WIDEST = 16
#: Of the words at large, for so many room is looked for.
_TRIED = 120
#: How much higher than wide a cell is, about.
_CELL = 2.0
#: How bad it is that a label covers a cell of an arrow, or one with points.
_ARROW, _POINTS = 4, 1
_SHAFTS = "-/|\\"


def draw_map(
    shown: WordMap, limits: tuple[float, float], width: int, height: int, ascii: bool, colors: Palette
) -> list[Row]:
    """Return `height` rows of `width` cells: points, arrows from a to b, and labels.

    Either axis goes at least to its limit on both sides. The start of an arrow is a dot, its end a head; words that
    were typed have a mark of their own.
    """
    canvas = Canvas(max(0, width), max(0, height))
    if width < 2 or height < 2:
        return canvas.rows()
    cloud, lines = Raster(height, width, ascii), Raster(height, width, ascii)
    x, y = _dots(shown, limits, cloud)
    faint, pair_ink = canvas.ink(colors.faint), canvas.ink(colors.lines[0])
    at_large = np.array(shown.others, np.intp)
    cloud.draw(x[at_large], y[at_large], at_large * 0, dotted=True, points=True)
    shafts = _draw_shafts(shown, x, y, lines)
    codes, on_line, points = lines.codes(), lines.owner >= 0, cloud.codes()
    if ascii:
        glyphs = np.array([*map(ord, shafts), ord(" ")], np.uint32)
        codes = np.where(on_line, glyphs[lines.owner], codes)
    inks = np.where(on_line, pair_ink, faint)
    canvas.paste(0, 0, np.where(on_line, codes, points), inks, ~on_line)
    drawn = np.where(on_line, _ARROW, _POINTS * (points != BLANK))
    _draw_words(canvas, shown, x, y, lines, drawn, ascii, colors)
    return canvas.rows()


def _dots(shown: WordMap, limits: tuple[float, float], raster: Raster) -> tuple[Floats, Floats]:
    """Return where the words lie in dots of `raster`, (0, 0) at the top left."""
    across, up = limits
    if shown.same_unit:
        # a dot of braille is as high as wide; one of ASCII, a cell, is higher
        tall = raster.per_column / raster.per_row * _CELL
        unit = max(2 * across / (raster.width - 1), 2 * up / (raster.height - 1) / tall)
        across, up = unit * (raster.width - 1) / 2, unit * tall * (raster.height - 1) / 2
    x = Axis(-across, across).positions(shown.coordinates[:, 0], raster.width)
    y = Axis(-up, up).positions(-shown.coordinates[:, 1], raster.height)
    return x, y


def _draw_shafts(shown: WordMap, x: Floats, y: Floats, raster: Raster) -> str:
    """Draw a line for each pair; return for each the ASCII character that is most like it."""
    if not len(shown.pairs):
        return ""
    ends_x, ends_y = x[shown.pairs], y[shown.pairs]
    # lines are drawn from left to right
    order = np.argsort(ends_x, axis=1, kind="stable")
    ends_x, ends_y = (np.take_along_axis(ends, order, axis=1) for ends in (ends_x, ends_y))
    dx, dy = np.diff(ends_x), np.diff(ends_y)
    # what lies beside the picture is cut off: the raster would take it for a jump at the edge
    part = np.clip((np.array([-1, raster.width]) - ends_x[:, :1]) / np.where(dx > 0, dx, 1), 0, 1)
    within_x, within_y = ends_x[:, :1] + part * dx, ends_y[:, :1] + part * dy
    owner = np.repeat(np.arange(len(order)), 2)
    raster.draw(within_x.reshape(-1), within_y.reshape(-1), owner, dotted=False, points=False)
    dx, dy = dx[:, 0] / raster.per_column, dy[:, 0] / raster.per_row * _CELL
    steep = np.abs(dy) > 2 * dx
    slanted = np.abs(dy) > dx / 2
    return "".join(
        _SHAFTS[2] if high else _SHAFTS[0] if not slant else _SHAFTS[1] if down < 0 else _SHAFTS[3]
        for high, slant, down in zip(steep, slanted, dy, strict=True)
    )


def _cells(x: Floats, y: Floats, raster: Raster) -> NDArray[np.intp]:
    """Return the (row, column) of each word's cell, shape (n, 2), a row of -1 where it is outside."""
    inside = (x > -0.5) & (x < raster.width - 0.5) & (y > -0.5) & (y < raster.height - 0.5)
    rows, columns = np.rint(y[inside]) // raster.per_row, np.rint(x[inside]) // raster.per_column
    cells = np.full((len(x), 2), -1, np.intp)
    cells[inside] = np.stack([rows, columns], axis=1)
    return cells


def _head(across: float, down: float, ascii: bool) -> str:
    """Return the head of an arrow that goes so many cells `across` and `down`."""
    heads = "><v^" if ascii else "▶◀▼▲"
    if abs(across) >= abs(down) * _CELL:
        return heads[0] if across >= 0 else heads[1]
    return heads[2] if down > 0 else heads[3]


def _draw_words(
    canvas: Canvas,
    shown: WordMap,
    x: Floats,
    y: Floats,
    lines: Raster,
    drawn: NDArray[np.integer],
    ascii: bool,
    colors: Palette,
) -> None:
    """Draw the marks of pairs and of what was typed, and labels."""
    cells, dots = _cells(x, y, lines), (lines.per_row, lines.per_column)
    dot, asked = ("o", "*") if ascii else ("•", "◆")
    start, end, typed = colors.line(0), colors.line(1), colors.line(2)
    marks: dict[int, tuple[str, str, bool]] = {}
    for a, b in shown.pairs.tolist():
        across, down = float(x[b] - x[a]) / dots[1], float(y[b] - y[a]) / dots[0]
        leftward = across > 0 or (across == 0 and a < b)
        marks.setdefault(a, (dot, start, leftward))
        # a word that ends one arrow and starts another is seen as an end
        marks[b] = (_head(across, down, ascii), end, not leftward)
    for number in shown.typed:
        marks.setdefault(number, (asked, typed, False))
    marked = np.zeros((canvas.height, canvas.width), bool)
    for number, (mark, color, _) in marks.items():
        row, column = cells[number].tolist()
        if row >= 0:
            # heads cover the starts of others
            if mark != dot or not marked[row, column]:
                canvas.write(row, column, mark, color)
            marked[row, column] = True

    def labels() -> Iterator[Label]:
        for number, (_, color, leftward) in marks.items():
            row, column = cells[number].tolist()
            if row >= 0:
                yield Label(_name(shown.words[number], ascii), row, column, color, leftward)
        for number in shown.others[:_TRIED]:
            row, column = cells[number].tolist()
            if row >= 0 and not marked[row, column]:
                yield Label(_name(shown.words[number], ascii), row, column, colors.forecast, covers=False)

    for placed in place_labels(labels(), marked, drawn):
        row, gap = placed.row, placed.label.column + (1 if placed.column > placed.label.column else -1)
        # between a point and its word there is nothing else
        if row == placed.label.row and drawn[row, gap] < _ARROW:
            canvas.write(row, gap, " ", "")
        canvas.write(row, placed.column, placed.label.text, placed.label.color)


def _name(word: str, ascii: bool) -> str:
    return crop(plain(printable(word), ascii), _WIDEST, "~" if ascii else "…")


def as_text(rows: list[Row]) -> Text:
    """Return rows of cells as text."""
    text = Text("\n", no_wrap=True, end="").join(Text.assemble(*row) for row in rows)
    text.no_wrap = True
    return text
