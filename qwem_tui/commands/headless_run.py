"""`qwem-tui train` and `resume` without a screen: a run narrated on stderr."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType

from qwem_tui.base.errors import QwemError, worded
from qwem_tui.base.printable import printable
from qwem_tui.commands.progress_bar import ProgressBar
from qwem_tui.commands.run_printer import RunPrinter
from qwem_tui.corpus.documents import STDIN
from qwem_tui.engine.commands import SaveCheckpoint, SetStepSize
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import Goal, StepReached, TimeReached
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome import GoalMissed, GoalReached
from qwem_tui.engine.outcome_text import completion_text, fault_text, notice_text
from qwem_tui.engine.remote.rendezvous import claimed
from qwem_tui.engine.remote.server import expected_end
from qwem_tui.engine.run_config import RunConfig, resumed_config
from qwem_tui.engine.run_folder.checkpoints import Checkpoints
from qwem_tui.engine.run_folder.reader import ResumePoint, read_run, resume_point_of
from qwem_tui.engine.run_folder.recent_runs import note_run
from qwem_tui.engine.run_folder.recorder import RunRecorder
from qwem_tui.engine.run_folder.writer import default_run_folder
from qwem_tui.engine.status import Phase, Status
from qwem_tui.engine.timeline import Timeline
from qwem_tui.engine.training_loop.divergence import better_saved
from qwem_tui.formats.run.report import closing_lines
from qwem_tui.formats.snapshot.folder import write_last_snapshot
from qwem_tui.study.study import Forecast

_POLL = 0.1
#: Seconds that a checkpoint may take before the process is suspended all the same, and that telling how a run ended
#: may take after a signal.
_SUSPENDING, _PRINTING = 5.0, 2.0
#: Seconds that a run stands still, or continues, before that is printed.
_SETTLED = 1.0


def _detail(frame: Frame, study: Forecast) -> str:
    modes = "" if frame.modes_learned is None else f", {frame.modes_learned}/{study.dim} modes"
    accuracy = "" if frame.overall_accuracy is None else f", accuracy {frame.overall_accuracy:.1%}"
    return f"step {frame.step:,}, loss {frame.loss:.4f}{modes}, effective rank {frame.effective_rank:.1f}{accuracy}"


def _last_step(study: Forecast, status: Status) -> int | None:
    """Return the step at which the run is expected to end, or to pause, at its present step size; None: unknown."""
    goal = status.goal
    if isinstance(goal, StepReached):
        return goal.step
    if isinstance(goal, TimeReached) and study.has_modes:
        return Timeline(study.step_size, status.changes).step_at(goal.units * study.time_unit)
    return expected_end(study, status.changes)


class _RunProgress:
    """Shows how far `run` is on its way to its end, or to its goal; while it is paused, what that is for, once."""

    def __init__(self, run: LiveRun) -> None:
        self._run = run
        #: what the run was doing at the last look, since when, and what was printed of a pause that is not over
        self._phase = Phase.PREPARING
        self._since = -_SETTLED
        self._printed = ""

    def __call__(self, bar: ProgressBar) -> None:
        run = self._run
        status, study, history = run.status(), run.study(), run.history()
        frame = history.latest() if history is not None else None
        if status.problem:
            bar.say(worded(status.problem))
        if status.phase is Phase.PREPARING and status.stage is not None:
            bar.show(status.stage.name, status.stage.done, status.stage.total)
        elif frame is not None and study is not None:
            now = time.monotonic()
            if status.phase is not self._phase:
                # a program that takes step by step is no news each time
                self._phase, self._since = status.phase, now
            settled = now - self._since >= _SETTLED
            if status.phase is Phase.PAUSED:
                if settled:
                    self._show_pause(bar, status, frame)
            elif settled or not self._printed:
                self._printed = ""
                expected = _last_step(study, status)
                total = None if expected is None else max(expected, frame.step)
                bar.show("training", frame.step, total, _detail(frame, study))

    def _show_pause(self, bar: ProgressBar, status: Status, frame: Frame) -> None:
        """Say that the run is paused and what for, where that is not printed yet."""
        if not self._run.attended:
            # it ends
            return
        if status.fault is not None:
            why = "by a fault"
        elif self._run.stays_paused:
            why = "over the control socket"
        else:
            why = "at its goal as long as somebody is attached"
        if self._printed == (text := f"{why} {fault_text(status.fault)}"):
            return
        self._printed = text
        # a stage of its own, so that the time that it takes is no part of training
        bar.show(f"paused at step {frame.step:,} {why}", frame.step, None)
        if status.fault is not None:
            fault = fault_text(status.fault)
            bar.say(f"{fault} It waits for the attached screen to mend it, and ends once nobody is attached.")


def _followed(run: LiveRun) -> Status:
    """Wait until the run is done, failed, stopped or stands still; return its last status."""
    while True:
        status = run.status()
        # a paused run that nobody will tell to go on is over
        if status.phase is Phase.PAUSED and not run.attended:
            return status
        if status.phase in (Phase.DONE, Phase.FAILED, Phase.STOPPED):
            return status
        run.join(_POLL)


def _going_on(run: LiveRun, folder: Path) -> str:
    """Return how to continue a run that was stopped."""
    if STDIN in run.config.study.sources:
        return "its corpus came from a pipe and is gone, so that it cannot be continued"
    return f"`qwem-tui resume {printable(str(folder))}` continues it"


def _report(run: LiveRun, status: Status, folder: Path, received: int | None, resumed: bool) -> list[str]:
    """Return the report of a run that has ended, or was stopped by the signal `received`."""
    return closing_lines(
        run.study(),
        run.history(),
        status.phase,
        folder,
        why=completion_text(status.completion) if status.phase is Phase.DONE else notice_text(status.notice),
        way_on=_going_on(run, folder),
        problem=worded(run.status().problem),
        stopped_by=None if received is None else signal.Signals(received).name,
        resumed=resumed,
    )


def train_headless(config: RunConfig, out: Path | None, json_lines: bool, goal: Goal | None = None) -> int:
    """Train to the end, or to `goal`, and write the run folder; return the exit code.

    A signal (INT, TERM, HUP) ends the run after the step at hand, with everything written; the code is 128 + n then.
    Raises QwemError for what the user can mend, and where the run came to its end without reaching `goal`.
    """
    path = out or default_run_folder(config.study, datetime.now())
    with claimed(path):
        note_run(path, config.study.sources, config.study.trainer, datetime.now())
        return _train(config, path, json_lines, None, goal)


def resume_headless(
    path: Path, steps: int | None, change: SetStepSize | None, json_lines: bool, goal: Goal | None = None
) -> int:
    """Continue the run in the folder `path` from its latest checkpoint; return the exit code as `train_headless`.

    `steps` is a new limit on its steps; a `change` of the step size comes first. Raises QwemError for what the user can
    mend.
    """
    stored = read_run(path)
    resume_point = resume_point_of(stored)
    return _train(resumed_config(stored, resume_point, steps), path, json_lines, resume_point, goal, change)


class _Signals:
    """INT, TERM and HUP stop the run after the step at hand; Ctrl+Z keeps its state before it suspends the process."""

    def __init__(self, run: LiveRun) -> None:
        self._run = run
        self.received: list[int] = []

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # a SIG_IGN that was inherited (nohup) stays
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
            signal.signal(signal.SIGTSTP, self._on_suspend)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self.received.append(number)
        self._run.stop()

    def _on_suspend(self, *_: object) -> None:
        if self._run.history() is not None:
            kept = SaveCheckpoint()
            self._run.send(kept)
            with suppress(FutureTimeoutError, CancelledError):
                kept.reply.result(_SUSPENDING)
        os.kill(os.getpid(), signal.SIGSTOP)


def _train(
    config: RunConfig,
    path: Path,
    json_lines: bool,
    resume_point: ResumePoint | None,
    goal: Goal | None,
    change: SetStepSize | None = None,
) -> int:
    def on_frame(frame: Frame) -> None:
        printer.take(frame, lambda: run.stopping)

    run = LiveRun(config, sys.stdin.buffer, None, on_frame, RunRecorder(path, resume_point), resume_point, goal)
    printer = RunPrinter(json_lines, _RunProgress(run), run.stop)
    signals = _Signals(run)
    signals.install()
    if change is not None:
        run.send(change)
    run.start()
    printer.start()
    status = _followed(run)
    run.stop()
    while not run.join(_POLL):
        pass
    stopped_by = next(iter(signals.received), None)
    lines, failure = _report(run, status, path, stopped_by, resume_point is not None), _failure(run, status, goal)
    try:
        write_last_snapshot(run)
    except QwemError as error:
        if signals.received:
            lines.append(str(error))
        failure = failure or error
    ended = time.monotonic()
    printed = printer.finish(lines, lambda: bool(signals.received) and time.monotonic() - ended > _PRINTING)
    received = signals.received or ([] if printer.received is None else [printer.received])
    if received and not printed:
        # it hangs on a terminal or pipe that nobody reads, as leaving in good order would
        os._exit(128 + received[0])
    if received and run.crash is None:
        return 128 + received[0]
    if failure is not None:
        raise failure
    if printer.problem is not None:
        raise QwemError(f"{printer.problem}. The run is in {printable(str(path))}.")
    return 0


def _failure(run: LiveRun, status: Status, goal: Goal | None) -> BaseException | None:
    """Return what a run to `goal`, or to its end, ended with, other than well."""
    if run.crash is not None:
        return run.crash
    if status.error is not None:
        return status.error
    if status.fault is not None:
        return QwemError(f"{fault_text(status.fault, ended=True)} {_way_out(run, status)}")
    # who steered it may have given it another goal
    reached = isinstance(status.notice, GoalReached) or run.steered
    if goal is not None and status.phase is Phase.DONE and not reached:
        return QwemError(notice_text(GoalMissed(goal)))
    return None


def _way_out(run: LiveRun, status: Status) -> str:
    """Return how a run that had to be paused can be continued."""
    shown, study, history = printable(str(run.path)), run.study(), run.history()
    kept = () if run.path is None else Checkpoints(run.path / "checkpoints").steps()
    if study is None or history is None or status.step_size is None or not kept:
        return f"The run is in {shown}."
    if STDIN in run.config.study.sources:
        return f"The run is in {shown}; {_going_on(run, run.path or Path())}."
    smaller = min(0.5, status.step_size / study.step_limit / 2)
    continues = f"`qwem-tui resume {shown} --step-size {smaller:.2g}` continues from step {kept[-1]:,}"
    if better_saved(history.columns(), kept) is None:
        return f"{continues}."
    return f"{continues}; in `qwem-tui resume {shown} --screen` the key b goes back to a checkpoint."
