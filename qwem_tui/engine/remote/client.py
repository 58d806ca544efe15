"""The client's end of a control socket: requests to the process of a run, and its answers."""

from __future__ import annotations

import itertools
import select
import socket
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress

from qwem_tui.base.errors import QwemError, Sentence, UsageError
from qwem_tui.engine.outcome import CommandRefused
from qwem_tui.engine.remote.connection import Connection, Waker
from qwem_tui.engine.remote.protocol import STATUS, Answer, Report, answer_of
from qwem_tui.engine.status import Phase

#: Seconds between questions for the status, and until one that has no answer is a problem.
ASK_EVERY, _PATIENCE = 0.2, 10.0
#: Seconds that who leaves waits until the last commands are carried out, and for a first answer.
LEAVING, SILENT = 5.0, 0.5
#: Seconds between questions meanwhile.
_POLL = 0.02


class Client:
    """Asks a process how its run is doing, and sends it requests, which any thread may add.

    All else is for one thread, which calls `exchange` until it raises ConnectionLost.
    """

    def __init__(self, connected: socket.socket) -> None:
        """Take over `connected`."""
        self._connection = Connection(connected)
        self._waker = Waker()
        self._requests: deque[tuple[dict[str, object], Future[int | None] | None]] = deque()
        self._numbers = itertools.count(1)
        self._awaited: dict[int, Future[int | None]] = {}
        #: the number of the question for the status that is not answered yet, and when it was asked
        self._asked: int | None = None
        self._asked_at = -ASK_EVERY
        #: whether no more requests will be sent
        self._closed = False
        #: whether the process gave no answer to who left
        self.silent = False
        #: what the process reported last
        self.report: Report | None = None
        #: the last request, where it was refused
        self.refusal: CommandRefused | None = None
        #: a sentence on what is wrong with the answers, empty where nothing is
        self.problem: Sentence = ()

    def request(self, request: dict[str, object], reply: Future[int | None] | None = None) -> None:
        """Have `request` sent; `reply` becomes the step that it is answered with, or is cancelled."""
        self.refusal = None
        self._requests.append((request, reply))
        self._waker.wake()
        if self._closed:
            self.cancel_all()

    def exchange(self, wait: float) -> None:
        """Send what is to be sent, and take the answers that arrive within `wait` seconds.

        Raises ConnectionLost where the process is gone, QwemError where it refuses this client.
        """
        self._ask()
        self._receive(wait)

    def finish(self) -> None:
        """Send what is to be sent, and ask until it is carried out, for `LEAVING` seconds; raises as `exchange`.

        One that gives no answer within `SILENT` seconds, suspended perhaps, is `silent` and not waited for.
        """
        began = time.monotonic()
        until = began + (ASK_EVERY if self.problem else SILENT)
        self.silent = True
        while time.monotonic() < until:
            # an answer on its way may be older than the last request
            self._asked, self._asked_at = None, -ASK_EVERY
            self._ask()
            while self._asked is not None and time.monotonic() < until:
                self._receive(ASK_EVERY)
                if self.report is not None and self.report.farewell:
                    return
            if self._asked is None:
                self.silent, until = False, began + LEAVING
            report = self.report
            if report is not None and not (report.waiting and report.status.phase is not Phase.PREPARING):
                return
            self._receive(_POLL)

    def sleep(self, wait: float) -> None:
        """Wait up to `wait` seconds, until there is a request."""
        select.select([self._waker], [], [], wait)
        self._waker.drain()

    def disconnect(self) -> None:
        """End the connection; requests are cancelled from now on."""
        self._closed = True
        self._connection.close()
        self.cancel_all()

    def close(self) -> None:
        """End the connection, and give up what woke the thread."""
        self.disconnect()
        self._waker.close()

    def cancel_all(self) -> None:
        """Cancel the replies that are awaited, and forget what is to be sent."""
        for reply in self._awaited.values():
            reply.cancel()
        self._awaited.clear()
        with suppress(IndexError):
            while True:
                _, wanted = self._requests.popleft()
                if wanted is not None:
                    wanted.cancel()

    def _ask(self) -> None:
        """Send what waits to be sent, and ask how the run is doing where that is due."""
        now = time.monotonic()
        while self._requests:
            request, reply = self._requests.popleft()
            number = next(self._numbers)
            if reply is not None:
                self._awaited[number] = reply
            self._connection.send({"id": number, **request})
            # what it does is to be seen at once
            self._asked_at = -ASK_EVERY
        if self._asked is None and now - self._asked_at >= ASK_EVERY:
            self._asked, self._asked_at = next(self._numbers), now
            self._connection.send({"id": self._asked, "do": STATUS})
        elif self._asked is not None and now - self._asked_at > _PATIENCE:
            self.problem = ("The process of this run does not answer: what it is doing is not known.",)

    def _receive(self, wait: float) -> None:
        """Wait up to `wait` seconds for answers, and take them."""
        connection = self._connection
        writing = [connection] if connection.sending else []
        reading: list[Connection | Waker] = [connection, self._waker]
        readable, writable, _ = select.select(reading, writing, [], wait)
        if self._waker in readable:
            self._waker.drain()
        if writable:
            connection.flush()
        if connection not in readable:
            return
        for line in connection.receive():
            try:
                answer = answer_of(line)
            except QwemError as error:
                self.problem = ("The process of this run gives an answer that makes no sense: ", *error.parts)
            else:
                self._take(answer)

    def _take(self, answer: Answer) -> None:
        """Take one answer."""
        report = answer.report
        if report is not None and report.farewell:
            self.report = report
        elif report is not None and answer.id == self._asked:
            self._asked, self.problem = None, ()
            self.report = report
        elif isinstance(answer.id, int) and answer.id in self._awaited:
            reply = self._awaited.pop(answer.id)
            if not answer.ok:
                reply.cancel()
            elif reply.set_running_or_notify_cancel():
                reply.set_result(answer.step)
        elif not answer.ok:
            if answer.id is None:
                # not a request, but this client
                raise QwemError(answer.error)
            self.refusal = CommandRefused(UsageError(answer.error))
