"""How a category's accuracy and sizes grow with the text, how sure that is, and what more text may give (*ours*).

Accuracies are averaged, compared and extrapolated as u = arcsin(sqrt(p)), in which their spread is about the same
everywhere; sizes in logarithms. The factors below were measured on a 15-million-word corpus of books, V = 3,000
(`tests/benchmarks/test_plan.py` repeats it).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.theory.critical_size import FEWEST_QUESTIONS, CriticalSize, bootstrap_weights

#: Of a normal law, so much is within this many standard deviations: intervals are of 95%.
Z = 1.96
#: A category's own spread counts beside that of all categories as if the latter were known from so many more parts.
_PRIOR_FREEDOM = 8
#: Half of the standard deviation that u would have if each question were answered by itself.
_LEAST_SPREAD = 0.25
#: Variance of what a doubling adds, in that of a part: of a whole less the mean of its halves, or less one of them.
_GAIN_VARIANCE, _GAIN_VARIANCE_OF_ONE = 0.5, 1.0
#: Variance added by each doubling beyond the text, in that of a part.
_AHEAD_VARIANCE = 1.5
#: The trend is a line through so many sizes of text, and the weights of the largest first.
_TREND_LEVELS, _TREND_WEIGHTS = 4, (2.0, 2.0, 1.0, 1.0)
_FEWEST_LEVELS = 3
#: An interval that spans so much of the sizes looked at tells nothing.
_ABOUT_ALL = 0.9
#: What is said of more text goes to this many doublings.
DOUBLINGS = (1, 2)
MOST_DOUBLINGS = 3

Interval = tuple[float, float]


@dataclass(frozen=True)
class Resampled:
    """What resampling a category's word pairs does: the standard deviation of its peak in u, and its onsets' interval.

    `onset` is that of the middle 95% of the draws in which there is one; None where there is none.
    """

    peak_spread: float
    onset: Interval | None


@dataclass(frozen=True)
class MeasuredPart:
    """One part of the text, measured: `sizes` and `resampled` hold a category each, and last all together.

    `level` is how often the text was halved, `words` its words, of which `vocab_size` are modelled; `dims` the sizes
    looked at; `eigenvalues` the largest of M*, descending, `lambda_next` the second smallest, `frobenius_sq` its
    squared norm; `seconds` is how long measuring took. Where the part tells nothing, `eigenvalues` is empty.
    """

    level: int
    repeat: int
    documents: int
    words: int
    vocab_size: int
    dims: tuple[int, ...]
    sizes: tuple[CriticalSize, ...]
    resampled: tuple[Resampled, ...]
    eigenvalues: NDArray[np.float64]
    lambda_next: float
    frobenius_sq: float
    seconds: float


@dataclass(frozen=True)
class Point:
    """A category at one size of text: means over its disjoint parts, with 95% intervals.

    Intervals hold what other word pairs of the kind (bootstrap) and another text of the kind and size (the spread over
    disjoint parts) would change. `attempted` questions of `total`. `known` of `repeats` parts have a critical size;
    `critical` and `onset` are means over those that have one; `onset_unsure`: its interval spans about all sizes looked
    at, so that it tells nothing. What is not known is None.
    """

    level: int
    words: int
    repeats: int
    attempted: float
    total: int
    peak: float | None
    peak_interval: Interval | None
    known: int
    critical: float | None
    critical_interval: Interval | None
    onset: float | None
    onset_interval: Interval | None
    onset_unsure: bool


@dataclass(frozen=True)
class Extrapolation:
    """An extrapolation: the range of the peak accuracy with `times` the text, of the same kind and questions."""

    times: int
    words: int
    low: float
    high: float


@dataclass(frozen=True)
class LearningCurve:
    """A category against words of text: `points` ascend, the last is the whole text.

    `spread` is the standard deviation of u between texts of one size, `size_spread` that of the logarithm of the
    critical size; None where no size has two parts. `gain` is what
    the last doubling of the text added to the peak accuracy (low, estimate, high); None where it is not known. `whole`
    is the critical size on the whole text, over its `dims`. `trends` are (u at the whole text, slope a doubling): none
    where the text has too few sizes.
    """

    name: str
    dims: tuple[int, ...]
    whole: CriticalSize
    points: tuple[Point, ...]
    spread: float | None
    size_spread: float | None
    gain: tuple[float, float, float] | None
    trends: tuple[tuple[float, float], ...]

    @property
    def last(self) -> Point:
        """Return the point of the whole text."""
        return self.points[-1]

    @property
    def ahead(self) -> tuple[Extrapolation, ...]:
        """Return the ranges of the next `DOUBLINGS`; none where no trend is known."""
        ranges = [(2**doublings, self.range_at(doublings)) for doublings in DOUBLINGS]
        return tuple(Extrapolation(times, self.last.words * times, *ends) for times, ends in ranges if ends is not None)

    def range_at(self, doublings: float) -> Interval | None:
        """Return the range of the peak accuracy after so many more doublings of the text; None where no trend is known.

        From the lower of two trends to the higher, each less and more 1.96 s sqrt(1.5 k) for k doublings: the line
        through the last sizes of text (four of them), and the step from the last halving to the whole. A trend that
        bends is between them. On books, 94% of the peaks with twice and with four times the text were inside.
        """
        if not self.trends or self.spread is None:
            return None
        margin = Z * self.spread * math.sqrt(_AHEAD_VARIANCE * doublings)
        ends = [start + slope * doublings for start, slope in self.trends]
        return accuracy_of(min(ends) - margin), accuracy_of(max(ends) + margin)

    def words_for(self, accuracy: float) -> tuple[int | None, int | None]:
        """Return the fewest and the most words of text at which the range reaches `accuracy`, an extrapolation.

        The first is None where it does not within 2^`MOST_DOUBLINGS` times the text, the second where it may not.
        """
        grid = np.linspace(0, MOST_DOUBLINGS, 16 * MOST_DOUBLINGS + 1)[1:]
        ranges = [self.range_at(float(k)) for k in grid]
        found: list[int | None] = []
        for end in (1, 0):
            reached = [k for k, r in zip(grid, ranges, strict=True) if r is not None and r[end] >= accuracy]
            found.append(round(self.last.words * 2 ** float(reached[0])) if reached else None)
        return found[0], found[1]


def arcsine_sqrt(accuracy: float) -> float:
    """Return u = arcsin(sqrt(p)) of an accuracy p in [0, 1]."""
    return math.asin(math.sqrt(min(1.0, max(0.0, accuracy))))


def accuracy_of(u: float) -> float:
    """Return the accuracy of u; beyond its ends 0 and 1."""
    return math.sin(min(math.pi / 2, max(0.0, u))) ** 2


def resampled(
    outcomes: NDArray[np.bool_], dims: Sequence[int], analogies: Analogies, draws: int, seed: int
) -> tuple[Resampled, ...]:
    """Return what resampling the word pairs of each category does, and last that of all together.

    `outcomes` (n_dims, N) are per question. Word pairs are resampled inside each category.
    """
    found, all_hits, all_asked = [], np.zeros((draws, len(dims))), np.zeros((draws, 1))
    together = np.zeros(len(dims))
    for number in range(len(analogies.names)):
        mine = analogies.category == number
        own = outcomes[:, mine].T.astype(np.float64)
        weights = bootstrap_weights(analogies.pairs[mine], draws, seed + number)
        hits, asked = weights @ own, weights.sum(axis=1, keepdims=True)
        found.append(_resampled(hits, asked, own.sum(axis=0), dims))
        all_hits, all_asked, together = all_hits + hits, all_asked + asked, together + own.sum(axis=0)
    return (*found, _resampled(all_hits, all_asked, together, dims))


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


def _spreads(squares: Sequence[_Squares]) -> list[float | None]:
    """Return the standard deviation of each category, and of all together (the last), None where none is known.

    That of a category is drawn towards that of all categories, which counts for eight degrees of freedom.
    """
    freedom = sum(each.freedom for each in squares[:-1])
    shared = sum(each.total for each in squares[:-1]) / freedom if freedom else None
    found: list[float | None] = []
    for each in squares[:-1]:
        drawn = None if shared is None else each.total + _PRIOR_FREEDOM * shared
        found.append(None if drawn is None else math.sqrt(drawn / (each.freedom + _PRIOR_FREEDOM)))
    last = squares[-1]
    found.append(math.sqrt(last.total / last.freedom) if last.freedom else None)
    return found


def _told(size: CriticalSize) -> bool:
    return size.attempted >= FEWEST_QUESTIONS


def _log_interval(values: Sequence[float], pairs: Sequence[Interval], spread: float | None, largest: int) -> Interval:
    """Return the interval of a size: half-widths of the bootstrap (means) and of the spread, in quadrature.

    It ends at 1 and at the `largest` size looked at.
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
    return arcsine_sqrt(size.peak) if _told(size) else None


