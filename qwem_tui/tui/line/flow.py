"""When a frame may be sent: once the one before has arrived, so that none waits in the line and keys are answered."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

#: Asks a terminal how it is (DSR), and what it says; it reads what was sent before first, at whatever end it is.
QUERY, ANSWER = "\x1b[5n", "\x1b[0n"
#: Bytes a second, where a terminal does not answer.
_RATE = 65536
#: Seconds after which an answer is taken to be lost; after which, and so many queries, a terminal answers none.
_LOST, _SILENT, _UNANSWERED = 5.0, 2.0, 3
#: For so many seconds after a key a frame is sent though up to so many bytes may still be on their way.
_AFTER_A_KEY, _BESIDE = 0.5, 4096


class Flow:
    """Knows what is on its way to the terminal."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing on its way, and a terminal of which is not known whether it answers."""
        self._clock = clock
        self._answers: bool | None = None
        self._on_its_way: deque[int] = deque()
        self._began = self._free = self._sent = self._pressed = float("-inf")

    @property
    def awaits(self) -> bool:
        """Return whether an answer is still to come, or may be."""
        return bool(self._on_its_way) and self._answers is not False

    def wait(self) -> float:
        """Return the seconds until a frame may be sent; where an answer comes earlier, it may be then."""
        now = self._clock()
        if self._answers:
            if now - self._pressed < _AFTER_A_KEY and sum(self._on_its_way) <= _BESIDE:
                return 0.0
            return max(0.0, self._sent + _LOST - now) if self._on_its_way else 0.0
        return 0.0 if now - self._pressed < _AFTER_A_KEY else max(0.0, self._free - now)

    def send(self, size: int) -> str:
        """Take a frame of `size` bytes to be sent now; return the query that is to follow it."""
        now = self._clock()
        if self._answers and now >= self._sent + _LOST:
            self._on_its_way.clear()
        self._sent, self._free = now, now + size / _RATE
        if not self._on_its_way:
            self._began = now
        if self._answers is None and len(self._on_its_way) >= _UNANSWERED and now - self._began >= _SILENT:
            self._answers = False
        if self._answers is False:
            return ""
        self._on_its_way.append(size)
        return QUERY

    def arrived(self) -> None:
        """Take in an answer."""
        self._answers = True
        if self._on_its_way:
            self._on_its_way.popleft()

    def pressed(self) -> None:
        """Take in a key: what it does is to be seen at once."""
        self._pressed = self._clock()
