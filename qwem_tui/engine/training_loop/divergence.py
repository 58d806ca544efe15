"""Whether a run goes well."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.history import Columns
from qwem_tui.engine.outcome import LossGrew, LossNotFinite, Position, SavedLoss

#: A loss that stands above its least by this share of its first is growing: full batches never let it grow, and those
#: drawn at a sensible step size by far less.
GROWTH_SHARE = 0.05


class DivergenceCheck:
    """Finds the frame at which the loss is not a number, or grows.

    Growth counts from the least loss since the run began, or since `stand_on`: where the step size is changed.
    """

    def __init__(self) -> None:
        """Begin without a frame."""
        self._first: float | None = None
        self._least = math.inf

    def cause(self, frame: Frame) -> LossNotFinite | LossGrew | None:
        """Return what is wrong with the next frame, or None."""
        if not math.isfinite(frame.loss):
            return LossNotFinite(frame.step)
        if self._first is None:
            self._first = frame.loss
        if frame.loss > self._least + GROWTH_SHARE * abs(self._first):
            return LossGrew(frame.step, self._least, frame.loss)
        self._least = min(self._least, frame.loss)
        return None

    def stand_on(self, frame: Frame) -> None:
        """Compare later losses with that of `frame`, where the step size changes, and no longer with earlier ones."""
        self._first = frame.loss if self._first is None else self._first
        self._least = frame.loss


def better_saved(columns: Columns, saved: Iterable[int]) -> int | None:
    """Return the step, of those `saved`, at which the loss was least; None where none is below that of the last frame.

    The frames are `columns`; of the steps `saved` there are checkpoints.
    """
    steps, loss = columns.steps, columns.loss
    saved_at = np.flatnonzero(np.isin(steps, list(saved)))
    if not len(saved_at):
        return None
    best = int(saved_at[np.argmin(loss[saved_at])])
    return int(steps[best]) if loss[best] < loss[-1] else None


def position(columns: Columns, saved: Iterable[int]) -> Position:
    """Return where a run stands that had to be paused, at the last of its frames, `columns`.

    Of the steps `saved` there are checkpoints.
    """
    steps, loss = columns.steps, columns.loss
    least = int(np.nanargmin(loss))
    best = better_saved(columns, saved)
    return Position(
        int(steps[-1]),
        float(loss[-1]),
        int(steps[least]),
        float(loss[least]),
        None if best is None else SavedLoss(best, float(loss[np.searchsorted(steps, best)])),
    )
