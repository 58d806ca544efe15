"""Runs waited for, by the condition and not by the clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.run_config import RunConfig
from qwem_tui.engine.status import Phase
from qwem_tui.study.config import StudyConfig
from tests.waiting import PATIENCE, wait_for


def config_for(path: Path, **changes: object) -> RunConfig:
    study = StudyConfig((str(path),), dim=8, window=8)
    return RunConfig(replace(study, **changes), training_threads=1)  # type: ignore[arg-type]


def finished(run: LiveRun) -> LiveRun:
    run.start()
    wait_for(lambda: run.status().phase in (Phase.DONE, Phase.FAILED))
    run.stop()
    assert run.join(PATIENCE)
    return run


def left(run: LiveRun) -> LiveRun:
    """Let a run go to where it stands still, and leave it there."""
    run.start()
    wait_for(lambda: run.status().phase in (Phase.PAUSED, Phase.DONE, Phase.FAILED))
    assert run.status().error is None
    run.stop()
    assert run.join(PATIENCE)
    return run


def step_of(run: LiveRun) -> int:
    history = run.history()
    frame = history.latest() if history is not None else None
    return -1 if frame is None else frame.step
