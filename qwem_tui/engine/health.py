"""Whether a run goes well."""

from __future__ import annotations

import math

from qwem_tui.engine.frame import Frame

#: A loss that stands above its least by this share of its first is growing: full batches never let it grow, and those
#: drawn at a sensible step size by far less.
GROWTH_SHARE = 0.05


class HealthWatch:
    """Says when the loss is no number, or grows.

    Growth counts from the least loss since the run began, or since `stand_on`: where the step size is changed.
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
