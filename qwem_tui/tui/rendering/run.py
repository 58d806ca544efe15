"""A run as it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from qwem_tui.engine.history import Columns
from qwem_tui.engine.timeline import StepSizeChange
from qwem_tui.study.study import Forecast


@dataclass(frozen=True, eq=False)
class Run:
    """A run so far: what was known of it, what was measured, the changes of its step size, and what it is called."""

    study: Forecast
    columns: Columns
    changes: tuple[StepSizeChange, ...] = ()
    name: str = ""
