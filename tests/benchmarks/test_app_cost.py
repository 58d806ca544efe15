"""What the screen costs the engine: the same run with and without it, in turn, in a true pty. Skips without data."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from qwem_tui.engine.stored import read_frames
from tests.benchmarks.test_reference import BOOKS, QUESTIONS
from tests.end_to_end.terminal import COMMAND, Terminal

STEPS, ROUNDS = 400, 3
OPTIONS = (
    str(BOOKS), "--analogies", str(QUESTIONS), "--vocab-size", "3000", "--dim", "64", "--steps", str(STEPS),
    "--threads", "1",
)  # fmt: skip

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here"),
]


def rate(run: Path) -> float:
    """Return the steps per second, the median over the frames of a run from its hundredth step on."""
    frames = read_frames(run)
    assert frames[-1].step == STEPS
    return float(np.median([frame.steps_per_second for frame in frames if frame.step >= 100]))


def headless(run: Path) -> float:
    subprocess.run([*COMMAND, "train", *OPTIONS, "--out", str(run)], check=True, capture_output=True, timeout=300)
    return rate(run)


def in_the_app(run: Path, cwd: Path) -> float:
    terminal = Terminal("run", *OPTIONS, "--out", str(run), cwd=cwd, size=(160, 45))
    terminal.wait_for(lambda text: "running" in text)
    # what is read is thrown away: an emulator written in Python would take the other core for itself
    done = threading.Event()
    swallow = threading.Thread(target=lambda: _swallow(terminal, done), daemon=True)
    swallow.start()
    while not read_frames(run) or read_frames(run)[-1].step < STEPS:
        done.wait(1.0)
    done.set()
    swallow.join()
    terminal.press("q")
    assert terminal.exit_code() == 0
    return rate(run)


def _swallow(terminal: Terminal, done: threading.Event) -> None:
    while not done.is_set():
        try:
            terminal.child.read_nonblocking(65536, timeout=0.5)
        except Exception:  # noqa: BLE001 - a timeout, or the end
            done.wait(0.1)


def test_the_app_against_no_screen_at_equal_thread_count(tmp_path: Path) -> None:
    without, within = [], []
    for number in range(ROUNDS):
        without.append(headless(tmp_path / f"headless-{number}"))
        within.append(in_the_app(tmp_path / f"app-{number}", tmp_path))
        print(f"\nsteps per second: {without[-1]:.1f} without a screen, {within[-1]:.1f} in the app at 160x45")
    ratios = np.array(within) / np.array(without)
    print(
        f"app / headless: {', '.join(f'{each:.3f}' for each in ratios)}; median {np.median(ratios):.3f} (asked: 0.95)"
    )
    assert len(ratios) == ROUNDS
