"""Where the socket of a run is, and whether anybody is there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.remote.rendezvous import await_prepared, claimed, reach
from qwem_tui.engine.remote.socket_path import clear_stale, listen, publish, remove
from qwem_tui.engine.run_folder.description import CorpusDescription, RunDescription
from qwem_tui.engine.run_folder.writer import RunFolder
from qwem_tui.study.config import StudyConfig
from tests.waiting import PATIENCE, wait_for


def test_only_what_is_a_stale_socket_is_removed(tmp_path: Path) -> None:
    precious = tmp_path / "qwem-tui-precious" / "control"
    precious.parent.mkdir()
    precious.write_text("no socket")
    publish(tmp_path, precious)
    clear_stale(tmp_path)
    assert precious.exists()
    listener, path = listen()
    publish(tmp_path, path)
    clear_stale(tmp_path)
    assert path.exists()
    listener.close()
    clear_stale(tmp_path)
    assert not path.parent.exists()


def test_a_run_that_cannot_be_reached_is_told_from_one_that_nobody_writes(
    run: LiveRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.path is not None
    monkeypatch.setattr("qwem_tui.engine.remote.rendezvous.PATIENCE", 0.1)
    run.stop()
    assert run.join(PATIENCE)
    folder = RunFolder(run.path, rewound_to=0)
    with pytest.raises(QwemError, match=rf"is being written by pid {os.getpid()} on .*cannot be reached"):
        reach(run.path)
    folder.close()
    with pytest.raises(UsageError, match="is not a run folder"):
        reach(tmp_path / "nothing")


def test_a_run_that_is_being_prepared_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "runtime").mkdir(mode=0o700)
    run, said = tmp_path / "run", list[str]()
    # of a process that was killed
    with claimed(run):
        left = next((tmp_path / "runtime").iterdir())
    left.touch()
    await_prepared(run, said.append)
    with pytest.raises(UsageError, match="is not a run folder"):
        reach(run)
    with claimed(tmp_path / "other"):
        assert not left.exists()
    with claimed(run):
        # another one does not take its place
        with claimed(run):
            pass
        with pytest.raises(QwemError, match=rf"run is being prepared by process {os.getpid()}: try again in a moment"):
            reach(run)
        monkeypatch.setattr("qwem_tui.engine.remote.rendezvous._PREPARING", 0.3)
        with pytest.raises(QwemError, match=rf"run is being prepared by process {os.getpid()}: try again in a moment"):
            await_prepared(run, said.append)
        assert said == [f"{run} is being prepared by process {os.getpid()}: waiting for it ..."]
    assert list((tmp_path / "runtime").iterdir()) == []
    # so is one of which the folder is there, and locked, but no configuration yet
    folder, corpus = RunFolder(run), CorpusDescription(digest="")
    with pytest.raises(QwemError, match=rf"run is being prepared by pid {os.getpid()} on .*: try again in a moment"):
        reach(run)
    monkeypatch.undo()
    waiting = threading.Thread(target=await_prepared, args=(run, said.append))
    waiting.start()
    wait_for(lambda: len(said) == 2)
    assert waiting.is_alive()
    folder.write_description(RunDescription(settings=StudyConfig(("t",)), device="cpu", corpus=corpus))
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    folder.close()


def test_the_socket_goes_where_its_path_is_short_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    short = len(str(tmp_path)) < 80
    listener, path = listen()
    listener.close()
    remove(path)
    assert (path.parent.parent == tmp_path) is short
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    listener, path = listen()
    listener.close()
    remove(path)
    assert path.parent.parent != deep
    assert list(deep.iterdir()) == []
