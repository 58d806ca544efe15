"""Starting processes that signals of the terminal shall not reach."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_signals(*signals: signal.Signals) -> Iterator[None]:
    """Block `signals` in this thread: a process started meanwhile never sees them, not even while it is importing."""
    # imported late: it takes a while, and help starts without it
    from multiprocessing import resource_tracker

    # it is started with the first process, and unblocks SIGINT and SIGTERM here once it is
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
