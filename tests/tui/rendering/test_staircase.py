"""The staircase of modes: values and shades, grouped rows, the forecast edge and marks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qwem_tui.study.study import Study
from qwem_tui.tui.charts import Heat, Marker, Plot, draw
from qwem_tui.tui.charts.heat import shares_of
from qwem_tui.tui.charts.layout import lay_out
from qwem_tui.tui.charts.plot import across
from qwem_tui.tui.charts.scale import Axis
from qwem_tui.tui.rendering.palette import DARK
from qwem_tui.tui.rendering.plots import abilities_plot
from qwem_tui.tui.rendering.run import Run
from qwem_tui.tui.rendering.staircase import first_title, staircase_plot
from qwem_tui.tui.rendering.view import View
from tests.tui.fake_run import FakeRun


def view_of(study: Study, frames: int = 9) -> View:
    history = FakeRun(study, frames=frames).history()
    assert history is not None
    return View(Run(study, history.columns()), False, DARK, staircase=True)


def steps(modes: int, until: int = 100) -> Heat:
    """Mode k is there from the time 10 k on."""
    x = np.arange(until + 1.0)
    values = (x[:, None] >= 10 * np.arange(1, modes + 1)).astype(float)
    edge = np.asarray(10.0 * np.arange(1, modes + 1), np.float64)
    return Heat(x, values, edge, "red", "blue")


def picture(heat: Heat, width: int = 60, height: int = 12, ascii: bool = False, **more: float) -> list[str]:
    plot = Plot((), (Marker(50, "a"),), heat=heat, y_label="mode", x_label="t", x_min=0, x_max=100, y_max=1, **more)  # type: ignore[arg-type]
    return ["".join(text for text, _ in row) for row in draw(plot, width, height, ascii)]


def test_each_mode_fills_its_row_from_where_it_is_learned() -> None:
    rows = [line for line in picture(steps(8, until=90)) if "█" in line]
    assert len(rows) == 8
    begins = [line.index("█") for line in rows]
    assert begins == sorted(set(begins))
    laid_out = across(Plot((), heat=steps(8), x_min=0, x_max=100, y_max=1), 60, 12)
    assert laid_out is not None
    for k, (line, begin) in enumerate(zip(rows, begins, strict=True), 1):
        # the edge stands in the column of the step, over the first shade
        column = laid_out.column_of(10.0 * k)
        assert column is not None
        assert line[column] == "│"
        assert begin == column + 1
        # nothing stands where nothing was measured
        assert line[(laid_out.column_of(92.0) or 0) :].strip() == ""


@pytest.mark.parametrize("ascii", [False, True])
def test_shades_tell_how_far_a_mode_has_grown_without_colours(ascii: bool) -> None:
    levels = np.array([0.0, 0.2, 0.5, 0.8, 1.0])
    heat = Heat(np.arange(0, 101, 25.0), levels[:, None], np.full(1, np.nan), "red")
    line = picture(heat, height=9, ascii=ascii)[1]
    order = [each for each in dict.fromkeys(line) if each in "░▒▓█.:*#"]
    assert order == list(".:*#" if ascii else "░▒▓█")
    assert line.isascii() is ascii


@pytest.mark.parametrize(("modes", "rows"), [(3, 9), (8, 8), (48, 11), (256, 20), (2000, 5)])
def test_every_mode_has_a_row_and_the_first_have_one_each_where_they_fit(modes: int, rows: int) -> None:
    plot = Plot(())
    layout = replace(lay_out(plot, Axis(0, 1), 60, 30, False), rows=rows)
    parts = shares_of(steps(modes), layout)
    assert rows / 2 < len(parts) <= rows
    assert np.unique(np.concatenate(parts)).tolist() == list(range(modes))
    sizes = [len(part) for part in parts]
    assert sizes[0] <= 1 or modes > 100 * rows
    assert modes > rows or max(sizes) == 1


def test_a_run_has_its_shares_its_edge_and_the_marks_of_its_categories(gd: Study) -> None:
    view = view_of(gd)
    plot = staircase_plot(view)
    heat = plot.heat
    assert heat is not None
    ends = np.sqrt(gd.spectrum.eigenvalues.numpy())
    np.testing.assert_allclose(heat.values[-1], view.columns.singular_values[-1] / ends)
    step = round(float(heat.edge[0]) * gd.time_unit / gd.step_size)
    grown = gd.trajectory.modes[:, 0] ** 2 / ends[0] ** 2
    assert grown[step - 1] < 0.5 <= grown[step]
    assert plot.markers == abilities_plot(view).markers
    assert (plot.x_min, plot.x_max) == (abilities_plot(view).x_min, abilities_plot(view).x_max)
    assert "staircase" in first_title(view)
    assert view.key != replace(view, staircase=False).key


def test_of_word2vec_there_is_no_staircase(studies: dict[str, Study]) -> None:
    plot = staircase_plot(view_of(studies["word2vec"]))
    assert plot.heat is None
    assert plot.empty == "modes are not defined for word2vec"
