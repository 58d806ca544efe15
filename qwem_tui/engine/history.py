"""The frames of a run as columns, bounded in memory."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from qwem_tui.engine.frame import Frame
from qwem_tui.theory.critical_size import first_reaching
from qwem_tui.theory.trajectory import Trajectory

MOST_BYTES = 64 * 2**20
_SCALARS = 6
_VERSIONS = count()


@dataclass(frozen=True)
class Columns:
    """A run so far as arrays over its n frames, oldest first.

    `singular_values` (n, d). `accuracies` (m, n_categories) and `overall` (m,) belong to the m evaluated frames,
    whose steps are `evaluated_steps` (m,) and times `evaluated_t` (m,). `version` changes whenever anything
    does, and no two runs share one.
    """

    version: int
    steps: NDArray[np.float64]
    t: NDArray[np.float64]
    loss: NDArray[np.float64]
    singular_values: NDArray[np.float64]
    modes_learned: NDArray[np.float64]
    effective_rank: NDArray[np.float64]
    participation_ratio: NDArray[np.float64]
    evaluated_steps: NDArray[np.float64]
    evaluated_t: NDArray[np.float64]
    accuracies: NDArray[np.float64]
    overall: NDArray[np.float64]


def crossed_at(trajectory: Trajectory, columns: Columns, category: int) -> int | None:
    """Return the first evaluated step at which a category's measured accuracy reached its threshold.

    None where it has not, or where the category has no threshold that means something.
    """
    if not trajectory.measurable(category):
        return None
    at = int(first_reaching(columns.accuracies[:, category], trajectory.threshold[category]))
    return None if at < 0 else int(columns.evaluated_steps[at])


def crossed_ones(trajectory: Trajectory, columns: Columns) -> frozenset[int]:
    """Return the categories, by number, that have crossed their thresholds (see `crossed_at`)."""
    categories = range(columns.accuracies.shape[1])
    return frozenset(i for i in categories if crossed_at(trajectory, columns, i) is not None)


class _Table:
    """Rows of float64 that are appended; what was handed out is not moved, only its last row may be written again."""

    def __init__(self, width: int) -> None:
        self._rows = np.empty((64, width))
        self._count = 0

    def add(self, row: NDArray[np.float64], replace_last: bool) -> None:
        if replace_last:
            self._count -= 1
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = row
        self._count += 1

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Drop the rows that are not chosen, in an array of its own: readers may still hold the old one."""
        kept = self.view()[which]
        self._rows = np.concatenate([kept, np.empty_like(kept)])
        self._count = len(kept)

    def view(self) -> NDArray[np.float64]:
        return self._rows[: self._count]


class History:
    """The frames of a run, up to a number of them; the engine adds, any thread reads.

    Where there are more, frames are dropped. Those kept are the first, the latest, those of steps that are multiples of
    a power of two, as small as the bound allows, and those with accuracies. Where the latter alone fill half of the
    bound, every other one of them loses that right.
    """

    def __init__(self, dim: int, categories: int, most_bytes: int = MOST_BYTES) -> None:
        """Make room for frames of `dim` singular values and `categories` accuracies."""
        # a frame is kept as an object, for exports, and as a row
        self._most = max(4, most_bytes // (600 + 16 * (dim + categories)))
        self._frames: list[Frame] = []
        self._every = _Table(_SCALARS + dim)
        self._evaluated = _Table(3 + categories)
        self._version = next(_VERSIONS)
        self._stride = 1
        self._lock = threading.Lock()

    def add(self, frame: Frame) -> None:
        """Add a frame; one of the same step as the latest takes its place."""
        scalars = (
            frame.step,
            frame.t,
            frame.loss,
            np.nan if frame.modes_learned is None else frame.modes_learned,
            frame.effective_rank,
            frame.participation_ratio,
        )
        with self._lock:
            again = bool(self._frames) and self._frames[-1].step == frame.step
            evaluated_again = again and self._frames[-1].accuracies is not None
            if again:
                self._frames[-1] = frame
            else:
                self._frames.append(frame)
            self._every.add(np.concatenate([scalars, frame.singular_values]), again)
            if frame.accuracies is not None:
                overall = np.nan if frame.overall_accuracy is None else frame.overall_accuracy
                self._evaluated.add(np.concatenate([(frame.step, frame.t, overall), frame.accuracies]), evaluated_again)
            if len(self._frames) > self._most:
                self._thin()
            self._version = next(_VERSIONS)

    def _thin(self) -> None:
        steps = self._every.view()[:, 0]
        evaluated = np.array([frame.accuracies is not None for frame in self._frames])
        if evaluated.sum() > self._most // 2:
            evaluated[np.flatnonzero(evaluated)[1::2]] = False
        room = self._most // 2 + int(evaluated.sum()) // 2
        while np.count_nonzero((steps % self._stride == 0) | evaluated) > room:
            self._stride *= 2
        keep = (steps % self._stride == 0) | evaluated
        keep[0] = keep[-1] = True
        self._frames = [frame for frame, kept in zip(self._frames, keep, strict=True) if kept]
        self._every.keep(keep)
        self._evaluated.keep(np.isin(self._evaluated.view()[:, 0], steps[keep]))

    def __len__(self) -> int:
        """Return the number of frames kept."""
        return len(self._frames)

    def latest(self) -> Frame | None:
        """Return the newest frame, or None before the first."""
        with self._lock:
            return self._frames[-1] if self._frames else None

    def frames(self) -> tuple[Frame, ...]:
        """Return all frames kept, oldest first."""
        with self._lock:
            return tuple(self._frames)

    def columns(self) -> Columns:
        """Return all frames kept as arrays, which are views: no frame is copied."""
        with self._lock:
            every, evaluated, version = self._every.view(), self._evaluated.view(), self._version
        return Columns(
            version=version,
            steps=every[:, 0],
            t=every[:, 1],
            loss=every[:, 2],
            modes_learned=every[:, 3],
            effective_rank=every[:, 4],
            participation_ratio=every[:, 5],
            singular_values=every[:, _SCALARS:],
            evaluated_steps=evaluated[:, 0],
            evaluated_t=evaluated[:, 1],
            overall=evaluated[:, 2],
            accuracies=evaluated[:, 3:],
        )
