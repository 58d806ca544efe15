"""Textual's driver for terminals, with the line between in mind: see `picture`, `flow` and `keys`."""

from __future__ import annotations

import os
import select
import threading
import time
from asyncio import TimerHandle
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import Any

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, MouseEvent

from qwem_tui.tui.line.flow import Flow
from qwem_tui.tui.line.keys import TerminalInput
from qwem_tui.tui.line.picture import Picture
from qwem_tui.tui.terminal import terminal_is_gone

#: What encloses a frame on terminals that can show it all at once.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
#: Seconds between two looks at whether to end, and for which the last answers are waited for.
_LOOK_EVERY, _LAST_ANSWERS = 0.1, 0.4


class LineDriver(LinuxDriver):
    """Sends what changes on the screen, one frame at a time."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take what LinuxDriver does."""
        super().__init__(*arguments, **options)
        self._lock = threading.RLock()
        self._picture, self._flow = Picture(), Flow()
        self._at_once = self._shows = False
        self._later: TimerHandle | None = None

    def start_application_mode(self) -> None:
        """Begin with a screen of which nothing is known."""
        with self._lock:
            self._picture.forget()
            self._flow = Flow()
            self._shows = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """End once the terminal has answered: the shell would take an answer for keys."""
        self._shows = False
        until = time.monotonic() + _LAST_ANSWERS
        while self._flow.awaits and time.monotonic() < until and not terminal_is_gone(self.fileno):
            time.sleep(0.005)
        super().stop_application_mode()

    def write(self, data: str) -> None:
        """Take in what is to be shown, and send it as soon as it may be; what else there is goes at once."""
        with self._lock:
            self._picture.resize(self._get_terminal_size())
            other = self._picture.write(data)
            self._at_once = self._at_once or _BEGIN in other
            other = other.replace(_BEGIN, "").replace(_END, "")
        if other:
            super().write(other)
        if self._picture.is_dirty:
            self._send()

    def _send(self) -> None:
        """Send a frame, now or when it may be. In the thread of the app."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        with self._lock:
            if not self._shows or not self._picture.is_dirty:
                return
            if (wait := self._flow.wait()) > 0:
                self._later = self._loop.call_later(wait, self._send)
                return
            frame = self._picture.changes()
            if frame and self._at_once:
                frame = f"{_BEGIN}{frame}{_END}"
            if frame:
                frame += self._flow.send(len(frame.encode()))
        if frame:
            super().write(frame)

    def _answered(self) -> None:
        with self._lock:
            self._flow.arrived()
        if self._shows:
            # the loop may have ended
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._send)

    def run_input_thread(self) -> None:
        """Read what the terminal sends until the app ends."""
        decode = getincrementaldecoder("utf-8")("replace").decode
        source = TerminalInput(self._answered)
        while not self.exit_event.is_set():
            patience = _LOOK_EVERY if source.patience is None else min(_LOOK_EVERY, source.patience)
            if select.select([self.fileno], [], [], patience)[0]:
                if not (data := os.read(self.fileno, 4096)):
                    # nobody is at the other end
                    self.exit_event.wait(_LOOK_EVERY)
                for message in source.feed(decode(data)):
                    if isinstance(message, Key | MouseEvent):
                        with self._lock:
                            self._flow.pressed()
                    self.process_message(message)
            for message in source.tick():
                self.process_message(message)
