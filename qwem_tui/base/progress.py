"""How long work tells what it is doing, and how it is told to stop."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the stages of long work. Implementations may raise `Cancelled` from either method."""

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage called `name` of `total` units of work (None: not known)."""

    def advance(self, done: float) -> None:
        """Say that `done` units of the current stage are finished, counted from the stage's start."""


class Silent:
    """A `Progress` that tells nobody: for tests and library use."""

    def stage(self, name: str, total: float | None = None) -> None:
        """Do nothing."""

    def advance(self, done: float) -> None:
        """Do nothing."""
