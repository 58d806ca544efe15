"""Finding the process of a run: the one that prepares it, and the one that writes it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qwem_tui.base.errors import QwemError, UsageError
from qwem_tui.base.lock import holder_of, writer_of
from qwem_tui.base.printable import printable
from qwem_tui.engine.remote.socket_path import FOLDER_PREFIX, PATIENCE, connected, places, published
from qwem_tui.engine.run_folder.reader import read_run

#: Seconds for which a run that is being prepared is waited for.
_PREPARING = 60.0


def _claims(folder: Path) -> list[Path]:
    """Return the files that show, locked, that a process prepares a run for `folder`, the best place first."""
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return [place / f"{FOLDER_PREFIX}{os.geteuid()}-{digest}" for place in places()]


def _remove_left_over(place: Path) -> None:
    """Remove from `place` the claims of processes that were killed while they prepared runs."""
    for path in place.glob(f"{FOLDER_PREFIX}{os.geteuid()}-*"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with open(descriptor, encoding="utf-8") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Let `await_prepared` know that this process prepares a run for `folder`, where there need be nothing yet.

    A folder is not made before it is known that there will be a run, so the lock is a file beside the sockets. Where it
    cannot be made, nobody knows of it.
    """
    for path in _claims(folder):
        _remove_left_over(path.parent)
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            break
    else:
        yield
        return
    with open(descriptor, "w", encoding="utf-8") as lock:
        mine = False
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = True
            lock.truncate(0)
            lock.write(f"process {os.getpid()}")
            lock.flush()
        try:
            yield
        finally:
            if mine:
                with suppress(OSError):
                    path.unlink()


def _preparing(folder: Path) -> str | None:
    """Return who prepares a run for `folder`; None where nobody does, or the run has begun."""
    if (folder / "run.json").is_file():
        return None
    for path in _claims(folder):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with open(descriptor, encoding="utf-8", errors="replace") as lock:
                # in a folder for all somebody else may have made it
                if os.fstat(descriptor).st_uid == os.geteuid() and (who := holder_of(lock)) is not None:
                    return who
    return writer_of(folder)


def await_prepared(folder: Path, say: Callable[[str], None]) -> None:
    """Wait while another process prepares a run for `folder`; `say` what is waited for, if anything is.

    Raises QwemError where that takes more than a minute.
    """
    until, shown = time.monotonic() + _PREPARING, False
    while (who := _preparing(folder)) is not None:
        if not shown:
            say(f"{printable(str(folder))} is being prepared by {who}: waiting for it ...")
            shown = True
        if time.monotonic() > until:
            raise _unprepared(folder, who)
        time.sleep(0.1)


def _unprepared(folder: Path, who: str) -> QwemError:
    return QwemError(f"{printable(str(folder))} is being prepared by {who}: try again in a moment.")


def reach(folder: Path) -> socket.socket:
    """Return a connection to the process that writes the run in `folder`.

    Raises UsageError where there is no run or nobody writes it, QwemError where whoever does, or is about to, cannot be
    reached.
    """
    if (preparing := _preparing(folder)) is not None:
        raise _unprepared(folder, preparing)
    read_run(folder)
    shown = printable(str(folder))
    until = time.monotonic() + PATIENCE
    while True:
        path = published(folder)
        if path is not None and (connection := connected(path)) is not None:
            return connection
        writer = writer_of(folder)
        if writer is None:
            raise UsageError(f"No process writes {shown}: use `qwem-tui resume {shown}` to continue it.")
        if time.monotonic() > until:
            raise QwemError(
                f"{shown} is being written by {writer}, which cannot be reached: attach on that machine, as the user "
                "whose run it is."
            )
        time.sleep(0.05)
