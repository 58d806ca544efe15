"""What a command costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: Runs the rest of its arguments, output into the first: prints exit code, seconds, seconds of processor time, peak
#: memory in KiB. Through this small process, since a child's peak counts what its parent held when it was started.
MEASURED = """
import resource, subprocess, sys, time
with open(sys.argv[1], "wb") as out:
    began = time.perf_counter()
    code = subprocess.run(sys.argv[2:], stdout=out, stderr=subprocess.DEVNULL).returncode
    seconds = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def measured(out: Path, *command: str) -> tuple[float, float, int]:
    """Return the seconds, the seconds of processor time and the peak bytes of memory that `command` took."""
    line = subprocess.run([sys.executable, "-c", MEASURED, out, *command], check=True, capture_output=True, text=True)
    code, seconds, processor, kibibytes = line.stdout.split()
    assert code == "0"
    return float(seconds), float(processor), int(kibibytes) * 1024


def load() -> str:
    return f"load average {os.getloadavg()[0]:.2f}"
