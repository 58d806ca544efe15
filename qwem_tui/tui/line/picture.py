"""What stands on the terminal and what should: only the cells in which these differ are sent.

Textual repaints whole widgets, or rows of them, with all colours anew for every piece; most of that is there already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, get_character_cell_size

from qwem_tui.tui.line.pen import PLAIN, Pen, changed, pen_of

#: A character and its style. The second cell of a wide character has none; no cell at all: what is there is not known.
Cell = tuple[str, Pen]
Line = list[Cell | None]

_TOKEN = re.compile(
    r"\x1b\[(?P<codes>[0-9;]*)(?P<what>[mH])|(?P<link>\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07))"
    r"|(?P<other>\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x1b\x07]*(?:\x1b\\|\x07)|[^\[\]])|\x07)"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)
#: The bytes that a move along a row takes.
_MOVE = 4


class Picture:
    """Takes in what Textual writes, and gives what changes on a terminal of `size` (columns, rows)."""

    def __init__(self, size: tuple[int, int] = (0, 0)) -> None:
        """Know nothing of what the terminal shows."""
        self._size = size
        self._wanted = [self._unknown() for _ in range(size[1])]
        #: where Textual wants the cursor, and where it writes
        self._cursor = (0, 0)
        self.forget()

    def _unknown(self) -> Line:
        return [None] * self._size[0]

    def forget(self) -> None:
        """Take the terminal to show nothing of what was sent."""
        self._shown = [self._unknown() for _ in range(self._size[1])]
        self._pen: Pen | None = None
        self._at: tuple[int, int] | None = None
        self._dirty = set(range(self._size[1]))

    def resize(self, size: tuple[int, int]) -> None:
        """Take the terminal to be of `size` now: whatever it made of its picture, it is sent anew."""
        if size != self._size:
            before, self._size = self._wanted, size
            self._wanted = [self._unknown() for _ in range(size[1])]
            for old, new in zip(before, self._wanted, strict=False):
                new[: len(old)] = old[: size[0]]
            self.forget()

    def write(self, data: str) -> str:
        """Take in `data`; return what of it is no part of the picture, such as modes and queries."""
        other = []
        x, y = self._cursor
        pen = PLAIN
        for token in _TOKEN.finditer(data):
            kind = token.lastgroup
            if kind == "text":
                x = self._put(x, y, token["text"], pen)
            elif kind == "what" and token["what"] == "m":
                pen = pen_of(token["codes"])
            elif kind == "what":
                row, _, column = token["codes"].partition(";")
                x, y = int(column or 1) - 1, int(row or 1) - 1
            elif kind == "other":
                other.append(token["other"])
        self._cursor = x, y
        return "".join(other)

    def _put(self, x: int, y: int, text: str, pen: Pen) -> int:
        """Write `text` from a place on; return the column behind it."""
        columns, rows = self._size
        blank = pen.on_blanks
        cells: list[Cell] = [(each, blank if each == " " else pen) for each in text]
        if not text.isascii() and (width := cell_len(text)) != len(text):
            cells = _of_widths(text, width, pen)
        end = x + len(cells)
        if 0 <= y < rows and x < columns:
            self._wanted[y][x : min(end, columns)] = cells[: columns - x]
            self._dirty.add(y)
        return end

    @property
    def is_dirty(self) -> bool:
        """Return whether anything was written since changes were sent."""
        return bool(self._dirty)

    def changes(self) -> str:
        """Return what makes the terminal show what it should; from then on it is taken to."""
        parts: list[str] = []
        for y in sorted(self._dirty):
            self._send_row(y, parts)
        self._dirty.clear()
        if parts and self._at != self._cursor:
            self._move(*self._cursor, parts)
        return "".join(parts)

    def _send_row(self, y: int, parts: list[str]) -> None:
        wanted, shown = self._wanted[y], self._shown[y]
        for first, end in _runs(wanted, shown):
            self._move(first, y, parts)
            if self._pen is None:
                parts.append("\x1b[0m")
                self._pen = PLAIN
            for character, pen in filter(None, wanted[first:end]):
                if pen != self._pen:
                    code, self._pen = changed(self._pen, pen)
                    parts.append(code)
                parts.append(character)
            # in the last column it stays, and a terminal may take other widths for wide characters
            sure = all(each is not None and len(each[0]) == 1 for each in wanted[first : end + 1])
            self._at = (end, y) if sure and end < self._size[0] else None
        shown[:] = wanted

    def _move(self, x: int, y: int, parts: list[str]) -> None:
        at, self._at = self._at, (x, y)
        if at is not None and at[1] == y and at[0] <= x:
            ahead = x - at[0]
            if ahead:
                parts.append("\x1b[C" if ahead == 1 else f"\x1b[{ahead}C")
        else:
            parts.append("\x1b[H" if (x, y) == (0, 0) else f"\x1b[{y + 1};{x + 1}H")


def _of_widths(text: str, width: int, pen: Pen) -> list[Cell]:
    """Return the cells of `text`, which takes `width` of them."""
    cells: list[Cell] = []
    for each in text:
        size = get_character_cell_size(each)
        if size == 0 and cells:
            # it goes with the character before it, in the first of its cells
            at = next((at for at in range(len(cells) - 1, -1, -1) if cells[at][0]), 0)
            cells[at] = (cells[at][0] + each, pen)
        else:
            cells += [(each, pen.on_blanks if each == " " else pen), *[("", pen)] * (size - 1)]
    return cells[:width] + [("", pen)] * (width - len(cells))


def _runs(wanted: Line, shown: Line) -> Iterator[tuple[int, int]]:
    """Yield the places, first and end, of what is to be written; what lies between is there, or not known."""
    first = end = -1
    for x, cell in enumerate(wanted):
        if cell is None or cell == shown[x]:
            continue
        if first >= 0 and x > end and not _is_cheaper(wanted[end:x], cell[1]):
            yield first, end
            first = -1
        if first < 0:
            # a wide character is written as a whole
            first = x - 1 if x and not cell[0] else x
        end = x + 1
    if first >= 0:
        yield first, end


def _is_cheaper(between: Line, pen: Pen) -> bool:
    """Return whether to write what lies `between` once more takes less than to go past it, to a cell of style `pen`."""
    if len(between) > _MOVE or not all(each and each[0] and each[1] in (pen, pen.on_blanks) for each in between):
        return False
    return sum(len(each[0].encode()) for each in between if each) <= _MOVE
