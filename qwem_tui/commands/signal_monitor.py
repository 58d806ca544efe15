"""Long work at a terminal, which a signal ends with what is done kept."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from qwem_tui.base.errors import Cancelled
from qwem_tui.commands.progress_bar import ProgressBar


class SignalMonitor:
    """Shows work on stderr (see `base.progress.Monitor`); INT, TERM and HUP end it while they are noted."""

    def __init__(self, bar: ProgressBar) -> None:
        """Show the work in `bar`."""
        self.received: int | None = None
        self._bar = bar

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note signals inside the block."""
        before = {}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # a SIG_IGN that was inherited (nohup) stays
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, self._note)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.received = number

    @property
    def stopping(self) -> bool:
        """Return whether a signal has come."""
        return self.received is not None

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage; raises Cancelled where a signal has come, as `advance` does."""
        self._bar.stage(name, total)
        self._end_if_asked()

    def advance(self, done: float) -> None:
        """Show how far the stage is."""
        self._bar.advance(done)
        self._end_if_asked()

    def show(self, name: str, done: float, total: float | None, detail: str = "") -> None:
        """Show `done` of `total` of the stage `name`."""
        self._bar.show(name, done, total, detail)

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        self._bar.say(sentence)

    def _end_if_asked(self) -> None:
        if self.stopping:
            raise Cancelled
