"""Accuracies and sizes of a plan with their intervals, as text that the table and the page share."""

from __future__ import annotations

from qwem_tui.base.units import percent
from qwem_tui.study.plan.domain import Carried
from qwem_tui.study.plan.learning_curve import Interval, LearningCurve, Point
from qwem_tui.study.plan.verdict import between, sizes_between

UNKNOWN = "–"
#: Stands for an interval that spans about all sizes evaluated.
UNSURE = "unsure"


def share(level: int) -> str:
    """Return 1 / 2^`level` of a text in words."""
    return "the whole" if level == 0 else f"1/{2**level}"


def accuracy(value: float | None, ends: Interval | None) -> str:
    """Return an accuracy with its interval: 48% (45–51%)."""
    return UNKNOWN if value is None or ends is None else f"{percent(value)} ({between(ends)})"


def size(value: float | None, ends: Interval | None, rising: bool = False) -> str:
    """Return a size with its interval: 14 (10–20); `rising`: it may be larger."""
    mark = "≥" if rising else ""
    return UNKNOWN if value is None or ends is None else f"{mark}{value:.0f} ({sizes_between(ends)})"


def may_be_larger(learning_curve: LearningCurve, point: Point) -> bool:
    """Return whether the critical size at a point may be larger: accuracy may rise beyond the largest size measured."""
    return learning_curve.whole.rising and point.level == 0


def critical(learning_curve: LearningCurve, point: Point) -> str:
    """Return the critical size at a point with its interval."""
    return size(point.critical, point.critical_interval, may_be_larger(learning_curve, point))


def onset(point: Point) -> str:
    """Return the onset at a point with its interval; a word where that spans about all sizes."""
    return UNSURE if point.onset_unsure else size(point.onset, point.onset_interval)


def own_size(each: Carried) -> str:
    """Return the critical size in one's own text with its interval."""
    ends = each.own.interval
    return size(each.own.critical_size, None if ends is None else (float(ends[0]), float(ends[1])))


def general_sizes(each: Carried) -> str:
    """Return the critical sizes in the general texts, a dash for each that is not known."""
    return ", ".join(UNKNOWN if size.critical_size is None else f"{size.critical_size}" for size in each.general)


def shift(ends: tuple[float, float, float] | None) -> str:
    """Return a shift (low, estimate, high) with its interval; a dash where it is not known."""
    return UNKNOWN if ends is None else f"{ends[1]:.1f} ({ends[0]:.1f}–{ends[2]:.1f})"
