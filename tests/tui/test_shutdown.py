"""Signals while the app is open."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.end_to_end.zygote import Zygote

#: the main thread waits for ever, and does not hear of the signal: the system gave it to another thread
STUCK = """
import signal, sys, threading
from qwem_tui.engine.source import RunSource
from qwem_tui.tui.shutdown import AppSignals

class Run(RunSource):
    crash = None
    def stop(self): print("stopped", flush=True)
    def join(self, timeout): return True

number = int(sys.argv[1])
AppSignals(Run(), stays=False).install()
threading.Timer(0.1, lambda: signal.pthread_kill(threading.get_ident(), number)).start()
lock = threading.Lock()
lock.acquire()
lock.acquire()
"""


def test_a_signal_that_does_not_reach_the_main_thread_ends_the_app(zygote: Zygote, tmp_path: Path) -> None:
    impatient = STUCK.replace(
        "number = int", "from qwem_tui.tui import shutdown; shutdown.PATIENCE = 0.5\nnumber = int"
    )
    numbers = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
    begun = [zygote.start(str(int(number)), cwd=tmp_path, before=impatient) for number in numbers]
    for number, child in zip(numbers, begun, strict=True):
        assert child.wait() == 128 + number
        assert child.killed_by is None
        assert (child.out, child.said) == (b"stopped\n", "")
