"""What is printed once the app is left, and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.base.progress import Monitor
from qwem_tui.engine.background import Background
from qwem_tui.study.study import Study
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.parting import part_from_runs, part_from_work, way_back
from qwem_tui.tui.shutdown import AppSignals
from qwem_tui.tui.work_app import WorkApp
from tests.tui.fake_run import FakeRun, done, failed
from tests.waiting import PATIENCE


@dataclass
class Left:
    """Stands for an app that was left."""

    return_code: int | None = 0


def signals(received: int | None = None) -> AppSignals:
    made = AppSignals(cast(Background[Any], None), stays=False)
    made.received = received
    return made


def worked(result: Any = None, sentence: str = "", error: Exception | None = None) -> Background[Any]:
    def work(monitor: Monitor) -> Any:
        if sentence:
            monitor.say(sentence)
        if error is not None:
            raise error
        return result

    background: Background[Any] = Background(work)
    background.start()
    assert background.join(PATIENCE)
    return background


@pytest.mark.parametrize(
    ("work", "finished", "received", "code", "printed"),
    [
        (lambda: worked("plan"), True, None, 0, ""),
        (lambda: worked("plan", "A warning."), True, None, 0, "qwem-tui: A warning.\n"),
        (worked, True, None, 0, "qwem-tui: given up: nothing was saved\n"),
        (worked, False, None, 0, "qwem-tui: given up before it had come to its end\n"),
        (lambda: worked(error=UsageError("No.")), False, 15, 143, ""),
    ],
)
def test_of_work(
    work: Callable[[], Background[Any]],
    finished: bool,
    received: int | None,
    code: int,
    printed: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended = signals(received)
    assert part_from_work(cast(WorkApp, Left()), work(), finished, ended, 0) == code
    assert capsys.readouterr().err == printed
    assert ended.ended.is_set()


def test_errors_and_defects_of_work_are_raised() -> None:
    for error in (UsageError("No."), ZeroDivisionError()):
        with pytest.raises(type(error)):
            part_from_work(cast(WorkApp, Left()), worked(error=error), True, signals(), 0)


def app_on(run: FakeRun) -> QwemApp:
    app = QwemApp(run, "little.txt", Path("exports"), 30.0)
    app.session.arrive()
    return app


def test_of_runs(gd: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = app_on(FakeRun(gd, status=done("40 steps taken")))
    app.session.begin(FakeRun(gd, tmp_path, status=done("40 steps taken")))
    app.session.arrive()
    app.exporter.exported.append(tmp_path / "step-1")
    app.failure = failed("Out of memory.")
    assert part_from_runs(app, signals(), 1) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.count("40 steps taken") for line in lines] == [2, 0, 0]
    assert lines[1:] == [f"qwem-tui: exported {tmp_path / 'step-1'}", "qwem-tui: Out of memory."]
    assert part_from_runs(app, signals(2), 1) == 130


def test_a_defect_of_a_run_is_raised(gd: Study) -> None:
    run = FakeRun(gd)
    run.crash = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        part_from_runs(app_on(run), signals(), None)


def test_of_a_folder_that_cannot_be_read_only_the_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("nonsense")
    assert way_back(tmp_path, finished=True) == f"the run is in {tmp_path}"
