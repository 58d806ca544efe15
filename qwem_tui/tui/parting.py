"""What is printed on stderr once the app is left, and the exit code of the process."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwem_tui.base.errors import QwemError
from qwem_tui.base.printable import printable
from qwem_tui.corpus.documents import STDIN
from qwem_tui.engine.background import Background
from qwem_tui.engine.run_folder.reader import read_run
from qwem_tui.tui.notices import both_ended

if TYPE_CHECKING:
    # not before textual is wanted: a run is started while it is still being imported
    from qwem_tui.tui.app import QwemApp
    from qwem_tui.tui.shutdown import AppSignals
    from qwem_tui.tui.work_app import WorkApp


def say(text: str) -> None:
    """Print `text` on stderr, where there still is somebody to read it."""
    with suppress(OSError):
        print(f"qwem-tui: {text}", file=sys.stderr, flush=True)


def part_from_runs(app: QwemApp, signals: AppSignals, code: int | None) -> int:
    """Print how the runs of `app` ended and how to see each again; return the exit code of the process.

    `code` is the app's own. The runs have ended. Raises what is a defect in one of them.
    """
    if ended := both_ended(app.session):
        say(ended)
    for folder in app.session.folders:
        if (folder / "run.json").exists():
            say(way_back(folder, folder in app.session.finished))
    return part_from_app(app, signals, code)


def part_from_app(app: QwemApp, signals: AppSignals, code: int | None) -> int:
    """Print what was exported, and why the app was left where a run failed; return and raise as `part_from_runs`."""
    signals.ended.set()
    for exported in app.exporter.exported:
        say(f"exported {printable(str(exported))}")
    for run in app.session.runs:
        if run.crash is not None:
            raise run.crash
    if app.failure is not None and app.failure.error is not None:
        # whoever reads this is at the command line again
        say(str(app.failure.error))
    return _exit_code(app, signals, code)


def part_from_work(app: WorkApp, work: Background[Any], finished: bool, signals: AppSignals, code: int | None) -> int:
    """Print what `work` had to say; return the exit code of the process, `code` being the app's own.

    `finished` is whether it had ended by itself. Raises its error, and what is a defect.
    """
    for sentence in work.messages:
        say(sentence)
    signals.ended.set()
    if work.crash is not None:
        raise work.crash
    if signals.received is None:
        if work.error is not None and finished:
            raise work.error
        if not finished:
            say("given up before it had come to its end")
        elif work.result is None and not work.messages:
            say("given up: nothing was saved")
    return _exit_code(app, signals, code)


def _exit_code(app: QwemApp | WorkApp, signals: AppSignals, code: int | None) -> int:
    if signals.received is not None:
        return 128 + signals.received
    return code if code is not None else 1 if app.return_code is None else app.return_code


def way_back(folder: Path, finished: bool) -> str:
    """Return how to see the run in `folder` again, or continue it."""
    shown = printable(str(folder))
    where = f"the run is in {shown}"
    try:
        record = read_run(folder)
    except QwemError:
        # what is wrong with it is said to whoever wants it again
        return where
    if STDIN in record.study.sources:
        gone = "its corpus came from a pipe and is gone, so that it cannot be continued"
        return f"finished: {where}; `qwem-tui replay {shown}` shows it again" if finished else f"{where}; {gone}"
    command = f"`qwem-tui resume {shown}{'' if record.screen else ' --screen'}`"
    return f"finished: {command} shows it again" if finished else f"{where}; {command} continues it"
