"""The stage of long work that is at hand, and since when."""

from __future__ import annotations

import time
from dataclasses import replace

from qwem_tui.engine.status import StageStatus


class StageClock:
    """Keeps the stage at hand; one thread sets it, any reads it."""

    def __init__(self) -> None:
        """Begin before the first stage."""
        self._stage: StageStatus | None = None
        self._began = time.monotonic()

    def begin(self, name: str, total: float | None) -> None:
        """Begin the stage `name` of `total` units (None: not known)."""
        self._began = time.monotonic()
        self._stage = StageStatus(name, 0.0, total, 0.0)

    def show(self, name: str, done: float, total: float | None) -> None:
        """Set the stage to `done` of `total` units; its time counts on where `name` is that at hand."""
        if self._stage is None or name != self._stage.name:
            self._began = time.monotonic()
        self._stage = StageStatus(name, done, total, 0.0)

    def advance(self, done: float) -> None:
        """Set how many units of the stage are done; does nothing before the first."""
        if self._stage is not None:
            self._stage = replace(self._stage, done=done)

    @property
    def at(self) -> StageStatus | None:
        """Return the stage at hand; None before the first."""
        stage = self._stage
        return None if stage is None else replace(stage, elapsed=time.monotonic() - self._began)
