"""The Marchenko-Pastur law: what the eigenvalues of pure noise look like, and its fit to a measured bulk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]

#: Points of the angle that the CDF is summed over: the integrand is smooth in it, and 1e-6 is reached.
_ANGLES = 1000
#: The search begins with so wide a box (in logarithms) around the moments' estimate, and narrows it by so much a round.
_SEARCH_WIDTH, _SEARCH_SHRINK, _SEARCH_ROUNDS, _SEARCH_POINTS = 1.5, 0.4, 12, 13
#: Fewer eigenvalues than this have no shape that could be fitted.
FEWEST_EIGENVALUES = 8


@dataclass(frozen=True)
class MarchenkoPastur:
    """The limiting law of the eigenvalues of X X^T / d, X (N x d) of independent entries (Marchenko and Pastur 1967).

    `variance` sigma^2 > 0 is that of the entries of X, `ratio` c = N / d > 0. Where c > 1 a share 1 - 1/c of the
    eigenvalues is exactly zero. Eigenvalues are in the units of the variance.
    """

    variance: float
    ratio: float

    def __post_init__(self) -> None:
        if not (self.variance > 0 and self.ratio > 0):
            raise ValueError(f"variance and ratio must be positive, not {self.variance} and {self.ratio}")

    @property
    def edges(self) -> tuple[float, float]:
        """Return the ends of the continuous part, sigma^2 (1 -+ sqrt(c))^2."""
        root = float(np.sqrt(self.ratio))
        return self.variance * (1 - root) ** 2, self.variance * (1 + root) ** 2

    @property
    def zero_mass(self) -> float:
        """Return the share of eigenvalues that are exactly zero: max(0, 1 - 1/c)."""
        return max(0.0, 1 - 1 / self.ratio)

    def cdf(self, x: _Floats) -> _Floats:
        """Return the share of eigenvalues <= `x`, those that are zero included; 0 for negative x."""
        low, high = self.edges
        middle, half = (low + high) / 2, (high - low) / 2
        # x = middle - half cos(angle) takes the square roots out of the integrand, which is then smooth
        angle = np.linspace(0, np.pi, _ANGLES)
        places = middle - half * np.cos(angle)
        # where low is 0 the integrand's limit there is finite: half^2 sin^2 / x -> half (1 + cos)
        ratio = np.full(_ANGLES, 2 * half)
        np.divide((half * np.sin(angle)) ** 2, places, out=ratio, where=places > 1e-12 * high)
        steps = (ratio[1:] + ratio[:-1]) / 2 * (angle[1] - angle[0])
        cumulated = np.concatenate([[0.0], np.cumsum(steps)])
        continuous = cumulated / cumulated[-1] * (1 - self.zero_mass)
        x = np.asarray(x, np.float64)
        # interpolated in the angle, in which the CDF has no infinite slope at an edge
        at = np.arccos(np.clip((middle - x) / half, -1, 1))
        return np.where(x < 0, 0.0, self.zero_mass + np.interp(at, angle, continuous))


@dataclass(frozen=True)
class BulkFit:
    """The Marchenko-Pastur law nearest to a bulk of n eigenvalues of G = R R^T.

    `law` is in units of G / `columns`: the eigenvalues of G are `columns` times its. `columns` = n / ratio is the
    effective number of equal, independent columns of R. Columns with unequal variances act as fewer (*ours*), so it
    comes out below d. `upper_edge` is the end of the bulk in units of G. `distance` is Kolmogorov's, the greatest
    difference of the two CDFs, 1 / (2 n) at least. `eigenvalues` (n,) ascend.
    """

    law: MarchenkoPastur
    columns: float
    upper_edge: float
    distance: float
    eigenvalues: _Floats

    @property
    def noise_distance(self) -> float:
        """Return the distance that fits to true noise of n eigenvalues mostly stay below (*ours*).

        Simulated with Gaussian X for n from 11 to 100 and c from 0.3 to 2: in 84 to 100 of 100 draws.
        """
        n = len(self.eigenvalues)
        return (0.4 + 0.45 * float(np.log(n))) / n

    def expected(self) -> _Floats:
        """Return the quantiles of the law (n,), ascending, in units of G: where its eigenvalues would lie (*ours*)."""
        n = len(self.eigenvalues)
        low, high = self.law.edges
        places = np.linspace(0.0, high, _ANGLES)
        found = np.interp((np.arange(n) + 0.5) / n, self.law.cdf(places), places)
        # between zero, where c > 1 has a share of its own, and the lower edge there is nothing
        return self.columns * np.where(found < low, 0.0, found)

    def above(self, eigenvalues: _Floats) -> int:
        """Return how many of `eigenvalues`, in units of G, lie above the bulk's upper edge."""
        return int((np.asarray(eigenvalues) > self.upper_edge).sum())


