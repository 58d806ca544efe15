"""How long work reports what it is doing, and how it is stopped."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the stages of long work. Implementations may raise `Cancelled` from either method."""

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage called `name` of `total` units of work (None: not known)."""

    def advance(self, done: float) -> None:
        """Say that `done` units of the current stage are finished, counted from the stage's start."""


class Monitor(Progress, Protocol):
    """Whoever waits for long work in many parts: sees how far it is and what happens, and may end it."""

    @property
    def stopping(self) -> bool:
        """Return whether the work shall end, with what is done kept."""

    def show(self, name: str, done: float, total: float | None, detail: str = "") -> None:
        """Show `done` of `total` of the stage `name`, and a few words on it."""

    def say(self, sentence: str) -> None:
        """Say what should be read even after the work."""


class Silent:
    """A `Progress` that nobody sees: for tests and library use."""

    def stage(self, name: str, total: float | None = None) -> None:
        """Do nothing."""

    def advance(self, done: float) -> None:
        """Do nothing."""


class Repeating:
    """A `Progress` that can say once more how far it is, for work that takes long between two steps."""

    def __init__(self, progress: Progress) -> None:
        """Hand everything on to `progress`."""
        self._progress = progress
        self._done = 0.0

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage."""
        self._done = 0.0
        self._progress.stage(name, total)

    def advance(self, done: float) -> None:
        """Say how much is done."""
        self._done = done
        self._progress.advance(done)

    def again(self) -> None:
        """Say so once more; raises what the progress raises."""
        self._progress.advance(self._done)
