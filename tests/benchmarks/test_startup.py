"""From pressing Enter to the first training frame, in a true pty."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.benchmarks.reference_corpus import BOOKS
from tests.end_to_end.terminal import COMMAND, Terminal

pytestmark = pytest.mark.benchmark
#: what only the transport bar says, once there is a frame
FRAME = " loss "


def first_frame(tmp_path: Path, *arguments: str) -> float:
    began = time.perf_counter()
    terminal = Terminal(*arguments, cwd=tmp_path, size=(160, 45))
    terminal.wait_for(lambda text: FRAME in text)
    taken = time.perf_counter() - began
    terminal.press("q")
    assert terminal.exit_code() == 0
    return taken


def test_sample_corpus(tmp_path: Path) -> None:
    torch_alone = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([COMMAND[0], "-c", "import torch"], check=True)
        torch_alone.append(time.perf_counter() - began)
    times = [first_frame(tmp_path) for _ in range(3)]
    print(f"\nsample corpus: {times} s to the first frame; importing torch alone takes {torch_alone} s")
    print(f"ratio of the medians: {sorted(times)[1] / sorted(torch_alone)[1]:.2f}")
    assert len(times) == 3


@pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here")
def test_fifteen_million_words(tmp_path: Path) -> None:
    times = [first_frame(tmp_path, "run", str(BOOKS), "--vocab-size", "3000") for _ in range(3)]
    print(f"\nbooks15m at V = 3000: {times} s to the first frame")
    assert len(times) == 3


def test_help(tmp_path: Path) -> None:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    print(f"\nqwem-tui --help: {min(times):.2f} to {max(times):.2f} s")
    assert len(times) == 5
