"""One writer at a time for a folder."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from pathlib import Path
from typing import IO, TextIO

from qwem_tui.base.errors import Named, QwemError
from qwem_tui.base.printable import printable

#: How often a lock that is held is tried, and the seconds between: who only looks has it for an instant (`holder_of`).
_TRIES, _BETWEEN = 4, 0.01


def locked(folder: Path, *instead: str | Named) -> IO[str]:
    """Return the lock of `folder`, taken and naming this process; it is held until closed.

    Raises QwemError where another process has it, saying which, and what to do `instead`; OSError where it cannot be
    written.
    """
    lock = (folder / "lock").open("a+", encoding="utf-8")
    for tries_left in reversed(range(_TRIES)):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if tries_left:
                time.sleep(_BETWEEN)
                continue
            lock.seek(0)
            holder = _named_in(lock)
            lock.close()
            raise QwemError(f"{printable(str(folder))} is being written by {holder}: ", *instead, ".") from error
    lock.truncate(0)
    lock.write(f"pid {os.getpid()} on {socket.gethostname()}\n")
    lock.flush()
    return lock


def writer_of(folder: Path) -> str | None:
    """Return who holds the lock of `folder`; None where nobody does, or it cannot be read. Nothing is written."""
    try:
        with (folder / "lock").open(encoding="utf-8", errors="replace") as lock:
            return holder_of(lock)
    except OSError:
        return None


def holder_of(lock: TextIO) -> str | None:
    """Return who holds `lock`, by what stands in it; None where nobody does.

    There is no way to ask but to try it: where nobody holds it, it is shared until `lock` is closed, which is to be at
    once.
    """
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _named_in(lock)
    return None


def _named_in(lock: TextIO) -> str:
    return printable(lock.read(200).strip()) or "another process"
