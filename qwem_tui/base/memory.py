"""How much memory there is."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

_M_MMAP_THRESHOLD = -3  # of glibc's malloc.h


#: What this process may take in all, as its user asked for; a process has one such limit, as it has one heap.
_limit: int | None = None


def limit_memory(most: int | None) -> None:
    """Have `available_bytes` leave off at `most` bytes that this process holds in all; None: at what there is."""
    global _limit
    _limit = most


def memory_limit() -> int | None:
    """Return the limit that was asked for, or None."""
    return _limit


def available_bytes() -> int | None:
    """Return the bytes that this process may still take without swapping, or None where the system does not tell.

    The least of the machine's available memory, what the control group (container) leaves, and what the limit that was
    asked for leaves, 0 where it is exceeded.
    """
    found = [] if _limit is None else [max(0, _limit - resident_bytes())]
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError):
        if "SC_PHYS_PAGES" in os.sysconf_names:
            found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    try:
        group = Path("/sys/fs/cgroup")
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        if limit != "max":
            statistics = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
            used = int((group / "memory.current").read_text(encoding="ascii"))
            found.append(int(limit) - used + int(statistics.get("inactive_file", "0")))
    except (OSError, ValueError):
        return min(found, default=None)
    return min(found, default=None)


def keep_heap_small() -> None:
    """Have the C library give large blocks back to the system at once.

    A training step makes and drops several V x d arrays between small objects that stay; glibc's heap was measured to
    grow to several times its size from that.
    """
    if sys.platform != "linux":
        return
    import ctypes  # not before: every command imports this module, and few train

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it, musl has not
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 128 * 1024)


def resident_bytes() -> int:
    """Return the bytes of memory that this process holds; its peak where the system tells only that."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")
