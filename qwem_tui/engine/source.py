"""What a screen looks at: a run, wherever its frames come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from qwem_tui.engine.commands import Command
from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.study.study import Outlook


class Phase(Enum):
    """What a run is doing."""

    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class StageStatus:
    """A stage of long work: `done` of `total` units (None: not known) after `elapsed` seconds."""

    name: str
    done: float
    total: float | None
    elapsed: float

    @property
    def eta(self) -> float | None:
        """Return the seconds left at the pace so far, or None where that cannot be told."""
        if not self.total or self.done <= 0 or self.elapsed < 0.5:
            return None
        return self.elapsed * max(self.total - self.done, 0.0) / self.done


@dataclass(frozen=True)
class Status:
    """A run at a glance. `stage` while preparing; `error` is one sentence; `note` says how the run ended.

    `pace` is the limit in steps per second that is in force, None at full speed. `step_size` is eta, and `changes` are
    those that it went through. `notice` says why the run stands where it stands, or why a command was refused; `fault`
    why it had to be paused and what to do, `problem` what goes wrong though it goes on, such as a full disk: each is a
    sentence or two. `goal` is where it will pause, as `goals.goal_text` puts it, None where it runs to its end.
    `device` in words and `memory` in bytes are told by a run in another process; None: look for yourself.
    """

    phase: Phase
    stage: StageStatus | None = None
    error: str | None = None
    exit_code: int = 0
    note: str = ""
    steps_per_second: float = 0.0
    pace: float | None = None
    step_size: float | None = None
    changes: tuple[StepSizeChange, ...] = ()
    notice: str = ""
    fault: str | None = None
    problem: str | None = None
    goal: str | None = None
    device: str | None = None
    memory: int | None = None


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

    def study(self) -> Outlook | None:
        """Return what is known before training, once that is known."""

    def history(self) -> History | None:
        """Return the frames so far, once there are any to come."""

    def snapshot(self, timeout: float) -> Snapshot | None:
        """Return the embeddings as they are now, or None where there are none within `timeout` seconds."""
