"""Commands on their way to a run."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from qwem_tui.engine.commands import Command, SaveCheckpoint, TakeSnapshot

#: Seconds between looks whether the run is to stop: whoever says so may be a signal handler, which wakes nobody.
_LOOK_EVERY = 0.1


class CommandQueue:
    """Takes commands from any thread; the engine's takes them out one by one, and carries out each before the next."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        """Begin empty; `stopping` tells whether the run is to stop, when nobody is to wait for a command any more."""
        self._stopping = stopping
        self._commands: deque[Command] = deque()
        self._wake = threading.Condition()
        self._obeying = self._closed = False

    @property
    def closed(self) -> bool:
        """Return whether the run has ended: commands are cancelled."""
        return self._closed

    @property
    def waiting(self) -> bool:
        """Return whether there are commands that are not carried out yet."""
        with self._wake:
            return bool(self._commands) or self._obeying

    def put(self, command: Command) -> None:
        """Add `command`; once the queue is closed it is cancelled."""
        with self._wake:
            self._commands.append(command)
            if self._closed:
                self._cancel_all()
            self._wake.notify_all()

    def take(self, wait: float | None) -> Command | None:
        """Return the oldest command, waiting up to `wait` seconds (None: until there is one, or the run is to stop)."""
        deadline = None if wait is None else time.monotonic() + wait
        with self._wake:
            # the last one is carried out, or the engine would not ask for another
            self._obeying = False
            while not self._commands and not self._stopping():
                left = _LOOK_EVERY if deadline is None else min(_LOOK_EVERY, deadline - time.monotonic())
                if left <= 0:
                    return None
                self._wake.wait(left)
            self._obeying = bool(self._commands)
            return self._commands.popleft() if self._commands else None

    def close(self) -> None:
        """Cancel the commands that wait, and all that come: the run has ended."""
        with self._wake:
            self._closed, self._obeying = True, False
            self._cancel_all()

    def _cancel_all(self) -> None:
        for command in self._commands:
            if isinstance(command, TakeSnapshot | SaveCheckpoint):
                command.reply.cancel()
        self._commands.clear()
