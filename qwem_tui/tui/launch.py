"""Starts the app in a terminal, and ends it properly."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO

from qwem_tui.base.inert import inert

if TYPE_CHECKING:
    from qwem_tui.engine.live import RunConfig
    from qwem_tui.tui.app import QwemApp

_PATIENCE = 10.0
#: Time to learn all modes of the sample corpus; settling takes a few seconds more.
SAMPLE_SECONDS = 24.0


def announce() -> None:
    """Say on stderr that something is going on: loading PyTorch takes a second or two."""
    print("qwem-tui: loading ...", file=sys.stderr, flush=True)
    # importing makes no garbage worth looking for; until the app runs this saves about a tenth of the time
    gc.disable()


def sample_config() -> RunConfig:
    """Return the run of the sample corpus, slowed down so that one sees it."""
    from qwem_tui.corpus.samples import TOYWORLD
    from qwem_tui.engine.live import RunConfig
    from qwem_tui.study.study import StudyConfig

    return RunConfig(StudyConfig((str(TOYWORLD.path),)), spare_cores=1, paced_seconds=SAMPLE_SECONDS)


def _prepare_environment(fps: float) -> None:
    """Set what textual reads while it is imported."""
    # keys are to be echoed at once however slowly the run is looked at
    os.environ.setdefault("TEXTUAL_FPS", f"{max(15, round(fps))}")
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


def _take_piped_stdin() -> BinaryIO:
    """Return what is piped in, and put the terminal in its place: the keys are read from there.

    Raises UsageError where nothing is piped in, or there is no terminal to read keys from.
    """
    from qwem_tui.base.errors import UsageError

    if sys.stdin.isatty():
        raise UsageError("- reads the corpus from a pipe, and nothing is piped in: cat TEXT | qwem-tui run -")
    try:
        keys = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise UsageError("There is no terminal to read keys from: use `qwem-tui train -` instead.") from error
    piped = os.fdopen(os.dup(0), "rb")
    os.dup2(keys, 0)
    os.close(keys)
    return piped


def _speaks_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


class _Signals:
    """INT, TERM and HUP end the app from whatever it is doing; the exit code is 128 + n.

    The watchdog takes over where the screen hangs on a terminal that is gone: it waits for the engine, then leaves.
    """

    def __init__(self, app: QwemApp) -> None:
        self._app = app
        self.received: int | None = None
        self.ended = threading.Event()

    def install(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            # a SIG_IGN that was inherited (nohup) stays
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self.received is not None:
            return
        self.received = number
        self._app.run_source.stop()
        threading.Thread(target=self._watch, args=(number,), daemon=True).start()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        loop.call_soon_threadsafe(self._app.exit, 128 + number)

    def _watch(self, number: int) -> None:
        self._app.run_source.join(_PATIENCE)
        if not self.ended.wait(1.0 if number == signal.SIGHUP else _PATIENCE):
            os._exit(128 + number)


def open_app(config: RunConfig, out: Path | None, fps: float, ascii_only: bool) -> int:
    """Run the app until it is left; return the exit code, and say on stderr what should be known afterwards."""
    from qwem_tui.base.errors import UsageError

    if not 0.2 <= fps <= 60:
        raise UsageError(f"--fps is {fps:g}: give a number from 0.2 to 60.")
    _prepare_environment(fps)
    from qwem_tui.engine.folder import default_run_folder
    from qwem_tui.engine.keeping import Keeping
    from qwem_tui.engine.live import LiveRun, branch_of

    path = out or default_run_folder(config.study, datetime.now())
    # the sample is a demonstration: only what is exported of it is written
    keep = config.paced_seconds is None
    # reading begins while textual is still being imported
    stdin = _take_piped_stdin() if "-" in config.study.sources else None
    run = LiveRun(config, stdin, keeping=Keeping(path) if keep else None)
    run.start()
    from qwem_tui.engine.source import RunSource
    from qwem_tui.study.study import StudyConfig
    from qwem_tui.tui.app import QwemApp
    from qwem_tui.tui.charts import ChartView

    ChartView.ascii_mode = ascii_only or os.environ.get("TERM") == "dumb" or not _speaks_utf8()

    begun = count(2)

    def make_run(ended: RunSource, settings: StudyConfig | None, from_step: int | None) -> LiveRun:
        assert isinstance(ended, LiveRun)  # the app was given one, and makes others here alone
        again = path.with_name(f"{path.name}-{next(begun)}")
        new = ended.config if settings is None else replace(ended.config, study=settings)
        if from_step is None:
            return LiveRun(new, study=ended.study(), keeping=Keeping(again) if keep else None)
        branch = branch_of(ended, from_step)
        keeping = Keeping(again, branch=branch)
        return LiveRun(new, study=ended.study(), keeping=keeping, resumption=branch.resumption, paused=True)

    sources = config.study.sources
    name = sources[0] if len(sources) == 1 else f"{sources[0]} and {len(sources) - 1} more"
    app = QwemApp(run, make_run, "standard input" if name == "-" else Path(name).name, path / "snapshots", fps)
    signals = _Signals(app)
    signals.install()
    gc.enable()
    code = app.run()
    app.run_source.stop()
    app.run_source.join(_PATIENCE)
    signals.ended.set()
    if keep and (path / "run.json").exists():
        print(f"qwem-tui: the run is in {inert(str(path))}; qwem-tui resume goes on with it", file=sys.stderr)
    for exported in app.exported:
        print(f"qwem-tui: exported {inert(str(exported))}", file=sys.stderr)
    if app.run_source.crash is not None:
        raise app.run_source.crash
    if app.failure is not None and app.failure.error is not None:
        print(f"qwem-tui: {app.failure.error}", file=sys.stderr)
    if signals.received is not None:
        return 128 + signals.received
    return code if code is not None else 1 if app.return_code is None else app.return_code
