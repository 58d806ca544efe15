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
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
import torch

from qwem_tui.base.errors import Cancelled, QwemError, UsageError
from qwem_tui.base.memory import keep_heap_small
from qwem_tui.engine.commands import Command, Pause, Resume, SetPace, Step, TakeSnapshot
from qwem_tui.engine.device import choose_device, core_count
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.observe import Observer, Schedule, calibrate, transitions
from qwem_tui.engine.source import Phase, StageStatus, Status
from qwem_tui.study.study import Study, StudyConfig, prepare
from qwem_tui.theory.settle import SettleWatch
from qwem_tui.training.gd import GradientDescent

NICENESS = 10
_MOST_THREADS = 1024
#: Multiplications a product with M* below which one thread is fastest.
_ONE_THREAD_BELOW = 3e7


@dataclass(frozen=True)
class RunConfig:
    """A run: what it studies and where it computes.

    `training_threads` None leaves all cores but `spare_cores` to training. `paced_seconds` slows the run down so that
    learning all modes takes about so long; what is left until the loss has settled goes at full speed.
    """

    study: StudyConfig
    device: str = "auto"
    training_threads: int | None = None
    spare_cores: int = 0
    paced_seconds: float | None = None

    def threads(self, size: int, dim: int) -> int:
        """Return how many threads to train (size, dim) embeddings with on the CPU; several only slow tiny ones down."""
        if self.training_threads is not None:
            return self.training_threads
        return 1 if size * size * dim < _ONE_THREAD_BELOW else max(1, core_count() - self.spare_cores)


class LiveRun:
    """Prepares and trains in a thread of its own; the only things that come out are frames, status and snapshots.

    Give a finished `study` to start over without preparing again. `on_study` and `on_frame` are called in the
    engine's thread, for writing to disk.
    """

    def __init__(
        self,
        config: RunConfig,
        stdin: BinaryIO | None = None,
        study: Study | None = None,
        on_study: Callable[[Study, Schedule], None] | None = None,
        on_frame: Callable[[Frame], None] | None = None,
    ) -> None:
        """Make a run; `start` sets it going."""
        self.config = config
        self._stdin = stdin
        self._study = study
        self._on_study = on_study
        self._on_frame = on_frame
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

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def send(self, command: Command) -> None:
        """Ask something of the engine; it is carried out between two steps."""
        with self._wake:
            self._commands.append(command)
            self._wake.notify_all()

    def stop(self) -> None:
        """Ask the engine to end after the step at hand. Safe inside a signal handler: takes no lock."""
        self._stop = True

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; return whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def status(self) -> Status:
        """Return what the run is doing."""
        status = self._status
        if status.stage is not None:
            elapsed = time.monotonic() - self._stage_began
            return replace(status, stage=replace(status.stage, elapsed=elapsed))
        return status

    def study(self) -> Study | None:
        """Return what is known before training, once that is known."""
        return self._study

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
            if self.config.training_threads is not None and not 1 <= self.config.training_threads <= _MOST_THREADS:
                raise UsageError(
                    f"--threads is {self.config.training_threads}: give a number from 1 to {_MOST_THREADS}."
                )
            torch.set_num_threads(core_count())
            device = choose_device(self.config.device)
            study = self._study or prepare(self.config.study, device, self, self._stdin)
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
            if _is_out_of_memory(error):
                self._status = Status(
                    Phase.FAILED, error="Out of memory: use a smaller --vocab-size or --dim.", exit_code=1
                )
                return
            # kept for whoever started the run: a defect must neither vanish nor leave the screen waiting
            self.crash = error
            self._status = Status(Phase.FAILED, error=f"Internal error: {error!r}", exit_code=1)
        finally:
            self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        with self._wake:
            self._ended = True
            for command in self._commands:
                if isinstance(command, TakeSnapshot):
                    command.reply.cancel()
            self._commands.clear()

    def _train(self, study: Study) -> None:
        # not before: preparing is a third slower with it
        keep_heap_small()
        target = study.target

        def new_trainer() -> GradientDescent:
            return GradientDescent(
                target,
                target.frobenius_sq,
                study.spectrum.lambda_min,
                study.spectrum.vector_min,
                study.W0.to(study.dtype),
                study.step_size,
            )

        trainer = new_trainer()
        observer = Observer(study)
        pace = study.trajectory.learned_step / self.config.paced_seconds if self.config.paced_seconds else None
        schedule = calibrate(new_trainer(), observer, 1.0 / pace if pace else 0.0, transitions(study.trajectory))
        history = History(study.dim, len(study.analogies.names))
        if self._on_study is not None:
            self._on_study(study, schedule)
        loop = _Loop(self, study, trainer, observer, schedule, history, pace)
        loop.observe()
        self.publish(Status(Phase.RUNNING, pace=pace))
        self._history = history
        self._study = study
        loop.run()

    def publish(self, status: Status) -> None:
        """Make `status` what everyone sees."""
        self._status = status

    def publish_snapshot(self, snapshot: Snapshot) -> None:
        """Keep the last embeddings of a run that ends."""
        self._snapshot = snapshot

    def emit(self, frame: Frame) -> None:
        """Hand a frame to whoever writes frames down."""
        if self._on_frame is not None:
            self._on_frame(frame)

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


