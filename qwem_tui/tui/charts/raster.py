"""From dot positions to dots: one-dot-wide lines drawn by columns, so that the cost follows the picture's size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qwem_tui.tui.charts.scale import Floats

Ints = NDArray[np.intp]

_BRAILLE = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
_FAR = 1e9
DOTS = (4, 2)
"""Rows and columns of dots in a braille cell; an ASCII cell is one dot."""
BLANK = 32


def trace_points(x: Floats, y: Floats, owner: Ints, width: int, height: int) -> tuple[Ints, Ints, Ints]:
    """Return (rows, columns, owner) of the dots nearest to points (`x`, `y`), those outside width x height left out."""
    with np.errstate(invalid="ignore"):
        inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
    return np.rint(y[inside]).astype(np.intp), np.rint(x[inside]).astype(np.intp), owner[inside]


def trace_lines(x: Floats, y: Floats, line: Ints, width: int, height: int, stride: int = 1) -> tuple[Ints, Ints, Ints]:
    """Return (rows, columns, line) of the dots of lines through (`x`, `y`), in the order in which lines pass them.

    `x` and `y` are positions in dots, (0, 0) at the top left, `x` ascending in each line; `line` numbers the line of
    each point, ascending. NaN breaks a line, as does an `x` that goes back. Only dots inside width x height are
    returned, every `stride`-th of each line. Points that share a column become one vertical stroke from their lowest
    to their highest. All lines at once, since it is the number of calls that costs.
    """
    column, low, high, joined, first, last, lines = _strokes(x, y, line, width, height)
    rising = np.zeros(column.size, dtype=bool)
    if column.size > 1:
        here, there = last[:-1], first[1:]
        # Neighbouring columns meet half way, so a line stays one dot wide and still has no holes.
        falls, rises = joined & (there > here), joined & (there < here)
        halfway = (here + there) // 2
        high[:-1] = np.where(falls, np.maximum(high[:-1], halfway), high[:-1])
        low[1:] = np.where(falls, np.minimum(low[1:], halfway + 1), low[1:])
        halfway = (here + there + 1) // 2
        low[:-1] = np.where(rises, np.minimum(low[:-1], halfway), low[:-1])
        high[1:] = np.where(rises, np.maximum(high[1:], halfway - 1), high[1:])
        rising[:-1] = rises
        rising[1:] |= rises
    seen = (column >= 0) & (column < width) & (high >= 0) & (low < height)
    column, rising, lines = column[seen], rising[seen], lines[seen]
    low, high = np.maximum(low[seen], 0), np.minimum(high[seen], height - 1)
    item, offset = _expand(high - low + 1)
    if stride > 1:
        # counted from each line's own first dot, so that one line's change moves no other's dots
        place = np.arange(item.size, dtype=np.intp)
        owner = lines[item]
        begins = np.flatnonzero(np.diff(owner, prepend=-1))
        kept = (place - np.repeat(begins, np.diff(begins, append=item.size))) % stride == 0
        item, offset = item[kept], offset[kept]
    rows = np.where(rising[item], high[item] - offset, low[item] + offset)
    return rows, column[item], lines[item]


def _expand(lengths: Ints) -> tuple[Ints, Ints]:
    """Return for runs of these lengths, laid end to end, each element's run and its place within that run."""
    item = np.repeat(np.arange(lengths.size, dtype=np.intp), lengths)
    return item, np.arange(item.size, dtype=np.intp) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _strokes(
    x: Floats, y: Floats, line: Ints, width: int, height: int
) -> tuple[Ints, Ints, Ints, NDArray[np.bool_], Ints, Ints, Ints]:
    """Return per column of each line: column, lowest and highest row, link to the next, first and last row, line."""
    index = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not index.size:
        none = np.zeros(0, dtype=np.intp)
        return none, none, none, np.zeros(0, dtype=bool), none, none, none
    xs, ys = np.clip(x[index], -_FAR, _FAR), np.clip(y[index], -_FAR, _FAR)
    # All that lies outside shares one column or row beyond the edge; joins to it still use the exact position.
    columns = np.clip(np.rint(xs), -1, width).astype(np.intp)
    rows = np.clip(np.rint(ys), -1, height).astype(np.intp)
    lines = line[index]
    broken = (np.diff(index) != 1) | (np.diff(xs) < 0) | (np.diff(lines) != 0)
    starts = np.flatnonzero(np.concatenate(([True], broken | (np.diff(columns) != 0)))).astype(np.intp)
    ends = np.append(starts[1:], index.size) - 1
    linked = ~broken[starts[1:] - 1]

    gaps = np.where(linked, np.diff(columns[starts]) - 1, 0)
    owner, offset = _expand(gaps)
    between = columns[starts[owner]] + 1 + offset
    xa, ya, xb, yb = xs[ends[owner]], ys[ends[owner]], xs[starts[owner + 1]], ys[starts[owner + 1]]
    filled = np.clip(np.rint(ya + (yb - ya) * ((between - xa) / (xb - xa))), -1, height).astype(np.intp)

    place = np.arange(starts.size, dtype=np.intp) + np.concatenate(([0], np.cumsum(gaps)))
    fill_place = owner + 1 + np.arange(owner.size)

    def merged(known: Ints, interpolated: Ints) -> Ints:
        out = np.empty(known.size + interpolated.size, dtype=np.intp)
        out[place], out[fill_place] = known, interpolated
        return out

    joined = np.ones(place.size + fill_place.size - 1, dtype=bool)
    joined[place[:-1][~linked]] = False
    return (
        merged(columns[starts], between),
        merged(np.minimum.reduceat(rows, starts), filled),
        merged(np.maximum.reduceat(rows, starts), filled),
        joined,
        merged(rows[starts], filled),
        merged(rows[ends], filled),
        merged(lines[starts], lines[starts[owner]]),
    )


