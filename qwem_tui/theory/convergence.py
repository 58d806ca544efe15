"""When a run is done."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

#: A loss that falls by less than this share of all it can fall, over the time in which the slowest mode approaches
#: its end by a factor of e squared, has settled. Singular values are within 1% of sqrt(lambda_k) then.
LOSS_SHARE = 2e-5


class Convergence:
    """Says when every mode is learned and the loss has settled (*ours*)."""

    def __init__(self, modes: int, least_eigenvalue: float, floor: float) -> None:
        """Watch a run of `modes` modes, the smallest of `least_eigenvalue`, towards the normalised loss `floor`."""
        self._modes = modes
        self._span = 2.0 / least_eigenvalue
        self._least_fall = LOSS_SHARE * (1.0 - floor)
        self._recent: deque[tuple[float, float]] = deque()

    def settled(self, t: float, loss: float, modes_learned: Callable[[], int]) -> bool:
        """Take the loss at the next moment `t`; return whether the run is done. Modes are counted only when needed."""
        self._recent.append((t, loss))
        while len(self._recent) > 2 and self._recent[1][0] <= t - self._span:
            self._recent.popleft()
        oldest_t, oldest_loss = self._recent[0]
        if t - oldest_t < self._span or oldest_loss - loss >= self._least_fall:
            return False
        return modes_learned() >= self._modes

    def begin_again(self) -> None:
        """Forget what was seen so far."""
        self._recent.clear()


#: A run without a known fixed point is as good as over from this share of its final effective rank on.
RANK_SHARE = 0.9


class RankRecord:
    """Remembers when a run first reached a share of its effective rank, counted from the dip of that on (*ours*).

    Noise has full rank: it dips when the first direction outgrows the start, and climbs as others follow.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._least = math.inf
        #: steps and ranks that exceed all since the dip, ascending in both
        self._steps: list[int] = []
        self._ranks: list[float] = []

    def take(self, step: int, rank: float) -> None:
        """Take the effective rank at the next moment."""
        if rank < self._least:
            self._least = rank
            self._steps, self._ranks = [step], [rank]
        elif rank > self._ranks[-1]:
            self._steps.append(step)
            self._ranks.append(rank)

    def reached_at(self, rank: float) -> int | None:
        """Return the step at which `RANK_SHARE` of `rank` was first reached after the dip; None where it was not."""
        at = bisect_left(self._ranks, RANK_SHARE * rank)
        return self._steps[at] if at < len(self._steps) else None
