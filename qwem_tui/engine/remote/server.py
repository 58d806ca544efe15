"""The control socket of a run: whoever may asks how it is doing, and steers it."""

from __future__ import annotations

import os
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from qwem_tui.base.device import describe, memory_in_use
from qwem_tui.base.errors import QwemError
from qwem_tui.engine.commands import Command, Pause, RunUntil, SaveCheckpoint, Step
from qwem_tui.engine.goals import Goal
from qwem_tui.engine.history import History, crossed_ones
from qwem_tui.engine.remote.connection import Connection, ConnectionLost, Waker
from qwem_tui.engine.remote.protocol import (
    COMMANDS_WAITING,
    STATUS,
    STAYS_PAUSED,
    STOP,
    RequestId,
    command_of,
    request_id,
    request_of,
    setting_key,
    status_json,
)
from qwem_tui.engine.remote.socket_path import clear_stale, listen, publish, published, remove, withdraw
from qwem_tui.engine.status import Status
from qwem_tui.engine.timeline import StepSizeChange, Timeline
from qwem_tui.engine.training_loop.goal_watch import GoalWatch
from qwem_tui.study.study import Forecast

MOST_CLIENTS = 64
#: Seconds between looks whether the socket is still where it should be.
_LOOK_EVERY = 2.0
_CLOSING = 2.0
#: What a run stands still after.
_STANDING = Pause | Step | RunUntil


class Steerable(Protocol):
    """What the socket needs of a run."""

    @property
    def commands_waiting(self) -> bool:
        """Return whether there are commands that are not carried out yet."""

    def status(self) -> Status:
        """Return what the run is doing."""

    def study(self) -> Forecast | None:
        """Return what is known before training, once that is known."""

    def history(self) -> History | None:
        """Return the frames so far, once training has begun."""

    def send(self, command: Command) -> None:
        """Ask something of the run."""

    def stop(self) -> None:
        """Ask the run to end."""


def expected_end(study: Forecast, changes: tuple[StepSizeChange, ...]) -> int | None:
    """Return the step at which a run that went through `changes` is expected to end; None where that is unknown."""
    if not study.has_modes or study.expected_t is None or study.config.steps is not None:
        return study.expected_steps
    return Timeline(study.step_size, changes).step_at(study.expected_t)


class _Client(Connection):
    """A connection, and whether anything sensible has come over it."""

    known = False


