"""The app as a screen about one piece of long work, without a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider

from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.command_palette import Commands
from qwem_tui.tui.line.driver import LineDriver
from qwem_tui.tui.screens.work import INTERRUPTED, WorkScreen
from qwem_tui.tui.themes import next_theme, use_themes


class WorkApp(App[int]):
    """Shows a screen of work, and ends with it. Gives the process's exit code."""

    CSS_PATH = "app.tcss"
    TITLE = "qwem-tui"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False),
    ]

    def __init__(self, screen: WorkScreen[Any]) -> None:
        """Show `screen`, whose work has begun."""
        super().__init__(LineDriver)
        use_themes(self)
        self._work_screen = screen

    def on_mount(self) -> None:
        """Begin."""
        self.set_class(ChartView.ascii_mode, "ascii")
        # what the shell wrote meanwhile stands where rows have not changed since
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.push_screen(self._work_screen, self.exit)

    def action_leave(self) -> None:
        """Leave; work that is not done is given up."""
        self._work_screen.action_leave()

    def action_interrupt(self) -> None:
        """Leave at once, as on an interrupt."""
        self.stop_runs()
        self.exit(INTERRUPTED)

    def action_next_theme(self) -> None:
        """Change to the next theme."""
        next_theme(self)

    def stop_runs(self) -> None:
        """Ask the work to end. Safe inside a signal handler."""
        self._work_screen.work.stop()

    def join_runs(self, timeout: float) -> None:
        """Wait for the work to end."""
        self._work_screen.work.join(timeout)
