"""When a run is done."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

#: A loss that falls by less than this share of all it can fall, over the time in which the slowest mode approaches
#: its end by a factor of e squared, has settled. Singular values are within 1% of sqrt(lambda_k) then.
LOSS_SHARE = 2e-5


class SettleWatch:
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


#: A run without a known fixed point ends once it has spent as long at this share of its effective rank as it took to
#: get there.
RANK_SHARE = 0.9


class RankWatch:
    """Says when the effective rank of a run without a known fixed point has settled (*ours*).

    That is when the step at which it first reached 90% of what it is now, counted from its dip on, is half of the steps
    taken or less: since then it has grown by less than a ninth.
    """

    def __init__(self, first_time: float) -> None:
        """Watch a run whose first direction takes the time `first_time` to grow: it is not judged before twice that."""
        self._not_before = 2.0 * first_time
        self._least = math.inf
        #: steps and ranks that exceed all since the dip, ascending in both
        self._steps: list[int] = []
        self._ranks: list[float] = []

    def reached_at(self, rank: float) -> int | None:
        """Return the step at which 90% of `rank` was first reached after the dip; None where it was not yet."""
        at = bisect_left(self._ranks, RANK_SHARE * rank)
        return self._steps[at] if at < len(self._steps) else None

    def settled(self, step: int, t: float, rank: float) -> bool:
        """Take the effective rank at the next moment; return whether the run is done."""
        if rank < self._least:
            self._least = rank
            self._steps, self._ranks = [step], [rank]
        elif rank > self._ranks[-1]:
            self._steps.append(step)
            self._ranks.append(rank)
        reached = self.reached_at(rank)
        return t >= self._not_before and reached is not None and 0 < 2 * reached <= step
