"""A run without a screen, steered by who is attached to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from qwem_tui.engine.address import published
from qwem_tui.engine.commands import RunUntil
from qwem_tui.engine.goals import StepReached
from qwem_tui.engine.keeping import Keeping
from qwem_tui.engine.live import LiveRun, RunConfig
from qwem_tui.engine.source import Phase, Status
from qwem_tui.headless import _followed
from qwem_tui.study.study import StudyConfig
from tests.engine.client import PATIENCE, Client
from tests.engine.test_live import step_of, wait_for


class Followed:
    """A run that `train` would follow."""

    def __init__(self, text: Path, path: Path, step_fraction: float) -> None:
        config = RunConfig(StudyConfig((str(text),), dim=4, window=8, step_fraction=step_fraction), training_threads=1)
        self.run = LiveRun(config, keeping=Keeping(path), goal=StepReached(20))
        self.run.start()
        self.ends: list[Status] = []
        self._thread = threading.Thread(target=lambda: self.ends.append(_followed(self.run)))

    def follow(self) -> None:
        self._thread.start()

    def end(self) -> Status:
        self._thread.join(PATIENCE)
        return self.ends[0]


@pytest.fixture
def followed(text_file: Path, tmp_path: Path) -> Iterator[Followed]:
    followed = Followed(text_file, tmp_path / "run", 0.05)
    wait_for(lambda: followed.run.status().phase is Phase.PAUSED and published(tmp_path / "run") is not None)
    yield followed
    followed.run.stop()
    assert followed.run.join(PATIENCE)
    followed.end()


def test_at_its_goal_it_ends_where_nobody_is_attached(followed: Followed) -> None:
    followed.follow()
    assert followed.end().notice == "Reached: step 20."


def test_at_its_goal_it_waits_for_who_is_attached_and_ends_once_they_leave(followed: Followed, tmp_path: Path) -> None:
    client = Client(tmp_path / "run")
    assert client.phase() == "paused"
    followed.follow()
    assert client.ask(do="until", goal="step=25")["ok"]
    wait_for(lambda: step_of(followed.run) == 25 and client.phase() == "paused")
    # what is refused does not end it either
    assert "is behind already" in client.ask(do="until", goal="step=1")["error"]
    followed.run.send(RunUntil(StepReached(1)))
    wait_for(lambda: "is behind already" in followed.run.status().notice)
    assert client.ask(do="resume")["ok"]
    assert client.ask(do="pause")["ok"]
    wait_for(lambda: client.phase() == "paused")
    client.close()
    # told to pause, it stays paused when they have left
    wait_for(lambda: published(tmp_path / "run") is not None)
    client = Client(tmp_path / "run")
    assert followed.ends == []
    assert client.ask(do="resume")["ok"]
    wait_for(lambda: followed.end().phase is Phase.DONE)


def test_a_run_that_is_stopped_from_elsewhere_ends(followed: Followed, tmp_path: Path) -> None:
    client = Client(tmp_path / "run")
    assert client.phase() == "paused"
    followed.follow()
    assert client.ask(do="stop")["ok"]
    assert followed.end().phase is Phase.STOPPED
