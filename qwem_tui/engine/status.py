"""A run at a glance: what it is doing, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from qwem_tui.base.errors import QwemError, Sentence
from qwem_tui.engine.goals import Goal
from qwem_tui.engine.outcome import Completion, Fault, Notice
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
        """Return the seconds left at the pace so far, or None where that is not known."""
        if not self.total or self.done <= 0 or self.elapsed < 0.5:
            return None
        return self.elapsed * max(self.total - self.done, 0.0) / self.done


@dataclass(frozen=True)
class Status:
    """A run at a glance: `stage` while it is prepared; `error` is why it failed, `completion` why it is done.

    A run that is done stays so, whatever steps are taken beyond. `notice` is why it stands where it stands, or why it
    refused a command, `fault` why it had to be paused (`outcome_text` words all three), `problem`, a sentence in parts
    or none, what goes wrong while it runs, such as a full disk. `pace` is the limit in steps per second that is in
    force, None at full speed. `step_size` is eta, and `changes` are those that it went through. `goal` is where it will
    pause, None where it runs to its end. `device` in words and `memory` in bytes come from a run of another process;
    None: it is of this one.
    """

    phase: Phase
    stage: StageStatus | None = None
    error: QwemError | None = None
    completion: Completion | None = None
    steps_per_second: float = 0.0
    pace: float | None = None
    step_size: float | None = None
    changes: tuple[StepSizeChange, ...] = ()
    notice: Notice | None = None
    fault: Fault | None = None
    problem: Sentence = ()
    goal: Goal | None = None
    device: str | None = None
    memory: int | None = None

    @property
    def exit_code(self) -> int:
        """Return the exit code of a process that shows nothing but this run."""
        return 0 if self.error is None else self.error.exit_code
