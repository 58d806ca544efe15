"""What workers do in the tests of the crew: found by name in their own processes, so without torch."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

Send = Callable[[Any], None]


def make(shared: str, threads: int) -> Callable[[tuple[str, Any], Send], None]:
    """Return what does a job `(what, with)`."""

    def do(payload: tuple[str, Any], send: Send) -> None:
        what, value = payload
        match what:
            case "tell":
                send((shared, threads, os.getpid(), value))
            case "sleep":
                send(os.getpid())
                time.sleep(value)
            case "die":
                send("begun")
                os.kill(os.getpid(), signal.SIGKILL)
            case "exit":
                sys.exit(3)

    return do
