"""The training loop: commands in, steps, frames out."""

from __future__ import annotations

import time
from collections import deque
from typing import Protocol

import numpy as np
import torch

from qwem_tui.base.errors import QwemError
from qwem_tui.engine.commands import Command, Pause, Resume, SetPace, Step, TakeSnapshot
from qwem_tui.engine.frame import Frame, Snapshot
from qwem_tui.engine.history import History
from qwem_tui.engine.keeper import Keeper
from qwem_tui.engine.observe import Observer, Schedule
from qwem_tui.engine.source import Phase, Status
from qwem_tui.study.study import Study
from qwem_tui.theory.settle import SettleWatch
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


class Loop:
    """The training loop: take commands, step, observe, until stopped."""

    def __init__(
        self,
        run: Host,
        study: Study,
        trainer: Trainer,
        observer: Observer,
        schedule: Schedule,
        history: History,
        pace: float | None,
        keeper: Keeper | None = None,
    ) -> None:
        self._run = run
        self._study = study
        self._trainer = trainer
        self._observer = observer
        self._schedule = schedule
        self._history = history
        self._keeper = keeper
        self._pace = pace
        self._pace_lifts = pace is not None
        self._watch = SettleWatch(study.dim, float(study.spectrum.eigenvalues[-1]), study.loss_floor)
        self._phase = Phase.RUNNING
        self._note = ""
        for frame in history.frames():
            # a run that goes on has been watched before, and may be done
            if frame.step and self._is_done(frame):
                self._phase = Phase.DONE
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
        if self._keeper is not None:
            self._keeper.keep(self._trainer)
        self._run.publish_snapshot(self._snapshot())
        self._run.publish(Status(Phase.STOPPED, note=self._note, problem=self._problem()))

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
        if self._keeper is not None:
            self._keeper.keep(self._trainer)
        self._phase = phase
        self._left = None

    def _problem(self) -> str | None:
        return None if self._keeper is None else self._keeper.problem

    def _advance(self) -> None:
        if self._pace:
            self._next_step_at = max(self._next_step_at + 1.0 / self._pace, time.monotonic() - 0.5)
        before = self._history.latest()
        self._trainer.step()
        self._mark()
        self.observe()
        if self._keeper is not None:
            now = self._history.latest()
            learned_more = before is not None and now is not None and now.modes_learned > before.modes_learned
            self._keeper.consider(self._trainer, learned_more)
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
        if not np.isfinite(frame.loss):
            raise QwemError(f"The loss is no longer a number at step {frame.step:,}: use a smaller --step-size.")
        if self._is_done(frame):
            self._halt(Phase.DONE)

    def _is_done(self, frame: Frame) -> bool:
        """Take the next frame; return whether the run ends with it, and note why."""
        limit = self._study.config.steps
        if self._watch.settled(frame.t, frame.loss, lambda: frame.modes_learned):
            self._note = f"all {self._study.dim} modes learned and the loss settled"
        elif limit is not None and frame.step >= limit:
            self._note = f"{limit:,} steps taken, as asked"
        else:
            return False
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
        self._run.publish(
            Status(self._phase, note=self._note, steps_per_second=rate, pace=self._pace, problem=self._problem())
        )
