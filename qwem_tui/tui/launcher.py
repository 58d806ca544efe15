"""Opens the app in a terminal, on a run or on long work; what is late in it makes for a short start.

Commands import this module before they say that they are loading, so PyTorch comes after that; and textual, which
reads environment variables when it is imported, after `ScreenOptions.prepare` and once a run has been started.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwem_tui.base.errors import SettingError
from qwem_tui.tui.terminal import speaks_utf8, take_stdin, terminal_is_gone, without_colors

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwem_tui.base.names import TrainerName
    from qwem_tui.base.progress import Monitor
    from qwem_tui.engine.background import Background
    from qwem_tui.engine.commands import SetStepSize
    from qwem_tui.engine.goals import Goal
    from qwem_tui.engine.live_run import LiveRun
    from qwem_tui.engine.run_config import RunConfig
    from qwem_tui.engine.source import RunSource
    from qwem_tui.study.config import StudyConfig
    from qwem_tui.study.plan.planner import Plan, PlanConfig
    from qwem_tui.study.sweep.effects import MapChoice
    from qwem_tui.study.sweep.grid import Sweep, SweepConfig
    from qwem_tui.tui.app import QwemApp
    from qwem_tui.tui.run_starts import MakeRun
    from qwem_tui.tui.screens.work import WorkScreen
    from qwem_tui.tui.shutdown import AppSignals
    from qwem_tui.tui.work_app import WorkApp


def announce(stays: bool = False) -> None:
    """Print on stderr that the app is loading: PyTorch takes a second or two.

    A run that `stays` when the terminal goes away must not be lost while that lasts either.
    """
    if stays:
        # whether it went is checked once there is an app
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    print("qwem-tui: loading ...", file=sys.stderr, flush=True)
    # importing makes no garbage worth collecting; until the app runs this saves about a tenth of the time
    gc.disable()


#: Times a second.
FPS_RANGE = (0.2, 60.0)
#: How often a second a run is drawn on a narrow line.
_LOW_FPS = 0.5


@dataclass(frozen=True)
class ScreenOptions:
    """How the app draws; a run is polled `fps` times a second. Making one raises SettingError where that cannot be.

    With `low_bandwidth` it draws in 16 colours, and a run once in two seconds at most.
    """

    ascii_only: bool = False
    fps: float = 4.0
    theme: str = "dark"
    #: other keys than by default, by the names of `actions`
    keys: tuple[tuple[str, str], ...] = ()
    low_bandwidth: bool = False

    def __post_init__(self) -> None:
        """Raise SettingError where `fps` makes no sense."""
        if not FPS_RANGE[0] <= self.fps <= FPS_RANGE[1]:
            raise SettingError("fps", f"{self.fps:g}", f"give a number from {FPS_RANGE[0]:g} to {FPS_RANGE[1]:g}.")

    def prepare(self) -> None:
        """Set what textual reads while it is imported."""
        # keys are to be echoed at once however slowly the run is polled
        os.environ.setdefault("TEXTUAL_FPS", f"{max(15, round(self.fps))}")
        os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
        if self.low_bandwidth:
            os.environ["TEXTUAL_COLOR_SYSTEM"] = "standard"

    @property
    def polls(self) -> float:
        """Return how often a second a run is polled."""
        return min(self.fps, _LOW_FPS) if self.low_bandwidth else self.fps


def corpus_name(sources: Sequence[str]) -> str:
    """Return what a corpus is called."""
    if len(sources) > 1:
        return f"{Path(sources[0]).name} and {len(sources) - 1} more"
    return "standard input" if sources[0] == "-" else Path(sources[0]).name


def open_app(
    config: RunConfig, out: Path | None, screen: ScreenOptions, stays: bool = False, then: TrainerName | None = None
) -> int:
    """Run the app until it is left; return the exit code, and print on stderr what should be known afterwards.

    The run of `config` `stays` when the terminal goes away. Once it is done another by the trainer `then` is begun, to
    compare with.
    """
    screen.prepare()
    from qwem_tui.engine.live_run import LiveRun
    from qwem_tui.engine.remote.rendezvous import claimed
    from qwem_tui.engine.run_folder.recent_runs import note_run
    from qwem_tui.engine.run_folder.recorder import RunRecorder
    from qwem_tui.engine.run_folder.writer import default_run_folder

    path = out or default_run_folder(config.study, datetime.now())
    # the sample is a demonstration: only what is exported of it is written, unless it is to be found again
    keep = config.paced_seconds is None or stays
    stdin = take_stdin(config.study.sources, "run")
    with claimed(path) if keep else nullcontext():
        if keep:
            note_run(path, config.study.sources, config.study.trainer, datetime.now())
        run = LiveRun(config, stdin, recorder=RunRecorder(path, screen=True) if keep else None)
        return _show_own(run, path, screen, stays, then)


def resume_app(
    path: Path, steps: int | None, change: SetStepSize | None, goal: Goal | None, screen: ScreenOptions, stays: bool
) -> int:
    """Resume the run in the folder `path` in the app; return as `open_app`.

    `steps` is a new limit on its steps; a `change` of the step size comes first; it pauses at `goal`, and `stays`
    when the terminal goes away. Raises QwemError for what the user can mend.
    """
    screen.prepare()
    from qwem_tui.engine.live_run import LiveRun
    from qwem_tui.engine.run_config import resumed_config
    from qwem_tui.engine.run_folder.reader import read_run, resume_point_of
    from qwem_tui.engine.run_folder.recorder import RunRecorder

    record = read_run(path)
    resume_point = resume_point_of(record)
    config = resumed_config(record, resume_point, steps, spare_cores=1)
    run = LiveRun(config, recorder=RunRecorder(path, resume_point), resume_point=resume_point, goal=goal)
    if change is not None:
        run.send(change)
    return _show_own(run, path, screen, stays)


def attach_app(path: Path, screen: ScreenOptions) -> int:
    """Show the run in the folder `path`, which another process carries out, in the app; return as `open_app`."""
    screen.prepare()
    from qwem_tui.engine.remote.attached_run import AttachedRun
    from qwem_tui.engine.remote.rendezvous import await_prepared
    from qwem_tui.engine.run_folder.reader import read_run
    from qwem_tui.tui.parting import say

    await_prepared(path, say)
    run = AttachedRun(path)
    return _show_other(run, corpus_name(read_run(path).study.sources), path, screen, lambda: say(run.parting()))


def replay_app(path: Path, screen: ScreenOptions) -> int:
    """Show the run in the folder `path` from what stands there, in the app; return as `open_app`."""
    screen.prepare()
    from qwem_tui.engine.remote.rendezvous import await_prepared
    from qwem_tui.engine.replayed_run import ReplayedRun
    from qwem_tui.tui.parting import say

    await_prepared(path, say)
    run = ReplayedRun(path)
    return _show_other(run, f"replay of {corpus_name(run.sources)}", path, screen)


def _show_other(
    run: RunSource, name: str, path: Path, screen: ScreenOptions, part: Callable[[], None] = lambda: None
) -> int:
    """Show `run`, which is not of this process and has the folder `path`, until the app is left, then `part` from it.

    Returns the exit code.
    """
    from qwem_tui.tui.parting import part_from_app
    from qwem_tui.tui.shutdown import AppSignals

    signals = AppSignals(run, stays=False)
    signals.install()
    run.start()
    from qwem_tui.tui.app import QwemApp

    app = QwemApp(run, name, path / "snapshots", screen.polls)
    code = _run_app(app, signals, screen)
    run.stop()
    part()
    return part_from_app(app, signals, code)


def _own_runs(path: Path, keep: bool) -> MakeRun:
    """Return what makes further runs on the corpus of the one at `path`, in folders beside it."""
    from qwem_tui.engine.live_run import LiveRun, branch_of
    from qwem_tui.engine.run_folder.recorder import RunRecorder

    numbers = count(2)

    def make_run(ended: RunSource, settings: StudyConfig | None, from_step: int | None) -> LiveRun:
        assert isinstance(ended, LiveRun)  # the app was given one, and makes others here alone
        beside = (path.with_name(f"{path.name}-{number}") for number in numbers)
        again = next(folder for folder in beside if not folder.exists())
        new = ended.config if settings is None else replace(ended.config, study=settings)
        if from_step is None:
            return LiveRun(new, study=ended.study(), recorder=RunRecorder(again, screen=True) if keep else None)
        branch = branch_of(ended, from_step)
        recorder = RunRecorder(again, branch=branch, screen=True)
        return LiveRun(new, study=ended.study(), recorder=recorder, resume_point=branch.resume_point, paused=True)

    return make_run


def _show_own(run: LiveRun, path: Path, screen: ScreenOptions, stays: bool, then: TrainerName | None = None) -> int:
    """Start `run` and show it until the app is left; return the exit code."""
    from qwem_tui.tui.parting import part_from_runs
    from qwem_tui.tui.shutdown import PATIENCE, AppSignals

    signals = AppSignals(run, stays)
    signals.install()
    # reading begins while textual is still being imported
    run.start()
    from qwem_tui.tui.app import QwemApp

    make_run, name = _own_runs(path, run.path is not None), corpus_name(run.config.study.sources)
    app = QwemApp(run, name, path / "snapshots", screen.polls, make_run, then)
    code = _run_app(app, signals, screen)
    app.stop_runs()
    app.join_runs(PATIENCE)
    return part_from_runs(app, signals, code)


def open_plan(work: Callable[[Monitor], Plan], config: PlanConfig, screen: ScreenOptions) -> int:
    """Show the plan by `config` being made, by `work`, until the app is left; return the exit code.

    Raises QwemError for what the user can mend, once the app is left.
    """
    screen.prepare()
    from qwem_tui.engine.background import Background

    def shown(background: Background[Plan]) -> WorkScreen[Plan]:
        from qwem_tui.tui.screens.plan import PlanScreen

        return PlanScreen(background, corpus_name(config.study.sources), config)

    return _show_work(Background(work), shown, screen)


def open_sweep(
    work: Callable[[Monitor], Sweep | None], config: SweepConfig, choice: MapChoice, screen: ScreenOptions
) -> int:
    """Show the sweep by `config`, carried out by `work`, until the app is left; return and raise as `open_plan`.

    Its map is at first that of `choice`.
    """
    screen.prepare()
    from qwem_tui.engine.background import Background

    def shown(background: Background[Sweep | None]) -> WorkScreen[Sweep | None]:
        from qwem_tui.tui.screens.sweep import SweepScreen

        return SweepScreen(background, corpus_name(config.study.sources), config, choice)

    return _show_work(Background(work), shown, screen)


def _show_work(
    work: Background[Any], shown: Callable[[Background[Any]], WorkScreen[Any]], screen: ScreenOptions
) -> int:
    """Start `work` and show it until the app is left; return the exit code, or raise its error."""
    from qwem_tui.tui.parting import part_from_work
    from qwem_tui.tui.shutdown import PATIENCE, AppSignals

    signals = AppSignals(work, stays=False)
    signals.install()
    # it begins while textual is still being imported
    work.start()
    from qwem_tui.tui.work_app import WorkApp

    app = WorkApp(shown(work))
    code = _run_app(app, signals, screen)
    finished = work.over
    work.stop()
    work.join(PATIENCE)
    return part_from_work(app, work, finished, signals, code)


def _run_app(app: QwemApp | WorkApp, signals: AppSignals, screen: ScreenOptions) -> int | None:
    """Run `app` unless a signal came before it could; return its own exit code."""
    from qwem_tui.tui.charts import ChartView

    app.theme = screen.theme
    app.set_keymap(dict(screen.keys))
    ChartView.ascii_mode = screen.ascii_only or os.environ.get("TERM") == "dumb" or not speaks_utf8()
    ChartView.marked = ChartView.ascii_mode or app.no_color or without_colors()
    signals.take(app)
    gc.enable()
    code = None
    if terminal_is_gone():
        # before its going could be heard of
        signals.lost_terminal()
    try:
        if signals.received is None and not signals.hung_up:
            code = app.run()
    except OSError:
        if not terminal_is_gone():
            raise
    finally:
        if code is None and terminal_is_gone():
            signals.lost_terminal()
        if signals.hung_up:
            # whatever became of the screen, the run continues
            signals.wait()
    return code
