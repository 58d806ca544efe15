"""From the measured parts of a text to the learning curve of each category (*ours*).

Accuracies are averaged as u = arcsin(sqrt(p)) (see `learning_curve`), sizes in logarithms. The factors below were
measured on a 15-million-word corpus of books, V = 3,000 (`tests/benchmarks/test_plan.py` repeats it).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.study.plan.learning_curve import (
    Interval,
    LearningCurve,
    MeasuredPart,
    Point,
    Resampled,
    Z,
    accuracy_of,
    arcsine_sqrt,
)
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import FEWEST_QUESTIONS, CriticalSize, bootstrap_weights

#: A category's own spread counts beside that of all categories as if the latter were known from N more parts.
_PRIOR_FREEDOM = 8
#: Half of the standard deviation that u would have if each question were answered by itself.
_LEAST_SPREAD = 0.25
#: Variance of what the last doubling added, in units of that of one part. It is the value of the whole less the mean
#: over its two halves, or, where one half alone was measured, less the value of that.
_GAIN_VARIANCE, _GAIN_VARIANCE_OF_ONE = 0.5, 1.0
#: The trend is a line through N sizes of text, with these weights, those of the largest first.
_TREND_LEVELS, _TREND_WEIGHTS = 4, (2.0, 2.0, 1.0, 1.0)
_FEWEST_LEVELS = 3
#: An interval that spans this share of the sizes evaluated tells nothing.
_ABOUT_ALL = 0.9


def resampled(
    outcomes: NDArray[np.bool_], dims: Sequence[int], analogies: Analogies, draws: int, seed: int
) -> ByCategory[Resampled]:
    """Return what resampling the word pairs of each category does, and of all of them.

    `outcomes` (n_dims, N) are per question. Word pairs are resampled inside each category.
    """
    found, all_hits, all_asked = [], np.zeros((draws, len(dims))), np.zeros((draws, 1))
    all_right = np.zeros(len(dims))
    for number in range(len(analogies.names)):
        mine = analogies.category == number
        own = outcomes[:, mine].T.astype(np.float64)
        weights = bootstrap_weights(analogies.pairs[mine], draws, seed + number)
        hits, asked = weights @ own, weights.sum(axis=1, keepdims=True)
        found.append(_resampled(hits, asked, own.sum(axis=0), dims))
        all_hits, all_asked, all_right = all_hits + hits, all_asked + asked, all_right + own.sum(axis=0)
    return ByCategory(tuple(found), _resampled(all_hits, all_asked, all_right, dims))


def _resampled(
    hits: NDArray[np.float64], asked: NDArray[np.float64], right: NDArray[np.float64], dims: Sequence[int]
) -> Resampled:
    curves = np.zeros(hits.shape)
    np.divide(hits, asked, out=curves, where=asked > 0)
    at_peak = np.arcsin(np.sqrt(np.clip(curves[:, int(right.argmax())], 0, 1)))
    zero = curves <= 0
    # the size after the last at which accuracy is zero
    first = np.where(zero.any(axis=1), len(dims) - zero[:, ::-1].argmax(axis=1), 0)
    onsets = np.asarray(dims)[first[first < len(dims)]]
    interval = None
    if len(onsets):
        low, high = np.quantile(onsets, [0.025, 0.975], method="nearest")
        interval = (float(low), float(high))
    return Resampled(float(at_peak.std()), interval)


@dataclass(frozen=True)
class _Spreads:
    """The standard deviations between texts of one size, of u and of the logarithms of sizes; None where not known."""

    peak: float | None
    critical: float | None
    onset: float | None


@dataclass(frozen=True)
class _Squares:
    """The spread of disjoint parts around the mean of their size: the sum of squares, and its degrees of freedom."""

    total: float = 0.0
    freedom: int = 0

    def plus(self, values: Sequence[float]) -> _Squares:
        if len(values) < 2:
            return self
        around = np.asarray(values) - np.mean(values)
        return _Squares(self.total + float(around @ around), self.freedom + len(values) - 1)


def _squares(by_level: Iterable[Sequence[float]]) -> _Squares:
    found = _Squares()
    for values in by_level:
        found = found.plus(values)
    return found


def _spreads(squares: ByCategory[_Squares]) -> ByCategory[float | None]:
    """Return the standard deviation of each category, and of the overall figure, None where none is known.

    That of a category is drawn towards that of all categories, which counts for eight degrees of freedom.
    """
    freedom = sum(each.freedom for each in squares.categories)
    shared = sum(each.total for each in squares.categories) / freedom if freedom else None
    found: list[float | None] = []
    for each in squares.categories:
        drawn = None if shared is None else each.total + _PRIOR_FREEDOM * shared
        found.append(None if drawn is None else math.sqrt(drawn / (each.freedom + _PRIOR_FREEDOM)))
    overall = squares.overall
    return ByCategory(tuple(found), math.sqrt(overall.total / overall.freedom) if overall.freedom else None)


def _measurable(size: CriticalSize) -> bool:
    return size.attempted >= FEWEST_QUESTIONS


def _log_interval(values: Sequence[float], pairs: Sequence[Interval], spread: float | None, largest: int) -> Interval:
    """Return the interval of a size: half-widths of the bootstrap (means) and of the spread, in quadrature.

    It ends at 1 and at the `largest` size evaluated.
    """
    middle = float(np.mean(np.log(values)))
    text = Z * (spread or 0.0)
    below = float(np.mean([math.log(value / low) for value, (low, _) in zip(values, pairs, strict=True)]))
    above = float(np.mean([math.log(high / value) for value, (_, high) in zip(values, pairs, strict=True)]))
    low = math.exp(middle - math.hypot(max(0.0, below), text))
    return max(1.0, low), min(float(largest), math.exp(middle + math.hypot(max(0.0, above), text)))


@dataclass(frozen=True)
class _Category:
    """One category in every part: by level from the whole text to the smallest, the parts of each level."""

    levels: tuple[tuple[tuple[MeasuredPart, CriticalSize, Resampled], ...], ...]

    def values(self, what: Callable[[CriticalSize], float | None]) -> list[list[float]]:
        """Return what is known of the parts of each level."""
        found = []
        for level in self.levels:
            known = (what(size) for _, size, _ in level)
            found.append([value for value in known if value is not None])
        return found


def _peak(size: CriticalSize) -> float | None:
    return arcsine_sqrt(size.peak) if _measurable(size) else None


def _critical(size: CriticalSize) -> float | None:
    return None if size.critical_size is None else math.log(size.critical_size)


def _onset(size: CriticalSize) -> float | None:
    return None if size.onset is None else math.log(size.onset)


def _point(level: tuple[tuple[MeasuredPart, CriticalSize, Resampled], ...], spreads: _Spreads) -> Point:
    largest = max((part.dims[-1] for part, _, _ in level if part.dims), default=1)
    asked = [(size, found) for _, size, found in level if _measurable(size)]
    peak = peak_interval = None
    if asked:
        u = float(np.mean([arcsine_sqrt(size.peak) for size, _ in asked]))
        margin = Z * math.hypot(float(np.mean([found.peak_spread for _, found in asked])), spreads.peak or 0.0)
        peak, peak_interval = accuracy_of(u), (accuracy_of(u - margin), accuracy_of(u + margin))
    sizes = [(size.critical_size, size.interval) for _, size, _ in level]
    known = [(float(size), (float(ends[0]), float(ends[1]))) for size, ends in sizes if size and ends]
    begun = [(float(size.onset), found.onset) for _, size, found in level if size.onset and found.onset]
    onset_interval = _interval(begun, spreads.onset, largest)
    return Point(
        level=level[0][0].level,
        words=round(float(np.mean([part.words for part, _, _ in level]))),
        repeats=len(level),
        attempted=float(np.mean([size.attempted for _, size, _ in level])),
        total=level[0][1].total,
        peak=peak,
        peak_interval=peak_interval,
        known=len(known),
        critical=_middle(known),
        critical_interval=_interval(known, spreads.critical, largest),
        onset=_middle(begun),
        onset_interval=onset_interval,
        onset_unsure=onset_interval is not None and _spans(onset_interval, largest),
    )


def _spans(ends: Interval, largest: int) -> bool:
    """Return whether an interval of sizes is about as wide, in logarithms, as all sizes evaluated, from 1 on."""
    return math.log(ends[1] / ends[0]) >= _ABOUT_ALL * math.log(max(2, largest))


def _middle(known: Sequence[tuple[float, Interval]]) -> float | None:
    """Return the geometric mean; that of one is itself, to the last bit."""
    if len(known) == 1:
        return known[0][0]
    return math.exp(float(np.mean(np.log([value for value, _ in known])))) if known else None


def _interval(known: Sequence[tuple[float, Interval]], spread: float | None, largest: int) -> Interval | None:
    values, pairs = [value for value, _ in known], [ends for _, ends in known]
    return _log_interval(values, pairs, spread, largest) if known else None


def _trends(peaks: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    """Return (u at the whole text, slope a doubling) of the two trends; none where fewer than three sizes are known.

    `peaks` are in u, by level from the whole text on; the first empty one ends what is evaluated.
    """
    means = []
    for values in peaks[:_TREND_LEVELS]:
        if not values:
            break
        means.append(float(np.mean(values)))
    if len(means) < _FEWEST_LEVELS:
        return ()
    halvings = -np.arange(len(means), dtype=np.float64)
    slope, start = np.polyfit(halvings, means, 1, w=_TREND_WEIGHTS[: len(means)])
    return (float(start), float(slope)), (means[0], means[0] - means[1])


def _gain(peaks: Sequence[Sequence[float]], spread: float | None) -> tuple[float, float, float] | None:
    if spread is None or len(peaks) < 2 or not peaks[0] or not peaks[1]:
        return None
    variance = _GAIN_VARIANCE if len(peaks[1]) > 1 else _GAIN_VARIANCE_OF_ONE
    margin = Z * spread * math.sqrt(variance)
    now = peaks[0][0]
    step = now - float(np.mean(peaks[1]))
    low, middle, high = (accuracy_of(now) - accuracy_of(now - each) for each in (step - margin, step, step + margin))
    return low, middle, high


def learning_curves(parts: Sequence[MeasuredPart]) -> ByCategory[LearningCurve]:
    """Return the learning curve of each category, and the overall one, from the parts of a text and the whole.

    Disjoint parts of one size give the spread, pooled over the sizes that the trend goes through, and drawn towards
    that of all categories.
    """
    levels = sorted({part.level for part in parts})
    numbers = ByCategory[int | None](tuple(range(len(parts[0].sizes.categories))), None)

    def measured(number: int | None) -> _Category:
        own = tuple((part, part.sizes.at(number), part.resampled.at(number)) for part in parts)
        return _Category(tuple(tuple(each for each in own if each[0].level == level) for level in levels))

    categories = numbers.map(measured)
    peak, critical, onset = (
        _spreads(categories.map(lambda category: _squares(category.values(what)[:_TREND_LEVELS])))  # noqa: B023
        for what in (_peak, _critical, _onset)
    )
    return numbers.map(
        lambda number: _learning_curve(
            categories.at(number), _Spreads(peak.at(number), critical.at(number), onset.at(number))
        )
    )


def _learning_curve(category: _Category, spreads: _Spreads) -> LearningCurve:
    part, whole, _ = category.levels[0][0]
    if spreads.peak is not None:
        # texts that agree by chance, as where all answers are right, are not known to a hair
        spreads = replace(spreads, peak=max(spreads.peak, _LEAST_SPREAD / math.sqrt(max(1, whole.attempted))))
    peaks = category.values(_peak)
    return LearningCurve(
        name=whole.name,
        dims=part.dims,
        whole=whole,
        points=tuple(_point(level, spreads) for level in reversed(category.levels)),
        spread=spreads.peak,
        size_spread=spreads.critical,
        gain=_gain(peaks, spreads.peak),
        trends=_trends(peaks) if spreads.peak is not None else (),
    )
