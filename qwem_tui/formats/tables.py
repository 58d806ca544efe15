"""What the tables of all reports share: their look, text in ASCII where asked for, names from outside in few cells."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

from rich import box
from rich.table import Table
from rich.text import Text

from qwem_tui.base.ascii import to_ascii
from qwem_tui.base.printable import printable

LONGEST_WORD = 24


def plain_table(ascii_only: bool, gap: int = 0) -> Table:
    """Return an empty table without a frame; its columns are 1 + `gap` cells apart."""
    style = box.ASCII2 if ascii_only else box.SIMPLE_HEAD
    return Table(box=style, pad_edge=False, padding=(0, gap, 0, 0), show_edge=False, header_style="bold")


def shown_text(text: str, ascii_only: bool) -> Text:
    """Return `text` without markup, in ASCII if `ascii_only`."""
    return Text(to_ascii(text) if ascii_only else text)


def width_of(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def shown_word(word: str, cells: int = LONGEST_WORD) -> str:
    """Return a word or name from outside, printable and cut to at most `cells` cells."""
    # of a long one no more than can be shown is looked at, except for marks, which take no cell
    head = printable(word[: 8 * cells])
    if len(word) <= 8 * cells and width_of(head) <= cells:
        return head
    fits = 0
    taken = 0
    for character in head:
        taken += width_of(character)
        if taken > cells - 2:
            break
        fits += 1
    return head[:fits] + ".."
