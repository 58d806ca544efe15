"""A run in a background thread of this process."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import torch

from qwem_tui.base.device import check_threads, choose_device, is_out_of_memory
from qwem_tui.base.errors import Cancelled, QwemError, UsageError
from qwem_tui.base.memory import keep_heap_small
from qwem_tui.base.threads import core_count
from qwem_tui.corpus.documents import STDIN
from qwem_tui.engine.commands import Command, SaveCheckpoint, TakeSnapshot
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.goals import Goal, GoalWatch
from qwem_tui.engine.history import History, crossed_ones
from qwem_tui.engine.loop import Loop
from qwem_tui.engine.observer import Observer
from qwem_tui.engine.remote.server import Control
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.run_folder.checkpoint_policy import CheckpointPolicy
from qwem_tui.engine.run_folder.reader import FrameRecord, ResumePoint, read_run, resume_point_of
from qwem_tui.engine.run_folder.recorder import Branch, RunRecorder
from qwem_tui.engine.schedule import calibrate, transitions
from qwem_tui.engine.status import Phase, StageStatus, Status
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.engine.trainers import make_trainer, set_up
from qwem_tui.study.study import Study, gather
from qwem_tui.training.trainer import Trainer
from qwem_tui.training.word2vec import default_steps

NICENESS = 10


class LiveRun:
    """Prepares and trains in a thread of its own; the only things that come out are frames, status and snapshots.

    Give the `study` of another run on the same corpus to start without preparing all of it again. The run is written
    down by `recorder`, where others may attach to it; it goes on from `resume_point`, begins `paused`, and pauses at
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
        self._trouble: str | None = None
        self._unreachable: str | None = None
        self._resume_point = resume_point
        self._goal = goal
        self._paused = paused
        self._ready = False
        self._history: History | None = None
        self._status = Status(Phase.PREPARING)
        self._stage_began = time.monotonic()
        self._commands: deque[Command] = deque()
        self._wake = threading.Condition()
        # a plain flag: a signal handler may set it whatever else this thread is in the middle of
        self._stop = False
        self._ended = False
        self._snapshot: Snapshot | None = None
        self.crash: BaseException | None = None
        #: CPU threads that training uses, once it has begun
        self.threads = 0
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)

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
    def ends_with_screen(self) -> bool:
        """Return True: its thread ends with this process."""
        return True

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def send(self, command: Command) -> None:
        """Ask something of the engine; it is carried out between two steps."""
        with self._wake:
            self._commands.append(command)
            self._wake.notify_all()
            ended = self._ended
        if ended:
            self._refuse_waiting()

    def stop(self) -> None:
        """Ask the engine to end after the step at hand. Safe inside a signal handler: takes no lock."""
        self._stop = True

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; return whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    #: the run is in this process: no other one goes on with it
    end_run = stop

    @property
    def over(self) -> bool:
        """Return whether the engine has ended: commands are refused."""
        return self._status.phase in (Phase.FAILED, Phase.STOPPED)

    def status(self) -> Status:
        """Return what the run is doing."""
        status = self._status
        if status.stage is not None:
            elapsed = time.monotonic() - self._stage_began
            return replace(status, stage=replace(status.stage, elapsed=elapsed))
        return status

    def study(self) -> Study | None:
        """Return what is known before training, once that is known."""
        return self._study if self._ready else None

    def history(self) -> History | None:
        """Return the frames so far, once training has begun."""
        return self._history

    def snapshot(self, timeout: float) -> Snapshot | None:
        """Return the embeddings as they are between two steps, or None where there are none within `timeout` s.

        Once the run has ended they are its last.
        """
        reply: Future[Snapshot] = Future()
        with self._wake:
            if self._ended:
                return self._snapshot
            self._commands.append(TakeSnapshot(reply))
            self._wake.notify_all()
        try:
            return reply.result(timeout)
        except (FutureTimeoutError, CancelledError):
            return self._snapshot

    @property
    def steered(self) -> bool:
        """Return whether anybody attached has ever steered the run."""
        return self._control is not None and self._control.steered

    @property
    def told_to_stand(self) -> bool:
        """Return whether a run that stands still was told to by who is, or was, attached."""
        control = self._control
        return control is not None and control.told_to_stand and self._status.fault is None

    @property
    def attended(self) -> bool:
        """Return whether a run that stands still will be told to go on: by who is attached, or told it to stand."""
        control = self._control
        return control is not None and (control.attended or self.told_to_stand)

    # what follows runs in the engine's thread

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage of the preparation (the `Progress` of the study)."""
        self._stage_began = time.monotonic()
        self._status = Status(Phase.PREPARING, StageStatus(name, 0.0, total, 0.0))
        self.advance(0.0)

    def advance(self, done: float) -> None:
        """Report progress of a stage; raises Cancelled once the run shall stop."""
        if self._stop:
            raise Cancelled
        stage = self._status.stage
        if stage is not None:
            self._status = Status(Phase.PREPARING, replace(stage, done=done))

    def _main(self) -> None:
        try:
            if self.config.spare_cores and sys.platform == "linux":
                # the screen's thread keeps its priority: Linux takes a thread's id for a process here
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
            sys.setswitchinterval(0.001)
            check_threads(self.config.training_threads)
            torch.set_num_threads(core_count())
            self._serve()
            study = self._prepared()
            self.threads = self.config.threads(len(study.vocabulary), study.dim)
            torch.set_num_threads(self.threads)
            self._train(study)
        except Cancelled:
            self._status = Status(Phase.STOPPED)
        except QwemError as error:
            self._status = Status(Phase.FAILED, error=str(error), exit_code=error.exit_code)
        except OSError as error:
            self.crash = error if isinstance(error, BrokenPipeError) else None
            self._status = Status(Phase.FAILED, error=f"The run cannot be written: {error.strerror}.", exit_code=1)
        except BaseException as error:  # noqa: BLE001 - raised again by whoever started the run
            if is_out_of_memory(error):
                self._status = Status(
                    Phase.FAILED, error="Out of memory: use a smaller --vocab-size or --dim.", exit_code=1
                )
                return
            # kept for whoever started the run: a defect must neither vanish nor leave the screen waiting
            self.crash = error
            self._status = Status(Phase.FAILED, error=f"Internal error: {error!r}", exit_code=1)
        finally:
            self._refuse_waiting()
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
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            self._unreachable = f"No socket could be made, so nobody can attach to this run: {reason}"

    def _prepared(self) -> Study:
        if self._study is None:
            statistics = gather(self.config.study, choose_device(self.config.device), self, self._stdin)
            return set_up(statistics, self.config.study, self)
        asked, known = self.config.study, self._study.config
        if asked.trainer == "word2vec":
            # without a number of steps it takes as many as the corpus asks for
            asked = replace(asked, steps=asked.steps or default_steps(self._study.statistics.corpus, asked.window))
        if asked in (known, replace(known, dim=self._study.dim)):
            return self._study
        return set_up(self._study.statistics, self.config.study, self)

    def _refuse_waiting(self) -> None:
        with self._wake:
            self._ended = True
            for command in self._commands:
                if isinstance(command, TakeSnapshot | SaveCheckpoint):
                    command.reply.cancel()
            self._commands.clear()

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
        pace = None
        if self.config.paced_seconds and study.trajectory.is_forecast:
            pace = study.trajectory.learned_step / self.config.paced_seconds
        if self._resume_point is not None:
            self._go_on(study, trainer, history, self._resume_point)
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
                study, schedule, self.threads, lambda: FrameRecord(history.frames(), self._status.changes)
            )
            self._serve()
            policy = CheckpointPolicy(self._recorder.checkpoints, ensure=self._recorder.ensure)
            if self._recorder.branches:
                # until it has a checkpoint of its own it could not be resumed
                policy.keep(trainer)
        loop = Loop(
            self,
            study,
            trainer,
            observer,
            schedule,
            history,
            pace,
            policy,
            self._resume_point,
            self._goal,
            self._paused,
        )
        self.publish(Status(Phase.RUNNING, pace=pace, step_size=trainer.step_size))
        self._study, self._history, self._ready = study, history, True
        loop.run()

    @staticmethod
    def _go_on(study: Study, trainer: Trainer, history: History, resume_point: ResumePoint) -> None:
        """Put trainer and history where the run was left."""
        if resume_point.digest != study.digest:
            raise QwemError("The corpus is not what it was when this run began: it cannot go on; begin a new run.")
        try:
            trainer.load_state_dict(resume_point.checkpoint.state)
        except ValueError as error:
            raise QwemError(f"The checkpoint does not fit this run: {error}") from error
        for frame in resume_point.frames:
            history.add(frame)

    def publish(self, status: Status) -> None:
        """Make `status` what everyone sees."""
        remark = None if self._recorder is None else self._recorder.remark
        self._status = replace(status, problem=status.problem or self._trouble or remark or self._unreachable)

    def publish_snapshot(self, snapshot: Snapshot) -> None:
        """Keep the last embeddings of a run that ends."""
        self._snapshot = snapshot

    def emit(self, frame: Frame) -> None:
        """Hand a frame to whoever wants it, and write it down; a full disk does not end the run."""
        if self._on_frame is not None:
            self._on_frame(frame)
        if self._recorder is not None:
            try:
                self._recorder.write(frame)
            except (OSError, QwemError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error).rstrip(".")
                self._trouble = f"Frames cannot be written ({reason}): the run goes on without."
            else:
                self._trouble = None

    def emit_change(self, change: StepSizeChange) -> None:
        """Write a change of the step size down."""
        if self._recorder is not None:
            with suppress(OSError, QwemError):
                # the next frame tries again, and says what is wrong
                self._recorder.write_change(change)

    @property
    def stopping(self) -> bool:
        """Return whether the run was asked to end."""
        return self._stop

    def next_command(self, wait: float | None) -> Command | None:
        """Return the oldest command, waiting up to `wait` seconds (None: until there is one, or a stop)."""
        deadline = None if wait is None else time.monotonic() + wait
        with self._wake:
            while not self._commands and not self._stop:
                left = 0.1 if deadline is None else min(0.1, deadline - time.monotonic())
                if left <= 0:
                    return None
                self._wake.wait(left)
            return self._commands.popleft() if self._commands else None


def branch_of(run: LiveRun, step: int) -> Branch:
    """Return the branch that goes off from `run` at its checkpoint of `step`.

    Raises UsageError where there is no such checkpoint, or the run keeps none, QwemError where it is damaged.
    """
    if run.path is None:
        raise UsageError("This run keeps no checkpoints: there is none to go back to.")
    return Branch(run.path, resume_point_of(read_run(run.path), step))
