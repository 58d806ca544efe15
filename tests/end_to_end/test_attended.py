"""A run without a screen, steered by who is attached to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from qwem_tui.commands.headless_run import _followed
from qwem_tui.engine.commands import Command, Pause, RunUntil, SetPace, Step
from qwem_tui.engine.goals import StepReached
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.outcome import GoalReached
from qwem_tui.engine.outcome_text import notice_text
from qwem_tui.engine.remote.attached_run import AttachedRun
from qwem_tui.engine.remote.socket_path import published
from qwem_tui.engine.run_config import RunConfig, resumed_config
from qwem_tui.engine.run_folder.reader import read_run, resume_point_of
from qwem_tui.engine.run_folder.recorder import RunRecorder
from qwem_tui.engine.status import Phase, Status
from qwem_tui.study.config import StudyConfig
from tests.engine.remote.client import Client
from tests.engine.waiting import step_of
from tests.waiting import PATIENCE, wait_for


class Followed:
    """A run that `train` would follow."""

    def __init__(self, text: Path, path: Path, step_fraction: float) -> None:
        config = RunConfig(StudyConfig((str(text),), dim=4, window=8, step_fraction=step_fraction), training_threads=1)
        self.run = LiveRun(config, recorder=RunRecorder(path), goal=StepReached(20))
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
    assert followed.end().notice == GoalReached(StepReached(20), "tau_1")


def test_at_its_goal_it_waits_for_who_is_attached_and_ends_once_they_leave(followed: Followed, tmp_path: Path) -> None:
    client = Client(tmp_path / "run")
    assert client.phase() == "paused"
    followed.follow()
    assert client.ask(do="until", goal="step=25")["ok"]
    wait_for(lambda: step_of(followed.run) == 25 and client.phase() == "paused")
    # what is refused does not end it either
    assert "is behind already" in client.ask(do="until", goal="step=1")["error"]
    followed.run.send(RunUntil(StepReached(1)))
    wait_for(lambda: "is behind already" in notice_text(followed.run.status().notice))
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


def attached_to(path: Path) -> AttachedRun:
    attached = AttachedRun(path)
    attached.start()
    wait_for(lambda: attached.history() is not None)
    return attached


def test_who_leaves_is_told_what_becomes_of_the_run(
    followed: Followed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patience in ("client.LEAVING", "client.SILENT", "attached_run.LEAVING"):
        monkeypatch.setattr(f"qwem_tui.engine.remote.{patience}", PATIENCE)
    folder = tmp_path / "run"
    attach = f"`qwem-tui attach {folder}`"

    def left_after(*commands: Command, step: int = 0) -> str:
        attached = attached_to(folder)
        for command in commands:
            attached.send(command)
        wait_for(lambda: step_of(followed.run) >= step and (not step or followed.run.status().phase is Phase.PAUSED))
        attached.stop()
        return attached.parting()

    # at its own goal
    assert left_after() == (
        "detached; paused at step 20: where it has no screen of its own it ends there now, unless somebody else is "
        f"attached, its state saved: `qwem-tui resume {folder}` continues it"
    )
    assert left_after(Step(5), step=25) == (
        f"detached; paused at step 25: it stays so until {attach} (space) continues it"
    )
    assert left_after(SetPace(0.001), RunUntil(StepReached(3000))) == (
        f"detached; the run pauses at step 3000, its goal, until {attach} (space) continues it"
    )
    assert left_after(Pause()).startswith("detached; paused at step 2")
    followed.run.send(SetPace(0.001))
    attached = attached_to(folder)
    followed.run.stop()
    wait_for(lambda: attached.over)
    attached.stop()
    assert attached.parting() == f"The run was stopped, its state saved: `qwem-tui resume {folder}` continues it."
    followed.follow()


def test_a_screen_whose_run_has_ended_does_not_make_another_process_wait(followed: Followed, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    attached = attached_to(folder)
    followed.run.stop()
    assert followed.run.join(PATIENCE)
    wait_for(lambda: attached.over)
    stored = read_run(folder)
    resume_point = resume_point_of(stored)
    again = LiveRun(
        resumed_config(stored, resume_point, None),
        recorder=RunRecorder(folder, resume_point),
        resume_point=resume_point,
        goal=StepReached(25),
    )
    again.start()
    wait_for(lambda: again.status().phase is Phase.PAUSED)
    said = f"Another process continues this run, resumed elsewhere: `qwem-tui attach {folder}` shows it."
    wait_for(lambda: notice_text(attached.status().notice) == said)
    assert not again.attended
    assert attached.over
    history = attached.history()
    assert history is not None
    latest = history.latest()
    assert latest is not None
    assert latest.step == 20
    again.stop()
    assert again.join(PATIENCE)
    attached.stop()
    assert attached.join(PATIENCE)
    followed.follow()
