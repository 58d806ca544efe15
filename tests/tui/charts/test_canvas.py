"""Text on a grid of cells: widths, colours, and words that nobody vouches for."""

from __future__ import annotations

import numpy as np
import pytest
from rich.cells import cell_len

from qwem_tui.tui.charts.canvas import Canvas, crop, plain


def test_blanks_take_the_colour_before_them() -> None:
    canvas = Canvas(9, 1)
    canvas.write(0, 1, "ab", "red")
    canvas.write(0, 5, "c", "red")
    canvas.write(0, 7, "d", "blue")
    assert canvas.rows() == [[(" ab  c ", "red"), ("d ", "blue")]]


def test_wide_and_combining_characters_keep_the_row_whole() -> None:
    canvas = Canvas(6, 2)
    canvas.write(0, 1, "国kī", "red")
    canvas.write(1, 3, "ab国", "red")
    assert canvas.rows() == [[(" 国kī ", "red")], [("   ab ", "red")]]
    canvas = Canvas(4, 1)
    canvas.write(0, 0, "कि", "red")
    assert canvas.rows() == [[("कि   ", "red")]]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", "[31mred"),
        ("two\nlines\tx", "two lines x"),
        ("\u202eright to left\u200b", "right to left"),
        ("[bold]kept[/bold]", "[bold]kept[/bold]"),
        ("👩\u200d👩", "👩👩"),
        ("👍🏽", "👍"),
        ("🇫🇷", "🇫🇷"),
        ("\U000f0000private", "private"),
    ],
)
def test_words_of_a_corpus_cannot_act_on_the_terminal(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert cell_len(shown) == sum(map(cell_len, shown))


def test_ascii_text_replaces_what_is_not_ascii() -> None:
    assert plain("naïve 国", ascii=True) == "na?ve ?"


@pytest.mark.parametrize(
    ("text", "cells", "cut"),
    [("word", 4, "word"), ("words", 4, "wor…"), ("国国国", 4, "国…"), ("ab", 1, "…"), ("a", 0, "")],
)
def test_crop_counts_cells(text: str, cells: int, cut: str) -> None:
    assert crop(text, cells) == cut


def test_what_was_written_can_not_be_covered_any_more() -> None:
    canvas = Canvas(4, 1)
    faint = np.array([[True, True, False]])
    canvas.paste(0, 0, np.full((1, 3), ord("x"), dtype=np.uint32), np.zeros((1, 3), dtype=np.intp), faint)
    canvas.write(0, 1, "L", "red")
    assert [canvas.blank(0, at, at + 1, covering=True) for at in range(4)] == [True, False, False, True]
    assert [canvas.blank(0, at, at + 1) for at in range(4)] == [False, False, False, True]
