from __future__ import annotations

import os
import select
import signal
from pathlib import Path

from qwem_tui.tui.terminal import let_go_of_terminal, terminal_is_gone
from tests.end_to_end.zygote import Zygote


def test_without_a_terminal_nothing_comes_and_everything_can_be_written() -> None:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            let_go_of_terminal()
            # what can be read without end keeps the thread that waits for keys busy
            silent = select.select([0], [], [], 0) == ([], [], [])
            code = 0 if silent and os.write(1, b"x" * 100_000) == os.write(2, b"x" * 100_000) == 100_000 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_terminal_that_was_closed_at_its_other_end_is_known() -> None:
    ours, theirs = os.openpty()
    assert not terminal_is_gone(theirs)
    os.close(ours)
    assert terminal_is_gone(theirs)
    os.close(theirs)


#: the main thread waits for ever, and does not hear of the signal: the system gave it to another thread
STUCK = """
import signal, sys, threading
from qwem_tui.engine.source import RunSource
from qwem_tui.tui.shutdown import Signals

class Run(RunSource):
    crash = None
    def stop(self): print("stopped", flush=True)
    def join(self, timeout): return True

number = int(sys.argv[1])
Signals(Run(), stays=False).install()
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
