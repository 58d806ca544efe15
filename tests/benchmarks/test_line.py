"""What the app sends over the line to its terminal, and how long a key takes to be answered, near and far away."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.costs import load
from tests.benchmarks.reference_corpus import BOOKS, DATA, QUESTIONS
from tests.end_to_end.terminal import COMMAND, Terminal, step_on

#: Stands between a terminal and a program: 256 kbit/s, and 150 ms to the other end and back.
SLOW_LINE = DATA.parent / "tools" / "slow_line.py"
RUN = ("run", str(BOOKS), "--analogies", str(QUESTIONS), "--vocab-size", "3000", "--dim", "64", "--step-size", "0.02")
SECONDS, KEYS = 20.0, 20

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not (BOOKS.exists() and SLOW_LINE.exists()), reason="the reference corpus is not here"),
]


@contextmanager
def shown(
    *arguments: str, cwd: Path, size: tuple[int, int], color: str = "truecolor", slow: Path | None = None
) -> Iterator[Terminal]:
    """The app while it trains, in a terminal that answers; over the slow line where it is to log into `slow`."""
    line = () if slow is None else (sys.executable, str(SLOW_LINE), "--log", str(slow), "--")
    terminal = Terminal(
        *arguments, cwd=cwd, size=size, command=(*line, *COMMAND), env={"COLORTERM": color}, answers=True
    )
    terminal.wait_for(lambda text: step_on(text) >= 10)
    yield terminal
    terminal.press("\x03")
    terminal.exit_code()


def rate(terminal: Terminal, seconds: float = SECONDS) -> str:
    """How much is sent, over so many seconds."""
    return f"{terminal.rate(seconds) / 1024:.1f} KiB/s"


def answered(terminal: Terminal) -> str:
    """Open and close the help; how long each takes until it is on the screen."""
    times = []
    for _ in range(KEYS):
        for key, there in (("?", True), ("\x1b", False)):
            times.append(terminal.answer_time(key, lambda text, there=there: ("pause and resume" in text) == there))  # type: ignore[misc]
            terminal.rate(0.3)
    middle, slow = np.quantile(times, [0.5, 0.95])
    return f"key to paint p50 {middle * 1000:.0f} ms, p95 {slow * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms"


def waiting(log: Path) -> str:
    """How many bytes waited in the line."""
    lines = [line.split() for line in log.read_text().splitlines()]
    each = np.array([int(line[2]) for line in lines if len(line) == 3])
    return f"bytes waiting: median {np.median(each):.0f}, most {each.max()}"


def test_a_line_nearby(tmp_path: Path) -> None:
    with shown(*RUN, cwd=tmp_path, size=(120, 40)) as terminal:
        print(f"\nfull speed, 120x40: {rate(terminal)}; {load()}")
        print(answered(terminal))
        terminal.press(" ")
        terminal.wait_for(lambda text: "‖" in text)
        terminal.rate(8)
        print(f"paused: {terminal.rate(10) * 10:.0f} bytes in 10 s; {answered(terminal)}; {load()}")


def test_the_sample_at_its_pace(tmp_path: Path) -> None:
    with shown(cwd=tmp_path, size=(160, 45)) as terminal:
        print(f"\nthe sample at its pace, 160x45: {rate(terminal, 15)}; {load()}")


def test_a_slow_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with shown(*RUN, cwd=tmp_path, size=(120, 40), slow=log) as terminal:
        print(f"\nslow line, full speed, 120x40: {rate(terminal)}; {load()}")
        print(answered(terminal))
    print(waiting(log))
    with shown(cwd=tmp_path, size=(160, 45), slow=log) as terminal:
        print(f"slow line, the sample at its pace, 160x45: {rate(terminal, 8)}; {load()}")
        print(answered(terminal))
    print(waiting(log))


def test_low_bandwidth(tmp_path: Path) -> None:
    with shown(*RUN, "--low-bandwidth", cwd=tmp_path, size=(80, 24)) as terminal:
        print(f"\nlow bandwidth, full speed, 80x24: {rate(terminal)}; {load()}")
        print(answered(terminal))
    with shown("--low-bandwidth", cwd=tmp_path, size=(80, 24)) as terminal:
        print(f"low bandwidth, the sample at its pace, 80x24: {rate(terminal, 15)}; {load()}")
