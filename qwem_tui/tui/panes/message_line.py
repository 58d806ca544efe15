"""The line for messages: the latest one, for as long as it is meant to be seen."""

from __future__ import annotations

from rich.text import Text
from textual.notifications import Notification
from textual.timer import Timer
from textual.widgets import Static

from qwem_tui.base.ascii import to_ascii
from qwem_tui.tui.charts import ChartView

#: What a message begins with, so that colour is not all that tells them apart.
_WORDS = {"information": "note", "warning": "warning", "error": "error"}


class MessageLine(Static):
    """Has a row of its own, and more while a message needs them; nothing is covered."""

    def __init__(self) -> None:
        super().__init__("", id="message", markup=False)
        self._timer: Timer | None = None

    def show(self, message: Notification) -> None:
        """Show `message` in place of the one before, until its time is over."""
        self._stop()
        text = f"{_WORDS[message.severity]}: {message.message}"
        self.set_classes(message.severity)
        self.update(Text(to_ascii(text) if ChartView.ascii_mode else text))
        self._timer = self.set_timer(message.timeout, self.clear)

    def clear(self) -> None:
        """Show nothing."""
        self._stop()
        self.set_classes("empty")
        self.update("")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
