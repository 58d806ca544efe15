"""A run in a background thread of this process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.base.errors import Cancelled, QwemError, Sentence, UsageError
from qwem_tui.base.memory import keep_heap_small
from qwem_tui.corpus.documents import STDIN
from qwem_tui.engine.command_queue import CommandQueue
from qwem_tui.engine.commands import Command, TakeSnapshot
from qwem_tui.engine.engine_thread import EngineThread
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.goals import Goal
from qwem_tui.engine.history import History, crossed_ones
from qwem_tui.engine.preparation import prepared, resume_at
from qwem_tui.engine.question_log import QuestionLog
from qwem_tui.engine.remote.server import Control
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.checkpoint_policy import CheckpointPolicy
from qwem_tui.engine.run_folder.reader import FrameRecord, ResumePoint, read_run, resume_point_of
from qwem_tui.engine.run_folder.recorder import Branch, RunRecorder
from qwem_tui.engine.run_folder.saved_snapshots import SavedSnapshots
from qwem_tui.engine.stage_clock import StageClock
from qwem_tui.engine.status import Phase, Status
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.engine.trainers import make_trainer
from qwem_tui.engine.training_loop.calibration import calibrate, transitions
from qwem_tui.engine.training_loop.goal_watch import GoalWatch
from qwem_tui.engine.training_loop.loop import Loop
from qwem_tui.engine.training_loop.observer import Observer
from qwem_tui.engine.training_loop.pacer import Pacer
from qwem_tui.study.study import Study
from qwem_tui.training.trainer import Trainer


class LiveRun:
    """Prepares and trains in a thread of its own; the only things that come out are frames, status and snapshots.

    Give the `study` of another run on the same corpus to start without preparing all of it again. The run is recorded
    by `recorder`, where others may attach to it; it is resumed from `resume_point`, begins `paused`, and pauses at
    `goal`. `on_frame` is called in the engine's thread.
    """

    def __init__(
        self,
        config: RunConfig,
        stdin: BinaryIO | None = None,
        study: Study | None = None,
        on_frame: Callable[[Frame], None] | None = None,
        recorder: RunRecorder | None = None,
        resume_point: ResumePoint | None = None,
        goal: Goal | None = None,
        paused: bool = False,
    ) -> None:
        """Make a run; `start` sets it going."""
        self.config = config
        self._stdin = stdin
        self._study = study
        self._on_frame = on_frame
        self._recorder = recorder
        if recorder is not None:
            recorder.checkpoints.most_bytes = config.keep_bytes
        self._control: Control | None = None
        self._trouble: Sentence = ()
        self._unreachable: Sentence = ()
        self._resume_point = resume_point
        self._goal = goal
        self._paused = paused
        self._ready = False
        self._history: History | None = None
        self._outcomes: QuestionLog | None = None
        self._status = Status(Phase.PREPARING)
        self._stages = StageClock()
        self._commands = CommandQueue(lambda: self._stop)
        # a plain flag: a signal handler may set it whatever else this thread is in the middle of
        self._stop = False
        self._snapshot: Snapshot | None = None
        self.crash: BaseException | None = None
        #: CPU threads that training uses, once it has begun
        self.threads = 0
        self._thread = EngineThread(
            "engine", self._main, ("vocab_size", "dim"), yields=config.spare_cores > 0, at_end=self._end
        )

    @property
    def path(self) -> Path | None:
        """Return the run folder, or None where the run is not written down."""
        return None if self._recorder is None else self._recorder.path

    @property
    def can_branch(self) -> bool:
        """Return whether it has a run folder, in which its checkpoints are."""
        return self._recorder is not None

    @property
    def can_restart(self) -> bool:
        """Return True: what it was prepared with is in this process."""
        return True

    @property
    def can_plan(self) -> bool:
        """Return whether its corpus did not come from a pipe, which can be read only once."""
        return STDIN not in self.config.study.sources

    @property
    def can_steer(self) -> bool:
        """Return True: its thread does."""
        return True

    #: its thread ends with this process
    ends_with_screen = can_steer

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def send(self, command: Command) -> None:
        """Ask something of the engine; it is carried out between two steps."""
        self._commands.put(command)

    def stop(self) -> None:
        """Ask the engine to end after the step at hand. Safe inside a signal handler: takes no lock."""
        self._stop = True

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; return whether it has ended."""
        return self._thread.join(timeout)

    #: the run is in this process: no other one continues it
    end_run = stop

    @property
    def over(self) -> bool:
        """Return whether the engine has ended: commands are refused."""
        return self._commands.closed

    def status(self) -> Status:
        """Return what the run is doing."""
        status = self._status
        return replace(status, stage=self._stages.at) if status.phase is Phase.PREPARING else status

    def study(self) -> Study | None:
        """Return what is known before training, once that is known."""
        return self._study if self._ready else None

    def history(self) -> History | None:
        """Return the frames so far, once training has begun."""
        return self._history

    def outcomes(self) -> QuestionLog | None:
        """Return which questions are right since when, once training has begun."""
        return self._outcomes

    def snapshot(self, timeout: float) -> Snapshot | None:
        """Return the embeddings as they are between two steps, or None where there are none within `timeout` s.

        Once the run has ended they are its last.
        """
        reply: Future[Snapshot] = Future()
        self._commands.put(TakeSnapshot(reply))
        try:
            return reply.result(timeout)
        except (FutureTimeoutError, CancelledError):
            return self._snapshot

    #: it costs the run a copy of its embeddings
    latest_snapshot = snapshot

    def checkpoint_steps(self) -> tuple[int, ...]:
        """Return the steps of which its folder holds a checkpoint, ascending; none where it has no folder."""
        return () if self.path is None else SavedSnapshots(self.path).steps()

    def snapshot_of(self, step: int) -> Snapshot | None:
        """Return the embeddings in the checkpoint of `step`, or None where there is none that can be read."""
        return None if self.path is None else SavedSnapshots(self.path).of(step, self.study())

    @property
    def commands_waiting(self) -> bool:
        """Return whether there are commands that are not carried out yet."""
        return self._commands.waiting

    @property
    def steered(self) -> bool:
        """Return whether anybody attached has ever steered the run."""
        return self._control is not None and self._control.steered

    @property
    def stays_paused(self) -> bool:
        """Return whether a run that stands still does so because somebody attached asked it to."""
        control = self._control
        return control is not None and control.stays_paused and self._status.fault is None

    @property
    def attended(self) -> bool:
        """Return whether somebody may yet resume a run that stands still: who is attached, or asked it to stand."""
        control = self._control
        return control is not None and (control.attended or self.stays_paused)

    # what follows runs in the engine's thread

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage of the preparation (the `Progress` of the study)."""
        self._stages.begin(name, total)
        self.advance(0.0)

    def advance(self, done: float) -> None:
        """Report progress of a stage; raises Cancelled once the run shall stop."""
        if self._stop:
            raise Cancelled
        self._stages.advance(done)

    def _main(self) -> None:
        try:
            self._serve()
            study = prepared(self.config, self._study, self, self._stdin)
            self.threads = self.config.threads(len(study.vocabulary), study.dim)
            torch.set_num_threads(self.threads)
            self._train(study)
        except BrokenPipeError:
            # whoever reads the frames is gone: that is not about the run
            raise
        except OSError as error:
            raise QwemError(f"The run cannot be written: {error.strerror}.") from error

    def _end(self) -> None:
        """Show how the run ended, and let go of what it held."""
        thread = self._thread
        self.crash = thread.crash
        if thread.cancelled:
            self._status = Status(Phase.STOPPED)
        elif thread.error is not None:
            self._status = Status(Phase.FAILED, error=thread.error)
        elif thread.crash is not None:
            self._status = Status(Phase.FAILED, error=QwemError(f"Internal error: {thread.crash!r}"))
        self._commands.close()
        if self._control is not None:
            self._control.close()
        if self._recorder is not None:
            self._recorder.close()

    def _serve(self) -> None:
        """Let others attach, once there is a run folder that says where."""
        if self._recorder is None or not self._recorder.begun or self._control is not None:
            return
        try:
            self._control = Control(self, self._recorder.path)
        except (OSError, QwemError) as error:
            self._unreachable = ("No socket could be made, so nobody can attach to this run: ", *_reason(error))

    def _train(self, study: Study) -> None:
        # not before: preparing is a third slower with it
        keep_heap_small()
        trainer = make_trainer(study)
        try:
            self._train_with(study, trainer)
        finally:
            trainer.close()

    def _train_with(self, study: Study, trainer: Trainer) -> None:
        observer = Observer(study)
        history = History(study.dim, len(study.analogies.names))
        past = None if self._recorder is None else self._recorder.past_outcomes(study.analogies)
        outcomes = past or QuestionLog(len(study.analogies.questions))
        pace = None
        if self.config.paced_seconds and study.trajectory.is_forecast:
            pace = study.trajectory.learned_step / self.config.paced_seconds
        if self._resume_point is not None:
            resume_at(self._resume_point, study, trainer, history)
        if self._goal is not None:
            # before anything is written: a goal out of reach is wrong usage
            at = history.latest() or observer.frame(trainer, False, 0.0)
            GoalWatch(self._goal, study, at, crossed_ones(study.trajectory, history.columns()))
        if self._resume_point is None:
            least_interval = 1.0 / pace if pace else 0.0
            probe = make_trainer(study)
            schedule = calibrate(probe, observer, least_interval, transitions(study.trajectory))
            probe.close()
        else:
            schedule = self._resume_point.schedule
        policy = None
        if self._recorder is not None:
            self._recorder.begin(
                study,
                schedule,
                self.threads,
                outcomes,
                lambda: FrameRecord(history.frames(), self._status.changes),
            )
            self._serve()
            policy = CheckpointPolicy(self._recorder.checkpoints, ensure=self._recorder.ensure)
            if self._recorder.branches:
                # until it has a checkpoint of its own it could not be resumed
                policy.save(trainer)
        loop = Loop(
            self,
            study,
            trainer,
            observer=observer,
            schedule=schedule,
            history=history,
            pacer=Pacer(pace),
            outcomes=outcomes,
            policy=policy,
            past=self._resume_point,
            goal=self._goal,
            paused=self._paused,
        )
        self.publish(Status(Phase.RUNNING, pace=pace, step_size=trainer.step_size))
        self._study, self._history, self._outcomes, self._ready = study, history, outcomes, True
        loop.run()

    def publish(self, status: Status) -> None:
        """Make `status` what everyone sees."""
        remark = self._recorder.remark if self._recorder is not None else None
        noted = (remark,) if remark else self._unreachable
        self._status = replace(status, problem=status.problem or self._trouble or noted)

    def publish_snapshot(self, snapshot: Snapshot) -> None:
        """Keep the last embeddings of a run that ends."""
        self._snapshot = snapshot

    def emit(self, frame: Frame, correct: NDArray[np.bool_] | None) -> None:
        """Hand a frame to whoever wants it, and record it with `correct`; a full disk does not end the run."""
        if self._on_frame is not None:
            self._on_frame(frame)
        if self._recorder is not None:
            try:
                self._recorder.write(frame, correct)
            except (OSError, QwemError) as error:
                self._trouble = ("Frames cannot be written, and the run continues without: ", *_reason(error))
            else:
                self._trouble = ()

    def emit_change(self, change: StepSizeChange) -> None:
        """Record a change of the step size."""
        if self._recorder is not None:
            with suppress(OSError, QwemError):
                # the next frame tries again, and shows what is wrong
                self._recorder.write_change(change)

    @property
    def stopping(self) -> bool:
        """Return whether the run was asked to end."""
        return self._stop

    def next_command(self, wait: float | None) -> Command | None:
        """Return the oldest command, waiting up to `wait` seconds (None: until there is one, or a stop)."""
        return self._commands.take(wait)


def branch_of(run: LiveRun, step: int) -> Branch:
    """Return the branch that goes off from `run` at its checkpoint of `step`.

    Raises UsageError where there is no such checkpoint, or the run saves none, QwemError where it is damaged.
    """
    if run.path is None:
        raise UsageError("This run saves no checkpoints: there is none to go back to.")
    return Branch(run.path, resume_point_of(read_run(run.path), step))


def _reason(error: OSError | QwemError) -> Sentence:
    """Return why something could not be written, as the end of a sentence."""
    return error.parts if isinstance(error, QwemError) else (f"{error.strerror or error}.",)
