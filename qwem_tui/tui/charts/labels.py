"""Words beside points, none over another: a greedy placement in cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

MOST_LABELS = 30


@dataclass(frozen=True)
class Label:
    """`text`, plain, for the point in the cell (`row`, `column`); `leftward`: rather left of it than right."""

    text: str
    row: int
    column: int
    leftward: bool = False


@dataclass(frozen=True)
class Placed:
    """The label with this `number` in the list begins at (`row`, `column`)."""

    number: int
    row: int
    column: int


def place_labels(
    labels: Sequence[Label], marks: NDArray[np.bool_], lines: NDArray[np.bool_], most: int = MOST_LABELS
) -> tuple[Placed, ...]:
    """Return where labels go, the first ones first, at most `most`; those without room are left out.

    `marks` (rows, columns) are cells that no label may touch, `lines` those that labels cover only where they must. A
    label lies within the grid, with a free cell or the border at either end, and over no other label nor its point.
    """
    height, width = marks.shape
    taken = marks.copy()
    placed: list[Placed] = []
    for number, label in enumerate(labels):
        if len(placed) == most:
            break
        own = label.row, label.column
        cells = cell_len(label.text)
        if not cells or (taken[own] and not marks[own]):
            continue
        free = [
            (row, start)
            for row, start in _places(label, cells)
            if 0 <= row < height
            and 0 <= start <= width - cells
            and not taken[row, max(0, start - 1) : start + cells + 1].any()
        ]
        if free:
            row, start = next((at for at in free if not lines[at[0], at[1] : at[1] + cells].any()), free[0])
            taken[row, start : start + cells] = taken[own] = True
            placed.append(Placed(number, row, start))
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
