"""Where the control socket of a run is: outside of its run folder, which says where."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from qwem_tui.base.atomic import atomic_file
from qwem_tui.base.codec import Count, decode, encode
from qwem_tui.base.errors import QwemError
from qwem_tui.engine.remote.protocol import SCHEMA

NAME = "control.json"
FOLDER_PREFIX, _SOCKET = "qwem-tui-", "control"
#: Seconds given to a run that has just begun, and may be about to make its socket.
PATIENCE = 3.0
_BACKLOG = 16


class _Published(Struct):
    """What control.json holds."""

    schema: str
    socket: str
    pid: Count
    host: str


def listen() -> tuple[socket.socket, Path]:
    """Return a listening socket and its path, in a new folder of mode 0700.

    The folder is made in XDG_RUNTIME_DIR, or where that cannot be in the temporary folder: a path in a run folder may
    be longer than the 108 bytes that a socket's may have. Raises OSError where it can be made nowhere.
    """
    problem = OSError(errno.ENOENT, "no folder for it")
    for place in places():
        try:
            return _listen_in(place)
        except OSError as error:
            problem = error
    raise problem


def places() -> tuple[Path, ...]:
    """Return the folders in which a socket may be made, the best one first."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    places = [runtime] if os.path.isabs(runtime) else []
    # the temporary folder may have a long path of its own
    return tuple(map(Path, (*places, tempfile.gettempdir(), "/tmp")))


def _listen_in(place: Path) -> tuple[socket.socket, Path]:
    folder = place / f"{FOLDER_PREFIX}{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(folder / _SOCKET))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        remove(folder / _SOCKET)
        raise
    return listener, folder / _SOCKET


def remove(path: Path) -> None:
    """Remove the socket at `path` and its folder."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
        path.parent.rmdir()


def publish(folder: Path, path: Path) -> None:
    """Say in the run folder `folder` that its socket is at `path`; raises QwemError where that cannot be."""
    described = _Published(SCHEMA, str(path), os.getpid(), socket.gethostname())
    with atomic_file(folder / NAME) as temporary:
        temporary.write_text(encode(described, indent=1) + "\n", encoding="ascii")


def published(folder: Path) -> Path | None:
    """Return where control.json puts the socket of the run in `folder`; None where it is missing or damaged."""
    try:
        described = decode(_Published, (folder / NAME).read_bytes(), NAME)
    except (OSError, QwemError):
        return None
    return Path(described.socket) if described.schema == SCHEMA and "\0" not in described.socket else None


def withdraw(folder: Path, path: Path) -> None:
    """Take back what `publish` said, unless another process has published another socket since."""
    if published(folder) == path:
        with suppress(OSError):
            (folder / NAME).unlink(missing_ok=True)


def connected(path: Path) -> socket.socket | None:
    """Return a connection to the socket at `path`; None where nobody listens there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(PATIENCE)
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    return connection


def clear_stale(folder: Path) -> None:
    """Remove the socket that a killed process left behind for the run in `folder`."""
    path = published(folder)
    # what a file says is not to be removed unless it is what `listen` makes
    if path is None or path.name != _SOCKET or not path.parent.name.startswith(FOLDER_PREFIX):
        return
    with suppress(OSError):
        if path.parent.lstat().st_uid != os.geteuid() or not stat.S_ISSOCK(path.lstat().st_mode):
            return
        connection = connected(path)
        if connection is None:
            remove(path)
        else:
            connection.close()
