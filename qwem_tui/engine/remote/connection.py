"""One end of a connection on which both sides send lines of JSON; nothing here waits."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress

from qwem_tui.base.codec import encode

#: The longest line, and the most bytes that may wait for a side that does not read them.
LONGEST_LINE, MOST_WAITING = 64 * 1024, 256 * 1024
_AT_ONCE = 8 * 1024


class ConnectionLost(Exception):  # noqa: N818 - the other side may leave at any time: it is an event
    """The other side went away, sends lines without an end, or does not read what it is sent."""


class Connection:
    """A connected socket, its bytes cut into lines."""

    def __init__(self, connected: socket.socket) -> None:
        """Take over `connected`."""
        connected.setblocking(False)
        self._socket = connected
        self._received = b""
        self._to_send = b""

    def fileno(self) -> int:
        """Return the file descriptor, for selectors."""
        return self._socket.fileno()

    @property
    def sending(self) -> bool:
        """Return whether something waits until the other side reads."""
        return bool(self._to_send)

    def receive(self) -> list[bytes]:
        """Return the lines that are whole now, a few KiB at a time; raises ConnectionLost where no more will come."""
        try:
            data = self._socket.recv(_AT_ONCE)
        except BlockingIOError:
            return []
        except OSError as error:
            raise ConnectionLost from error
        if not data:
            raise ConnectionLost
        *lines, self._received = (self._received + data).split(b"\n")
        if len(self._received) > LONGEST_LINE:
            raise ConnectionLost
        return lines

    def send(self, message: Mapping[str, object]) -> None:
        """Send `message` as far as the other side reads, the rest with `flush`; raises ConnectionLost as `receive`."""
        self._to_send += encode(message).encode("ascii") + b"\n"
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the other side reads; raises ConnectionLost where it does not, or is gone."""
        try:
            # a side that is gone is an error here, not a signal: Python ignores SIGPIPE
            sent = self._socket.send(self._to_send) if self._to_send else 0
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise ConnectionLost from error
        self._to_send = self._to_send[sent:]
        if len(self._to_send) > MOST_WAITING:
            raise ConnectionLost

    def close(self) -> None:
        """End the connection."""
        with suppress(OSError):
            self._socket.close()


class Waker:
    """Wakes a thread that waits in `select`, from any other."""

    def __init__(self) -> None:
        """Make it; select on it for reading."""
        self._hear, self._say = socket.socketpair()
        self._hear.setblocking(False)
        self._say.setblocking(False)

    def fileno(self) -> int:
        """Return the file descriptor, for selectors."""
        return self._hear.fileno()

    def wake(self) -> None:
        """Wake the thread; does nothing where it is closed."""
        # full: it has been woken and has not looked yet
        with suppress(OSError):
            self._say.send(b"\0")

    def drain(self) -> None:
        """Forget the wakings so far."""
        with suppress(OSError):
            self._hear.recv(4096)

    def close(self) -> None:
        """Close it."""
        self._hear.close()
        self._say.close()