def _critical(size: CriticalSize) -> float | None:
    return None if size.critical_size is None else math.log(size.critical_size)


def _onset(size: CriticalSize) -> float | None:
    return None if size.onset is None else math.log(size.onset)


def _point(
    level: tuple[tuple[MeasuredPart, CriticalSize, Resampled], ...],
    spread: float | None,
    critical_spread: float | None,
    onset_spread: float | None,
) -> Point:
    largest = max((sample.dims[-1] for sample, _, _ in level if sample.dims), default=1)
    told = [(size, found) for _, size, found in level if _told(size)]
    peak = peak_interval = None
    if told:
        u = float(np.mean([arcsine_sqrt(size.peak) for size, _ in told]))
        margin = Z * math.hypot(float(np.mean([found.peak_spread for _, found in told])), spread or 0.0)
        peak, peak_interval = accuracy_of(u), (accuracy_of(u - margin), accuracy_of(u + margin))
    sizes = [(size.critical_size, size.interval) for _, size, _ in level]
    known = [(float(size), (float(ends[0]), float(ends[1]))) for size, ends in sizes if size and ends]
    begun = [(float(size.onset), found.onset) for _, size, found in level if size.onset and found.onset]
    onset_interval = _interval(begun, onset_spread, largest)
    return Point(
        level=level[0][0].level,
        words=round(float(np.mean([sample.words for sample, _, _ in level]))),
        repeats=len(level),
        attempted=float(np.mean([size.attempted for _, size, _ in level])),
        total=level[0][1].total,
        peak=peak,
        peak_interval=peak_interval,
        known=len(known),
        critical=_middle(known),
        critical_interval=_interval(known, critical_spread, largest),
        onset=_middle(begun),
        onset_interval=onset_interval,
        onset_unsure=onset_interval is not None and _spans(onset_interval, largest),
    )


