"""What numba compiled is kept in a folder of the user's, and nothing about that folder does any harm."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from qwem_tui.base.compiled import compiled
import answer
print(answer.answer(20), sum(answer.answer.stats.cache_hits.values()))
"""
SOURCE = """
from qwem_tui.base.compiled import compiled

@compiled
def answer(half):
    return 2 * half + 2
"""


def ran(folder: Path, cache: Path, **environment: str) -> str:
    (folder / "answer.py").write_text(SOURCE, encoding="utf-8")
    os.utime(folder / "answer.py", (0, 0))
    named = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    named.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=folder, env=named, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_it_is_compiled_once_and_whatever_is_on_disk_does_no_harm(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert ran(tmp_path, cache) == "42 0"
    assert ran(tmp_path, cache) == "42 1"
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert {path.suffix for path in kept} == {".nbc", ".nbi"}
    assert not list(tmp_path.glob("__pycache__/*.nb?"))
    for damage in (b"", b"nonsense"):
        for path in kept:
            path.write_bytes(damage)
        assert ran(tmp_path, cache) == "42 0"
        assert ran(tmp_path, cache) == "42 1"
    # what cannot be a folder is none: numba's next choice is beside the source
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert ran(tmp_path, tmp_path / "file").startswith("42 ")
