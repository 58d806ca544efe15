"""Parts measured that were not: parts with the accuracies that a test wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qwem_tui.study.plan.curve_fitting import learning_curves
from qwem_tui.study.plan.learning_curve import LearningCurve, MeasuredPart, Resampled
from qwem_tui.study.plan.verdict import Coverage
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.critical_size import OVERALL, CriticalSize, size_grid
from qwem_tui.theory.reason import Reason

DIMS = size_grid(100)
WORDS = 1_000_000
COVERED = Coverage(1320, 1320, (), (), ())


def size(
    name: str, peak: float, critical: int | None = 10, asked: tuple[int, int] = (1320, 1320), width: float = 1.3
) -> CriticalSize:
    """A category that rises in a line to its peak at twice its critical size, and stays there."""
    at = 2 * (critical or 10)
    curve = np.array([peak * min(1.0, d / at) for d in DIMS])
    interval = None if critical is None else (max(1, int(critical / width)), int(critical * width))
    reason = None if critical is not None else Reason("too unsure to mark", "peak 3% on 12 word pairs may be chance")
    if asked[0] < 12:
        reason = Reason("too few to tell", f"{asked[0]} of {asked[1]} questions covered")
    onset = None if critical is None else max(1, critical // 2)
    return CriticalSize(name, *asked, curve, peak, min(at, DIMS[-1]), critical, interval, onset, reason)


def measured_parts(
    by_category: Mapping[str, Sequence[Sequence[CriticalSize]]], pair_spread: float = 0.05
) -> tuple[MeasuredPart, ...]:
    """Return parts: of each category, by level from the whole text on, the sizes in the disjoint parts."""
    names = list(by_category)
    levels = len(by_category[names[0]])
    found = []
    for level in reversed(range(levels)):
        for repeat in range(len(by_category[names[0]][level])):
            each = Resampled(pair_spread, (2.0, 9.0))
            sizes = [by_category[name][level][repeat] for name in names]
            overall = size(OVERALL, float(np.mean([each.peak for each in sizes])), 10)
            found.append(
                MeasuredPart(
                    level=level,
                    repeat=repeat,
                    documents=1000 >> level,
                    words=WORDS >> level,
                    vocab_size=1000 - 50 * level,
                    dims=DIMS,
                    sizes=ByCategory(tuple(sizes), overall),
                    resampled=ByCategory((each,) * len(names), each),
                    eigenvalues=np.linspace(500.0, 20.0, 100),
                    lambda_next=-30.0,
                    frobenius_sq=1e7,
                    seconds=10.0 / (1 + level),
                )
            )
    return tuple(found)


def levels(
    name: str, peaks: Sequence[float], critical: int | None = 10, wobble: float = 0.0, repeats: int = 4
) -> list[list[CriticalSize]]:
    """Return the sizes of a category by level from the whole text on: parts of a level differ by `wobble`."""
    found = []
    for level, peak in enumerate(peaks):
        count = min(repeats, 2**level)
        around = np.linspace(-wobble, wobble, count) if count > 1 else np.zeros(1)
        found.append([size(name, float(np.clip(peak + each, 0, 1)), critical) for each in around])
    return found


def curve_of(by_level: Sequence[Sequence[CriticalSize]], name: str = "one") -> LearningCurve:
    """Return the learning curve of one category whose sizes, by level from the whole text on, are these."""
    return learning_curves(measured_parts({name: by_level})).categories[0]


def grown(
    peaks: Sequence[float], critical: int | None = 10, wobble: float = 0.02, name: str = "one", repeats: int = 4
) -> LearningCurve:
    """Return the growth of one category whose peaks are these, from the whole text on."""
    return curve_of(levels(name, peaks, critical, wobble, repeats), name)


RISING = [0.6, 0.45, 0.3, 0.15]
FLAT = [0.5, 0.5, 0.45, 0.3]
UNCOVERED = Coverage(7, 4524, ("oslo",), ("athens", "greece", "rome"), ((2000, 7), (4000, 11)))


def lost(name: str = "one") -> LearningCurve:
    """Return the learning curve of a category of which too few questions are covered."""
    return curve_of([[size(name, 0.3, None, (7, 4524))], [size(name, 0.3, None, (3, 4524))]], name)
