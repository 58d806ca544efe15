"""How a category's accuracy and sizes grow with the text, how sure that is, and what more text may give (*ours*).

Accuracies are averaged, compared and extrapolated as u = arcsin(sqrt(p)), in which their spread is about the same
everywhere. `curve_fitting` makes curves from the parts measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import CriticalSize

#: 95% of a normal law is within this many standard deviations of its mean: intervals are of 95%.
Z = 1.96
#: Variance added by each doubling beyond the text, in that of a part.
_EXTRAPOLATION_VARIANCE = 1.5
#: Extrapolations go to this many doublings of the text.
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
    """One part of the text, measured.

    `level` is how often the text was halved, `words` its words, of which `vocab_size` are modelled; `dims` the sizes
    evaluated; `eigenvalues` the largest of M*, descending, `lambda_next` the second smallest, `frobenius_sq` its
    squared norm; `seconds` is how long measuring took. Where the part tells nothing, `eigenvalues` is empty.
    """

    level: int
    repeat: int
    documents: int
    words: int
    vocab_size: int
    dims: tuple[int, ...]
    sizes: ByCategory[CriticalSize]
    resampled: ByCategory[Resampled]
    eigenvalues: NDArray[np.float64]
    lambda_next: float
    frobenius_sq: float
    seconds: float


@dataclass(frozen=True)
class Point:
    """A category at one size of text: means over its disjoint parts, with 95% intervals.

    Intervals hold what other word pairs (bootstrap) and another text of the same kind and size (the spread over
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
    def extrapolations(self) -> tuple[Extrapolation, ...]:
        """Return the ranges of the next `DOUBLINGS`; none where no trend is known."""
        ranges = [(2**doublings, self.range_at(doublings)) for doublings in DOUBLINGS]
        return tuple(Extrapolation(times, self.last.words * times, *ends) for times, ends in ranges if ends is not None)

    def range_at(self, doublings: float) -> Interval | None:
        """Return the range of the peak accuracy after that many `doublings` of the text; None where no trend is known.

        From the lower of two trends to the higher, each less and more 1.96 s sqrt(1.5 k) for k doublings: the line
        through the last sizes of text (four of them), and the step from the last halving to the whole. A trend that
        bends is between them. On books, 94% of the peaks with twice and with four times the text were inside.
        """
        if not self.trends or self.spread is None:
            return None
        margin = Z * self.spread * math.sqrt(_EXTRAPOLATION_VARIANCE * doublings)
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
