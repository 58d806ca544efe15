"""What a screen shows and steers: a run, wherever its frames come from."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from qwem_tui.engine.commands import Command
from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.status import Status
from qwem_tui.study.study import Forecast


class RunSource(Protocol):
    """A run to show and to steer, and what can be done with it."""

    #: what went wrong inside, where something did that is a defect
    crash: BaseException | None

    @property
    def path(self) -> Path | None:
        """Return the run folder, or None where the run is not written down."""

    @property
    def can_branch(self) -> bool:
        """Return whether another run can begin at one of its checkpoints."""

    @property
    def can_restart(self) -> bool:
        """Return whether another run can begin on what was prepared for it."""

    @property
    def can_plan(self) -> bool:
        """Return whether its corpus can be read again, for a plan."""

    @property
    def can_steer(self) -> bool:
        """Return whether there is anybody to carry out commands, as long as it is not `over`."""

    @property
    def ends_with_screen(self) -> bool:
        """Return whether it ends when the screen that shows it is left."""

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

    def outcomes(self) -> QuestionLog | None:
        """Return which questions are right since when; None where that is not recorded, or not yet."""

    def snapshot(self, timeout: float) -> Snapshot | None:
        """Return the embeddings as they are now, or None where there are none within `timeout` seconds."""

    def latest_snapshot(self, timeout: float) -> Snapshot | None:
        """Return the latest embeddings that are to be had without asking much of the run, or None.

        Those of now where it is in this process, within `timeout` seconds; else those of its latest checkpoint.
        """

    def checkpoint_steps(self) -> tuple[int, ...]:
        """Return the steps of which the run folder holds a checkpoint, ascending; read from the disk each time."""

    def snapshot_of(self, step: int) -> Snapshot | None:
        """Return the embeddings in the checkpoint of `step`, or None where there is none that can be read.

        It takes what the disk takes, and asks nothing of the run: call it in a thread.
        """

    @property
    def config(self) -> RunConfig | None:
        """Return how the run was asked for, or None where only the process that it belongs to knows."""

    @property
    def over(self) -> bool:
        """Return whether whoever carries out its commands has ended."""

    def end_run(self) -> None:
        """Ask the run itself to end after the step at hand, whichever process it belongs to."""
