"""The modes of a run being learned one at a time, a row each: pure functions."""

from __future__ import annotations

import numpy as np

from qwem_tui.tui.charts import Heat, Plot
from qwem_tui.tui.rendering.plots import chart_of, crossing_markers, in_front, modes_plot, modes_title
from qwem_tui.tui.rendering.view import View


def first_title(view: View) -> str:
    """Return the title of `first_plot`."""
    if not view.staircase:
        return modes_title(view)
    lines = "" if not view.study.trajectory.is_forecast else "; |: forecast to be learned"
    return f"1 staircase: s_k / sqrt(lambda_k), top: mode 1{lines}"


def first_plot(view: View) -> Plot:
    """Return what pane 1 shows: the singular values as curves, or as a staircase."""
    return staircase_plot(view) if view.staircase else modes_plot(view)


def staircase_plot(view: View) -> Plot:
    """Return a row a mode, mode 1 on top: s_k over its end sqrt(lambda_k), and where it is forecast to be learned.

    A mode counts as learned from s_k^2 = lambda_k / 2 on. Marks are those of the categories' crossings.
    """
    study, colors, columns = view.study, view.colors, view.columns
    if not study.has_modes:
        return chart_of(view, (), "mode", empty=f"modes are not defined for {study.config.trainer}")
    ends = np.sqrt(study.spectrum.eigenvalues.numpy().astype(np.float64))
    edge = np.full(study.dim, np.nan)
    if study.trajectory.is_forecast:
        learned = study.trajectory.modes**2 >= 0.5 * ends**2
        reached = learned.any(axis=0)
        edge[reached] = learned.argmax(axis=0)[reached] * study.step_size / study.time_unit
    front = in_front(view)
    heat = Heat(
        x=columns.t / study.time_unit,
        values=columns.singular_values / ends,
        edge=edge,
        color=colors.line(0),
        edge_color=colors.line(1),
        front=front,
        front_color=colors.line(2),
    )
    return chart_of(view, (), "mode", heat=heat, markers=crossing_markers(view), y_max=1.0)
