"""A grid of coloured character cells that text and dots are put on, and that is read back as rows of runs."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from qwem_tui.tui.charts.raster import BLANK

Run = tuple[str, str]
Row = list[Run]

_CONTINUED = 0
_CLUSTERS = 0xF0000


def plain(text: str, ascii: bool = False) -> str:
    """Return `text` in one line and without anything a terminal would act on; with `ascii` other characters become ?.

    Control, format, private and variation characters go, so that the width is the sum of the characters' widths.
    """
    kept = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", text)
        if char.isspace() or not (unicodedata.category(char)[0] == "C" or _alters(char))
    )
    if ascii:
        return kept.encode("ascii", "replace").decode("ascii")
    if cell_len(kept) != sum(map(cell_len, kept)):
        # Emoji that join with their neighbours: terminals disagree about their width, so none of it is kept.
        kept = "".join(char if ord(char) < 0x10000 and cell_len(char) else "?" for char in kept)
    return kept


def _alters(char: str) -> bool:
    """Return whether `char` is a variation selector or a skin tone: terminals disagree about the width they make."""
    return "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"


def crop(text: str, cells: int, ellipsis: str = "…") -> str:
    """Return plain `text` cut to at most `cells` cells, ending in `ellipsis` (one cell) where something was cut."""
    if cell_len(text) <= cells:
        return text
    kept, used = "", cell_len(ellipsis)
    if cells < used:
        return ""
    for char in text:
        used += cell_len(char)
        if used > cells:
            break
        kept += char
    return kept + ellipsis


class Canvas:
    """`height` x `width` cells, blank at first. What is put outside is left out; a later put wins."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._codes = np.full((height, width), BLANK, dtype=np.uint32)
        self._inks = np.zeros((height, width), dtype=np.intp)
        self._faint = np.zeros((height, width), dtype=bool)
        self._palette: list[str] = [""]
        self._clusters: list[str] = []

    def ink(self, color: str) -> int:
        """Return the palette index of `color`, the same for the same colour."""
        if color not in self._palette:
            self._palette.append(color)
        return self._palette.index(color)

    def write(self, row: int, column: int, text: str, color: str) -> None:
        """Put plain `text` at (`row`, `column`); a character that does not fit whole ends it."""
        if not 0 <= row < self.height or column < 0:
            return
        ink, last = self.ink(color), -1
        for char in text:
            wide = cell_len(char)
            if wide == 0:
                if last >= 0:
                    self._join(row, last, char)
                continue
            if column + wide > self.width:
                return
            self._codes[row, column] = ord(char)
            self._codes[row, column + 1 : column + wide] = _CONTINUED
            self._inks[row, column : column + wide] = ink
            self._faint[row, column : column + wide] = False
            last, column = column, column + wide

    def _join(self, row: int, column: int, mark: str) -> None:
        code = int(self._codes[row, column])
        base = self._clusters[code - _CLUSTERS] if code >= _CLUSTERS else chr(code)
        self._clusters.append(base + mark)
        self._codes[row, column] = _CLUSTERS + len(self._clusters) - 1

    def paste(
        self, row: int, column: int, codes: NDArray[np.uint32], inks: NDArray[np.intp], faint: NDArray[np.bool_]
    ) -> None:
        """Put a block of one-cell characters with its top left at (`row`, `column`); the arrays have equal shape.

        They are code points, palette indexes, and which cells a label may cover.
        """
        window = np.s_[row : row + codes.shape[0], column : column + codes.shape[1]]
        self._codes[window], self._inks[window], self._faint[window] = codes, inks, faint

    def blank(self, row: int, start: int, stop: int, *, covering: bool = False) -> bool:
        """Return whether cells `start` to `stop` - 1 of `row` exist and are empty; `covering`: or may be covered."""
        if not (0 <= row < self.height and 0 <= start <= stop <= self.width):
            return False
        free = self._codes[row, start:stop] == BLANK
        return bool((free | self._faint[row, start:stop] if covering else free).all())

    def rows(self) -> list[Row]:
        """Return the rows from the top, each a list of (text, colour) runs that together fill `width` cells."""
        if not self.height or not self.width:
            return [[] for _ in range(self.height)]
        # A blank shows no colour, so it takes the one before it: fewer runs are fewer bytes to the terminal.
        filled = self._codes != BLANK
        source = np.where(filled, np.arange(self.width), -1)
        source = np.maximum.accumulate(source, axis=1)
        source = np.where(source < 0, filled.argmax(axis=1)[:, None], source)
        inks = np.take_along_axis(self._inks, source, axis=1)
        text = self._codes.astype("<u4").tobytes().decode("utf-32-le")
        names = {_CLUSTERS + at: cluster for at, cluster in enumerate(self._clusters)}
        names[_CONTINUED] = ""
        rows: list[Row] = []
        for row in range(self.height):
            cuts = [0, *(np.flatnonzero(np.diff(inks[row])) + 1).tolist(), self.width]
            base = row * self.width
            rows.append(
                [
                    (text[base + start : base + stop].translate(names), self._palette[inks[row, start]])
                    for start, stop in pairwise(cuts)
                ]
            )
        return rows
