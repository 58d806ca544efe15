"""A thread that computes beside the one that shows how far it is."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

import torch

from qwem_tui.base.device import is_out_of_memory
from qwem_tui.base.errors import Cancelled, Named, QwemError
from qwem_tui.base.threads import core_count

#: By how much the thread's priority is lower: the screen comes first.
_NICENESS = 10
#: Seconds until a thread that computes in Python lets another one.
_SWITCH_INTERVAL = 0.001


class EngineThread:
    """Does work in a thread of its own, and keeps the error that it ended with."""

    def __init__(
        self,
        name: str,
        work: Callable[[], None],
        smaller: tuple[str, str],
        yields: bool = True,
        at_end: Callable[[], None] = lambda: None,
        beside_training: bool = False,
    ) -> None:
        """Take the work, and what follows it however it ends; `start` begins.

        `smaller` are the two settings to make smaller where memory does not suffice; the thread `yields` to others. It
        computes on all cores, or `beside_training` on as many as PyTorch is given: the setting is the whole process's.
        """
        self._work = work
        self._smaller = smaller
        self._yields = yields
        self._at_end = at_end
        self._beside_training = beside_training
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)
        #: whether the work was cancelled
        self.cancelled = False
        self.error: QwemError | None = None
        #: a defect: it must neither vanish nor leave the screen waiting
        self.crash: BaseException | None = None

    @property
    def begun(self) -> bool:
        """Return whether it was started."""
        return self._thread.ident is not None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread; return whether it has ended, or was never started."""
        if self.begun:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _main(self) -> None:
        try:
            if self._yields and sys.platform == "linux":
                # the screen's thread keeps its priority: Linux takes a thread's id for a process here
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
            sys.setswitchinterval(_SWITCH_INTERVAL)
            if not self._beside_training:
                torch.set_num_threads(core_count())
            self._work()
        except Cancelled:
            self.cancelled = True
        except QwemError as error:
            self.error = error
        except BaseException as error:  # noqa: BLE001 - raised again by whoever shows this
            if is_out_of_memory(error):
                one, other = map(Named, self._smaller)
                self.error = QwemError("Out of memory: use a smaller ", one, " or ", other, ".")
            else:
                self.crash = error
        finally:
            self._at_end()
