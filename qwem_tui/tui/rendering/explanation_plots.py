"""The charts of why a category is early or late: pure functions."""

from __future__ import annotations

import numpy as np

from qwem_tui.study.explain import Explanation
from qwem_tui.tui.charts import Marker, Plot, Series
from qwem_tui.tui.rendering.palette import Palette


def _cusp(explanation: Explanation, colors: Palette) -> tuple[Marker, ...]:
    return () if explanation.cusp is None else (Marker(float(explanation.cusp), "cusp", colors.forecast),)


def _critical(explanation: Explanation) -> tuple[float | None, str]:
    """Return the place of the upright line at the critical size, and words on it for the title."""
    size = explanation.critical.critical_size
    return (None, "") if size is None else (float(size), f" (dashed line: critical size {size})")


def snr_plot(explanation: Explanation, colors: Palette) -> Plot:
    """Return the SNR by size, chance dotted, a mark at d = N (cusp) and an upright line at the critical size."""
    task = explanation.task
    x = np.asarray(task.dims, np.float64)
    place, said = _critical(explanation)
    return Plot(
        (
            Series(x, task.null_snr, colors.forecast, dotted=True, label="chance"),
            Series(x, task.snr, colors.line(0), label="SNR"),
        ),
        _cusp(explanation, colors),
        x_label="size d",
        y_label=f"SNR of the task vectors{said}",
        log_x=True,
        y_min=0.0,
        cursor=place,
    )


def shares_plot(explanation: Explanation, colors: Palette) -> Plot:
    """Return by size the mean's share of the task vectors, chance dotted, and the accuracy with and without b - a."""
    task = explanation.task
    x = np.asarray(task.dims, np.float64)
    return Plot(
        (
            Series(x, task.null_share, colors.forecast, dotted=True, label="chance"),
            Series(x, explanation.without, colors.line(2), label="without"),
            Series(x, task.mean_share, colors.line(0), label="mean"),
            Series(x, explanation.critical.accuracy, colors.line(1), label="right"),
        ),
        _cusp(explanation, colors),
        x_label="size d",
        y_label="mean's share; questions right, with and without b-a",
        log_x=True,
        y_min=0.0,
        y_max=1.0,
        y_percent=True,
        cursor=_critical(explanation)[0],
    )


def spectrum_plot(explanation: Explanation, colors: Palette) -> Plot:
    """Return the eigenvalues of G by rank, and dotted where those of the fitted law of noise would lie."""
    task, bulk = explanation.task, explanation.bulk
    found = task.eigenvalues[::-1]
    series = [Series(np.arange(1.0, len(found) + 1), found, colors.line(0), label="found", marker=True)]
    if bulk is not None:
        # the law is that of all but the spike
        expected = bulk.expected()[::-1]
        ranks = np.arange(2.0, len(expected) + 2)
        series.append(Series(ranks, expected, colors.forecast, dotted=True, label="noise"))
    return Plot(
        tuple(series),
        x_label="rank of the eigenvalue",
        y_label=f"eigenvalues of G at size {task.at}; dotted: fitted Marchenko-Pastur law",
        x_min=0.0,
        y_min=0.0,
    )
