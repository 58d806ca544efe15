"""Functions compiled by numba, kept on disk by it, so that the next start need not compile them again."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
from numba.core.caching import FunctionCache

P = ParamSpec("P")
R = TypeVar("R")


def cache_folder() -> Path:
    """Return the folder of the user's in which numba keeps what it compiled."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "qwem-tui" / "numba"


class _Forgiving(FunctionCache):
    """A cache that is only ever a gain: what cannot be read is compiled, and what cannot be written is not kept."""

    def load_overload(self, *arguments: Any) -> Any:
        try:
            return super().load_overload(*arguments)
        except Exception:  # noqa: BLE001 - a damaged file may raise anything
            with suppress(Exception):
                self.flush()
            return None

    def save_overload(self, *arguments: Any) -> None:
        try:
            super().save_overload(*arguments)
        except Exception:  # noqa: BLE001 - no space, no permission
            self.disable()


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` compiled at its first call, or taken from disk then; it runs without the interpreter's lock.

    What is on disk belongs to one version of the function's file, of numba and of the processor.
    """
    config: Any = numba.config
    config.CACHE_DIR = config.CACHE_DIR or str(cache_folder())
    dispatcher: Any = numba.njit(nogil=True)(function)
    # numba raises it where no folder takes files
    with suppress(RuntimeError):
        dispatcher._cache = _Forgiving(function)
    result: Callable[P, R] = dispatcher
    return result
