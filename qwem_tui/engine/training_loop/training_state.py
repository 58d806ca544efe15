"""Where training stands: the trainer, its frames, its step sizes, and the last state that is known to be good."""

from __future__ import annotations

import torch

from qwem_tui.base.errors import Sentence
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.outcome import LossGrew, LossNotFinite, LossStalled, Paused
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.engine.run_folder.checkpoint_policy import CheckpointPolicy
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.timeline import StepSizeChange, Timeline
from qwem_tui.engine.training_loop.divergence import DivergenceCheck, position
from qwem_tui.engine.training_loop.host import Host
from qwem_tui.engine.training_loop.observer import Observer
from qwem_tui.engine.training_loop.pacer import Pacer
from qwem_tui.study.study import Forecast
from qwem_tui.training.trainer import Trainer


class TrainingState:
    """Steps and measures the trainer of one run, and returns it to its last good state where the loss diverges."""

    def __init__(
        self,
        run: Host,
        study: Forecast,
        trainer: Trainer,
        *,
        observer: Observer,
        schedule: Schedule,
        history: History,
        outcomes: QuestionLog | None,
        pacer: Pacer,
        divergence: DivergenceCheck,
        policy: CheckpointPolicy | None,
    ) -> None:
        """Begin where `trainer` stands.

        Frames go to `history` and `run`, which questions are right to `outcomes` and `run`; checkpoints are written by
        `policy`.
        """
        self._run = run
        self._study = study
        self._trainer = trainer
        self._observer = observer
        self._history = history
        self._outcomes = outcomes
        self._pacer = pacer
        self._divergence = divergence
        self._policy = policy
        #: at which steps it is measured
        self.schedule = schedule
        #: changes of the step size so far
        self.changes: tuple[StepSizeChange, ...] = ()
        #: where the trainer stood when it was last measured
        self._good = trainer.remember()

    @property
    def step(self) -> int:
        """Return the number of steps taken."""
        return self._trainer.steps

    @property
    def t(self) -> float:
        """Return the time t."""
        return self._trainer.t

    @property
    def step_size(self) -> float:
        """Return the step size (eta) in force."""
        return self._trainer.step_size

    @property
    def fraction(self) -> float:
        """Return the step size in force, in units of the stability limit."""
        return self._trainer.step_size / self._study.step_limit

    @property
    def timeline(self) -> Timeline:
        """Return which step belongs to which time."""
        return Timeline(self._study.step_size, self.changes)

    @property
    def history(self) -> History:
        """Return the frames so far."""
        return self._history

    @property
    def latest(self) -> Frame:
        """Return the newest frame."""
        frame = self._history.latest()
        assert frame is not None  # the start is measured before anything else happens
        return frame

    @property
    def measured(self) -> bool:
        """Return whether the present state has been measured, and is good."""
        return self._trainer.steps == self._good.steps

    @property
    def can_be_saved(self) -> bool:
        """Return whether there is anywhere to write checkpoints."""
        return self._policy is not None

    @property
    def problem(self) -> Sentence:
        """Return in a sentence why no checkpoint could be written; an empty one where nothing is wrong."""
        return () if self._policy is None else self._policy.problem

    def begin(self) -> None:
        """Measure the start, where that has not been done."""
        latest = self._history.latest()
        if latest is None or latest.step != self._trainer.steps:
            self._record(self._measured(evaluate=False))
            # a run that is killed in its first seconds can be resumed
            self.save()

    def take_step(self) -> None:
        """Take one step, which is not measured."""
        self._pacer.step_begins()
        self._trainer.step()
        self._pacer.step_taken(self._trainer.steps)

    def measure(self, evaluate: bool = False) -> Frame | Paused:
        """Measure and record the present state, with accuracies where `evaluate` or the schedule asks for them.

        Return its frame, after which it is the last good state; or why the run has to pause at that to which the
        trainer was returned.
        """
        frame = self._measured(evaluate)
        cause = self._divergence.cause(frame)
        if cause is not None:
            return self._fall_back(cause)
        self._record(frame)
        self._good = self._trainer.remember()
        return frame

    def _fall_back(self, cause: LossNotFinite | LossGrew) -> Paused:
        # the step size that is to blame, which the trainer may not have had in the good state
        fraction = self.fraction
        self._trainer.return_to(self._good)
        self._record(self._measured(evaluate=True))
        self.save()
        return self.paused_by(cause, fraction)

    def paused_by(self, cause: LossNotFinite | LossGrew | LossStalled, fraction: float) -> Paused:
        """Return the fault that pauses the run here, of a step size of `fraction` of the stability limit."""
        saved = () if self._policy is None else self._policy.steps
        return Paused(cause, fraction, position(self._history.columns(), saved))

    def set_step_size(self, step_size: float) -> None:
        """Use `step_size` from the next step on; the present state has been measured."""
        self._divergence.stand_on(self.latest)
        self._trainer.step_size = step_size
        self.step_size_changed()
        self._good = self._trainer.remember()
        if self._policy is not None:
            # one of this very step has the old step size
            self._policy.save(self._trainer, again=True)

    def step_size_changed(self) -> None:
        """Record that the trainer has another step size from here on."""
        change = StepSizeChange(self._trainer.steps, self._trainer.step_size)
        self.add_change(change)
        self._run.emit_change(change)

    def add_change(self, change: StepSizeChange) -> None:
        """Take in a change of the step size; what is to be evaluated later moves to where the times are then."""
        before = self.timeline
        self.changes = (*self.changes, change)
        self.schedule = self.schedule.retimed(before, self.timeline, change.step)

    def save(self) -> bool:
        """Write a checkpoint; return whether there is one of this state."""
        if self._policy is None:
            return False
        self._policy.save(self._trainer)
        return not self._policy.problem

    def consider_saving(self, before: int | None) -> None:
        """Write a checkpoint of the last frame's state where it is time to; `before` were the modes learned before."""
        if self._policy is not None:
            learned = self.latest.modes_learned
            self._policy.consider(self._trainer, None not in (before, learned) and learned != before)

    def rescue(self) -> None:
        """Save the last good state, whatever has become of the present one."""
        if self._policy is not None:
            self._trainer.return_to(self._good)
            self._policy.save(self._trainer)

    def snapshot(self) -> Snapshot:
        """Return the embeddings as they are, in float32 on the CPU."""
        vocabulary = self._study.vocabulary
        return Snapshot(
            self._trainer.steps,
            self._trainer.t,
            vocabulary.words,
            vocabulary.counts,
            self._trainer.W.to("cpu", torch.float32).contiguous().numpy(),
        )

    def _measured(self, evaluate: bool) -> Frame:
        evaluate = evaluate or self.schedule.evaluates(self._trainer.steps)
        return self._observer.frame(self._trainer, evaluate, self._pacer.rate())

    def _record(self, frame: Frame) -> None:
        """Put a frame, the last one measured, into the history and hand it on."""
        self._history.add(frame)
        correct = self._observer.correct
        if self._outcomes is not None and correct is not None:
            self._outcomes.append(frame.step, correct)
        self._run.emit(frame, correct)
