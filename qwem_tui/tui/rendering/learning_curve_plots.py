"""From a category's growth with the text to its pictures: pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qwem_tui.formats.plan.table import whole_critical, whole_peak
from qwem_tui.study.plan.learning_curve import Interval, LearningCurve
from qwem_tui.tui.charts import Marker, Plot, Series
from qwem_tui.tui.rendering.palette import Palette

#: The first and the last point stand off the ends of the axis by this factor.
_OFF = 1.15
#: Room above the highest size shown, as a factor.
_ABOVE = 1.1
#: Points of an extrapolated line, a doubling.
_PER_DOUBLING = 4

X_LABEL = "words of text"
EXTRAPOLATED = "extrapolated"


def _bars(words: Sequence[float], ends: Sequence[Interval], color: str) -> Series:
    """Return an upright line for each interval, as one broken line."""
    x = [at for each in words for at in (each, each, math.nan)]
    y = [value for low, high in ends for value in (low, high, math.nan)]
    return Series(np.array(x, np.float64), np.array(y, np.float64), color)


def _limits(learning_curve: LearningCurve) -> tuple[float, float]:
    """Return the ends of the axis of words: the same whatever is shown of a category."""
    last = learning_curve.extrapolations[-1].words if learning_curve.extrapolations else learning_curve.last.words
    return learning_curve.points[0].words / _OFF, last * _OFF


def _extrapolations(learning_curve: LearningCurve, color: str) -> tuple[Series, ...]:
    """Return the lower and the upper end of what more text may give, from the peak on the whole text on; dotted."""
    if not learning_curve.extrapolations or learning_curve.last.peak is None:
        return ()
    most = math.log2(learning_curve.extrapolations[-1].times)
    doublings = np.linspace(0.0, most, int(most * _PER_DOUBLING) + 1)
    ranges = [learning_curve.range_at(float(each)) for each in doublings[1:]]
    words = np.asarray(learning_curve.last.words * 2.0**doublings, np.float64)
    found: list[Series] = []
    for end in (0, 1):
        values: list[float] = [learning_curve.last.peak]
        values += [math.nan if each is None else each[end] for each in ranges]
        found.append(Series(words, np.array(values, np.float64), color, dotted=True))
    return tuple(found)


def peak_plot(learning_curve: LearningCurve, colors: Palette) -> Plot:
    """Return the peak accuracy by words of text, its intervals upright, and dotted the range with more text.

    An upright line stands at the whole text.
    """
    known = [(point.words, point.peak, point.peak_interval) for point in learning_curve.points]
    points = [(words, peak, ends) for words, peak, ends in known if peak is not None and ends is not None]
    first, last = _limits(learning_curve)
    extrapolated = _extrapolations(learning_curve, colors.line(1))
    middle = (
        learning_curve.last.words * math.sqrt(learning_curve.extrapolations[-1].times)
        if learning_curve.extrapolations
        else math.nan
    )
    line = Series(_column([each[0] for each in points]), _column([each[1] for each in points]), colors.line(0))
    return Plot(
        (*extrapolated, _bars([each[0] for each in points], [each[2] for each in points], colors.line(0)), line)
        if points
        else (),
        (Marker(middle, EXTRAPOLATED, colors.line(1)),) if extrapolated else (),
        x_label=X_LABEL,
        y_label=f"peak accuracy {whole_peak(learning_curve)}",
        log_x=True,
        x_min=first,
        x_max=last,
        y_min=0.0,
        y_max=1.0,
        y_percent=True,
        cursor=float(learning_curve.last.words) if extrapolated else None,
        empty="too few questions are covered to tell",
    )


def size_plot(learning_curve: LearningCurve, dim: int | None, colors: Palette) -> Plot:
    """Return the critical size by words of text, its intervals upright; dotted the size `dim` of the user's model."""
    known = [(point.words, point.critical, point.critical_interval) for point in learning_curve.points]
    points = [(words, size, ends) for words, size, ends in known if size is not None and ends is not None]
    first, last = _limits(learning_curve)
    series: tuple[Series, ...] = ()
    if points:
        series = (
            _bars([each[0] for each in points], [each[2] for each in points], colors.line(2)),
            Series(_column([each[0] for each in points]), _column([each[1] for each in points]), colors.line(2)),
        )
    yours = "" if dim is None else f", yours {dim}"
    most = max((each[2][1] for each in points), default=1.0)
    if dim is not None and points:
        across = _column([first, last])
        series = (Series(across, np.full(2, float(dim)), colors.forecast, dotted=True), *series)
        most = max(most, float(dim))
    return Plot(
        series,
        x_label=X_LABEL,
        y_label=f"critical size {whole_critical(learning_curve)}{yours}",
        log_x=True,
        x_min=first,
        x_max=last,
        y_min=0.0,
        y_max=most * _ABOVE,
        cursor=float(learning_curve.last.words) if learning_curve.extrapolations and points else None,
        empty="no critical size is known",
    )


def _column(values: Sequence[float]) -> NDArray[np.float64]:
    return np.array(values, np.float64)
