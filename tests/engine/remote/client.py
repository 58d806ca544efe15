"""A client of a run's control socket, as plain as can be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qwem_tui.engine.remote.protocol import answer_of
from qwem_tui.engine.remote.rendezvous import reach
from qwem_tui.engine.status import Status
from tests.waiting import PATIENCE


class Client:
    """Sends lines and waits for lines."""

    def __init__(self, run: Path) -> None:
        self.socket = reach(run)
        self.socket.settimeout(PATIENCE)
        self._lines = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> dict[str, Any]:
        """Return the next answer; an empty one once the other side is gone."""
        line = self._lines.readline()
        answer: dict[str, Any] = json.loads(line) if line else {}
        return answer

    def ask(self, **request: object) -> dict[str, Any]:
        self.send(json.dumps(request).encode() + b"\n")
        return self.receive()

    def phase(self) -> str:
        return str(self.ask(do="status")["status"]["phase"])

    def step(self) -> int:
        return int(self.ask(do="status")["status"]["step"])

    def close(self) -> None:
        self._lines.close()
        self.socket.close()


def status_of(sent: object) -> Status:
    """Return the status that a run sent, as a client reads it."""
    report = answer_of(json.dumps({"status": sent}).encode()).report
    assert report is not None
    return report.status
