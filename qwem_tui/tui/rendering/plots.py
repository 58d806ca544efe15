"""From a run to its pictures: pure functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qwem_tui.study.study import Forecast
from qwem_tui.theory.critical_size import FEWEST_QUESTIONS
from qwem_tui.tui.charts import Marker, Plot, Series
from qwem_tui.tui.rendering.run import Run
from qwem_tui.tui.rendering.view import View

_LABELLED_MODES = 3
#: The singular values that are read out under the time cursor.
_READ_MODES = 4
#: How far the time axis of a run reaches at first whose end nothing forecasts.
_FIRST_END = 4.0
#: Most points of a line of a chart: more than dots across, and few enough to draw at once.
MOST_POINTS = 1000


def row_letter(number: int) -> str:
    """Return the letter that stands for a row's category in the chart: a, b, ... z, then aa, ab, ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def is_drawn(study: Forecast, category: int) -> bool:
    """Return whether a category has lines in the chart: it has a threshold, or enough questions."""
    return study.trajectory.measurable(category) or int(study.analogies.attempted[category]) >= FEWEST_QUESTIONS


def display_order(study: Forecast) -> tuple[int, ...]:
    """Return the categories in the order shown: those with a threshold by their forecast step, then the others."""
    trajectory, attempted = study.trajectory, study.analogies.attempted

    def key(category: int) -> tuple[bool, bool, int, int]:
        step = trajectory.crossing[category]
        return not trajectory.measurable(category), step is None, step or 0, -int(attempted[category])

    return tuple(sorted(range(len(trajectory.crossing)), key=key))


def order_shown(view: View) -> tuple[int, ...]:
    """Return the categories in `display_order` of the run shown; of two, whichever of them is in front."""
    # by settings, so that it is the same one when they change places
    leading = min(
        view.runs,
        key=lambda run: (not run.study.trajectory.is_forecast, run.study.config.trainer, run.study.config.sigma),
    )
    return display_order(leading.study)


def shown_points(count: int, log_x: bool) -> NDArray[np.int64]:
    """Return which of `count` points to draw, ascending, both ends among them: evenly spaced on the axis in use."""
    if count <= MOST_POINTS:
        return np.arange(count)
    # the points of a run are about evenly spaced in time
    places = np.geomspace(1, count, MOST_POINTS) - 1 if log_x else np.linspace(0, count - 1, MOST_POINTS)
    return np.unique(places.round().astype(np.int64))


def _forecast_time(study: Forecast) -> NDArray[np.float64]:
    return np.asarray(np.arange(len(study.trajectory.modes)) * study.step_size / study.time_unit, np.float64)


def x_label(view: View) -> str:
    """Return what the time axis shows."""
    names = {run.study.time_name for run in view.runs}
    name = f"t / {names.pop()}" if len(names) == 1 else "t / its own tau_1 or t_1"
    return name if view.span is None else f"{name} (zoomed, 0: all)"


def _reached(run: Run) -> float:
    return float(run.columns.t[-1]) / run.study.time_unit if len(run.columns.t) else 0.0


def x_limits(view: View) -> tuple[float, float]:
    """Return the ends of the time axis as it is shown."""
    return whole_limits(view) if view.span is None else view.span


def whole_limits(view: View) -> tuple[float, float]:
    """Return the ends of the whole time axis: the run forecast, and beyond it where the run is longer."""
    study = view.study
    end = _FIRST_END if study.expected_t is None else study.expected_t / study.time_unit
    reached = max(_reached(run) for run in view.runs)
    while end < reached:
        end *= 1.25
    first = min(run.study.step_size / run.study.time_unit for run in view.runs)
    return (first if view.log_x else 0.0), end


