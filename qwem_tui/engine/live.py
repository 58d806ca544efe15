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

import torch

from qwem_tui.base.errors import Cancelled, QwemError, UsageError
from qwem_tui.base.memory import keep_heap_small
from qwem_tui.engine.commands import Command, TakeSnapshot
from qwem_tui.engine.device import choose_device, core_count
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.keeper import Keeper
from qwem_tui.engine.keeping import Keeping
from qwem_tui.engine.loop import Loop
from qwem_tui.engine.observe import Observer, Schedule, calibrate, transitions
from qwem_tui.engine.source import Phase, StageStatus, Status
from qwem_tui.engine.stored import Resumption
from qwem_tui.study.study import Study, StudyConfig, prepare
from qwem_tui.training.gd import GradientDescent
from qwem_tui.training.trainer import Trainer

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

    Give a finished `study` to start over without preparing again. The run is written down by `keeping`, and goes on
    from `resumption`. `on_frame` is called in the engine's thread.
    """

    def __init__(
        self,
        config: RunConfig,
        stdin: BinaryIO | None = None,
        study: Study | None = None,
        on_frame: Callable[[Frame], None] | None = None,
        keeping: Keeping | None = None,
        resumption: Resumption | None = None,
    ) -> None:
        """Make a run; `start` sets it going."""
        self.config = config
        self._stdin = stdin
        self._study = study
        self._on_frame = on_frame
        self._keeping = keeping
        self._trouble: str | None = None
        self._resumption = resumption
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
            if self._keeping is not None:
                self._keeping.close()
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
        history = History(study.dim, len(study.analogies.names))
        if self._resumption is None:
            least_interval = 1.0 / pace if pace else 0.0
            schedule = calibrate(new_trainer(), observer, least_interval, transitions(study.trajectory))
        else:
            schedule = self._go_on(study, trainer, history)
        keeper = None
        if self._keeping is not None:
            self._keeping.begin(study, schedule, self.threads)
            keeper = Keeper(self._keeping.checkpoints)
        loop = Loop(self, study, trainer, observer, schedule, history, pace, keeper)
        if self._resumption is None:
            loop.observe()
        self.publish(Status(Phase.RUNNING, pace=pace))
        self._history = history
        self._study = study
        loop.run()

    def _go_on(self, study: Study, trainer: Trainer, history: History) -> Schedule:
        """Put trainer and history where the run was left; return its schedule."""
        assert self._resumption is not None
        if self._resumption.digest != study.digest:
            raise QwemError("The corpus is not what it was when this run began: it cannot go on; begin a new run.")
        try:
            trainer.load_state_dict(self._resumption.checkpoint.state)
        except ValueError as error:
            raise QwemError(f"The checkpoint does not fit this run: {error}") from error
        for frame in self._resumption.frames:
            history.add(frame)
        return self._resumption.schedule

    def publish(self, status: Status) -> None:
        """Make `status` what everyone sees."""
        self._status = replace(status, problem=status.problem or self._trouble)

    def publish_snapshot(self, snapshot: Snapshot) -> None:
        """Keep the last embeddings of a run that ends."""
        self._snapshot = snapshot

    def emit(self, frame: Frame) -> None:
        """Hand a frame to whoever wants it, and write it down; a full disk does not end the run."""
        if self._on_frame is not None:
            self._on_frame(frame)
        if self._keeping is not None:
            try:
                self._keeping.write(frame)
            except OSError as error:
                self._trouble = f"Frames cannot be written ({error.strerror}): the run goes on without."
            else:
                self._trouble = None

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
