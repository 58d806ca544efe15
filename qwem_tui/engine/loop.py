"""The training loop: commands in, steps, frames out."""

from __future__ import annotations

from typing import Protocol

import torch

from qwem_tui.base.errors import UsageError
from qwem_tui.engine.assessment import Assessment
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
from qwem_tui.engine.divergence import position
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.goal_watch import GoalWatch
from qwem_tui.engine.goals import Goal
from qwem_tui.engine.history import History, crossed_ones
from qwem_tui.engine.observer import Observer
from qwem_tui.engine.outcome import (
    Asked,
    CommandRefused,
    Fault,
    LossGrew,
    LossNotFinite,
    LossStalled,
    Notice,
    Paused,
)
from qwem_tui.engine.pacer import Pacer
from qwem_tui.engine.run_folder.checkpoint_policy import CheckpointPolicy
from qwem_tui.engine.run_folder.reader import ResumePoint
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.status import Phase, Status
from qwem_tui.engine.stretch import Stretch
from qwem_tui.engine.timeline import StepSizeChange, Timeline
from qwem_tui.study.study import Forecast
from qwem_tui.training.trainer import Trainer


class Host(Protocol):
    """What the loop needs of whoever runs it."""

    @property
    def stopping(self) -> bool:
        """Return whether the run was asked to end."""

    def next_command(self, wait: float | None) -> Command | None:
        """Return the oldest command, waiting up to `wait` seconds (None: until there is one, or a stop)."""

    def publish(self, status: Status) -> None:
        """Make `status` what everyone sees."""

    def publish_snapshot(self, snapshot: Snapshot) -> None:
        """Keep the last embeddings of a run that ends."""

    def emit(self, frame: Frame) -> None:
        """Hand a frame to whoever writes frames down."""

    def emit_change(self, change: StepSizeChange) -> None:
        """Hand a change of the step size to whoever writes frames down."""


