"""A process that has imported everything and becomes qwem-tui as often as one asks: starting it anew takes seconds."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.waiting import wait_for

_ROOT = Path(__file__).resolve().parent.parent.parent


class Child:
    """A qwem-tui that runs."""

    def __init__(self, zygote: Zygote, pid: int, stdout: Path, stderr: Path) -> None:
        self._zygote = zygote
        self.pid = pid
        self._stdout, self._stderr = stdout, stderr
        #: its exit code, 128 + n where it was killed by a signal, once it has ended
        self.code: int | None = None
        #: the signal that killed it, where one did: 128 + n may be what it left with by itself, too
        self.killed_by: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.code is None:
            code = self._zygote.ask(poll=self.pid)
            if code is not None and code < 0:
                self.killed_by = -code
            self.code = 128 - code if code is not None and code < 0 else code
        return self.code

    def wait(self) -> int:
        """Wait for the end; return the exit code."""
        self.wait_for(lambda: self.poll() is not None)
        assert self.code is not None
        return self.code

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds."""
        wait_for(condition, lambda: f"it said: {self.said}")

    def reach(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds, before the end."""
        self.wait_for(lambda: condition() or self.poll() is not None)
        assert condition(), f"it ended with {self.code}; it said: {self.said}"

    def send(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, and wait until it is gone; one that has ended stays ended."""
        if self.poll() is None:
            self.send(signal.SIGKILL)
            self.wait()

    @property
    def state(self) -> str:
        """The letter by which the system tells what it is doing: T while it is stopped."""
        return Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]

    @property
    def out(self) -> bytes:
        """What it has written to stdout."""
        return self._stdout.read_bytes()

    @property
    def said(self) -> str:
        """What it has written to stderr."""
        return self._stderr.read_text(encoding="utf-8")


class Zygote:
    """Starts children; those left over are killed at the end."""

    def __enter__(self) -> Zygote:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.zygote"], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._children: list[Child] = []
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        for child in self._children:
            child.kill()
        self._process.communicate()

    def ask(self, **request: Any) -> Any:
        """Send a request and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(
        self,
        *arguments: str,
        cwd: Path,
        stdin: Path | None = None,
        stdout: Path | None = None,
        stderr: Path | None = None,
        terminal: str | None = None,
        before: str = "",
        to_the_end: bool = False,
    ) -> Child:
        """Start qwem-tui with `arguments` in the folder `cwd`, after the lines of Python `before`.

        It reads the file `stdin`, and stdout and stderr go to files; those that are not given are the `terminal` of
        that name, which becomes the controlling one, or where there is none nothing and files in `cwd`. `to_the_end`:
        Python ends as it always does, which takes a moment, and not at once.
        """
        number = len(self._children)
        out, err = stdout or cwd / f"stdout-{number}", stderr or cwd / f"stderr-{number}"
        err.touch()
        pid = self.ask(
            arguments=arguments,
            cwd=str(cwd),
            stdin=str(stdin or terminal or os.devnull),
            stdout=str(stdout or terminal or out),
            stderr=str(stderr or terminal or err),
            before=before,
            to_the_end=to_the_end,
        )
        self._children.append(Child(self, pid, out, err))
        return self._children[-1]

    def run(self, *arguments: str, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run qwem-tui to its end, with a file that holds `stdin` to read; return as `subprocess.run` does."""
        with tempfile.TemporaryDirectory() as folder:
            names = [Path(folder) / name for name in ("in", "out", "err")]
            names[0].write_bytes(stdin)
            child = self.start(*arguments, cwd=cwd, stdin=names[0], stdout=names[1], stderr=names[2])
            code = child.wait()
            return subprocess.CompletedProcess(arguments, code, names[1].read_bytes(), names[2].read_bytes())


def _open(name: str, for_reading: bool) -> int:
    """Open what is to be one of the standard files."""
    mode = os.stat(name).st_mode if os.path.exists(name) else 0
    if stat.S_ISCHR(mode) or (for_reading and stat.S_ISFIFO(mode)):
        # a terminal is both read and written; a pipe that nobody has opened for writing yet is not waited for
        return os.open(name, os.O_RDWR)
    return os.open(name, os.O_RDONLY if for_reading else os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _become(request: dict[str, Any]) -> None:
    """Be qwem-tui; does not return."""
    os.setsid()
    for target, name in enumerate(("stdin", "stdout", "stderr")):
        opened = _open(request[name], for_reading=target == 0)
        os.dup2(opened, target)
        os.close(opened)
    os.chdir(request["cwd"])
    os.environ["TERM"] = "xterm-256color"
    # they would hide the size of the terminal
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    sys.argv = ["qwem-tui", *request["arguments"]]
    from qwem_tui.cli import main

    code = 0
    try:
        exec(request["before"], {})
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1 if end.code else 0
    except BaseException:  # noqa: BLE001 - as Python itself does at the top
        traceback.print_exc()
        code = 1
    if request["to_the_end"]:
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        code = code or 120
    os._exit(code)


def _code(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _warm_up() -> None:
    """Import what a child would import, and compile what it would compile; start no thread of PyTorch's.

    Textual is left to the child: while it is imported it reads what qwem-tui has set for it.
    """
    import qwem_tui.cli
    import qwem_tui.commands.headless_run
    import qwem_tui.engine.step_timing
    import qwem_tui.formats.plan.data
    import qwem_tui.formats.plan.table
    import qwem_tui.formats.prediction.data
    import qwem_tui.formats.prediction.explanation
    import qwem_tui.formats.prediction.table  # noqa: F401
    from qwem_tui.training.sampling import Sampler
    from tests.training.small import WINDOW, counts_of, small_corpus

    corpus = small_corpus()
    counts_of(corpus, WINDOW)
    for sampler in (Sampler(corpus, WINDOW, 10, 0), Sampler(corpus, WINDOW, 10, 0, "word2vec", 5)):
        sampler.batch(0)
        sampler.close()


def _serve() -> None:
    _warm_up()
    for line in sys.stdin:
        request = json.loads(line)
        if "poll" in request:
            answer = _code(request["poll"])
        else:
            answer = os.fork()
            if answer == 0:
                _become(request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve()
