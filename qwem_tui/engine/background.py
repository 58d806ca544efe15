"""Long work in a thread of its own, for a screen that looks at it now and then."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Generic, TypeVar

import torch

from qwem_tui.base.device import is_out_of_memory
from qwem_tui.base.errors import Cancelled, Named, QwemError
from qwem_tui.base.progress import Monitor
from qwem_tui.base.threads import core_count
from qwem_tui.engine.status import StageStatus

Result = TypeVar("Result")

#: As that of a run's thread: the screen comes first.
NICENESS = 10


class Background(Generic[Result]):
    """Works in a thread of its own; what comes out are stages, sentences, and in the end a result or an error.

    It is the `Monitor` of its own work, and raises Cancelled in it once it is to stop.
    """

    def __init__(self, work: Callable[[Monitor], Result]) -> None:
        """Take what is to be worked out; `start` begins."""
        self._work = work
        self._thread = threading.Thread(target=self._main, name="background", daemon=True)
        # a plain flag: a signal handler may set it whatever else this thread is in the middle of
        self._stop = False
        self._stage: StageStatus | None = None
        self._began = time.monotonic()
        self._detail = ""
        self.said: tuple[str, ...] = ()
        self.result: Result | None = None
        self.error: QwemError | None = None
        #: what went wrong inside, where something did that is a defect
        self.crash: BaseException | None = None
        self._over = False

    def start(self) -> None:
        """Start the thread."""
        self._began = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Ask the work to end. Safe inside a signal handler: takes no lock."""
        self._stop = True

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; return whether it has ended, or never begun."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def begun(self) -> bool:
        """Return whether it was started."""
        return self._thread.ident is not None

    @property
    def over(self) -> bool:
        """Return whether the work has ended, one way or another."""
        return self._over

    @property
    def at(self) -> StageStatus | None:
        """Return the stage at hand; None before the first."""
        stage = self._stage
        return None if stage is None else replace(stage, elapsed=time.monotonic() - self._began)

    @property
    def detail(self) -> str:
        """Return a few words on the stage at hand."""
        return self._detail

    # what follows runs in the thread of the work

    @property
    def stopping(self) -> bool:
        """Return whether the work was asked to end."""
        return self._stop

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a stage (see `base.progress.Progress`)."""
        self.show(name, 0.0, total)
        self.advance(0.0)

    def advance(self, done: float) -> None:
        """Say that `done` units of the stage are finished; raises Cancelled once the work shall end."""
        if self._stop:
            raise Cancelled
        if self._stage is not None:
            self._stage = replace(self._stage, done=done)

    def show(self, name: str, done: float, total: float | None, detail: str = "") -> None:
        """Show `done` of `total` of the stage `name`."""
        if self._stage is None or name != self._stage.name:
            self._began = time.monotonic()
        self._stage = StageStatus(name, done, total, 0.0)
        self._detail = detail

    def say(self, sentence: str) -> None:
        """Keep a sentence to be shown, and to be said again afterwards."""
        self.said = (*self.said, sentence)

    def _main(self) -> None:
        try:
            if sys.platform == "linux":
                # the screen's thread keeps its priority: Linux takes a thread's id for a process here
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
            sys.setswitchinterval(0.001)
            torch.set_num_threads(core_count())
            self.result = self._work(self)
        except Cancelled:
            pass
        except QwemError as error:
            self.error = error
        except BaseException as error:  # noqa: BLE001 - raised again by whoever shows this
            if is_out_of_memory(error):
                self.error = QwemError(
                    "Out of memory: use a smaller ", Named("vocab_size"), " or ", Named("max_dim"), "."
                )
            else:
                self.crash = error
        finally:
            self._over = True