def _is_out_of_memory(error: BaseException) -> bool:
    # PyTorch raises a bare RuntimeError on the CPU
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


class _Loop:
    """The training loop: take commands, step, observe, until stopped."""

    def __init__(
        self,
        run: LiveRun,
        study: Study,
        trainer: GradientDescent,
        observer: Observer,
        schedule: Schedule,
        history: History,
        pace: float | None,
    ) -> None:
        self._run = run
        self._study = study
        self._trainer = trainer
        self._observer = observer
        self._schedule = schedule
        self._history = history
        self._pace = pace
        self._pace_lifts = pace is not None
        self._watch = SettleWatch(study.dim, float(study.spectrum.eigenvalues[-1]), study.loss_floor)
        self._phase = Phase.RUNNING
        self._note = ""
        #: steps still to take: None runs until done
        self._left: int | None = None
        self._marks: deque[tuple[float, int]] = deque()
        self._next_step_at = time.monotonic()

    def run(self) -> None:
        """Step until the run is stopped; a run that is done waits for commands."""
        self._publish()
        while not self._run.stopping:
            self._take_commands()
            if self._phase is not Phase.RUNNING or self._run.stopping:
                continue
            self._advance()
        self._run.publish_snapshot(self._snapshot())
        self._run.publish(Status(Phase.STOPPED, note=self._note))

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
                    self._halt(Phase.PAUSED)
            case Resume():
                if self._phase is Phase.PAUSED:
                    self._begin(None)
            case Step(count):
                under_way = self._left or 0 if self._phase is Phase.RUNNING else 0
                self._begin(under_way + count)
            case SetPace(steps_per_second):
                self._pace, self._pace_lifts = steps_per_second, False
                self._next_step_at = time.monotonic()
                self._marks.clear()
            case TakeSnapshot(reply):
                if reply.set_running_or_notify_cancel():
                    reply.set_result(self._snapshot())

    def _begin(self, count: int | None) -> None:
        if self._phase is not Phase.RUNNING:
            self._marks.clear()
            self._next_step_at = time.monotonic()
        self._phase = Phase.RUNNING
        self._left = count

    def _halt(self, phase: Phase) -> None:
        """Stop stepping, with accuracies measured at the step where it stands."""
        latest = self._history.latest()
        if latest is None or latest.step != self._trainer.steps or latest.accuracies is None:
            self.observe(evaluate=True)
        self._phase = phase
        self._left = None

    def _advance(self) -> None:
        if self._pace:
            self._next_step_at = max(self._next_step_at + 1.0 / self._pace, time.monotonic() - 0.5)
        self._trainer.step()
        self._mark()
        self.observe()
        self._lift_pace()
        self._settle()
        self._publish()

    def _lift_pace(self) -> None:
        """End the pace that the run began with once there is nothing left to watch being learned."""
        latest = self._history.latest()
        if self._pace_lifts and latest is not None and latest.modes_learned == self._study.dim:
            self._pace, self._pace_lifts = None, False

    def _settle(self) -> None:
        """End a run that is done; count down the steps that were asked for."""
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._halt(Phase.DONE if self._note else Phase.PAUSED)
            return
        frame = self._history.latest()
        if frame is None:
            return
        limit = self._study.config.steps
        if not np.isfinite(frame.loss):
            raise QwemError(f"The loss is no longer a number at step {frame.step:,}: use a smaller --step-size.")
        if self._watch.settled(frame.t, frame.loss, lambda: frame.modes_learned):
            self._note = f"all {self._study.dim} modes learned and the loss settled"
        elif limit is not None and frame.step >= limit:
            self._note = f"{limit:,} steps taken, as asked"
        else:
            return
        self._halt(Phase.DONE)

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

    def observe(self, evaluate: bool = False) -> None:
        """Measure the present state, put it into the history and hand it on."""
        evaluate = evaluate or self._schedule.evaluates(self._trainer.steps)
        frame = self._observer.frame(self._trainer, evaluate, self._rate())
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

    def _publish(self) -> None:
        rate = self._rate() if self._phase is Phase.RUNNING else 0.0
        self._run.publish(Status(self._phase, note=self._note, steps_per_second=rate, pace=self._pace))