def kolmogorov_distance(eigenvalues: _Floats, law: MarchenkoPastur) -> float:
    """Return the greatest difference between the CDF of `eigenvalues` (n,), in the law's units, and the law's."""
    places, before, after = _steps(np.asarray(eigenvalues, np.float64))
    found = law.cdf(places)
    return float(max(np.abs(found - after).max(), np.abs(np.where(places <= 0, 0.0, found) - before).max()))


def _steps(eigenvalues: _Floats) -> tuple[_Floats, _Floats, _Floats]:
    """Return the distinct eigenvalues, ascending, and their empirical CDF just before and at each."""
    # rounding leaves some 1e-16 of the largest, of either sign, where an eigenvalue is zero
    clean = np.where(eigenvalues < 1e-12 * eigenvalues.max(), 0.0, eigenvalues)
    places, counts = np.unique(clean, return_counts=True)
    after = np.cumsum(counts) / counts.sum()
    return places, np.concatenate([[0.0], after[:-1]]), after


def fit(eigenvalues: _Floats) -> BulkFit:
    """Return the Marchenko-Pastur law nearest to the bulk `eigenvalues` (n,) of G, the zeros among them included.

    Least squares between the two CDFs at the eigenvalues (*ours*), over the scale and the ratio, both free: begun at
    what the first two moments say (mean m, second moment m^2 (1 + c)), then a grid that narrows around its best
    point. Leave out the spike before: it is no part of the bulk. Raises ValueError for fewer than
    `FEWEST_EIGENVALUES`, and where all are zero.
    """
    ascending = np.sort(np.asarray(eigenvalues, np.float64))
    n = len(ascending)
    if n < FEWEST_EIGENVALUES:
        raise ValueError(f"a bulk of {n} eigenvalues has no shape to fit: {FEWEST_EIGENVALUES} or more are needed")
    mean = float(ascending.mean())
    if not mean > 0:
        raise ValueError("all eigenvalues are zero: there is no bulk to fit")
    places, before, after = _steps(ascending / mean)

    moment_ratio = max(float((ascending**2).mean()) / mean**2 - 1, 1e-3)
    log_scale, log_ratio, width = 0.0, float(np.log(moment_ratio)), _SEARCH_WIDTH
    for _ in range(_SEARCH_ROUNDS):
        offsets = np.linspace(-width, width, _SEARCH_POINTS)
        scaled = places / np.exp(log_scale + offsets)[:, None]
        misfits = np.empty((_SEARCH_POINTS, _SEARCH_POINTS))
        for i, offset in enumerate(offsets):
            found = MarchenkoPastur(1.0, float(np.exp(log_ratio + offset))).cdf(scaled)
            below = np.where(scaled <= 0, 0.0, found)
            misfits[i] = ((found - after) ** 2 + (below - before) ** 2).sum(axis=1)
        best_ratio, best_scale = np.unravel_index(misfits.argmin(), misfits.shape)
        log_ratio += float(offsets[best_ratio])
        log_scale += float(offsets[best_scale])
        width *= _SEARCH_SHRINK
    scale, ratio = mean * float(np.exp(log_scale)), float(np.exp(log_ratio))
    # G = columns * (X X^T / columns), whose mean eigenvalue is the variance
    columns = n / ratio
    law = MarchenkoPastur(scale / columns, ratio)
    return BulkFit(law, columns, columns * law.edges[1], kolmogorov_distance(ascending / columns, law), ascending)
