"""The map of words: which words of a moment are where in a plane, and what there is to say of it. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qwem_tui.engine.frame import Snapshot
from qwem_tui.tui.charts.scale import coarse_ceiling
from qwem_tui.vectors.planes import Floats, PairsPlane, Plane, plane_of_modes, plane_of_pairs
from qwem_tui.vectors.queries import UnitVectors

#: Of the words at large, this many of the most frequent are points, and this many of the outermost.
_FREQUENT, _OUTERMOST = 400, 60
#: A limit stays as long as the points fill this share of it.
_FILLED = 0.4


@dataclass(frozen=True, eq=False)
class WordMap:
    """Words as points in a plane.

    `coordinates` (n, 2) belong to `words`; `pairs` (m, 2) numbers those of them that are word pairs, drawn as arrows;
    `typed` are those that were asked about, `others` those at large, in the order in which labels are given out.
    `extent` is how far from the centre points lie along either axis, of those that must be seen.
    """

    plane: Plane
    words: tuple[str, ...]
    coordinates: Floats
    pairs: NDArray[np.intp]
    typed: tuple[int, ...]
    others: tuple[int, ...]
    extent: tuple[float, float]

    @property
    def same_unit(self) -> bool:
        """Return whether both axes have one unit a dot, so that angles are seen as they are."""
        return isinstance(self.plane, PairsPlane)


def pairs_map(
    snapshot: Snapshot, pairs: NDArray[np.integer], typed: Sequence[int], heights: Floats | None = None
) -> WordMap:
    """Return the map that sets `pairs` (N, 2), rows of the vocabulary, apart; N is 1 or more.

    Words are vectors of length 1, as for analogies. `heights` are those of the same pairs' plane before.
    """
    frequent = np.arange(min(_FREQUENT, len(snapshot.words)))
    rows, numbers = np.unique(
        np.concatenate([pairs.reshape(-1), np.array(typed, np.intp), frequent]), return_inverse=True
    )
    units = UnitVectors(snapshot.embeddings[rows]).rows
    ends = numbers[: pairs.size].reshape(-1, 2)
    plane = plane_of_pairs(units[ends[:, 0]], units[ends[:, 1]], heights)
    coordinates = plane.coordinates(units)
    asked = numbers[pairs.size : pairs.size + len(typed)]
    far = np.abs(coordinates[ends.reshape(-1)]).max(axis=0)
    return WordMap(
        plane,
        tuple(snapshot.words[row] for row in rows),
        coordinates,
        ends.astype(np.intp),
        tuple(asked.tolist()),
        _without(numbers[pairs.size + len(typed) :], ends, asked),
        (float(far[0]), float(far[1])),
    )


def modes_map(
    snapshot: Snapshot, eigenvectors: NDArray[np.floating], modes: tuple[int, int], typed: Sequence[int]
) -> WordMap:
    """Return the map of `modes`, counted from 1, of which `eigenvectors` (V, 2) are those of M*.

    Words are the embeddings as they are.
    """
    plane = plane_of_modes(snapshot.embeddings, eigenvectors, modes)
    every = plane.coordinates(snapshot.embeddings)
    extent = np.abs(every).max(axis=0, initial=0.0)
    outermost = np.argsort(-(np.abs(every) / np.maximum(extent, np.finfo(np.float64).tiny)).max(axis=1), kind="stable")
    chosen = np.concatenate([np.array(typed, np.intp), outermost[:_OUTERMOST], np.arange(min(_FREQUENT, len(every)))])
    rows, numbers = np.unique(chosen, return_inverse=True)
    nothing = np.zeros((0, 2), np.intp)
    return WordMap(
        plane,
        tuple(snapshot.words[row] for row in rows),
        every[rows],
        nothing,
        tuple(numbers[: len(typed)].tolist()),
        _without(numbers[len(typed) :], nothing, numbers[: len(typed)]),
        (float(extent[0]), float(extent[1])),
    )


def _without(numbers: NDArray[np.intp], *named: NDArray[np.intp]) -> tuple[int, ...]:
    """Return the distinct `numbers` in their order, without those `named`."""
    gone = {int(number) for each in named for number in each.reshape(-1)}
    return tuple(number for number in dict.fromkeys(numbers.tolist()) if number not in gone)


def limits_for(shown: WordMap, before: tuple[float, float] | None = None) -> tuple[float, float]:
    """Return how far either axis goes to both sides, in coarse steps; those of `before` as long as they do.

    That is as long as everything is within them and fills a fair share of them, so that noise moves no axis.
    """
    kept = before or (0.0, 0.0)
    # there may be nothing yet
    first, second = (
        old if extent <= old and extent >= _FILLED * old > 0 else coarse_ceiling(extent) or 1.0
        for extent, old in zip(shown.extent, kept, strict=True)
    )
    return first, second


def map_lines(shown: WordMap) -> tuple[str, str]:
    """Return what there is to say of a map above it, and what its axes are."""
    plane, share = shown.plane, f"{shown.plane.share:.0%}"
    if isinstance(plane, PairsPlane):
        count = len(shown.pairs)
        return (
            f"parallel {plane.parallel:.2f} (unrelated: {count**-0.5:.2f}): mean cosine of {count} b - a to their mean",
            f"right: mean b - a  up: most spread of midpoints  squared length seen: {share}",
        )
    first, second = plane.names
    return (
        f"mode {first} and mode {second}: {share} of the squared length of all words is seen",
        f"right: mode {first}   up: mode {second}   (components along W^T v_k)",
    )
