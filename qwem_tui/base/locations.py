"""Where files of the user's own belong."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for what can be made again: qwem-tui in XDG_CACHE_HOME, or in ~/.cache. It may not exist."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # a relative path there is to be ignored, says the XDG specification
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "qwem-tui"
