"""A run whose control socket is spoken to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.remote.socket_path import published
from qwem_tui.engine.status import Phase
from tests.engine.conftest import Runs
from tests.waiting import PATIENCE, wait_for


@pytest.fixture
def run(runs: Runs, tmp_path: Path) -> Iterator[LiveRun]:
    """A run that is paused at its start."""
    run = runs.new("gd", tmp_path / "run", paused=True)
    run.start()
    wait_for(lambda: run.status().phase is Phase.PAUSED and published(tmp_path / "run") is not None)
    yield run
    run.stop()
    assert run.join(PATIENCE)
    assert run.crash is None
