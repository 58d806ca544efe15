"""Lines that carry their labels, for screens without colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qwem_tui.tui.charts import Plot, Series, draw


def _series(level: float, label: str, **more: bool) -> Series:
    return Series(np.array([0.0, 100.0]), np.array([level, level]), "red", label=label, **more)


def _rows(plot: Plot, ascii: bool, marked: bool = True) -> list[str]:
    return ["".join(text for text, _ in row) for row in draw(plot, 70, 12, ascii, marked)]


@pytest.mark.parametrize("ascii", [False, True])
def test_every_line_carries_its_own_label_along_its_length(ascii: bool) -> None:
    plot = Plot((_series(0.3, "p"), _series(0.6, "s2"), _series(0.9, "rank")), x_max=100, y_min=0, y_max=1)
    rows, without = _rows(plot, ascii), _rows(plot, ascii, marked=False)
    lines = [row for row, plain in zip(rows, without, strict=True) if row != plain]
    assert len(lines) == 3
    for line, mark in zip(lines, ("r", "s2", "p"), strict=True):
        # once more at the end
        assert 4 <= line.count(mark) <= 7
        assert not any(other in line[6:60] for other in {"r", "s2", "p"} - {mark})


def test_with_one_in_front_it_alone_carries_its_label_and_the_lowest_row_has_none() -> None:
    plot = Plot((_series(0.3, "p"), _series(0.6, "q", front=True), _series(0.0, "z", front=True)), y_min=0, y_max=1)
    rows = "\n".join(row[6:60] for row in _rows(plot, ascii=True))
    assert rows.count("q") >= 4
    assert "p" not in rows
    assert "z" not in rows
    alike = replace(plot, series=tuple(replace(each, front=False) for each in plot.series))
    assert "p" in "\n".join(row[6:60] for row in _rows(alike, ascii=True))