def _spans(ends: Interval, largest: int) -> bool:
    """Return whether an interval of sizes is about as wide, in logarithms, as all sizes looked at, from 1 on."""
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

    `peaks` are in u, by level from the whole text on; the first empty one ends what is looked at.
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


def learning_curves(samples: Sequence[MeasuredPart]) -> tuple[LearningCurve, ...]:
    """Return the growth of each category, and last that of all together, from the parts of a text and the whole.

    Disjoint parts of one size give the spread, pooled over the sizes that the trend goes through, and drawn towards
    that of all categories.
    """
    levels = sorted({sample.level for sample in samples})
    count = len(samples[0].sizes)
    categories = [
        _Category(
            tuple(
                tuple((s, s.sizes[number], s.resampled[number]) for s in samples if s.level == level)
                for level in levels
            )
        )
        for number in range(count)
    ]
    spread, critical, onset = (
        _spreads([_squares(category.values(what)[:_TREND_LEVELS]) for category in categories])
        for what in (_peak, _critical, _onset)
    )
    found: list[LearningCurve] = []
    for number, category in enumerate(categories):
        whole = category.levels[0][0][1]
        s = spread[number]
        if s is not None:
            # texts that agree by chance, as where all answers are right, are not known to a hair
            s = max(s, _LEAST_SPREAD / math.sqrt(max(1, whole.attempted)))
        peaks = category.values(_peak)
        points = tuple(_point(level, s, critical[number], onset[number]) for level in reversed(category.levels))
        trends = _trends(peaks) if s is not None else ()
        found.append(
            LearningCurve(
                whole.name, category.levels[0][0][0].dims, whole, points, s, critical[number], _gain(peaks, s), trends
            )
        )
    return tuple(found)
