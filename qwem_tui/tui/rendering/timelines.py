"""A category's accuracy over the run in one line of block characters: pure functions."""

from __future__ import annotations

import math

from qwem_tui.tui.charts import Axis
from qwem_tui.tui.rendering.plots import x_limits
from qwem_tui.tui.rendering.view import View

#: Cells of a timeline.
CELLS = 10
_LEVELS, _ASCII_LEVELS = "▁▂▃▄▅▆▇█", "_.-=+*%#"
#: What stands where a category is forecast to cross, where it did, and where both are in one cell.
_MARKS, _ASCII_MARKS = ("┊", "●", "◉"), ("!", "o", "@")


def timeline(view: View, category: int, crossed: int | None, ascii: bool = False) -> str:
    """Return `CELLS` characters for the time axis of the charts: the best accuracy measured in each, 0% to 100%.

    Blank where nothing was measured. Marks stand where the category is forecast to cross, and at the step `crossed`.
    """
    low, high = x_limits(view)
    columns, unit = view.columns, view.study.time_unit
    axis = Axis(low, high, view.log_x)
    levels, marks = (_ASCII_LEVELS, _ASCII_MARKS) if ascii else (_LEVELS, _MARKS)
    best = [math.nan] * CELLS
    places = axis.cells((columns.evaluated_t / unit).tolist(), CELLS, 1)
    for place, accuracy in zip(places, columns.accuracies[:, category].tolist(), strict=True):
        if place is not None and not accuracy <= best[place]:
            best[place] = accuracy
    cells = [" " if math.isnan(each) else levels[min(int(each * len(levels)), len(levels) - 1)] for each in best]
    forecast = view.study.trajectory.crossing[category]
    at_forecast, at_crossed = (
        None if step is None else axis.cells([t / unit], CELLS, 1)[0]
        for step, t in (
            (forecast, (forecast or 0) * view.study.step_size),
            (crossed, view.timeline.t_at(crossed or 0)),
        )
    )
    if at_forecast is not None:
        cells[at_forecast] = marks[0]
    if at_crossed is not None:
        cells[at_crossed] = marks[2 if at_crossed == at_forecast else 1]
    return "".join(cells)
