"""What is wrong at the moment, in full, for as long as it lasts."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from qwem_tui.base.ascii import to_ascii
from qwem_tui.engine.status import Status
from qwem_tui.tui.charts import ChartView
from qwem_tui.tui.rendering.outcome import alert_text, is_calm


class Alert(Static):
    """A line or two above the transport bar; takes no room while there is nothing to say."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self._text = ""
        self.display = False

    def show(self, status: Status, more: str = "") -> None:
        """Show what `status` has to say, and what the app has to say of it, if there is anything."""
        text = f"{alert_text(status)} {more}".strip()
        self.set_class(is_calm(status), "calm")
        if text == self._text:
            return
        self._text = text
        self.display = bool(text)
        self.update(Text(to_ascii(text) if ChartView.ascii_mode else text))
