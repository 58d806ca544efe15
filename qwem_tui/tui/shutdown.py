"""Signals while the app is open: they end it, or its screen alone, whatever its thread is stuck in."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from qwem_tui.base.errors import QwemError
from qwem_tui.engine.background import Background
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Phase
from qwem_tui.formats.snapshot.folder import write_last_snapshot
from qwem_tui.tui.terminal import let_go_of_terminal

if TYPE_CHECKING:
    # signals are handled before textual is imported
    from qwem_tui.tui.app import QwemApp
    from qwem_tui.tui.work_app import WorkApp

PATIENCE = 10.0
_LOOK_EVERY = 0.2
#: seconds for which a signal is left to the main thread
_GRACE = 0.5


class AppSignals:
    """INT, TERM and HUP end the app from whatever it is doing; the exit code is 128 + n.

    A watchdog takes over where the screen hangs on a terminal that is gone: it waits for the engine, then leaves.

    Where the run `stays`, HUP ends the screen alone: the run continues without one until it is done, stopped by who is
    attached to it, or ended by INT or TERM; then the process ends, whatever the screen's thread is stuck in.

    Python's own handlers run in the main thread alone, which may be stuck for ever in writing to a terminal that reads
    nothing, and does not hear of a signal that the system gave to another thread. So word of a signal also goes to a
    thread of ours, which acts where the main thread does not.
    """

    def __init__(self, run: RunSource | Background[Any], stays: bool) -> None:
        """Look after `run` until there is an app; other work than a run never stays."""
        self._run = run
        self._stays = stays
        self._app: QwemApp | WorkApp | None = None
        self.received: int | None = None
        self.hung_up = False
        self._code: int | None = None
        #: taking a number out decides, in one step, which thread acts on it
        self._awaited: list[int] = []
        self._awaits_hang_up = False
        #: set once everything is over but for a few words
        self.ended = threading.Event()

    def install(self) -> None:
        """Handle the signals from now on."""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            wanted = self._stays and number == signal.SIGHUP
            # a SIG_IGN that was inherited (nohup) stays
            if wanted or signal.getsignal(number) is not signal.SIG_IGN:
                self._awaited.append(number)
                self._awaits_hang_up |= number == signal.SIGHUP
                signal.signal(number, self._on_signal)
        arrivals, word = os.pipe()
        os.set_blocking(word, False)
        signal.set_wakeup_fd(word, warn_on_full_buffer=False)
        threading.Thread(target=self._listen, args=(arrivals,), daemon=True).start()

    def take(self, app: QwemApp | WorkApp) -> None:
        """Look after the runs of `app`, or its work."""
        self._app = app

    def lost_terminal(self) -> None:
        """Act as on HUP, of which word did not come: the session that the terminal belonged to is another's."""
        # taken out by another thread it is being acted on; one that is ignored was never awaited
        if self._take_out(signal.SIGHUP) or not self._awaits_hang_up:
            self._act(signal.SIGHUP)
        self._leave()

    def wait(self) -> None:
        """Wait, once hung up, for the run to end, and the process with it."""
        while True:
            # signals are taken in between
            self.ended.wait()

    def _listen(self, arrivals: int) -> None:
        while numbers := os.read(arrivals, 64):
            if any(number in self._awaited for number in numbers):
                time.sleep(_GRACE)
            for number in numbers:
                self._on_signal(number, None)

    def _take_out(self, number: int) -> bool:
        try:
            self._awaited.remove(number)
        except ValueError:
            return False
        return True

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if self._take_out(number):
            self._act(number)
        self._leave()

    def _act(self, number: int) -> None:
        if self.received is not None or (self.hung_up and number == signal.SIGHUP):
            return
        if number == signal.SIGHUP and self._stays:
            self.hung_up = True
            let_go_of_terminal()
            self._code = 0
            threading.Thread(target=self._tend, daemon=True).start()
            return
        self.received = number
        self._code = 128 + number
        self._stop()
        threading.Thread(target=self._watch, args=(number,), daemon=True).start()

    def _stop(self) -> None:
        if self._app is None:
            self._run.stop()
        else:
            self._app.stop_runs()

    def _leave(self) -> None:
        """Ask the app to leave if it is time, from the thread it runs in; from another there is nothing to ask."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._app is not None and self._code is not None:
            loop.call_soon_threadsafe(self._app.exit, self._code)

    def _watch(self, number: int) -> None:
        if self._app is None:
            self._run.join(PATIENCE)
        else:
            self._app.join_runs(PATIENCE)
        if not self.ended.wait(2.0 if number == signal.SIGHUP else PATIENCE):
            os._exit(128 + number)

    def _tend(self) -> None:
        """Wait for the run until it has ended, write its snapshot, and end the process."""
        code = 1
        try:
            # nothing but a run stays
            app, run = cast("QwemApp | None", self._app), cast(RunSource, self._run)
            run = run if app is None else app.session.current
            if app is not None:
                # nobody is there to see it any more
                app.plan.stop()
            for other in () if app is None else app.session.runs:
                if other is not run:
                    other.stop()
            while not run.join(_LOOK_EVERY):
                if run.status().phase is Phase.DONE:
                    run.stop()
            with suppress(QwemError):
                # its checkpoints say more than this would
                write_last_snapshot(run)
            code = 1 if run.crash is not None else run.status().exit_code
        finally:
            os._exit(code if self.received is None else 128 + self.received)
