"""Steps and times of a run whose step size may change on the way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class StepSizeChange:
    """From step `step` on, t grows by `step_size` in a step."""

    step: int
    step_size: float


class Timeline:
    """Which step belongs to which time t: a broken line."""

    def __init__(self, step_size: float, changes: Iterable[StepSizeChange] = ()) -> None:
        """Begin with `step_size` (eta); `changes` ascend in their steps."""
        self._pieces = [(0, 0.0, step_size)]
        for change in changes:
            step, t, size = self._pieces[-1]
            self._pieces.append((change.step, t + (change.step - step) * size, change.step_size))

    @property
    def step_size(self) -> float:
        """Return the step size in force at the end."""
        return self._pieces[-1][2]

    def t_at(self, step: int) -> float:
        """Return the time at `step`."""
        first, t, size = next(piece for piece in reversed(self._pieces) if piece[0] <= step)
        return t + (step - first) * size

    def step_at(self, t: float) -> int:
        """Return the first step at which the time is `t` or more; rounding does not make it one later."""
        for (first, begins, size), following in zip(self._pieces, [*self._pieces[1:], None], strict=True):
            step = first + max(0, math.ceil((t - begins) / size - 1e-9))
            if following is None or step < following[0]:
                return step
        raise AssertionError("the last piece has no end")