class Raster:
    """A grid of dots over a grid of cells, which remembers what was drawn last in each cell.

    With braille a cell holds 4 rows of 2 dots; in ASCII it holds one, and a character distinguishes solid from dotted.
    `owner` and `dotted` (both of shape (rows, columns)) are which line drew last in a cell, and whether dotted.
    """

    def __init__(self, rows: int, columns: int, ascii: bool = False) -> None:
        self.per_row, self.per_column = (1, 1) if ascii else DOTS
        self.height, self.width = rows * self.per_row, columns * self.per_column
        self.owner = np.full((rows, columns), -1, dtype=np.int16)
        self._ascii = ascii
        self._dots = np.zeros((self.height, self.width), dtype=bool)
        self.dotted = np.zeros((rows, columns), dtype=bool)

    def draw(self, x: Floats, y: Floats, owner: Ints, *, dotted: bool, points: bool) -> dict[int, tuple[int, int]]:
        """Draw lines (or `points` alone) at dot positions `x`, `y`; return the (row, column) of each one's last cell.

        `owner`, ascending, is the line of each point; it marks the cells that are touched, over earlier owners. One of
        which no dot lies inside is not in the answer.
        """
        if points:
            rows, columns, owners = trace_points(x, y, owner, self.width, self.height)
        else:
            stride = (2 if self._ascii else 3) if dotted else 1
            rows, columns, owners = trace_lines(x, y, owner, self.width, self.height, stride)
        # One flat index per dot: half the time of indexing by row and column.
        self._dots.reshape(-1)[rows * self.width + columns] = True
        rows, columns = rows // self.per_row, columns // self.per_column
        cells = rows * self.owner.shape[1] + columns
        self.owner.reshape(-1)[cells] = owners
        self.dotted.reshape(-1)[cells] = dotted
        lasts = np.flatnonzero(np.diff(owners, append=-1)).tolist()
        return {int(owners[at]): (int(rows[at]), int(columns[at])) for at in lasts}

    def codes(self) -> NDArray[np.uint32]:
        """Return the code point of each cell, shape (rows, columns); a space where there is no dot."""
        if self._ascii:
            marks = np.where(self.dotted, ord("."), ord("*"))
            return np.where(self._dots, marks, BLANK).astype(np.uint32)
        blocks = self._dots.reshape(self.owner.shape[0], 4, self.owner.shape[1], 2)
        pattern = (blocks * _BRAILLE[None, :, None, :]).sum(axis=(1, 3), dtype=np.uint32)
        return np.where(pattern > 0, pattern + 0x2800, BLANK).astype(np.uint32)
