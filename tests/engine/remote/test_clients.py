"""Clients of a run that behave badly, and sockets that go missing."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from qwem_tui.base.errors import UsageError
from qwem_tui.engine.live_run import LiveRun
from qwem_tui.engine.remote.connection import LONGEST_LINE
from qwem_tui.engine.remote.rendezvous import reach
from qwem_tui.engine.remote.server import MOST_CLIENTS
from qwem_tui.engine.remote.socket_path import clear_stale, listen, publish, published
from tests.engine.remote.client import Client
from tests.engine.waiting import step_of
from tests.waiting import PATIENCE, wait_for

#: what is said of a connection that the other side has closed
GONE = r"reset|pipe"


def test_a_line_without_an_end_is_not_kept_and_one_in_pieces_is_one(run: LiveRun) -> None:
    assert run.path is not None
    endless, pieces = Client(run.path), Client(run.path)
    with pytest.raises(OSError, match=GONE):
        endless.send(b"x" * 100 * LONGEST_LINE)
    for piece in (b'{"do": "st', b'atus"}\n{"do"', b': "status"}\n'):
        pieces.send(piece)
    assert pieces.receive()["ok"]
    assert pieces.receive()["ok"]


def test_a_client_that_says_nothing_or_never_listens_holds_up_nobody(run: LiveRun) -> None:
    assert run.path is not None
    silent, deaf, good = (Client(run.path) for _ in range(3))
    questions = b'{"do": "status"}\n' * 50_000

    def shout() -> None:
        # until it is thrown out, since it does not read the answers
        with pytest.raises(OSError, match=GONE):
            deaf.send(questions)

    shouting = threading.Thread(target=shout)
    shouting.start()
    assert good.ask(do="step")["ok"]
    wait_for(lambda: step_of(run) == 1)
    shouting.join(PATIENCE)
    assert not shouting.is_alive()
    assert good.ask(do="status")["ok"]
    assert silent.ask(do="status")["ok"]


def test_too_many_clients_are_told_so(run: LiveRun) -> None:
    assert run.path is not None
    clients = [Client(run.path) for _ in range(MOST_CLIENTS)]
    assert clients[-1].ask(do="status")["ok"]
    one_more = Client(run.path)
    assert f"{MOST_CLIENTS} screens" in one_more.receive()["error"]
    assert one_more.receive() == {}
    for client in clients:
        client.close()


def test_nobody_else_gets_in(run: LiveRun, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run.path is not None
    path = published(run.path)
    assert path is not None
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(str(path)) < 100
    # as if the process belonged to another user than whoever connects
    monkeypatch.setattr("qwem_tui.engine.remote.server.os.geteuid", lambda: os.getuid() + 1)
    client = Client(run.path)
    assert client.receive()["error"] == "This run is another user's."
    assert client.receive() == {}


def test_a_socket_that_was_removed_is_made_again(run: LiveRun, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run.path is not None
    before = published(run.path)
    assert before is not None
    monkeypatch.setattr("qwem_tui.engine.remote.server._LOOK_EVERY", 0.01)
    client = Client(run.path)
    # the run may notice in the middle of this
    shutil.rmtree(before.parent, ignore_errors=True)
    # whoever is connected stays so
    wait_for(lambda: client.phase() == "paused" and published(run.path or Path()) not in (None, before))
    assert Client(run.path).ask(do="status")["ok"]
    (run.path / "control.json").unlink()
    wait_for(lambda: client.phase() == "paused" and published(run.path or Path()) is not None)
    assert Client(run.path).ask(do="status")["ok"]


def test_afterwards_nothing_is_left(run: LiveRun) -> None:
    assert run.path is not None
    path = published(run.path)
    assert path is not None
    run.stop()
    assert run.join(PATIENCE)
    # the thread of the socket clears up, and on a busy machine is not waited for
    wait_for(lambda: not path.parent.exists())
    assert not (run.path / "control.json").exists()
    with pytest.raises(UsageError, match=r"No process writes .*: use `qwem-tui resume"):
        reach(run.path)


def test_the_socket_of_a_killed_process_is_known_for_what_it_is(run: LiveRun) -> None:
    folder = run.path
    assert folder is not None
    run.stop()
    assert run.join(PATIENCE)
    listener, path = listen()
    publish(folder, path)
    # what a process leaves that has no time to clear up
    listener.close()
    stale = published(folder)
    assert stale is not None
    assert stale.exists()
    with pytest.raises(UsageError, match="No process writes"):
        reach(folder)
    clear_stale(folder)
    assert not stale.parent.exists()
