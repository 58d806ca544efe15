"""From a run to its pictures: pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qwem_tui.engine.history import Columns
from qwem_tui.study.study import Study
from qwem_tui.tui.charts import Marker, Plot, Series
from qwem_tui.tui.palette import Palette

X_LABEL = "t / tau_1"
_LABELLED_MODES = 3


def row_letter(number: int) -> str:
    """Return the letter that stands for a row's category in the chart: a, b, ... z, then aa, ab, ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def display_order(study: Study) -> tuple[int, ...]:
    """Return the categories in the order shown: those that the run reaches by their foretold step, then the others."""
    crossing, attempted = study.trajectory.crossing, study.analogies.attempted

    def key(category: int) -> tuple[bool, int, int]:
        step = crossing[category]
        return step is None, step or 0, -int(attempted[category])

    return tuple(sorted(range(len(crossing)), key=key))


#: A line of a chart gets at most so many points: more than dots across, and few enough to draw at once.
MOST_POINTS = 1000


def shown_points(count: int, log_x: bool) -> NDArray[np.int64]:
    """Return which of `count` points to draw, ascending, both ends among them: evenly spaced on the axis in use."""
    if count <= MOST_POINTS:
        return np.arange(count)
    # the points of a run are about evenly spaced in time
    places = np.geomspace(1, count, MOST_POINTS) - 1 if log_x else np.linspace(0, count - 1, MOST_POINTS)
    return np.unique(places.round().astype(np.int64))


def _time(study: Study, t: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(t / study.tau_1)


def _foretold_time(study: Study) -> NDArray[np.float64]:
    steps = np.arange(len(study.trajectory.modes))
    return _time(study, steps * study.step_size)


def _x_limits(study: Study, columns: Columns, log_x: bool) -> tuple[float | None, float]:
    """Return the ends of the time axis: the run foretold, and beyond it where the run goes on."""
    foretold = study.expected_steps * study.step_size / study.tau_1
    reached = float(columns.t[-1]) / study.tau_1 if len(columns.t) else 0.0
    first = study.step_size / study.tau_1
    end = foretold
    while end < reached:
        end *= 1.25
    return (first if log_x else 0.0), end


def modes_plot(study: Study, columns: Columns, log_x: bool, colors: Palette) -> Plot:
    """Return the singular values over time: measured solid, the closed form from |R_kk| dotted."""
    x_min, x_max = _x_limits(study, columns, log_x)
    ahead = shown_points(len(study.trajectory.modes), log_x)
    seen = shown_points(len(columns.t), log_x)
    foretold_x, x = _foretold_time(study)[ahead], _time(study, columns.t[seen])
    foretold = tuple(
        Series(foretold_x, study.trajectory.modes[ahead, k], colors.foretold, dotted=True) for k in range(study.dim)
    )
    measured = tuple(
        Series(x, columns.singular_values[seen, k], colors.line(k), label=f"s{k + 1}" if k < _LABELLED_MODES else "")
        for k in range(study.dim)
    )
    return Plot(
        foretold + measured, x_label=X_LABEL, y_label="singular value", log_x=log_x, x_min=x_min, x_max=x_max, y_min=0.0
    )


def rank_plot(study: Study, columns: Columns, log_x: bool, colors: Palette) -> Plot:
    """Return the rank over time: modes learned (foretold dotted), effective rank, participation ratio."""
    x_min, x_max = _x_limits(study, columns, log_x)
    ahead = shown_points(len(study.trajectory.modes), log_x)
    seen = shown_points(len(columns.t), log_x)
    x = _time(study, columns.t[seen])
    foretold = study.trajectory.modes_learned[ahead].astype(np.float64)
    return Plot(
        (
            Series(_foretold_time(study)[ahead], foretold, colors.foretold, dotted=True),
            Series(x, columns.participation_ratio[seen], colors.line(2), label="particip."),
            Series(x, columns.effective_rank[seen], colors.line(1), label="effective"),
            Series(x, columns.modes_learned[seen], colors.line(0), label="modes"),
        ),
        x_label=X_LABEL,
        y_label="rank",
        log_x=log_x,
        x_min=x_min,
        x_max=x_max,
        y_min=0.0,
        y_max=float(study.dim),
    )


def abilities_plot(study: Study, columns: Columns, log_x: bool, colors: Palette) -> Plot:
    """Return the accuracy of each category over time (foretold dotted), with markers where each will cross."""
    x_min, x_max = _x_limits(study, columns, log_x)
    trajectory = study.trajectory
    foretold_x = _time(study, trajectory.steps * study.step_size)
    seen = shown_points(len(columns.evaluated_t), log_x)
    x = _time(study, columns.evaluated_t[seen])
    lines, foretold, markers = [], [], []
    for row, category in enumerate(display_order(study)):
        crossing = trajectory.crossing[category]
        if crossing is None:
            break
        color, letter = colors.line(row), row_letter(row)
        foretold.append(Series(foretold_x, trajectory.accuracy[:, category], colors.foretold, dotted=True))
        lines.append(Series(x, columns.accuracies[seen, category], color, label=letter))
        markers.append(Marker(crossing * study.step_size / study.tau_1, letter, color))
    return Plot(
        tuple(foretold + lines),
        tuple(markers),
        x_label=X_LABEL,
        y_label="accuracy",
        log_x=log_x,
        x_min=x_min,
        x_max=x_max,
        y_min=0.0,
        y_max=1.0,
        y_percent=True,
        empty="no category can be asked, or none is reached in this run",
    )
