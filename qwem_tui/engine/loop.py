"""The training loop: commands in, steps, frames out."""

from __future__ import annotations

import time
from collections import deque
from typing import Protocol

import torch

from qwem_tui.base.errors import UsageError
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
from qwem_tui.engine.divergence import DivergenceCheck, where_it_stands
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.goals import Goal, GoalWatch, ModesLearned, StepReached, goal_text
from qwem_tui.engine.history import History, crossed_ones
from qwem_tui.engine.observer import Observer
from qwem_tui.engine.run_folder.checkpoint_policy import CheckpointPolicy
from qwem_tui.engine.run_folder.reader import ResumePoint
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.status import Phase, Status
from qwem_tui.engine.stopping import StoppingCriterion
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
        self._pace = pace
        self._pace_lifts = pace is not None
        self._criterion = StoppingCriterion(study)
        self._divergence = DivergenceCheck()
        self._phase = Phase.PAUSED if paused else Phase.RUNNING
        #: why the run is done, and what else there is to say of where it stands
        self._ended, self._notice = "", ""
        self._fault: str | None = None
        self._changes: tuple[StepSizeChange, ...] = ()
        #: where the trainer stood when it was last measured
        self._good = trainer.remember()
        if past is not None:
            self._live_through(past)
        #: steps still to take: None runs until done
        self._left: int | None = None
        self._watch: GoalWatch | None = None
        #: what the watch is for, the next mode being told by its number
        self._aim_text = ""
        self._first_goal = goal
        self._marks: deque[tuple[float, int]] = deque()
        self._next_step_at = time.monotonic()

    def _live_through(self, past: ResumePoint) -> None:
        """Take in what the run has been through, as if it had never stopped; it may be done already."""
        for change in past.changes:
            self._remember_change(change)
        coming = deque(past.changes)
        for before, frame in zip((None, *past.frames), past.frames, strict=False):
            while coming and coming[0].step < frame.step:
                coming.popleft()
                if before is not None:
                    self._divergence.stand_on(before)
            self._divergence.fault(frame)
            self._take_ending(frame)
        if self._ended:
            self._phase = Phase.DONE
        if past.frames and (coming or self._timeline.step_size != self._trainer.step_size):
            self._divergence.stand_on(past.frames[-1])
        if self._timeline.step_size != self._trainer.step_size:
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
            wait = max(0.0, self._next_step_at - time.monotonic()) if self._pace else 0.0
        while (command := self._run.next_command(wait)) is not None:
            self._obey(command)
            self._publish()
            wait = 0.0

    def _obey(self, command: Command) -> None:
        match command:
            case Pause():
                if self._phase is Phase.RUNNING:
                    # what was refused on the way is not why it stands
                    self._notice = ""
                    self._halt(Phase.PAUSED)
            case Resume():
                if self._phase is Phase.PAUSED:
                    self._begin(None)
            case Step(count):
                under_way = self._left or 0 if self._phase is Phase.RUNNING else 0
                self._begin(under_way + count)
            case RunUntil(goal):
                self._aim(goal)
            case SetPace(steps_per_second):
                self._pace, self._pace_lifts = steps_per_second, False
                self._next_step_at = time.monotonic()
                self._marks.clear()
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
            self._notice = str(error)
            return
        self._begin(None)
        self._watch = watch
        if goal == ModesLearned():
            goal = ModesLearned((latest.modes_learned or 0) + 1)
        self._aim_text = goal_text(goal)

    def _goal(self) -> str | None:
        """Return where the run will pause, as a goal is typed; None where it goes on to its end, or stands."""
        if self._phase is not Phase.RUNNING:
            return None
        if self._left is not None:
            return goal_text(StepReached(self._trainer.steps + self._left))
        return None if self._watch is None else self._aim_text

    def _begin(self, count: int | None) -> None:
        if self._phase is not Phase.RUNNING:
            self._marks.clear()
            self._next_step_at = time.monotonic()
        self._phase = Phase.RUNNING
        self._left, self._watch = count, None
        self._notice, self._fault = "", None

    def _halt(self, phase: Phase, notice: str = "") -> None:
        """Stop stepping, with accuracies measured at the step where it stands; fall back where that is not good."""
        latest = self._history.latest()
        measured = latest is not None and latest.step == self._trainer.steps and latest.accuracies is not None
        if measured or self._look(evaluate=True) is not None:
            self._stand_still(phase, notice)

    def _stand_still(self, phase: Phase, notice: str = "") -> None:
        if self._policy is not None:
            self._policy.keep(self._trainer)
        self._phase = phase
        self._left, self._watch = None, None
        # what was refused on the way is said until the next stretch begins
        self._notice = notice or self._notice

    def _set_step_size(self, fraction: float) -> None:
        self._notice = ""
        step_size = fraction * self._study.step_limit
        if step_size == self._trainer.step_size:
            return
        self._stand_on_good_ground()
        latest = self._history.latest()
        assert latest is not None  # the present state has been measured
        self._divergence.stand_on(latest)
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

    def _problem(self) -> str | None:
        return None if self._policy is None else self._policy.problem

    def _advance(self) -> None:
        if self._pace:
            self._next_step_at = max(self._next_step_at + 1.0 / self._pace, time.monotonic() - 0.5)
        before = self._history.latest()
        self._trainer.step()
        self._mark()
        step = self._trainer.steps
        last = self._left == 1 or step == self._study.config.steps
        wanted = self._watch is not None and self._watch.needs_frames
        frame = None
        if last or wanted or self._schedule.observes(step):
            frame = self._look(evaluate=last)
            if frame is None:
                return
            if self._policy is not None:
                # what is not measured is not known to be good
                learned = None if before is None else before.modes_learned
                more = None not in (learned, frame.modes_learned) and frame.modes_learned != learned
                self._policy.consider(self._trainer, more)
        self._lift_pace()
        self._settle(frame)
        self._publish()

    def _look(self, evaluate: bool = False) -> Frame | None:
        """Measure and record the present state, which is the last good one then; None where it had to fall back."""
        frame = self._measured(evaluate)
        if (fault := self._divergence.fault(frame)) is not None:
            self._fall_back(fault)
            return None
        self._record(frame)
        self._good = self._trainer.remember()
        return frame

    def _fall_back(self, fault: str) -> None:
        """Return to the last good state and pause there."""
        blamed = self._blamed(fault)
        self._trainer.return_to(self._good)
        self._record(self._measured(evaluate=True))
        self._stand_still(Phase.PAUSED)
        self._fault = f"{blamed}: paused at step {self._trainer.steps:,}, the last good one {self._where()}"
        self._publish()

    def _where(self) -> str:
        kept = () if self._policy is None else self._policy.steps
        return where_it_stands(self._history.columns(), kept)

    def _blamed(self, fault: str) -> str:
        fraction = self._trainer.step_size / self._study.step_limit
        return f"{fault[0].upper()}{fault[1:]}, with a step size of {fraction:.2g} of the stability limit"

    def _lift_pace(self) -> None:
        """End the pace that the run began with once there is nothing left to watch being learned."""
        latest = self._history.latest()
        if self._pace_lifts and latest is not None and latest.modes_learned == self._study.dim:
            self._pace, self._pace_lifts = None, False

    def _settle(self, frame: Frame | None) -> None:
        """End a run that is done; count down the steps that were asked for; stop at a goal."""
        done = self._take_ending(frame)
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._halt(Phase.DONE if self._ended else Phase.PAUSED)
        elif self._watch is not None and (reached := self._watch.reached(self._trainer.steps, self._trainer.t, frame)):
            self._halt(Phase.DONE if self._ended else Phase.PAUSED, f"Reached: {reached}.")
        elif done:
            missed = "" if self._watch is None else f"The goal {self._aim_text} was not reached."
            self._halt(Phase.DONE, missed)
        elif (complaint := self._criterion.complaint) is not None:
            self._halt(Phase.PAUSED)
            self._fault = f"{self._blamed(complaint)}: paused at step {self._trainer.steps:,} {self._where()}"

    def _take_ending(self, frame: Frame | None) -> bool:
        """Take the next frame; return whether the run is done with it, having been going on before."""
        step = self._trainer.steps if frame is None else frame.step
        limit = self._study.config.steps
        reason = None
        if frame is not None and self._schedule.observes(step):
            # not of other frames, of which a run that was interrupted has more
            reason = self._criterion.reason(frame)
        if reason is None and limit is not None and frame is not None and step >= limit:
            reason = self._criterion.at_limit(limit, frame)
        if reason is None or self._ended:
            return False
        self._ended = reason
        return True

    def _mark(self) -> None:
        now = time.monotonic()
        self._marks.append((now, self._trainer.steps))
        while len(self._marks) > 2 and now - self._marks[0][0] > 2.0:
            self._marks.popleft()

    def _rate(self) -> float:
        if len(self._marks) < 2 or self._marks[-1][0] <= self._marks[0][0]:
            return 0.0
        (then, first), (now, last) = self._marks[0], self._marks[-1]
        return (last - first) / (now - then)

    def _measured(self, evaluate: bool = False) -> Frame:
        evaluate = evaluate or self._schedule.evaluates(self._trainer.steps)
        return self._observer.frame(self._trainer, evaluate, self._rate())

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
        self._run.publish(
            Status(
                phase or self._phase,
                note=self._ended,
                notice=self._notice,
                fault=self._fault,
                steps_per_second=self._rate() if self._phase is Phase.RUNNING else 0.0,
                pace=self._pace,
                step_size=self._trainer.step_size,
                changes=self._changes,
                problem=self._problem(),
                goal=self._goal(),
            )
        )