def _same_user(connection: socket.socket) -> bool:
    """Return whether the other side is a process of this user; the folder's mode has seen to it already."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    size = struct.calcsize("3i")
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return bool(user == os.geteuid())


class Control:
    """Serves the control socket of the run in a folder, in a thread of its own, until it is closed.

    A client sends lines of JSON, `{"id": any, "do": "status"}` or another request (`protocol`), and each is answered by
    a line with that `id` and `ok`: true, with `status` or (keep) `step`, or false, with `error`, a sentence. When the
    run ends, every client gets `{"farewell": its last status}`. A status says beside what `protocol` makes of it where
    the run is, as the latest line of frames.jsonl does (null: there is none yet), at which step it is expected to end
    at its present step size, whether it stays paused where nobody is attached, and whether there are commands that it
    has not carried out yet.
    """

    def __init__(self, run: Steerable, folder: Path) -> None:
        """Serve `run`, whose run folder is `folder`; raises OSError or QwemError where there can be no socket."""
        self._run = run
        self._folder = folder
        clear_stale(folder)
        self._listener, self._path = listen()
        try:
            publish(folder, self._path)
        except QwemError:
            self._listener.close()
            remove(self._path)
            raise
        self._waker = Waker()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._waker, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._clients: set[_Client] = set()
        #: checkpoints that were asked for, and are kept by now
        self._kept: deque[tuple[_Client, RequestId, Future[int | None]]] = deque()
        self._closing = False
        self._looked = time.monotonic()
        #: whether a client has ever asked something of the run, and whether it has told it where to stand: from then on
        #: no goal but a client's is left, so that wherever it pauses a client wanted it to
        self.steered, self.stays_paused = False, False
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)
        self._thread.start()

    @property
    def attended(self) -> bool:
        """Return whether a client is there that has sent something sensible."""
        return any(client.known for client in tuple(self._clients))

    def close(self) -> None:
        """Tell the clients how the run ended, and take the socket away."""
        self._closing = True
        self._waker.wake()
        # a thread that does not end holds up nothing that matters
        self._thread.join(_CLOSING)

    # what follows runs in the socket's own thread

    def _serve(self) -> None:
        try:
            while not self._closing:
                self._look()
            self._bid_farewell()
        finally:
            withdraw(self._folder, self._path)
            remove(self._path)
            for client in tuple(self._clients):
                self._drop(client)
            self._listener.close()
            self._selector.close()
            self._waker.close()

    def _look(self) -> None:
        for key, mask in self._selector.select(_LOOK_EVERY):
            if key.fileobj is self._waker:
                self._waker.drain()
            elif key.fileobj is self._listener:
                self._accept()
            elif isinstance(key.fileobj, _Client):
                self._attend(key.fileobj, mask)
        while self._kept:
            client, number, reply = self._kept.popleft()
            if client in self._clients:
                self._answer_kept(client, number, reply)
        if time.monotonic() - self._looked >= _LOOK_EVERY:
            self._looked = time.monotonic()
            self._stay_reachable()

    def _stay_reachable(self) -> None:
        """Put socket and address back where they were removed, as XDG_RUNTIME_DIR is when its user logs out."""
        with suppress(OSError, QwemError):
            if not self._path.exists():
                listener, path = listen()
                self._selector.unregister(self._listener)
                self._listener.close()
                remove(self._path)
                self._listener, self._path = listener, path
                self._selector.register(listener, selectors.EVENT_READ)
            if published(self._folder) != self._path:
                publish(self._folder, self._path)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        client = _Client(connection)
        refused = ""
        if not _same_user(connection):
            refused = "This run is another user's."
        elif len(self._clients) >= MOST_CLIENTS:
            refused = f"{MOST_CLIENTS} screens are attached to this run already: close one of them."
        if refused:
            with suppress(ConnectionLost):
                client.send({"id": None, "ok": False, "error": refused})
            client.close()
            return
        self._clients.add(client)
        self._selector.register(client, selectors.EVENT_READ)

    def _drop(self, client: _Client) -> None:
        self._clients.discard(client)
        with suppress(KeyError, ValueError):
            self._selector.unregister(client)
        client.close()

    def _attend(self, client: _Client, mask: int) -> None:
        try:
            if mask & selectors.EVENT_WRITE:
                client.flush()
            if mask & selectors.EVENT_READ:
                for line in client.receive():
                    self._take(client, line)
        except ConnectionLost:
            self._drop(client)
            return
        self._await(client)

    def _await(self, client: _Client) -> None:
        writing = selectors.EVENT_WRITE if client.sending else 0
        self._selector.modify(client, selectors.EVENT_READ | writing)

    def _take(self, client: _Client, line: bytes) -> None:
        """Carry out one line that a client sent, and answer."""
        number: RequestId = None
        try:
            asked = request_of(line)
            number = request_id(asked)
            answer = self._carried_out(client, number, asked)
        except QwemError as error:
            answer = {"ok": False, "error": error.sentence(setting_key)}
        if answer is not None:
            client.send({"id": number, **answer})

    def _carried_out(self, client: _Client, number: RequestId, asked: Mapping[str, Any]) -> dict[str, object] | None:
        """Do what is asked; return the answer, or None where it comes later."""
        if asked.get("do") == STATUS:
            client.known = True
            return {"ok": True, "status": self._status()}
        if asked.get("do") == STOP:
            client.known = self.steered = True
            self._run.stop()
            return {"ok": True}
        command = command_of(asked)
        client.known = True
        if isinstance(command, SaveCheckpoint):
            command.reply.add_done_callback(lambda reply: self._hear_kept(client, number, reply))
            self._run.send(command)
            return None
        if isinstance(command, RunUntil):
            self._check(command.goal)
        self.steered = True
        self.stays_paused |= isinstance(command, _STANDING)
        self._run.send(command)
        return {"ok": True}

    def _check(self, goal: Goal) -> None:
        """Raise UsageError where `goal` is behind, or out of reach, as far as the run has come by now."""
        study, history = self._run.study(), self._run.history()
        latest = None if history is None else history.latest()
        if study is not None and history is not None and latest is not None:
            GoalWatch(goal, study, latest, crossed_ones(study.trajectory, history.columns()))

    def _hear_kept(self, client: _Client, number: RequestId, reply: Future[int | None]) -> None:
        """Note that a checkpoint is kept; runs in the engine's thread."""
        self._kept.append((client, number, reply))
        self._waker.wake()

    def _answer_kept(self, client: _Client, number: RequestId, reply: Future[int | None]) -> None:
        answer: dict[str, object] = {"id": number, "ok": False, "error": "The run has ended."}
        if not reply.cancelled():
            answer = {"id": number, "ok": True, "step": reply.result()}
        try:
            client.send(answer)
        except ConnectionLost:
            self._drop(client)
        else:
            self._await(client)

    def _status(self) -> dict[str, object]:
        # asked first: once there are none, the status shows what they did
        waiting = self._run.commands_waiting
        status, study, history = self._run.status(), self._run.study(), self._run.history()
        if study is not None:
            status = replace(status, device=describe(study.device), memory=memory_in_use(study.device))
        frame = None if history is None else history.latest()
        return status_json(status) | {
            "step": None if frame is None else frame.step,
            "t": None if frame is None else frame.t,
            "loss": None if frame is None else frame.loss,
            "modes_learned": None if frame is None else frame.modes_learned,
            "expected_steps": None if study is None else expected_end(study, status.changes),
            STAYS_PAUSED: self.stays_paused,
            COMMANDS_WAITING: waiting,
        }

    def _bid_farewell(self) -> None:
        farewell = {"farewell": self._status()}
        for client in tuple(self._clients):
            with suppress(ConnectionLost):
                client.send(farewell)
