"""Starting processes that signals of the terminal shall not reach."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_signals(*signals: signal.Signals) -> Iterator[None]:
    """Block `signals` in this thread: a process started meanwhile never sees them, not even while it is importing."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
