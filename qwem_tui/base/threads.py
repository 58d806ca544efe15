"""The processors that this process may use, and how long it waited for one."""

from __future__ import annotations

import os
from pathlib import Path

from qwem_tui.base.errors import SettingError

_MOST_THREADS = 1024


def check_threads(threads: int | None) -> None:
    """Raise SettingError where `threads` (None: as many as there are cores) is no number of threads to compute with."""
    if threads is not None and not 1 <= threads <= _MOST_THREADS:
        raise SettingError("threads", f"{threads}", f"give a number from 1 to {_MOST_THREADS:,}.")


def core_count() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ran_and_waited() -> tuple[float, float] | None:
    """Return the seconds that this process's threads ran and waited for a processor; None where no system tells.

    Linux counts both for each thread alive: of a thread that ended nothing is known.
    """
    ran = waited = 0
    try:
        for task in Path("/proc/self/task").iterdir():
            try:
                own = (task / "schedstat").read_text(encoding="ascii").split()
            except FileNotFoundError:
                # it ended meanwhile
                continue
            ran += int(own[0])
            waited += int(own[1])
    except (OSError, ValueError, IndexError):
        return None
    return ran / 1e9, waited / 1e9