class Loop:
    """The training loop: take commands, step, observe, until stopped."""

    def __init__(
        self,
        run: Host,
        study: Forecast,
        trainer: Trainer,
        observer: Observer,
        schedule: Schedule,
        history: History,
        pace: float | None,
        policy: CheckpointPolicy | None = None,
        past: ResumePoint | None = None,
        goal: Goal | None = None,
        paused: bool = False,
    ) -> None:
        """Make the loop of one run.

        `past` is what a run that goes on has seen, `trainer` standing at its end; it begins `paused`, and `goal` ends
        its first stretch.
        """
        self._run = run
        self._study = study
        self._trainer = trainer
        self._observer = observer
        self._schedule = schedule
        self._history = history
        self._policy = policy
        self._pacer = Pacer(pace)
        self._assessment = Assessment(study)
        self._phase = Phase.PAUSED if paused else Phase.RUNNING
        #: see `Status`
        self._notice: Notice | None = None
        self._fault: Fault | None = None
        self._changes: tuple[StepSizeChange, ...] = ()
        #: where the trainer stood when it was last measured
        self._good = trainer.remember()
        self._stretch = Stretch()
        self._first_goal = goal
        if past is not None:
            self._live_through(past)

    def _live_through(self, past: ResumePoint) -> None:
        """Take in what the run has been through, as if it had never stopped; it may be done already."""
        for change in past.changes:
            self._remember_change(change)
        self._assessment.replay(past, self._schedule)
        if self._assessment.completion is not None:
            self._phase = Phase.DONE
        if self._timeline.step_size != self._trainer.step_size:
            if past.frames:
                self._assessment.divergence.stand_on(past.frames[-1])
            self._change_step_size(self._trainer.step_size)

    @property
    def _timeline(self) -> Timeline:
        return Timeline(self._study.step_size, self._changes)

    def run(self) -> None:
        """Step until the run is stopped; a run that is done waits for commands.

        Whatever ends it, the last good state is kept.
        """
        try:
            self._run_on()
        except BaseException:
            if self._policy is not None:
                self._trainer.return_to(self._good)
                self._policy.keep(self._trainer)
            raise
        if self._policy is not None:
            self._policy.keep(self._trainer)
        self._run.publish_snapshot(self._snapshot())
        self._publish(Phase.STOPPED)

    def _run_on(self) -> None:
        latest = self._history.latest()
        if latest is None or latest.step != self._trainer.steps:
            self._record(self._measured())
            if self._policy is not None:
                # a run that is killed in its first seconds can be gone on with
                self._policy.keep(self._trainer)
        if self._first_goal is not None:
            self._aim(self._first_goal)
        self._publish()
        while not self._run.stopping:
            self._take_commands()
            if self._phase is not Phase.RUNNING or self._run.stopping:
                continue
            self._advance()
        self._stand_on_good_ground()

    def _stand_on_good_ground(self) -> None:
        """Measure the present state where that has not been done; fall back where it is not good."""
        if self._trainer.steps != self._good.steps:
            self._look()

    def _take_commands(self) -> None:
        wait: float | None = None
        if self._phase is Phase.RUNNING:
            wait = self._pacer.wait()
        while (command := self._run.next_command(wait)) is not None:
            self._obey(command)
            self._publish()
            wait = 0.0

    def _obey(self, command: Command) -> None:
        match command:
            case Pause():
                if self._phase is Phase.RUNNING:
                    # what was refused on the way is not why it stands
                    self._notice = None
                    self._halt(Asked())
            case Resume():
                if self._phase is Phase.PAUSED:
                    self._begin(Stretch())
            case Step(count):
                under_way = self._stretch.steps_left or 0 if self._phase is Phase.RUNNING else 0
                self._begin(Stretch(under_way + count))
            case RunUntil(goal):
                self._aim(goal)
            case SetPace(steps_per_second):
                self._pacer.set(steps_per_second)
            case SetStepSize(fraction):
                self._set_step_size(fraction)
            case SaveCheckpoint(reply):
                if reply.set_running_or_notify_cancel():
                    reply.set_result(self._keep())
            case TakeSnapshot(reply):
                if reply.set_running_or_notify_cancel():
                    reply.set_result(self._snapshot())

    def _keep(self) -> int | None:
        if self._policy is None:
            return None
        self._stand_on_good_ground()
        self._policy.keep(self._trainer)
        return self._trainer.steps if self._policy.problem is None else None

    def _aim(self, goal: Goal) -> None:
        """Run until `goal`, or say why that cannot be."""
        self._stand_on_good_ground()
        latest = self._history.latest()
        assert latest is not None  # the start is observed before any command is taken
        try:
            watch = GoalWatch(goal, self._study, latest, crossed_ones(self._study.trajectory, self._history.columns()))
        except UsageError as error:
            self._notice = CommandRefused(error)
            return
        self._begin(Stretch(watch=watch))

    def _begin(self, stretch: Stretch) -> None:
        if self._phase is not Phase.RUNNING:
            self._pacer.begin()
        self._phase = Phase.RUNNING
        self._stretch = stretch
        self._notice = self._fault = None

    def _halt(self, notice: Notice | None = None, phase: Phase = Phase.PAUSED) -> None:
        """Stop stepping, with accuracies measured at the step where it stands; fall back where that is not good."""
        latest = self._history.latest()
        measured = latest is not None and latest.step == self._trainer.steps and latest.accuracies is not None
        if measured or self._look(evaluate=True) is not None:
            self._stand_still(notice, phase)

    def _stand_still(self, notice: Notice | None = None, phase: Phase = Phase.PAUSED) -> None:
        if self._policy is not None:
            self._policy.keep(self._trainer)
        self._phase = phase
        self._stretch = Stretch()
        # what was refused on the way is said until the next stretch begins
        if notice is not None and not (isinstance(notice, Asked) and self._notice is not None):
            self._notice = notice

    def _set_step_size(self, fraction: float) -> None:
        self._notice = None
        step_size = fraction * self._study.step_limit
        if step_size == self._trainer.step_size:
            return
        self._stand_on_good_ground()
        latest = self._history.latest()
        assert latest is not None  # the present state has been measured
        self._assessment.divergence.stand_on(latest)
        self._trainer.step_size = step_size
        self._change_step_size(step_size)
        self._good = self._trainer.remember()
        if self._policy is not None:
            # one of this very step has the old step size
            self._policy.keep(self._trainer, again=True)

    def _change_step_size(self, step_size: float) -> None:
        change = StepSizeChange(self._trainer.steps, step_size)
        self._remember_change(change)
        self._run.emit_change(change)

    def _remember_change(self, change: StepSizeChange) -> None:
        before = self._timeline
        self._changes = (*self._changes, change)
        self._schedule = self._schedule.retimed(before, self._timeline, change.step)

    def _advance(self) -> None:
        self._pacer.step_begins()
        before = self._history.latest()
        self._trainer.step()
        step = self._trainer.steps
        self._pacer.step_taken(step)
        last = self._stretch.steps_left == 1 or step == self._study.config.steps
        frame = None
        if last or self._stretch.needs_frames or self._schedule.observes(step):
            frame = self._look(evaluate=last)
            if frame is None:
                return
            if self._policy is not None:
                # what is not measured is not known to be good
                learned = None if before is None else before.modes_learned
                more = None not in (learned, frame.modes_learned) and frame.modes_learned != learned
                self._policy.consider(self._trainer, more)
        latest = self._history.latest()
        if latest is not None and latest.modes_learned == self._study.dim:
            # there is nothing left to watch being learned
            self._pacer.lift()
        self._settle(frame)
        self._publish()

    def _look(self, evaluate: bool = False) -> Frame | None:
        """Measure and record the present state, which is the last good one then; None where it had to fall back."""
        frame = self._measured(evaluate)
        if (cause := self._assessment.divergence.cause(frame)) is not None:
            self._fall_back(cause)
            return None
        self._record(frame)
        self._good = self._trainer.remember()
        return frame

    def _fall_back(self, cause: LossNotFinite | LossGrew) -> None:
        """Return to the last good state and pause there."""
        # the step size that is to blame, which the trainer may not have had there
        fraction = self._fraction
        self._trainer.return_to(self._good)
        self._record(self._measured(evaluate=True))
        self._stand_still()
        self._fault = self._paused_by(cause, fraction)
        self._publish()

    @property
    def _fraction(self) -> float:
        """Return the step size in force, in units of the stability limit."""
        return self._trainer.step_size / self._study.step_limit

    def _paused_by(self, cause: LossNotFinite | LossGrew | LossStalled, fraction: float) -> Fault:
        kept = () if self._policy is None else self._policy.steps
        return Paused(cause, fraction, position(self._history.columns(), kept))

    def _settle(self, frame: Frame | None) -> None:
        """End a run that is done, or a stretch that has come to where it was to pause."""
        done = frame is not None and self._assessment.take(frame, self._schedule)
        pause = self._stretch.take_step(self._trainer.steps, self._trainer.t, frame)
        if pause is not None:
            self._halt(pause, Phase.PAUSED if self._assessment.completion is None else Phase.DONE)
        elif self._stretch.steps_left is not None:
            return
        elif done:
            self._halt(self._stretch.missed, Phase.DONE)
        elif (stalled := self._assessment.stalled) is not None:
            self._halt()
            self._fault = self._paused_by(stalled, self._fraction)

    def _measured(self, evaluate: bool = False) -> Frame:
        evaluate = evaluate or self._schedule.evaluates(self._trainer.steps)
        return self._observer.frame(self._trainer, evaluate, self._pacer.rate())

    def _record(self, frame: Frame) -> None:
        """Put a frame into the history and hand it on."""
        self._history.add(frame)
        self._run.emit(frame)

    def _snapshot(self) -> Snapshot:
        vocabulary = self._study.vocabulary
        return Snapshot(
            self._trainer.steps,
            self._trainer.t,
            vocabulary.words,
            vocabulary.counts,
            self._trainer.W.to("cpu", torch.float32).contiguous().numpy(),
        )

    def _publish(self, phase: Phase | None = None) -> None:
        running = self._phase is Phase.RUNNING
        self._run.publish(
            Status(
                phase or self._phase,
                completion=self._assessment.completion,
                notice=self._notice,
                fault=self._fault,
                steps_per_second=self._pacer.rate() if running else 0.0,
                pace=self._pacer.limit,
                step_size=self._trainer.step_size,
                changes=self._changes,
                problem=None if self._policy is None else self._policy.problem,
                goal=self._stretch.goal(self._trainer.steps) if running else None,
            )
        )
