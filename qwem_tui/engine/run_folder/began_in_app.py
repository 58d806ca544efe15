"""Whether a run began in the app, read without PyTorch: that is loaded once it is known whether there is a screen."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from qwem_tui.base.codec import decode
from qwem_tui.base.errors import QwemError


class _Beginning(Struct):
    """What run.json says of it."""

    screen: bool = False


def began_in_app(run: Path) -> bool:
    """Return whether the run in a folder began in the app; whoever opens it says what is wrong with it."""
    file = run / "run.json"
    try:
        return decode(_Beginning, file.read_bytes(), str(file)).screen
    except (OSError, QwemError):
        return False
