"""A true pty with a terminal emulator behind it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path

import pexpect
import pyte

from tests.end_to_end.zygote import Zygote
from tests.waiting import PATIENCE

COMMAND = (sys.executable, "-c", "from qwem_tui.cli import main; main()")


_STEP = re.compile(r"[▶‖✓](?: [a-z]+)?(?: +step)? +([\d,]+)")


def step_on(text: str) -> int:
    """Return the step that is on the screen, -1 where there is none."""
    found = _STEP.search(text)
    return int(found.group(1).replace(",", "")) if found else -1


class Terminal:
    """Runs qwem-tui, or another command, in a pty and reads its screen."""

    child: pexpect.spawn[bytes]

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
        answers: bool = False,
    ) -> None:
        """Begin; see `answer` for `answers`."""
        self._begin_screen(size)
        if answers:
            self.answer()
        environment = {**os.environ, "TERM": "xterm-256color", **(env or {})}
        # they would hide a resize
        environment.pop("COLUMNS", None)
        environment.pop("LINES", None)
        self.child = pexpect.spawn(
            command[0],
            [*command[1:], *arguments],
            cwd=str(cwd),
            env=environment,
            dimensions=size[::-1],
            timeout=PATIENCE,
        )

    def _begin_screen(self, size: tuple[int, int]) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""

    def answer(self) -> None:
        """Answer from now on, as a terminal does, where the program asks for its state."""
        setattr(self.screen, "write_process_input", self.press)  # noqa: B010

    def _receive(self, seconds: float) -> bytes:
        """Return what comes within so long; raises pexpect.TIMEOUT and pexpect.EOF."""
        return self.child.read_nonblocking(65536, timeout=seconds)

    def read(self, seconds: float = 0.1) -> None:
        """Take in what the program writes for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                data = self._receive(left)
            except pexpect.TIMEOUT:
                return
            except pexpect.EOF:
                time.sleep(0.01)
                return
            self.raw += data
            self._stream.feed(data)

    @property
    def pid(self) -> int:
        """The program's process id."""
        assert self.child.pid is not None
        return self.child.pid

    @property
    def alive(self) -> bool:
        """Whether the program has not ended."""
        return bool(self.child.isalive())

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.screen.display)

    def wait_for(self, condition: Callable[[str], bool]) -> str:
        """Read until the screen's text fulfils `condition`; return the text."""
        until = time.monotonic() + PATIENCE
        while not condition(self.text):
            assert time.monotonic() < until, f"waited in vain; the screen was:\n{self.text}"
            # what it wrote at its end is taken in before it is looked at for the last time
            alive = self.alive
            self.read(0.02 if alive else 1.0)
            assert alive or condition(self.text), f"the program ended; the screen was:\n{self.text}"
        return self.text

    def rate(self, seconds: float) -> float:
        """Return how many bytes a second the program writes, for so long."""
        before, began = len(self.raw), time.monotonic()
        while (taken := time.monotonic() - began) < seconds:
            self.read(0.05)
        return (len(self.raw) - before) / taken

    def answer_time(self, keys: str, condition: Callable[[str], bool]) -> float:
        """Return the seconds from typing `keys` to a screen whose text fulfils `condition`."""
        began = time.monotonic()
        self.press(keys)
        while not condition(self.text):
            assert time.monotonic() < began + PATIENCE, f"waited in vain; the screen was:\n{self.text}"
            self.read(0.002)
        return time.monotonic() - began

    def press(self, keys: str) -> None:
        """Type."""
        self.child.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def _wait(self) -> None:
        """Read until the program has ended."""
        until = time.monotonic() + PATIENCE
        while self.alive:
            assert time.monotonic() < until, f"it does not end; the screen was:\n{self.text}"
            self.read()
        self.read(0.3)

    def exit_code(self) -> int:
        """Wait for the end; return the exit code."""
        self._wait()
        self.child.close()
        assert self.child.exitstatus is not None, f"ended by signal {self.child.signalstatus}"
        return int(self.child.exitstatus)

    @property
    def restored(self) -> bool:
        """Whether the program left the alternate screen and showed the cursor again, in that order after using it."""
        entered, left = self.raw.rfind(b"\x1b[?1049h"), self.raw.rfind(b"\x1b[?1049l")
        return -1 < entered < left and self.raw.rfind(b"\x1b[?25h") > entered


class Forked(Terminal):
    """Runs qwem-tui in a pty without the seconds that it takes to start Python and import everything.

    `stdin` and `stdout` are in the place of the pty there, where they are given; `before` is Python that comes first.
    """

    def __init__(
        self,
        zygote: Zygote,
        *arguments: str,
        cwd: Path,
        size: tuple[int, int] = (80, 24),
        stdin: Path | None = None,
        stdout: Path | None = None,
        before: str = "",
    ) -> None:
        self._begin_screen(size)
        self._master, slave = os.openpty()
        self._is_open = True
        self._set_size(*size)
        self._name = name = os.ttyname(slave)
        self.forked = zygote.start(*arguments, cwd=cwd, stdin=stdin, stdout=stdout, terminal=name, before=before)
        # the program alone has it open, once it has
        self.forked.wait_for(lambda: self.forked.poll() is not None or self._stderr_is(name))
        os.close(slave)

    def _stderr_is(self, name: str) -> bool:
        with suppress(OSError):
            return os.readlink(f"/proc/{self.forked.pid}/fd/2") == name
        return False

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _receive(self, seconds: float) -> bytes:
        if not select.select([self._master], [], [], seconds)[0]:
            raise pexpect.TIMEOUT("nothing was written")
        try:
            return os.read(self._master, 65536)
        except OSError as error:
            raise pexpect.EOF("nobody has it open") from error

    @property
    def pid(self) -> int:
        return self.forked.pid

    @property
    def alive(self) -> bool:
        return self.forked.poll() is None

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    @property
    def is_full(self) -> bool:
        """Whether the terminal takes nothing more, since nobody reads it."""
        written = os.open(self._name, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return not select.select([], [written], [], 0)[1]
        finally:
            os.close(written)

    def fill(self) -> None:
        """Read nothing, and have the whole screen drawn again and again, until the terminal takes nothing more."""
        sizes = cycle((self.screen.columns + wider, self.screen.lines) for wider in (1, 0))

        def is_full() -> bool:
            if not self.is_full:
                self._set_size(*next(sizes))
            return self.is_full

        self.forked.reach(is_full)

    def hang_up(self) -> None:
        """Close the terminal, as a dropped connection does."""
        if self._is_open:
            os.close(self._master)
            self._is_open = False

    def exit_code(self) -> int:
        if self._is_open:
            self._wait()
        return self.exit_code_unread()

    def exit_code_unread(self) -> int:
        """Wait for the end without reading what it writes; return the exit code."""
        code = self.forked.wait()
        self.hang_up()
        assert self.forked.killed_by is None, f"ended by signal {self.forked.killed_by}"
        return code
