"""What a run without a screen prints: its frames on stdout, its progress on stderr."""

from __future__ import annotations

import errno
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console

from qwem_tui.commands.output import forget_stdout
from qwem_tui.commands.progress_bar import ProgressBar
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.run_folder.lines import frame_line

_POLL = 0.1
#: The number of frames that wait for a slow reader before training waits too.
_MOST_WAITING = 10_000


class RunPrinter:
    """Prints what a run does, in a thread of its own.

    A terminal or a pipe that nobody reads any more blocks this thread for good, and nothing that saves the run: whoever
    ends waits for it with `finish` no longer than makes sense.
    """

    def __init__(
        self, json_lines: bool, show_progress: Callable[[ProgressBar], None], stop: Callable[[], None]
    ) -> None:
        """Show by `show_progress` how far the run is; call `stop` where its frames, if `json_lines`, find no reader."""
        self._json_lines = json_lines
        self._show_progress = show_progress
        self._stop = stop
        self._frames: deque[Frame] = deque()
        self._closing: tuple[str, ...] = ()
        self._over = threading.Event()
        #: whether frames are taken no longer: nobody reads them
        self._unread = False
        #: the signal that a program gets by default whose reader went away, once that has happened
        self.received: int | None = None
        #: why frames could not be written, where it was something else
        self.problem: str | None = None
        self._thread = threading.Thread(target=self._main, name="printer", daemon=True)

    def start(self) -> None:
        """Begin to print."""
        self._thread.start()

    def take(self, frame: Frame, stopping: Callable[[], bool]) -> None:
        """Take a frame to write to stdout; where many wait already, wait too, unless the run is `stopping`."""
        if not self._json_lines or self._unread:
            return
        while len(self._frames) >= _MOST_WAITING and not self._unread and not stopping():
            self._over.wait(_POLL)
        self._frames.append(frame)

    def finish(self, lines: Iterable[str], give_up: Callable[[], bool]) -> bool:
        """Print `lines` on stderr last; return whether all was printed before it was time to `give_up`."""
        self._closing = tuple(lines)
        self._over.set()
        while self._thread.is_alive() and not give_up():
            self._thread.join(_POLL)
        return not self._thread.is_alive()

    def _main(self) -> None:
        try:
            self._print(Console(stderr=True))
        finally:
            # whatever ends this thread, training does not wait for it
            self._unread = True

    def _print(self, console: Console) -> None:
        with _unless_unread(), ProgressBar(console) as bar:
            while not self._over.wait(_POLL):
                self._write_frames()
                self._show_progress(bar)
        # also where stderr is gone
        while not self._over.wait(_POLL):
            self._write_frames()
        self._write_frames()
        with _unless_unread():
            for line in self._closing:
                console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _write_frames(self) -> None:
        try:
            while self._frames:
                sys.stdout.write(frame_line(self._frames.popleft()) + "\n")
            sys.stdout.flush()
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                self.received = signal.SIGPIPE
            else:
                self.problem = f"Frames could not be written to stdout: {(error.strerror or str(error)).lower()}"
            self._unread = True
            self._frames.clear()
            forget_stdout()
            self._stop()


@contextmanager
def _unless_unread() -> Iterator[None]:
    """Ignore that nobody reads: a terminal that was closed, or a pipe's reader that went away."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EIO, errno.EPIPE, errno.EBADF, errno.ENXIO, errno.ENOSPC):
            raise
