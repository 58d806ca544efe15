"""`qwem-tui train`: a run without a screen, narrated on stderr."""

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
from qwem_tui.engine.history import crossed_at
from qwem_tui.engine.keeping import Keeping
from qwem_tui.engine.live import LiveRun, RunConfig
from qwem_tui.engine.source import Phase, Status
from qwem_tui.engine.stored import Resumption, read_run, resumption_of
from qwem_tui.formats.export import write_snapshot_folder
from qwem_tui.narrator import Narrator

_POLL = 0.1


def _follow(run: LiveRun, narrator: Narrator) -> Status:
    """Show the run until it is done, failed or stopped; return its last status."""
    while True:
        status = run.status()
        study, history = run.study(), run.history()
        frame = history.latest() if history is not None else None
        if status.phase is Phase.PREPARING and status.stage is not None:
            narrator.show(status.stage.name, status.stage.done, status.stage.total)
        elif frame is not None and study is not None:
            accuracy = "" if frame.overall_accuracy is None else f", accuracy {frame.overall_accuracy:.1%}"
            narrator.show(
                "training",
                frame.step,
                max(study.expected_steps, frame.step),
                f"step {frame.step:,}, loss {frame.loss:.4f}, {frame.modes_learned}/{study.dim} modes{accuracy}",
            )
        if status.phase in (Phase.DONE, Phase.FAILED, Phase.STOPPED):
            return status
        run.join(_POLL)


def _report(console: Console, run: LiveRun, status: Status, folder: Path) -> None:
    study, history = run.study(), run.history()
    frame = history.latest() if history is not None else None
    if study is None or history is None or frame is None:
        return
    lines = [
        f"Done at step {frame.step:,} (t/tau_1 = {frame.t / study.tau_1:.2f}): {status.note}."
        if status.phase is Phase.DONE
        else f"Stopped at step {frame.step:,} (t/tau_1 = {frame.t / study.tau_1:.2f}).",
        f"Loss {frame.loss:.4f} (floor {study.loss_floor:.4f}), {frame.modes_learned} of {study.dim} modes learned.",
    ]
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
            state = f"crossed at step {crossed:,}, " if crossed is not None else ""
            state += trajectory.reason[category] or f"predicted for step {predicted:,}"
            if attempted:
                lines.append(
                    f"  {frame.accuracies[category]:6.1%}  {name}  ({attempted:,} of {total:,} attempted; {state})"
                )
    lines.append(f"Run folder: {inert(str(folder))}")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def train_headless(config: RunConfig, out: Path | None, json_lines: bool) -> int:
    """Train to the end and write the run folder; return the exit code.

    A signal (INT, TERM, HUP) ends the run after the step at hand, with everything written; the code is 128 + n then.
    Raises QwemError for what the user can mend.
    """
    return _train(config, out or default_run_folder(config.study, datetime.now()), json_lines, None)


def resume_headless(path: Path, steps: int | None, json_lines: bool) -> int:
    """Go on with the run in the folder `path` from its latest checkpoint; return the exit code as `train_headless`.

    `steps` is a new limit on its steps. Raises QwemError for what the user can mend.
    """
    stored = read_run(path)
    if "-" in stored.study.sources:
        raise UsageError("The corpus of this run came from a pipe and is gone: it cannot go on; begin a new run.")
    study = replace(stored.study, steps=steps or stored.study.steps)
    config = RunConfig(study, device=stored.device.partition(":")[0], training_threads=stored.threads)
    return _train(config, path, json_lines, resumption_of(stored))


def _train(config: RunConfig, path: Path, json_lines: bool, resumption: Resumption | None) -> int:
    console = Console(stderr=True)
    received: list[int] = []

    def on_frame(frame: Frame) -> None:
        if json_lines:
            sys.stdout.write(frame_json(frame) + "\n")
            sys.stdout.flush()

    run = LiveRun(config, sys.stdin.buffer, None, on_frame, Keeping(path, resumption), resumption)

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
    if run.crash is not None and not isinstance(run.crash, BrokenPipeError):
        raise run.crash
    if isinstance(run.crash, BrokenPipeError):
        raise BrokenPipeError from run.crash
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
    return 128 + received[0] if received else 0


def _error(status: Status) -> QwemError:
    kind = UsageError if status.exit_code == UsageError.exit_code else QwemError
    return kind(status.error)
