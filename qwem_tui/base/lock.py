"""One writer at a time for a folder."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from qwem_tui.base.errors import Named, QwemError
from qwem_tui.base.printable import printable


def locked(folder: Path, *instead: str | Named) -> IO[str]:
    """Return the lock of `folder`, taken and naming this process; it is held until closed.

    Raises QwemError where another process has it, saying which, and what to do `instead`; OSError where it cannot be
    written.
    """
    lock = (folder / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = printable(lock.read().strip()) or "another process"
        lock.close()
        raise QwemError(f"{printable(str(folder))} is being written by {holder}: ", *instead, ".") from error
    lock.truncate(0)
    lock.write(f"pid {os.getpid()} on {socket.gethostname()}\n")
    lock.flush()
    return lock
