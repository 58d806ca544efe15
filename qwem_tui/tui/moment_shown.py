"""Which moment of a run the windows over the panes show: that under the time cursor, or the latest."""

from __future__ import annotations

from collections.abc import Hashable

from qwem_tui.engine.frame import Snapshot
from qwem_tui.engine.source import RunSource
from qwem_tui.tui.moments import Moments
from qwem_tui.tui.run_display import RunDisplay
from qwem_tui.tui.session import latest_frame


class MomentShown:
    """The moment of `source` that is shown; the time cursor moves by it too."""

    def __init__(self, source: RunSource, moments: Moments, display: RunDisplay) -> None:
        """Follow the time cursor of `display`."""
        self.source = source
        self._moments = moments
        self._display = display
        #: the step that was shown when `key` was asked last, None for the latest
        self.cursor: int | None = None

    @property
    def latest(self) -> int | None:
        """Return the latest step of the run, None before the first."""
        frame = latest_frame(self.source)
        return None if frame is None else frame.step

    @property
    def step(self) -> int | None:
        """Return the step that is shown, None before the first."""
        return self.latest if self.cursor is None else self.cursor

    @property
    def remark(self) -> str:
        """Return in words how far forecasts are prepared, where the moment needs them; else nothing."""
        return "" if self.cursor is None else self._moments.remark(self.source)

    def key(self) -> Hashable:
        """Return what changes whenever `snapshot` would; for the screen's thread."""
        self.cursor = self._display.cursor
        if self.cursor is not None and self.cursor != self.latest:
            self._moments.prepare(self.source)
        return self.step, self.cursor is None, self.remark

    def snapshot(self, timeout: float) -> Snapshot | None:
        """Return the embeddings of the moment that `key` found last (see `Moments.snapshot`); for a worker thread."""
        return self._moments.snapshot(self.source, self.cursor, timeout)

    def move(self, cells: int) -> None:
        """Move the time cursor by so many columns of the charts."""
        self._display.action_move_cursor(cells)

    def move_by_steps(self, by: int) -> None:
        """Move the time cursor by a step."""
        self._display.action_step_cursor(by)

    def show_latest(self) -> None:
        """Show the latest from now on."""
        self._display.action_latest_moment()
