"""The columns of the table of categories: which fit, what they are called, and the order of rows: pure functions."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich.cells import cell_len
from rich.text import Text

from qwem_tui.tui.charts.canvas import crop, plain
from qwem_tui.tui.rendering.abilities import AbilityRow
from qwem_tui.tui.rendering.timelines import CELLS

#: Cells that a column takes beside its own; what a name gets at least, and at most.
GAP, _LEAST_NAME, _MOST_NAME = 2, 12, 40


@dataclass(frozen=True)
class Column:
    """A column: its `key` is a field of `AbilityRow`, `width` is in cells; of steps the earliest are sorted first."""

    key: str
    label: str
    width: int
    justify: Literal["left", "right"] = "right"
    ascending: bool = True


_LETTER = Column("letter", "", 2, "left")
_NAME = Column("name", "category", _LEAST_NAME, "left")
#: What matters most comes first, for a narrow terminal; the widths are the least, a heading with its arrow.
FIGURES: tuple[Column, ...] = (
    Column("accuracy", "now", 5, ascending=False),
    Column("dotted", "dotted", 7, ascending=False),
    Column("actual", "crossed", 9),
    Column("critical", "forecast", 9),
    Column("threshold", "half of", 10, ascending=False),
    Column("timeline", "timeline", CELLS, "left"),
    Column("difference", "difference", 11),
    Column("asked", "asked", 6, ascending=False),
)
#: Names are cut before one of these is left out.
_NEEDED = ("accuracy", "dotted", "actual", "critical")


def columns_for(rows: Sequence[AbilityRow], width: int, hidden: Collection[str] = ()) -> tuple[Column, ...]:
    """Return the columns for a table of `width` cells: names in full where there is room, then figures as they fit."""
    compared = any(row.dotted for row in rows)
    figures = [
        replace(
            each, width=max(each.width, *(cell_len(getattr(row, each.key)) for row in rows)) if rows else each.width
        )
        for each in FIGURES
        if each.key not in hidden and (each.key != "dotted" or compared)
    ]
    full = max(_LEAST_NAME, min(_MOST_NAME, max((cell_len(row.name) for row in rows), default=0)))
    room = width - _LETTER.width - 2 * GAP
    kept: list[Column] = []
    for column in figures:
        names = _LEAST_NAME if column.key in _NEEDED else full
        if sum(each.width + GAP for each in (*kept, column)) + names <= room:
            kept.append(column)
    name = min(full, max(_LEAST_NAME, room - sum(each.width + GAP for each in kept)))
    return (_LETTER, Column("name", _NAME.label, name, "left"), *kept)


def heading(column: Column, moment: str, sorted_by: str | None, ascii: bool) -> Text:
    """Return a column's heading; `moment` stands above accuracies, and an arrow behind what rows are sorted by."""
    label = moment if column.key == "accuracy" else column.label
    arrow = ("*" if ascii else "↓") if column.key == sorted_by else ""
    return Text(f"{label}{arrow}", justify=column.justify)


def cells_of(row: AbilityRow, columns: Sequence[Column], ascii: bool) -> list[Text]:
    """Return the cells of a row, no wider than their columns; they are no markup."""
    style = {True: "bold", False: "", None: "dim"}[row.reached]
    return [
        Text(crop(plain(getattr(row, each.key), ascii), each.width, "~" if ascii else "…"), style, justify=each.justify)
        for each in columns
    ]


def sortable(columns: Sequence[Column]) -> list[str]:
    """Return by which of `columns` rows can be sorted."""
    return [each.key for each in columns if each.key not in ("letter", "timeline")]


def arranged(rows: Sequence[AbilityRow], sorted_by: str | None, holding: str) -> tuple[AbilityRow, ...]:
    """Return the rows whose names hold the text `holding`, sorted; None: as they are. Unknown figures come last."""
    wanted = [row for row in rows if holding.casefold() in row.name.casefold()]
    if sorted_by == "name":
        return tuple(sorted(wanted, key=lambda row: row.name.casefold()))
    column = next((each for each in FIGURES if each.key == sorted_by), None)
    if column is None:
        return tuple(wanted)
    sign, key = 1.0 if column.ascending else -1.0, column.key

    def place(row: AbilityRow) -> tuple[bool, float]:
        value = row.values[key]
        return (True, 0.0) if math.isnan(value) else (False, sign * value)

    return tuple(sorted(wanted, key=place))
