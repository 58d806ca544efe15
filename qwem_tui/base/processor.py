"""How long this process waited for a processor."""

from __future__ import annotations

from pathlib import Path


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
