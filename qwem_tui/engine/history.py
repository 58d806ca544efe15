"""The frames of a run as columns, bounded in memory."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qwem_tui.engine.frame import Frame

MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Columns:
    """A run so far as arrays over its n frames, oldest first.

    `singular_values` (n, d). `accuracies` (m, n_categories) and `overall` (m,) belong to the m evaluated frames,
    whose steps are `evaluated_steps` (m,) and times `evaluated_t` (m,). `version` changes whenever anything does.
    """

    version: int
    steps: NDArray[np.int64]
    t: NDArray[np.float64]
    loss: NDArray[np.float64]
    singular_values: NDArray[np.float64]
    modes_learned: NDArray[np.int64]
    effective_rank: NDArray[np.float64]
    participation_ratio: NDArray[np.float64]
    evaluated_steps: NDArray[np.int64]
    evaluated_t: NDArray[np.float64]
    accuracies: NDArray[np.float64]
    overall: NDArray[np.float64]


class History:
    """Keeps frames; the engine adds, anyone reads. Beyond its bound every other older frame is dropped.

    The first frame and the latest always stay. Evaluated frames are few and are only thinned with the rest.
    """

    def __init__(self, dim: int, categories: int, most_bytes: int = MOST_BYTES) -> None:
        """Make room for frames of `dim` singular values and `categories` accuracies."""
        self._most = max(4, most_bytes // (400 + 8 * (dim + categories)))
        self._dim = dim
        self._categories = categories
        self._frames: list[Frame] = []
        self._version = 0
        self._lock = threading.Lock()
        self._columns: Columns | None = None

    def add(self, frame: Frame) -> None:
        """Add a frame; one of the same step as the latest takes its place."""
        with self._lock:
            if self._frames and self._frames[-1].step == frame.step:
                self._frames[-1] = frame
            else:
                self._frames.append(frame)
            if len(self._frames) > self._most:
                self._frames = self._frames[:-1:2] + self._frames[-1:]
            self._version += 1
            self._columns = None

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
        """Return all frames kept as arrays; the same object while nothing was added."""
        with self._lock:
            if self._columns is not None:
                return self._columns
            frames, version = list(self._frames), self._version
        seen = [frame for frame in frames if frame.accuracies is not None]
        columns = Columns(
            version=version,
            steps=np.array([f.step for f in frames], np.int64),
            t=np.array([f.t for f in frames]),
            loss=np.array([f.loss for f in frames]),
            singular_values=np.array([f.singular_values for f in frames]).reshape(-1, self._dim),
            modes_learned=np.array([f.modes_learned for f in frames], np.int64),
            effective_rank=np.array([f.effective_rank for f in frames]),
            participation_ratio=np.array([f.participation_ratio for f in frames]),
            evaluated_steps=np.array([f.step for f in seen], np.int64),
            evaluated_t=np.array([f.t for f in seen]),
            accuracies=np.array([f.accuracies for f in seen]).reshape(-1, self._categories),
            overall=np.array([np.nan if f.overall_accuracy is None else f.overall_accuracy for f in seen]),
        )
        with self._lock:
            if self._version == version:
                self._columns = columns
        return columns
