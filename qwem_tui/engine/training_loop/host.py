"""What a training loop needs of whoever runs it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qwem_tui.engine.commands import Command
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.status import Status
from qwem_tui.engine.timeline import StepSizeChange


class Host(Protocol):
    """Gives a loop its commands, and takes its status and frames."""

    @property
    def stopping(self) -> bool:
        """Return whether the run was asked to end."""

    def next_command(self, wait: float | None) -> Command | None:
        """Return the oldest command, waiting up to `wait` seconds (None: until there is one, or a stop)."""

    def publish(self, status: Status) -> None:
        """Make `status` what everyone sees."""

    def publish_snapshot(self, snapshot: Snapshot) -> None:
        """Keep the last embeddings of a run that ends."""

    def emit(self, frame: Frame, correct: NDArray[np.bool_] | None) -> None:
        """Hand a frame to whoever records frames, and which questions (N,) were right where that was evaluated."""

    def emit_change(self, change: StepSizeChange) -> None:
        """Hand a change of the step size to whoever records frames."""
