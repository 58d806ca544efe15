"""The terminal that the app is shown in: whether there is one, whether it is still there, and what it can show."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Sequence
from typing import BinaryIO

from qwem_tui.base.errors import UsageError


def require_terminal(advice: str, piped: bool = False) -> None:
    """Raise UsageError without a terminal; one on stdin is not needed where the corpus is `piped` in."""
    if not (sys.stdout.isatty() and (piped or sys.stdin.isatty())):
        raise UsageError(f"The app needs a terminal on stdin and stdout, and there is none here: {advice}.")


#: What to do instead of each command that reads keys.
_WITHOUT_KEYS = {
    "run": "use `qwem-tui train -` instead", "plan": "leave out --screen", "sweep": "leave out --screen",
}  # fmt: skip


def take_stdin(sources: Sequence[str], command: str) -> BinaryIO | None:
    """Return what is piped in, and put the terminal in its place: the keys are read from there.

    None where it is not among the `sources`. Raises UsageError where nothing is piped in, or there is no terminal to
    read keys from.
    """
    if "-" not in sources:
        return None
    if sys.stdin.isatty():
        raise UsageError(f"- reads the corpus from a pipe, and nothing is piped in: cat TEXT | qwem-tui {command} -")
    try:
        keys = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise UsageError(f"There is no terminal to read keys from: {_WITHOUT_KEYS[command]}.") from error
    piped = os.fdopen(os.dup(0), "rb")
    os.dup2(keys, 0)
    os.close(keys)
    return piped


def speaks_utf8() -> bool:
    """Return whether stdout takes characters outside ASCII."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def without_colors() -> bool:
    """Return whether the terminal is one that has no colours, by its name."""
    name = os.environ.get("TERM", "")
    return name == "dumb" or name.startswith("vt") or name.endswith(("-m", "-mono"))


def terminal_is_gone(descriptor: int = 1) -> bool:
    """Return whether the terminal on stdout, or on another descriptor, was closed at its other end."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))


def let_go_of_terminal() -> None:
    """Put something else in the place of a terminal that is gone, where reading waits and writing works."""
    # not /dev/null to read from: the thread that waits for keys would find it readable at once, again and again
    nothing_comes, _ = os.pipe()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for theirs, ours in ((0, nothing_comes), (1, nowhere), (2, nowhere)):
        os.dup2(ours, theirs)
