"""How word2vec's step size falls over a run."""

from __future__ import annotations

import math

#: As in word2vec's own code it falls in a straight line, though not below this share of the first (there 1e-4).
LEAST_SHARE = 0.01


def decay(step: int, steps: int) -> float:
    """Return which share of the step size the step after `step` others takes, in a run of `steps` (Mikolov's code)."""
    return max(LEAST_SHARE, 1.0 - step / steps)


def decayed(step: int, steps: int) -> float:
    """Return the sum of `decay` over the first `step` steps: t after them, in units of the step size."""
    # the straight part ends where 1 - n / steps falls below the least share
    straight = min(step, math.ceil((1.0 - LEAST_SHARE) * steps))
    return straight - straight * (straight - 1) / (2 * steps) + (step - straight) * LEAST_SHARE
