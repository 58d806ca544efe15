"""Planes to look at words in: that of two modes, and that which sets the two sides of word pairs apart (*ours*)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: What an axis is: mode k, counted from 1; the mean difference of pairs; or where their midpoints are spread most.
AxisName = int | Literal["difference", "midpoints"]


@dataclass(frozen=True, eq=False)
class Plane:
    """Two directions and what they are.

    `axes` (2, d) have length 1, or 0 where there is no such direction; `centre` (d,) is at (0, 0). `share`, in [0, 1],
    is how much of the squared length of what the plane was made for lies in it: of all words, or of the pairs'
    differences.
    """

    names: tuple[AxisName, AxisName]
    axes: Floats
    centre: Floats
    share: float

    def coordinates(self, vectors: NDArray[np.floating]) -> Floats:
        """Return where `vectors` (n, d) lie, (n, 2): their components along the two axes, in units of the vectors."""
        return (np.asarray(vectors, np.float64) - self.centre) @ self.axes.T


@dataclass(frozen=True, eq=False)
class PairsPlane(Plane):
    """The plane of n word pairs a, b.

    `parallel`, in [-1, 1], is the mean cosine of the differences b - a to their mean: 1 where all have one direction,
    1 / sqrt(n) where they are at right angles and of one length. `heights` (n,) are the midpoints' places on axis 2.
    """

    parallel: float
    heights: Floats


def plane_of_modes(vectors: NDArray[np.floating], eigenvectors: NDArray[np.floating], modes: tuple[int, int]) -> Plane:
    """Return the plane of `modes`, counted from 1, of which `eigenvectors` (V, 2) are those of M*.

    The axis of mode k is W^T v_k / ||W^T v_k||: where `vectors` W (V, d) are those of the trained model it is the
    right-singular direction of mode k, and a word's place on it sqrt(lambda_k) v_k. It has the sign of v_k, so that
    nothing flips from one step to the next.
    """
    W = np.asarray(vectors, np.float64)
    axes = np.stack([_unit(W.T @ np.asarray(v, np.float64)) for v in eigenvectors.T])
    return Plane(modes, axes, np.zeros(W.shape[1]), _share(W, axes))


def plane_of_pairs(a: NDArray[np.floating], b: NDArray[np.floating], heights: Floats | None = None) -> PairsPlane:
    """Return the plane that sets `a` apart from `b`, both (n, d), row i of each being a pair; n is 1 or more.

    The first axis is the mean of b - a, the second the direction at right angles to it in which the pairs' midpoints
    are spread most, their mean being the centre. `heights` (n,), those of the same pairs a step before, say which way
    up the second axis is.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    differences, midpoints = b - a, (a + b) / 2
    centre = midpoints.mean(axis=0)
    across = _unit(differences.mean(axis=0))
    rest = midpoints - centre
    rest -= np.outer(rest @ across, across)
    # of their covariance by pairs, of which there are few
    up = _unit(np.linalg.eigh(rest @ rest.T)[1][:, -1] @ rest)
    # what rounding leaves of the first axis
    up = _unit(up - (up @ across) * across)
    places = rest @ up
    if heights is not None and heights @ places < 0:
        up, places = -up, -places
    axes = np.stack([across, up])
    names: tuple[AxisName, AxisName] = ("difference", "midpoints")
    cosines = np.array([_unit(difference) for difference in differences]) @ across
    return PairsPlane(names, axes, centre, _share(differences, axes), float(cosines.mean()), places)


def _unit(vector: Floats) -> Floats:
    """Return the direction of `vector`; zeros where it has none."""
    largest = float(np.abs(vector).max(initial=0.0))
    if largest == 0.0:
        return np.zeros_like(vector)
    scaled = vector / largest
    return np.asarray(scaled / np.linalg.norm(scaled), np.float64)


def _share(vectors: Floats, axes: Floats) -> float:
    """Return how much of the squared length of `vectors` (n, d) lies in the plane of `axes` (2, d); 0 of nothing."""
    total = float((vectors**2).sum())
    # the two need not be at right angles
    basis = [axes[0], _unit(axes[1] - (axes[1] @ axes[0]) * axes[0])]
    return float(sum(((vectors @ each) ** 2).sum() for each in basis)) / total if total else 0.0
