"""`qwem-tui train` and `resume` without a screen: a run narrated on stderr."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import FrameType

from rich.console import Console

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.inert import inert
from qwem_tui.engine.folder import configuration, default_run_folder, frame_json
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import Goal
from qwem_tui.engine.history import crossed_at
from qwem_tui.engine.keeping import Keeping
from qwem_tui.engine.live import LiveRun, RunConfig
from qwem_tui.engine.source import Phase, Status
from qwem_tui.engine.stored import Resumption, read_run, resumption_of
from qwem_tui.formats.export import write_snapshot_folder
from qwem_tui.narrator import Narrator
from qwem_tui.study.study import Outlook

_POLL = 0.1


def _detail(frame: Frame, study: Outlook) -> str:
    modes = "" if frame.modes_learned is None else f", {frame.modes_learned}/{study.dim} modes"
    accuracy = "" if frame.overall_accuracy is None else f", accuracy {frame.overall_accuracy:.1%}"
    return f"step {frame.step:,}, loss {frame.loss:.4f}{modes}, effective rank {frame.effective_rank:.1f}{accuracy}"


def _follow(run: LiveRun, narrator: Narrator) -> Status:
    """Show the run until it is done, failed, stopped or stands still; return its last status."""
    while True:
        status = run.status()
        study, history = run.study(), run.history()
        frame = history.latest() if history is not None else None
        if status.phase is Phase.PREPARING and status.stage is not None:
            narrator.show(status.stage.name, status.stage.done, status.stage.total)
        elif frame is not None and study is not None:
            expected = study.expected_steps
            total = None if expected is None else max(expected, frame.step)
            narrator.show("training", frame.step, total, _detail(frame, study))
        # nobody is there who could tell a paused run to go on
        if status.phase not in (Phase.PREPARING, Phase.RUNNING) or status.notice:
            return status
        run.join(_POLL)


def _report(console: Console, run: LiveRun, status: Status, folder: Path) -> None:
    study, history = run.study(), run.history()
    frame = history.latest() if history is not None else None
    if study is None or history is None or frame is None:
        return
    where = f"at step {frame.step:,} (t/{study.time_name} = {frame.t / study.time_unit:.2f})"
    if status.phase is Phase.DONE:
        said = f"Done {where}: {status.note}."
    elif status.phase is Phase.PAUSED and status.notice:
        said = f"Stopped {where}. {status.notice}"
    else:
        said = f"Stopped {where}."
    floor = "" if study.loss_floor is None else f" (floor {study.loss_floor:.4f})"
    modes = (
        f"effective rank {frame.effective_rank:.1f} of {study.dim}; modes learned are not defined for this trainer"
        if frame.modes_learned is None
        else f"{frame.modes_learned} of {study.dim} modes learned"
    )
    lines = [said, f"Loss {frame.loss:.4f}{floor}, {modes}."]
    if frame.accuracies is not None and frame.overall_accuracy is not None:
        asked, total = int(study.analogies.attempted.sum()), int(study.analogies.total.sum())
        lines.append(
            f"Analogies ({study.analogies.protocol} protocol): {frame.overall_accuracy:.1%} of {asked:,} questions "
            f"attempted, of {total:,}."
        )
        columns, trajectory = history.columns(), study.trajectory
        for category, name in enumerate(study.analogies.names):
            attempted, total = study.analogies.attempted[category], study.analogies.total[category]
            crossed, predicted = crossed_at(trajectory, columns, category), trajectory.crossing[category]
            states = [f"crossed at step {crossed:,}"] if crossed is not None else []
            if (reason := trajectory.reason[category]) is not None:
                states.append(reason)
            elif predicted is not None:
                states.append(f"predicted for step {predicted:,}")
            elif crossed is None:
                states.append(f"below {trajectory.threshold[category]:.0%}")
            if attempted:
                lines.append(
                    f"  {frame.accuracies[category]:6.1%}  {inert(name)}  ({attempted:,} of {total:,} attempted; "
                    f"{', '.join(states)})"
                )
    lines.append(f"Run folder: {inert(str(folder))}")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def train_headless(config: RunConfig, out: Path | None, json_lines: bool, goal: Goal | None = None) -> int:
    """Train to the end, or to `goal`, and write the run folder; return the exit code.

    A signal (INT, TERM, HUP) ends the run after the step at hand, with everything written; the code is 128 + n then.
    Raises QwemError for what the user can mend.
    """
    return _train(config, out or default_run_folder(config.study, datetime.now()), json_lines, None, goal)


def resume_headless(path: Path, steps: int | None, json_lines: bool, goal: Goal | None = None) -> int:
    """Go on with the run in the folder `path` from its latest checkpoint; return the exit code as `train_headless`.

    `steps` is a new limit on its steps. Raises QwemError for what the user can mend.
    """
    stored = read_run(path)
    if "-" in stored.study.sources:
        raise UsageError("The corpus of this run came from a pipe and is gone: it cannot go on; begin a new run.")
    study = replace(stored.study, steps=steps or stored.study.steps)
    config = RunConfig(study, device=stored.device.partition(":")[0], training_threads=stored.threads)
    return _train(config, path, json_lines, resumption_of(stored), goal)


def _train(config: RunConfig, path: Path, json_lines: bool, resumption: Resumption | None, goal: Goal | None) -> int:
    console = Console(stderr=True)
    received: list[int] = []

    def on_frame(frame: Frame) -> None:
        if json_lines:
            sys.stdout.write(frame_json(frame) + "\n")
            sys.stdout.flush()

    run = LiveRun(config, sys.stdin.buffer, None, on_frame, Keeping(path, resumption), resumption, goal)

    def on_signal(number: int, _: FrameType | None) -> None:
        received.append(number)
        run.stop()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # a SIG_IGN that was inherited (nohup) stays
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, on_signal)
    run.start()
    with Narrator(console) as narrator:
        status = _follow(run, narrator)
    run.stop()
    while not run.join(_POLL):
        pass
    if isinstance(run.crash, BrokenPipeError):
        raise BrokenPipeError from run.crash
    if run.crash is not None:
        raise run.crash
    if status.error is not None and not received:
        raise _error(status)
    study, history, snapshot = run.study(), run.history(), run.snapshot(0)
    if study is not None and history is not None and snapshot is not None:
        problem = run.status().problem
        for warning in (*study.warnings, *([problem] if problem else [])):
            console.print(warning, markup=False, highlight=False, soft_wrap=True)
        target = path / "snapshots" / f"step-{snapshot.step:06}"
        if not target.exists():
            write_snapshot_folder(
                target, snapshot, history.frames(), study.analogies.names, study.tau_1, configuration(study), None
            )
        _report(console, run, status, path)
    if received:
        return 128 + received[0]
    if status.fault is not None:
        raise QwemError(f"{status.fault} The run is in {inert(str(path))}.")
    if status.notice and status.phase is Phase.RUNNING:
        # the goal was refused
        raise UsageError(status.notice)
    return 0


def _error(status: Status) -> QwemError:
    kind = UsageError if status.exit_code == UsageError.exit_code else QwemError
    return kind(status.error)
