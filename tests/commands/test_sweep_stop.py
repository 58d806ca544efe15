"""Ctrl+C at a terminal goes to every process of a sweep: only the one that is asked may say anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, wait_for

_PROC = Path("/proc")


def _spawned_by(pid: int) -> bool:
    """Return whether a worker of process `pid` is there, however young."""
    for folder in _PROC.glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                return True
        except (OSError, ValueError):
            continue
    return False


@pytest.mark.skipif(not _PROC.is_dir(), reason="processes are looked for in /proc")
def test_an_interrupt_while_workers_start_is_told_in_one_sentence(text_file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from qwem_tui.cli import main; main()", "sweep", text_file.name]
    command += ["--over", "window=4,8", "--over", "sigma=1e-2,1e-4", "--workers", "2"]
    with (tmp_path / "said").open("wb") as said:
        child = subprocess.Popen(command, cwd=tmp_path, stdout=said, stderr=said, start_new_session=True)
        try:
            wait_for(lambda: _spawned_by(child.pid) or child.poll() is not None)
            assert child.poll() is None
            # as a terminal does: to the whole group
            os.killpg(child.pid, signal.SIGINT)
            assert child.wait(PATIENCE) == 128 + signal.SIGINT
        finally:
            child.kill()
            child.wait()
    told = " ".join((tmp_path / "said").read_text(encoding="utf-8").split())
    assert "Traceback" not in told
    assert "No result" not in told
    assert told.count("Stopped: 0 of 4 cells are done and saved in sweeps/") == 1