def _seen(run: Run, log_x: bool) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return which frames to draw, and their places on the time axis."""
    seen = shown_points(len(run.columns.t), log_x)
    return seen, np.asarray(run.columns.t[seen] / run.study.time_unit)


def chart_of(view: View, series: tuple[Series, ...], y_label: str, **more: Any) -> Plot:
    """Return a plot over the time axis of the run, with the time cursor; `more` are other fields of `Plot`."""
    x_min, x_max = x_limits(view)
    return Plot(
        series,
        x_label=x_label(view),
        y_label=y_label,
        log_x=view.log_x,
        x_min=x_min,
        x_max=x_max,
        y_min=0.0,
        cursor=view.cursor_x,
        **more,
    )


def lines_are(view: View) -> str:
    """Return which lines are which, for a title; empty where nothing is dotted."""
    if view.other is not None:
        return f"solid: {view.run.name}, dotted: {view.dotted}"
    return f"dotted: {view.dotted}" if view.dotted else ""


def modes_title(view: View) -> str:
    """Return the title of `modes_plot`."""
    lines = lines_are(view) or f"no closed form for {view.study.config.trainer}"
    return f"1 singular values ({lines}{'' if in_front(view) is None else f'; m: mode {view.mode} in front'})"


def in_front(view: View) -> int | None:
    """Return the number, from 0, of the mode that is brought forward, None where none is or the run has no such."""
    return None if view.mode is None or view.mode > view.study.dim else view.mode - 1


def modes_readout(view: View) -> str:
    """Return the values under the time cursor in words; empty where there is none."""
    reading = view.reading
    if reading is None:
        return ""
    shown = range(min(view.study.dim, _READ_MODES)) if (front := in_front(view)) is None else [front]
    values = ", ".join(f"s{k + 1} {reading.singular_values[k]:.3g}" for k in shown)
    return f"step {reading.step:,} {reading.made_of}: {values}"


def rank_readout(view: View) -> str:
    """Return the ranks under the time cursor in words; empty where there is none."""
    reading = view.reading
    if reading is None:
        return ""
    modes = [] if reading.modes_learned is None else [f"modes {reading.modes_learned}"]
    ranks = [f"effective {reading.effective_rank:.1f}", f"particip. {reading.participation_ratio:.1f}"]
    return f"step {reading.step:,} {reading.made_of}: {', '.join(modes + ranks)}"


def rank_title(view: View) -> str:
    """Return the title of `rank_plot`."""
    if view.other is not None:
        return f"2 rank ({lines_are(view)})"
    if not view.study.has_modes:
        return f"2 rank: effective, participation (modes not defined for {view.study.config.trainer})"
    return f"2 rank: modes learned ({lines_are(view)}), effective, participation"


def abilities_title(view: View) -> str:
    """Return the title of `abilities_plot`."""
    lines = lines_are(view)
    return f"3 analogies ({view.study.analogies.protocol} protocol; {f'{lines}; ' if lines else ''}w: why)"


def modes_plot(view: View) -> Plot:
    """Return the singular values over time: measured solid; dotted another run, or the closed form from |R_kk|."""
    study, front = view.study, in_front(view)
    if view.other is not None:
        others, dotted_x = _seen(view.other, view.log_x)
        dotted_y = view.other.columns.singular_values[others]
    else:
        ahead = shown_points(len(study.trajectory.modes), view.log_x)
        dotted_x, dotted_y = _forecast_time(study)[ahead], study.trajectory.modes[ahead]
    seen, x = _seen(view.run, view.log_x)
    dotted = [
        Series(dotted_x, dotted_y[:, k], _mode_color(view, k, dotted=True), dotted=True)
        for k in _front_last(dotted_y.shape[1], front)
    ]
    measured = [
        Series(
            x,
            view.columns.singular_values[seen, k],
            _mode_color(view, k, dotted=False),
            label=f"s{k + 1}" if (k < _LABELLED_MODES if front is None else k == front) else "",
            front=k == front,
        )
        for k in _front_last(study.dim, front)
    ]
    return chart_of(view, (*dotted, *measured), "singular value")


def _front_last(count: int, front: int | None) -> list[int]:
    """Return the numbers below `count` in the order of drawing: what is drawn last is on top."""
    return sorted(range(count), key=lambda k: k == front)


def _mode_color(view: View, k: int, dotted: bool) -> str:
    front = in_front(view)
    if front is not None and k != front:
        return view.colors.faint
    return view.colors.forecast if dotted and front is None and view.other is None else view.colors.line(k)


def rank_plot(view: View) -> Plot:
    """Return the rank over time: modes learned, effective rank, participation ratio; dotted as in `modes_plot`."""
    study, colors = view.study, view.colors
    lines: list[Series] = []
    if view.other is not None:
        others, x = _seen(view.other, view.log_x)
        lines += [
            Series(x, kind[others], colors.line(number), dotted=True)
            for number, kind in enumerate((view.other.columns.modes_learned, view.other.columns.effective_rank))
        ]
    elif study.trajectory.is_forecast:
        points = shown_points(len(study.trajectory.modes), view.log_x)
        forecast = study.trajectory.modes_learned[points].astype(np.float64)
        lines.append(Series(_forecast_time(study)[points], forecast, colors.forecast, dotted=True))
    seen, x = _seen(view.run, view.log_x)
    columns = view.columns
    lines.append(Series(x, columns.participation_ratio[seen], colors.line(2), label="particip."))
    lines.append(Series(x, columns.effective_rank[seen], colors.line(1), label="effective"))
    if study.has_modes:
        lines.append(Series(x, columns.modes_learned[seen], colors.line(0), label="modes"))
    return chart_of(view, tuple(lines), "rank", y_max=float(max(run.study.dim for run in view.runs)))


def _accuracy_lines(run: Run, category: int, log_x: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    seen = shown_points(len(run.columns.evaluated_t), log_x)
    return run.columns.evaluated_t[seen] / run.study.time_unit, run.columns.accuracies[seen, category]


def _drawn(view: View) -> tuple[list[tuple[int, int]], int | None]:
    """Return the rows and numbers of the categories that are drawn, and the number of the one in front."""
    study = view.study
    drawn = [(row, category) for row, category in enumerate(order_shown(view)) if is_drawn(study, category)]
    return drawn, next((category for _, category in drawn if study.analogies.names[category] == view.category), None)


def crossing_markers(view: View) -> tuple[Marker, ...]:
    """Return a marker where each category is forecast to cross; with one in front the others are faint."""
    study, colors, (drawn, front) = view.study, view.colors, _drawn(view)
    markers = []
    for row, category in drawn:
        crossing = study.trajectory.crossings[category]
        if crossing.step is not None:
            at = crossing.step * study.step_size / study.time_unit
            color = colors.line(row) if front in (None, category) else colors.faint
            markers.append(Marker(at, f"{row_letter(row)}{crossing.mark}", color, category == front))
    return tuple(markers)


def abilities_plot(view: View) -> Plot:
    """Return the accuracy of each category over time, with markers where each will cross; dotted as `modes_plot`.

    The curves and the marker of the category in front are drawn over those of the others, which are faint.
    """
    study, colors, trajectory = view.study, view.colors, view.study.trajectory
    forecast_x = np.asarray(trajectory.steps * study.step_size / study.time_unit, np.float64)
    lines, dotted = [], []
    drawn, front = _drawn(view)
    for row, category in sorted(drawn, key=lambda each: each[1] == front):
        letter, behind = row_letter(row), front not in (None, category)
        color = colors.faint if behind else colors.line(row)
        if view.other is not None:
            dotted.append(Series(*_accuracy_lines(view.other, category, view.log_x), color, dotted=True))
        elif trajectory.is_forecast:
            forecast = colors.forecast if front is None else color
            dotted.append(Series(forecast_x, trajectory.accuracy[:, category], forecast, dotted=True))
        measured = _accuracy_lines(view.run, category, view.log_x)
        lines.append(Series(*measured, color, label=letter, front=category == front))
    return chart_of(
        view,
        tuple(dotted + lines),
        "accuracy",
        markers=crossing_markers(view),
        y_max=1.0,
        y_percent=True,
        empty="no category can be asked, or none is reached in this run",
    )
