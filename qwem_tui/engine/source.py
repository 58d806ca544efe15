"""What a screen looks at: a run, wherever its frames come from."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from qwem_tui.engine.commands import Command
from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.status import Status
from qwem_tui.study.study import Forecast


class RunSource(Protocol):
    """A run to look at and to steer."""

    #: what went wrong inside, where something did that is a defect
    crash: BaseException | None

    @property
    def path(self) -> Path | None:
        """Return the run folder, or None where the run is not written down."""

    def start(self) -> None:
        """Set the run going."""

    def send(self, command: Command) -> None:
        """Ask something of the run; it is carried out between two steps."""

    def stop(self) -> None:
        """Ask the run to end after the step at hand."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the run to end; return whether it has."""

    def status(self) -> Status:
        """Return what the run is doing."""

    def study(self) -> Forecast | None:
        """Return what is known before training, once that is known."""

    def history(self) -> History | None:
        """Return the frames so far, once there are any to come."""

    def snapshot(self, timeout: float) -> Snapshot | None:
        """Return the embeddings as they are now, or None where there are none within `timeout` seconds."""
