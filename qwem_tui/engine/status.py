"""A run at a glance: what it is doing, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from qwem_tui.engine.timeline import StepSizeChange


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
