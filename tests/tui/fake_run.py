"""A run whose frames a test gives: nothing is trained, and commands are carried out at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.engine.commands import (
    Command,
    Pause,
    Resume,
    RunUntil,
    SaveCheckpoint,
    SetPace,
    SetStepSize,
    Step,
    TakeSnapshot,
)
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.outcome import Worded
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.engine.timeline import StepSizeChange, Timeline
from qwem_tui.study.study import Forecast

RUNNING, PAUSED = Status(Phase.RUNNING), Status(Phase.PAUSED)
PREPARING = Status(Phase.PREPARING, StageStatus("decomposing", 1.0, 4.0, 2.0))


def done(why: str) -> Status:
    """Of a run that came to its end."""
    return Status(Phase.DONE, completion=Worded(why))


def standing(why: str) -> Status:
    """Of a run that is paused for a reason, or whose last command was refused."""
    return Status(Phase.PAUSED, notice=Worded(why))


def faulty(why: str) -> Status:
    """Of a run that the engine had to pause."""
    return Status(Phase.PAUSED, fault=Worded(why))


def failed(why: str, code: int = 1) -> Status:
    """Of a run that failed."""
    return Status(Phase.FAILED, error=UsageError(why) if code == UsageError.exit_code else QwemError(why))


class FakeRun:
    """A `RunSource` that stands at the last of its frames; it keeps the commands that it was sent."""

    def __init__(self, study: Forecast, path: Path | None = None, frames: int = 4, status: Status = PAUSED) -> None:
        self.crash: BaseException | None = None
        self.path = path
        self.config: RunConfig | None = RunConfig(study.config, device="cpu")
        self.can_branch = self.can_restart = self.can_plan = self.can_steer = self.ends_with_screen = True
        self.over = self.started = self.stopped = self.end_asked = False
        self.sent: list[Command] = []
        self.now = status
        self._study = study
        self._history = History(study.dim, len(study.analogies.names))
        #: which questions are right since when; nothing is added by itself
        self.log: QuestionLog | None = QuestionLog(len(study.analogies.questions))
        #: the embeddings that are handed out as a snapshot
        self.embeddings = np.zeros((len(study.vocabulary), study.dim), np.float32)
        #: how often they were asked for
        self.snapshots = 0
        self.take_steps(frames)

    def of_another_process(self) -> FakeRun:
        """Take away what only the process can do that a run belongs to."""
        self.config = None
        self.can_branch = self.can_restart = self.can_plan = self.ends_with_screen = False
        return self

    # what a test does with it

    @property
    def step(self) -> int:
        frame = self._history.latest()
        return -1 if frame is None else frame.step

    def take_steps(
        self, count: int, modes: int = 0, accuracy: float = 0.0, loss: float = 0.9, size: float = 2.0
    ) -> None:
        """Add frames: `modes` are learned, `accuracy` is that of all questions, `size` is the largest s_k."""
        study, timeline = self._study, Timeline(self._study.step_size, self.now.changes)
        for step in range(self.step + 1, self.step + 1 + count):
            self._history.add(
                Frame(
                    step=step,
                    t=timeline.t_at(step),
                    loss=loss,
                    singular_values=np.linspace(size, size / 2, study.dim),
                    modes_learned=modes if study.has_modes else None,
                    effective_rank=2.5,
                    participation_ratio=1.5,
                    accuracies=np.where(study.analogies.attempted > 0, accuracy, np.nan),
                    overall_accuracy=accuracy,
                    steps_per_second=10.0,
                )
            )

    # what a screen does with it

    def start(self) -> None:
        self.started = True

    def stop(self) -> None:
        self.stopped = True
        if self.ends_with_screen:
            self.now = replace(self.now, phase=Phase.STOPPED)

    def end_run(self) -> None:
        self.end_asked = True
        self.over, self.now = True, replace(self.now, phase=Phase.STOPPED)

    def join(self, timeout: float | None = None) -> bool:
        return self.stopped

    def status(self) -> Status:
        return self.now

    def study(self) -> Forecast | None:
        return None if self.now.phase in (Phase.PREPARING, Phase.FAILED) else self._study

    def history(self) -> History | None:
        return None if self.now.phase in (Phase.PREPARING, Phase.FAILED) else self._history

    def outcomes(self) -> QuestionLog | None:
        return None if self.now.phase in (Phase.PREPARING, Phase.FAILED) else self.log

    def snapshot(self, timeout: float) -> Snapshot | None:
        frame, vocabulary = self._history.latest(), self._study.vocabulary
        if frame is None:
            return None
        self.snapshots += 1
        return Snapshot(frame.step, frame.t, vocabulary.words, vocabulary.counts, self.embeddings)

    latest_snapshot = snapshot

    def checkpoint_steps(self) -> tuple[int, ...]:
        return () if self.path is None else Checkpoints(self.path / "checkpoints").steps()

    def snapshot_of(self, step: int) -> Snapshot | None:
        vocabulary, t = self._study.vocabulary, Timeline(self._study.step_size, self.now.changes).t_at(step)
        if step not in self.checkpoint_steps():
            return None
        return Snapshot(step, t, vocabulary.words, vocabulary.counts, self.embeddings, "checkpoint")

    def send(self, command: Command) -> None:
        self.sent.append(command)
        match command:
            case Pause():
                self.now = replace(self.now, phase=Phase.PAUSED)
            case Resume() | RunUntil():
                self.now = replace(self.now, phase=Phase.RUNNING, notice=None, fault=None)
            case Step(count):
                self.take_steps(count)
            case SetPace(rate):
                self.now = replace(self.now, pace=rate)
            case SetStepSize(fraction):
                size = fraction * self._study.step_limit
                changes = (*self.now.changes, StepSizeChange(self.step, size))
                self.now = replace(self.now, step_size=size, changes=changes)
            case SaveCheckpoint(reply):
                reply.set_result(None if self.path is None else self._save(self.path))
            case TakeSnapshot():
                raise AssertionError("screens call `snapshot`")

    def _save(self, path: Path) -> int:
        """Make a checkpoint that is found; there is nothing in it."""
        file = Checkpoints(path / "checkpoints").path(self.step)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        return self.step
