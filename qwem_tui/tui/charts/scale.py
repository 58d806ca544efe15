"""Axis maths: from values to places, coarse limits and round ticks. Nothing here knows cells, colours or a screen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Ratios of at most 5/3: an axis rescales rarely, yet the data fills at least three fifths of it.
_CEILINGS = (1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0)
_HUGE = 1e300
_TINY = 1e-300
_MAX_TICKS = 200


@dataclass(frozen=True)
class Axis:
    """One direction of a chart: the values at its two ends, and whether it is logarithmic."""

    lo: float
    hi: float
    log: bool = False

    def positions(self, values: Floats, count: int) -> Floats:
        """Return where `values` lie in units of dots: 0.0 at `lo`, `count - 1` at `hi`, NaN for NaN.

        `values` come from `drawable`. Those outside the limits get positions outside [0, count - 1].
        """
        if self.log:
            start, end = math.log10(self.lo), math.log10(self.hi)
            return np.asarray((np.log10(values) - start) * ((count - 1) / (end - start)), dtype=np.float64)
        with np.errstate(over="ignore"):
            return np.asarray((values - self.lo) / (self.hi - self.lo) * (count - 1), dtype=np.float64)

    def value_at(self, share: float) -> float:
        """Return the value at `share` of the way from `lo` to `hi`."""
        if self.log:
            return float(self.lo * (self.hi / self.lo) ** share)
        return self.lo + share * (self.hi - self.lo)

    def share_of(self, value: float) -> float:
        """Return how far `value` is on the way from `lo` to `hi`, the inverse of `value_at`; above 0 on a log axis."""
        return float(self.positions(np.array([value]), 2)[0])

    def cells(self, values: Sequence[float], cells: int, per_cell: int) -> list[int | None]:
        """Return for each value the cell, 0 to `cells` - 1, of the dot nearest to it; None when outside the axis.

        A cell has `per_cell` dots: it is the dot that places a value, so ticks stand exactly where the data does.
        """
        count = cells * per_cell
        places = self.positions(drawable(np.array(values, dtype=np.float64), self.log), count)
        return [round(place) // per_cell if -0.5 < place < count - 0.5 else None for place in places.tolist()]


def drawable(values: Floats, log: bool) -> Floats:
    """Return a copy of `values` (same shape) with NaN for everything an axis cannot show."""
    flat = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        shown = np.abs(flat) <= _HUGE
        if log:
            shown &= flat >= _TINY
    return np.where(shown, flat, np.nan)


def _mantissa(value: float) -> tuple[float, int]:
    exponent = math.floor(math.log10(value))
    return value / 10.0**exponent, exponent


def _scaled(mantissa: float, exponent: int) -> float:
    # Through text: 3 * 10.0**-1 is 0.30000000000000004 and would show up in a label.
    return float(f"{mantissa}e{exponent}")


def coarse_ceiling(value: float) -> float:
    """Return the smallest of 1, 1.5, 2, 3, 5, 8 times a power of ten that is >= `value`; 0.0 for `value` <= 0."""
    if not value >= _TINY:
        return 0.0
    mantissa, exponent = _mantissa(min(value, _HUGE))
    return _scaled(next((m for m in _CEILINGS if m >= mantissa * (1 - 1e-12)), 10.0), exponent)


def coarse_floor(value: float) -> float:
    """Return the largest of 1, 1.5, 2, 3, 5, 8 times a power of ten that is <= `value`; 0.0 for `value` <= 0."""
    if not value >= _TINY:
        return 0.0
    mantissa, exponent = _mantissa(min(value, _HUGE))
    return _scaled(next((m for m in reversed(_CEILINGS) if m <= mantissa * (1 + 1e-12)), 1.0), exponent)


def _usable(limit: float | None, log: bool) -> float | None:
    if limit is None or not abs(limit) <= _HUGE or (log and limit < _TINY):
        return None
    return float(limit)


def fit_axis(
    least: float,
    most: float,
    lo: float | None = None,
    hi: float | None = None,
    *,
    log: bool = False,
    tight: bool = False,
) -> Axis:
    """Return the axis for data from `least` to `most`, with limits that move in coarse jumps as the data grows.

    A limit given in `lo` or `hi` is kept when it can be shown. A linear axis starts at 0 when no value is negative;
    with `tight` it starts near `least` when that is beyond half of `most`, and a log axis starts exactly at `least`.
    """
    wanted_lo, wanted_hi = _usable(lo, log), _usable(hi, log)
    if log:
        auto_lo, auto_hi = (least if tight else coarse_floor(least)), coarse_ceiling(most)
    else:
        auto_lo, auto_hi = _linear_limits(least, most, tight)
    low = auto_lo if wanted_lo is None else wanted_lo
    high = auto_hi if wanted_hi is None else wanted_hi
    return Axis(*_apart(low, high, log, keep_high=wanted_lo is None and wanted_hi is not None), log)


def _linear_limits(least: float, most: float, tight: bool) -> tuple[float, float]:
    if tight and 0 < most / 2 < least < most:
        span = coarse_ceiling(most - least)
        low = math.floor(least / span) * span
        return low, low + coarse_ceiling(most - low)
    return -coarse_ceiling(-least), coarse_ceiling(most)


def _apart(low: float, high: float, log: bool, keep_high: bool) -> tuple[float, float]:
    """Return limits with low < high, far enough apart that a double can divide by the difference."""
    room = low * 1e-9 if log else max(abs(low), abs(high)) * 1e-12
    if high - low > max(room, _TINY):
        return low, high
    if log:
        return (high / 10, high) if keep_high else (low, low * 10)
    step = max(1.0, abs(low if not keep_high else high) * 1e-3)
    return (high - step, high) if keep_high else (low, low + step)


def _steps(span: float) -> Iterator[float]:
    exponent = math.floor(math.log10(span)) - 2
    for power in range(exponent, exponent + 4):
        for mantissa in (1.0, 2.0, 5.0):
            yield _scaled(mantissa, power)


def _multiples(lo: float, hi: float, step: float) -> list[float]:
    slack = 1e-9 * (hi - lo) / step
    first, last = math.ceil(lo / step - slack), math.floor(hi / step + slack)
    if last - first >= _MAX_TICKS:
        return []
    # Rounding to the step's own decimals takes the noise of the product away.
    decimals = max(0, 1 - math.floor(math.log10(step)))
    return [round(k * step, min(decimals, 320)) + 0.0 for k in range(first, last + 1)]


def tick_choices(axis: Axis) -> Iterator[tuple[list[float], float]]:
    """Yield (ticks, step) from the finest round choice to the coarsest; on a log axis step is 0.0 for decades.

    The caller takes the first choice whose labels fit. Ticks ascend and lie within the axis.
    """
    if axis.log:
        low, high = math.log10(axis.lo), math.log10(axis.hi)
        decades = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
        if high - low < 1:
            yield from _linear_choices(axis)
        if len(decades) < 3:
            inner = [_scaled(m, d) for d in range(math.floor(low), math.floor(high) + 1) for m in (1.0, 2.0, 5.0)]
            yield [v for v in inner if axis.lo * (1 - 1e-9) <= v <= axis.hi * (1 + 1e-9)], 0.0
        for every in (1, 2, 3, 5, 10, 20, 50, 100):
            yield [_scaled(1.0, d) for d in decades if d % every == 0], 0.0
    else:
        yield from _linear_choices(axis)


def _linear_choices(axis: Axis) -> Iterator[tuple[list[float], float]]:
    for step in _steps(axis.hi - axis.lo):
        ticks = _multiples(axis.lo, axis.hi, step)
        if ticks:
            yield ticks, step


def tick_label(value: float, step: float = 0.0, percent: bool = False) -> str:
    """Return a short ASCII label for a tick: 1.2k, 0.05, 3M, 1e-5, or 35% with `percent` (value 0.35).

    `step` is the distance to the next tick and settles how many decimals are needed; 0.0 means value stands alone.
    """
    if percent:
        return f"{tick_label(value * 100, step * 100)}%"
    size = abs(value)
    if size == 0:
        return "0"
    if size < 1e-3 or size >= 1e15:
        mantissa, exponent = _mantissa(size)
        digits = _trimmed(mantissa, step / 10.0**exponent)
        if digits == "10":
            digits, exponent = "1", exponent + 1
        return f"{'-' if value < 0 else ''}{digits}e{exponent}"
    for unit, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= unit:
            return _trimmed(value / unit, step / unit) + suffix
    return _trimmed(value, step)


def _trimmed(value: float, step: float) -> str:
    if step > 0:
        text = f"{value:.{min(12, max(0, -math.floor(math.log10(step) + 1e-9)))}f}"
    else:
        text = np.format_float_positional(value, precision=3, fractional=False, trim="-")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
