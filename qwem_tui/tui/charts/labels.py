"""Words beside points, none over another: a greedy placement in cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

MOST_LABELS = 30


@dataclass(frozen=True)
class Label:
    """`text`, plain and of this `color`, for the point in the cell (`row`, `column`).

    `leftward`: rather left of it than right; `covers`: over what is drawn rather than not at all.
    """

    text: str
    row: int
    column: int
    color: str = ""
    leftward: bool = False
    covers: bool = True


@dataclass(frozen=True)
class Placed:
    """`label` begins at (`row`, `column`)."""

    label: Label
    row: int
    column: int


def place_labels(
    labels: Iterable[Label], marks: NDArray[np.bool_], drawn: NDArray[np.integer], most: int = MOST_LABELS
) -> tuple[Placed, ...]:
    """Return where labels go, the first ones first, at most `most`; those without room are left out.

    `marks` (rows, columns) are cells that no label may touch, `drawn` how bad it is to cover a cell, 0 where there is
    nothing. A label lies within the grid, with a free cell or the border at either end, and over no other label nor its
    point.
    """
    height, width = marks.shape
    taken = marks.copy()
    placed: list[Placed] = []
    for label in labels:
        own = label.row, label.column
        cells = cell_len(label.text)
        if not cells or (taken[own] and not marks[own]):
            continue
        best: tuple[int, int, int] | None = None
        for rank, (row, start) in enumerate(_places(label, cells)):
            if not (0 <= row < height and 0 <= start <= width - cells):
                continue
            if taken[row, max(0, start - 1) : start + cells + 1].any():
                continue
            covered = int(drawn[row, start : start + cells].sum())
            if (label.covers or not covered) and (best is None or covered + rank < best[0]):
                best = covered + rank, row, start
        if best is not None:
            _, row, start = best
            taken[row, start : start + cells] = taken[own] = True
            placed.append(Placed(label, row, start))
            if len(placed) == most:
                break
    return tuple(placed)


def _places(label: Label, cells: int) -> Iterator[tuple[int, int]]:
    """Yield where a label of `cells` cells may begin, the best place first; none is over its own point."""
    row, column = label.row, label.column
    sides = [(row, column + 2), (row, column - 1 - cells)]
    yield from reversed(sides) if label.leftward else sides
    starts = [column - cells + 1, column - cells // 2, column]
    for beside in (row - 1, row + 1):
        for start in starts if label.leftward else reversed(starts):
            yield beside, start
