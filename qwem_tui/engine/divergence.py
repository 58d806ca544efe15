"""Whether a run goes well."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.history import Columns

#: A loss that stands above its least by this share of its first is growing: full batches never let it grow, and those
#: drawn at a sensible step size by far less.
GROWTH_SHARE = 0.05


class DivergenceCheck:
    """Says when the loss is no number, or grows.

    LearningCurve counts from the least loss since the run began, or since `stand_on`: where the step size is changed.
    """

    def __init__(self) -> None:
        """Begin without a frame."""
        self._first: float | None = None
        self._least = math.inf

    def fault(self, frame: Frame) -> str | None:
        """Take the next frame; return in words what is wrong with it, or None."""
        if not math.isfinite(frame.loss):
            return f"the loss was no number any more at step {frame.step:,}"
        if self._first is None:
            self._first = frame.loss
        if frame.loss > self._least + GROWTH_SHARE * abs(self._first):
            return f"the loss grew from {self._least:.4f} to {frame.loss:.4f} by step {frame.step:,}"
        self._least = min(self._least, frame.loss)
        return None

    def stand_on(self, frame: Frame) -> None:
        """Measure growth from `frame` on: from here another step size may go on, however the last one did."""
        self._first = frame.loss if self._first is None else self._first
        self._least = frame.loss


def better_saved(columns: Columns, kept: Iterable[int]) -> int | None:
    """Return the step, of those `kept`, at which the loss was least; None where none is below that of the last frame.

    The frames are `columns`; of the steps `kept` there are checkpoints.
    """
    steps, loss = columns.steps, columns.loss
    kept_at = np.flatnonzero(np.isin(steps, list(kept)))
    if not len(kept_at):
        return None
    best = int(kept_at[np.argmin(loss[kept_at])])
    return int(steps[best]) if loss[best] < loss[-1] else None


def of_one_that_ended(fault: str) -> str:
    """Return the `fault` for which a run was paused, as it is to be said once its process has ended."""
    return fault.replace(": paused at step ", ": stopped at step ", 1)


def where_it_stands(columns: Columns, kept: Iterable[int]) -> str:
    """Return in words what a run that had to be paused stands at, where its loss was least, and what to do.

    It stands at the last of its frames, `columns`; of the steps `kept` there are checkpoints.
    """
    steps, loss = columns.steps, columns.loss
    here, least = len(steps) - 1, int(np.nanargmin(loss))
    smaller = "go on with a smaller step size"
    if loss[least] >= loss[here]:
        return f"(loss {loss[here]:.4f}, the least so far); {smaller}."
    best = better_saved(columns, kept)
    stands = f"(loss {loss[here]:.4f}). The least loss was {loss[least]:.4f} at step {steps[least]:,.0f}"
    if best is None:
        return f"{stands}, and no checkpoint has less than step {steps[here]:,.0f}: {smaller}."
    which = (
        "of which there is a checkpoint"
        if best == steps[least]
        else f"that of the checkpoints {loss[np.searchsorted(steps, best)]:.4f} at step {best:,}"
    )
    return f"{stands}, {which}: go back to it, or {smaller}."
