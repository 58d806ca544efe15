"""What numba compiled is kept in a folder of the user's, and nothing about that folder does any harm."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import pytest
from numba.core.caching import FunctionCache, IndexDataCacheFile

from qwem_tui.base import numba_cache
from tests.end_to_end.zygote import Zygote

PROGRAM = """
import os, resource, sys, numba
sys.dont_write_bytecode = True
sys.path.insert(0, os.getcwd())
numba.config.CACHE_DIR = {cache!r}
import answer
resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, resource.RLIM_INFINITY))
print(answer.answer(20), answer.answer(20.5), sum(answer.answer.stats.cache_hits.values()), flush=True)
os._exit(0)
"""
SOURCE = """
from qwem_tui.base import numba_cache
from qwem_tui.base.numba_cache import compiled

@compiled
def answer(half):
    return 2 * half + {more}
"""


def ran(zygote: Zygote, folder: Path, cache: Path, more: int = 2, most: int = 10**9) -> str:
    (folder / "answer.py").write_text(SOURCE.format(more=more), encoding="utf-8")
    os.utime(folder / "answer.py", (more, more))
    child = zygote.start(cwd=folder, before=PROGRAM.format(cache=str(cache), most=most))
    assert child.wait() == 0
    assert child.said == ""
    return child.out.decode().strip()


def test_it_is_compiled_once_and_whatever_is_on_disk_does_no_harm(zygote: Zygote, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert ran(zygote, tmp_path, cache) == "42 43.0 0"
    assert ran(zygote, tmp_path, cache) == "42 43.0 2"
    kept = [path for path in cache.rglob("*") if path.is_file()]
    # one for whole numbers, one for others
    assert [path.suffix for path in kept] == [".nbc", ".nbc"]
    assert not list(tmp_path.glob("__pycache__/*.nb?"))
    kept[0].write_bytes(b"")
    kept[1].write_bytes(b"nonsense")
    assert ran(zygote, tmp_path, cache) == "42 43.0 0"
    assert ran(zygote, tmp_path, cache) == "42 43.0 2"
    # another version of it, for which the disk is full: the one before is not taken for it then or later
    assert ran(zygote, tmp_path, cache, more=3, most=1000) == "43 44.0 0"
    assert ran(zygote, tmp_path, cache, more=3) == "43 44.0 0"
    assert ran(zygote, tmp_path, cache) == "42 43.0 2"
    # what cannot be a folder is none: numba's next choice is beside the source
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert ran(zygote, tmp_path, tmp_path / "file").startswith("42 43.0")


def test_numba_has_the_private_names_that_the_cache_is_built_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    cache: Any = FunctionCache(numba_cache.cache_folder)  # type: ignore[no-untyped-call]
    file, dispatcher = cache._cache_file, numba.njit(numba_cache.cache_folder)
    wanted = [
        *((cache, name) for name in ("_cache_path", "_cache_file", "_impl", "load_overload", "save_overload")),
        (cache._impl, "filename_base"),
        (cache._impl.locator, "get_source_stamp"),
        *((file, name) for name in ("_version", "_source_stamp", "_save_data", "_load_data", "save", "load", "flush")),
        (dispatcher, "_cache"),
    ]
    missing = [f"{type(owner).__name__}.{name}" for owner, name in wanted if not hasattr(owner, name)]
    calls: dict[Callable[..., Any], list[str]] = {
        IndexDataCacheFile: ["cache_path", "filename_base", "source_stamp"],
        file._save_data: ["name", "data"],
        file._load_data: ["name"],
        file.save: ["key", "data"],
        file.load: ["key"],
    }
    changed = [str(call) for call, names in calls.items() if list(inspect.signature(call).parameters) != names]
    assert not missing + changed, (
        f"numba {numba.__version__} has changed {', '.join(missing + changed)}, on which qwem_tui/base/numba_cache.py "
        "is built: read numba/core/caching.py of that version and fit _FileEach and _Forgiving to it (nothing public "
        "keeps a file for each key, so that a kill or a parallel start does no harm), or ask for an older numba in "
        "pyproject.toml."
    )


def test_without_them_functions_are_compiled_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: object) -> None:
        raise AttributeError("_cache_path")

    monkeypatch.setattr(numba_cache, "_Forgiving", gone)
    assert numba_cache.compiled(abs_of)(-3) == 3


def abs_of(number: int) -> int:
    return -number if number < 0 else number


def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert numba_cache.cache_folder() == "/home/me/.cache/qwem-tui/numba"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert numba_cache.cache_folder() == "/home/me/.cache/qwem-tui/numba"
    monkeypatch.setenv("XDG_CACHE_HOME", "/scratch/me")
    assert numba_cache.cache_folder() == "/scratch/me/qwem-tui/numba"
