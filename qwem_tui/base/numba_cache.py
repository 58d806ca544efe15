"""Functions compiled by numba, kept on disk by it, so that the next start need not compile them again.

Nothing public of numba keeps a file for each thing compiled, so private names are used: which they are, and what to do
where a version of numba has others, a test says (`tests/base/test_numba_cache.py`).
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile
from platformdirs import user_cache_dir

P = ParamSpec("P")
R = TypeVar("R")


def cache_folder() -> str:
    """Return the folder of the user's in which numba keeps what it compiled."""
    return os.path.join(user_cache_dir("qwem-tui"), "numba")


class _FileEach(IndexDataCacheFile):
    """Keeps what was compiled in a file whose name says all that it depends on.

    numba's own index is written before what it points at, and by each process anew: one that is killed, or another that
    starts at the same time, would leave the code of another version, processor or type in the place of the right one.
    """

    def _name(self, key: object) -> str:
        depends = (self._version, sys.implementation.cache_tag, self._source_stamp, key)
        return f"{hashlib.sha256(repr(depends).encode()).hexdigest()}.nbc"

    def flush(self) -> None:
        """Leave everything: there is no index."""

    def save(self, key: object, data: object) -> None:
        self._save_data(self._name(key), data)

    def load(self, key: object) -> Any:
        try:
            return self._load_data(self._name(key))
        except FileNotFoundError:
            return None


class _Forgiving(FunctionCache):
    """A cache that is only ever a gain: what cannot be read is compiled, and what cannot be written is not kept."""

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__(function)
        self._cache_file = _FileEach(self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp())

    def load_overload(self, *arguments: Any) -> Any:
        try:
            return super().load_overload(*arguments)
        except Exception:  # noqa: BLE001 - a damaged file may raise anything
            return None

    def save_overload(self, *arguments: Any) -> None:
        # no space, no permission
        with suppress(Exception):
            super().save_overload(*arguments)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` compiled at its first call, or taken from disk then; it runs without the interpreter's lock."""
    config: Any = numba.config
    config.CACHE_DIR = config.CACHE_DIR or cache_folder()
    dispatcher: Any = numba.njit(nogil=True)(function)
    # numba raises RuntimeError where no folder takes files; a version with other private names compiles at each start
    with suppress(RuntimeError, AttributeError, TypeError):
        dispatcher._cache = _Forgiving(function)
    result: Callable[P, R] = dispatcher
    return result
