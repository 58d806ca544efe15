"""How fast a run goes: the limit on its steps per second, and those that it takes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

#: Seconds over which steps are counted, and that a run may lag behind its pace before it makes up for them no more.
_COUNTED, _LAG = 2.0, 0.5


class Pacer:
    """Keeps a run to a limit on its steps per second, and measures how many it takes."""

    def __init__(self, limit: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with `limit` (None: as fast as it goes), which `lift` ends; `clock` tells the time in seconds."""
        self._clock = clock
        #: the limit in force
        self.limit = limit
        self._lifts = limit is not None
        #: when a step was taken, and which
        self._marks: deque[tuple[float, int]] = deque()
        self._next_step_at = self._clock()

    def set(self, limit: float | None) -> None:
        """Set the limit for good."""
        self.limit, self._lifts = limit, False
        self.begin()

    def lift(self) -> None:
        """End the limit that the run began with."""
        if self._lifts:
            self.limit, self._lifts = None, False

    def begin(self) -> None:
        """Begin a stretch: the next step is due, and what was before it does not count."""
        self._next_step_at = self._clock()
        self._marks.clear()

    def wait(self) -> float:
        """Return the seconds until the next step is due."""
        return max(0.0, self._next_step_at - self._clock()) if self.limit else 0.0

    def step_begins(self) -> None:
        """Set when the step after this one is due."""
        if self.limit:
            self._next_step_at = max(self._next_step_at + 1.0 / self.limit, self._clock() - _LAG)

    def step_taken(self, step: int) -> None:
        """Count the step that has been taken."""
        now = self._clock()
        self._marks.append((now, step))
        while len(self._marks) > 2 and now - self._marks[0][0] > _COUNTED:
            self._marks.popleft()

    def rate(self) -> float:
        """Return the steps per second of late; 0.0 where nothing could be measured yet."""
        if len(self._marks) < 2 or self._marks[-1][0] <= self._marks[0][0]:
            return 0.0
        (then, first), (now, last) = self._marks[0], self._marks[-1]
        return (last - first) / (now - then)
