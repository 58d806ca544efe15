"""Waiting in tests: for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds after which what was waited for is given up, everywhere: a test that passes never waits so long, however busy
#: the machine.
PATIENCE = 240.0


def nothing() -> str:
    return ""


def wait_for(condition: Callable[[], bool], said: Callable[[], str] = nothing) -> None:
    """Wait until `condition` holds; `said` tells what there is to say where it never does."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"waited in vain; {said()}"
        time.sleep(0.005)
