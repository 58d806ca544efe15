"""The app on the run of another process: leaving it leaves the run alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from qwem_tui.base.errors import UsageError
from qwem_tui.engine.outcome_text import completion_text
from qwem_tui.engine.remote.attached_run import AttachedRun
from qwem_tui.engine.source import RunSource
from qwem_tui.engine.status import Status
from qwem_tui.study.config import StudyConfig
from qwem_tui.tui.app import QwemApp
from qwem_tui.tui.run_display import RunDisplay

NO_PLAN = "The corpus of this run is with another process: qwem-tui plan CORPUS --screen plans it."
NOT_HERE = "This screen is attached to the run of another process: it can steer that run, not begin others."
#: Seconds within which a second press means it.
_MEANT = 5.0
#: Sooner than this it was typed before the question could be read.
_READ = 0.4


def _begin_none(ended: RunSource, settings: StudyConfig | None, from_step: int | None) -> RunSource:
    """Raise UsageError: other runs are begun by whoever has the corpus."""
    raise UsageError(NOT_HERE)


class AttachedApp(QwemApp):
    """Shows the run of another process and steers it; stays when that has ended."""

    ENDS_WITH_RUN = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit_run", "Detach"),
        Binding("X", "stop_run", "Stop run"),
        Binding("r,b,c", "not_here", show=False),
    ]

    def __init__(self, run: AttachedRun, name: str, export_to: Path, fps: float) -> None:
        """Show `run`; the rest as in `QwemApp`."""
        super().__init__(run, _begin_none, name, export_to, fps)
        self._attached = run
        self._asked_to_stop = -_MEANT

    def action_not_here(self) -> None:
        """Say why there is no restart, no branch and no comparison."""
        self.notify(NOT_HERE, severity="warning", timeout=5)

    def action_plan(self) -> None:
        """Say why there is no plan."""
        self.notify(NO_PLAN, severity="warning", timeout=5)

    def action_stop_run(self) -> None:
        """Stop the run itself, at the second press."""
        if not self._steerable():
            return
        since = time.monotonic() - self._asked_to_stop
        if not _READ <= since <= _MEANT:
            self._asked_to_stop = time.monotonic()
            self.notify("X again stops the run itself; its state is kept. q only detaches.", timeout=_MEANT)
        else:
            self._attached.end_run()
            self.notify("The run was asked to stop.", timeout=4)

    def _steerable(self) -> bool:
        if not super()._steerable():
            return False
        if self._attached.over:
            self.notify("The process of this run has ended: there is nothing to steer.", timeout=4)
            return False
        return True

    def _way_out(self) -> str:
        # b is not here
        return RunDisplay._way_out(self)

    def _kept(self, step: int) -> str:
        # b is not here
        return f"Kept step {step:,}."

    def _done(self, status: Status) -> str:
        return f"Done: {completion_text(status.completion)}."
