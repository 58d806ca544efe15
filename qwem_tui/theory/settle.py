"""When a run is done."""

from __future__ import annotations

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
