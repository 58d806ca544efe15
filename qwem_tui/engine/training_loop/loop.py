"""The training loop: commands in, steps, frames out."""

from __future__ import annotations

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
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import Goal
from qwem_tui.engine.history import History, crossed_ones
from qwem_tui.engine.outcome import Asked, CommandRefused, Fault, Notice
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.engine.run_folder.checkpoint_policy import CheckpointPolicy
from qwem_tui.engine.run_folder.reader import ResumePoint
from qwem_tui.engine.schedule import Schedule
from qwem_tui.engine.status import Phase, Status
from qwem_tui.engine.training_loop.assessment import Assessment
from qwem_tui.engine.training_loop.goal_watch import GoalWatch
from qwem_tui.engine.training_loop.host import Host
from qwem_tui.engine.training_loop.observer import Observer
from qwem_tui.engine.training_loop.pacer import Pacer
from qwem_tui.engine.training_loop.stretch import Stretch
from qwem_tui.engine.training_loop.training_state import TrainingState
from qwem_tui.study.study import Forecast
from qwem_tui.training.trainer import Trainer


class Loop:
    """The training loop: take commands, step, observe, until stopped."""

    def __init__(
        self,
        run: Host,
        study: Forecast,
        trainer: Trainer,
        *,
        observer: Observer,
        schedule: Schedule,
        history: History,
        pacer: Pacer,
        outcomes: QuestionLog | None = None,
        policy: CheckpointPolicy | None = None,
        past: ResumePoint | None = None,
        goal: Goal | None = None,
        paused: bool = False,
    ) -> None:
        """Make the loop of one run.

        `pacer` sets how fast it goes. `past` is what a run that is resumed has been through, `trainer` standing at its
        end; it begins `paused`, and `goal` ends its first stretch. Which questions are right goes to `outcomes`, where
        that is kept.
        """
        self._run = run
        self._study = study
        self._pacer = pacer
        self._assessment = Assessment(study)
        self._state = TrainingState(
            run,
            study,
            trainer,
            observer=observer,
            schedule=schedule,
            history=history,
            outcomes=outcomes,
            pacer=pacer,
            divergence=self._assessment.divergence,
            policy=policy,
        )
        self._phase = Phase.PAUSED if paused else Phase.RUNNING
        #: see `Status`
        self._notice: Notice | None = None
        self._fault: Fault | None = None
        self._stretch = Stretch()
        self._first_goal = goal
        if past is not None:
            self._live_through(past)

    def _live_through(self, past: ResumePoint) -> None:
        """Take in what the run has been through, as if it had never stopped; it may be done already."""
        state = self._state
        for change in past.changes:
            state.add_change(change)
        self._assessment.replay(past, state.schedule)
        if self._assessment.completion is not None:
            self._phase = Phase.DONE
        if state.timeline.step_size != state.step_size:
            if past.frames:
                self._assessment.divergence.stand_on(past.frames[-1])
            state.step_size_changed()

    def run(self) -> None:
        """Step until the run is stopped; a run that is done waits for commands.

        Whatever ends it, the last good state is saved.
        """
        try:
            self._run_on()
        except BaseException:
            self._state.rescue()
            raise
        self._state.save()
        self._run.publish_snapshot(self._state.snapshot())
        self._publish(Phase.STOPPED)

    def _run_on(self) -> None:
        self._state.begin()
        if self._first_goal is not None:
            self._aim(self._first_goal)
        self._publish()
        while not self._run.stopping:
            self._take_commands()
            if self._phase is not Phase.RUNNING or self._run.stopping:
                continue
            self._advance()
        self._stand_on_good_ground()

    def _take_commands(self) -> None:
        wait = self._pacer.wait() if self._phase is Phase.RUNNING else None
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
                    reply.set_result(self._save())
            case TakeSnapshot(reply):
                if reply.set_running_or_notify_cancel():
                    reply.set_result(self._state.snapshot())

    def _save(self) -> int | None:
        """Save the present state, or the last good one; return its step, None where it could not be written."""
        if not self._state.can_be_saved:
            return None
        self._stand_on_good_ground()
        return self._state.step if self._state.save() else None

    def _aim(self, goal: Goal) -> None:
        """Run until `goal`, or show why that cannot be."""
        self._stand_on_good_ground()
        state = self._state
        crossed = crossed_ones(self._study.trajectory, state.history.columns())
        try:
            watch = GoalWatch(goal, self._study, state.latest, crossed)
        except UsageError as error:
            self._notice = CommandRefused(error)
            return
        self._begin(Stretch(watch=watch))

    def _set_step_size(self, fraction: float) -> None:
        self._notice = None
        step_size = fraction * self._study.step_limit
        if step_size != self._state.step_size:
            self._stand_on_good_ground()
            self._state.set_step_size(step_size)

    def _begin(self, stretch: Stretch) -> None:
        if self._phase is not Phase.RUNNING:
            self._pacer.begin()
        self._phase = Phase.RUNNING
        self._stretch = stretch
        self._notice = self._fault = None

    def _halt(self, notice: Notice | None = None, phase: Phase = Phase.PAUSED) -> None:
        """Stop stepping, with accuracies measured at the step where it stands; fall back where that is not good."""
        latest = self._state.latest
        measured = latest.step == self._state.step and latest.accuracies is not None
        if measured or self._measure(evaluate=True) is not None:
            self._state.save()
            self._stand_still(notice, phase)

    def _stand_still(self, notice: Notice | None = None, phase: Phase = Phase.PAUSED) -> None:
        """Stop stepping at a state that is saved."""
        self._phase = phase
        self._stretch = Stretch()
        # what was refused on the way is shown until the next stretch begins
        if notice is not None and not (isinstance(notice, Asked) and self._notice is not None):
            self._notice = notice

    def _stand_on_good_ground(self) -> None:
        """Measure the present state where that has not been done; fall back where it is not good."""
        if not self._state.measured:
            self._measure()

    def _measure(self, evaluate: bool = False) -> Frame | None:
        """Measure and record the present state; None where it was not good: the run pauses at the last one that was."""
        measured = self._state.measure(evaluate)
        if isinstance(measured, Frame):
            return measured
        self._stand_still()
        self._fault = measured
        self._publish()
        return None

    def _advance(self) -> None:
        state = self._state
        learned = state.latest.modes_learned
        state.take_step()
        last = self._stretch.steps_left == 1 or state.step == self._study.config.steps
        frame = None
        # what is not measured is not known to be good: only then it is saved
        if last or self._stretch.needs_frames or state.schedule.observes(state.step):
            frame = self._measure(evaluate=last)
            if frame is None:
                return
            state.consider_saving(learned)
        if state.latest.modes_learned == self._study.dim:
            # there is nothing left to watch being learned
            self._pacer.lift()
        self._settle(frame)
        self._publish()

    def _settle(self, frame: Frame | None) -> None:
        """End a run that is done, or a stretch that has come to where it was to pause."""
        done = frame is not None and self._assessment.take(frame, self._state.schedule)
        pause = self._stretch.take_step(self._state.step, self._state.t, frame)
        if pause is not None:
            self._halt(pause, Phase.PAUSED if self._assessment.completion is None else Phase.DONE)
        elif self._stretch.steps_left is not None:
            return
        elif done:
            self._halt(self._stretch.missed, Phase.DONE)
        elif (stalled := self._assessment.stalled) is not None:
            self._halt()
            self._fault = self._state.paused_by(stalled, self._state.fraction)

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
                step_size=self._state.step_size,
                changes=self._state.changes,
                problem=self._state.problem,
                goal=self._stretch.goal(self._state.step) if running else None,
            )
        )
