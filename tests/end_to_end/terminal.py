"""A true pty with a terminal emulator behind it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect
import pyte

PATIENCE = 90.0
COMMAND = (sys.executable, "-c", "from qwem_tui.cli import main; main()")


class Terminal:
    """Runs qwem-tui in a pty and reads its screen."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        environment = {**os.environ, "TERM": "xterm-256color", **(env or {})}
        # they would hide a resize
        environment.pop("COLUMNS", None)
        environment.pop("LINES", None)
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            command[0],
            [*command[1:], *arguments],
            cwd=str(cwd),
            env=environment,
            dimensions=(rows, columns),
            timeout=PATIENCE,
        )

    def read(self, seconds: float = 0.1) -> None:
        """Take in what the program writes for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                data = self.child.read_nonblocking(65536, timeout=left)
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
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.screen.display)

    def wait_for(self, condition: Callable[[str], bool]) -> str:
        """Read until the screen's text fulfils `condition`; return the text."""
        until = time.monotonic() + PATIENCE
        while not condition(self.text):
            assert time.monotonic() < until, f"waited in vain; the screen was:\n{self.text}"
            assert self.child.isalive() or condition(self.text), f"the program ended; the screen was:\n{self.text}"
            self.read()
        return self.text

    def press(self, keys: str) -> None:
        """Type."""
        self.child.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def exit_code(self) -> int:
        """Wait for the end; return the exit code."""
        until = time.monotonic() + PATIENCE
        while self.child.isalive():
            assert time.monotonic() < until, f"it does not end; the screen was:\n{self.text}"
            self.read()
        self.read(0.3)
        self.child.close()
        assert self.child.exitstatus is not None, f"ended by signal {self.child.signalstatus}"
        return int(self.child.exitstatus)

    @property
    def restored(self) -> bool:
        """Whether the program left the alternate screen and showed the cursor again, in that order after using it."""
        entered, left = self.raw.rfind(b"\x1b[?1049h"), self.raw.rfind(b"\x1b[?1049l")
        return -1 < entered < left and self.raw.rfind(b"\x1b[?25h") > entered
