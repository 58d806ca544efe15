"""What is wrong at the moment, in full, for as long as it lasts."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from qwem_tui.base.ascii import to_ascii
from qwem_tui.engine.outcome_text import fault_text, notice_text
from qwem_tui.engine.status import Phase, Status
from qwem_tui.tui.charts import ChartView


def alert_text(status: Status) -> str:
    """Return what keeps a run from going on or goes wrong meanwhile, or why it was paused; empty where all is well."""
    if status.phase is Phase.FAILED:
        return str(status.error or "")
    troubles = [trouble for trouble in (fault_text(status.fault), status.problem) if trouble]
    if not troubles and status.phase in (Phase.PAUSED, Phase.STOPPED):
        return notice_text(status.notice)
    return " ".join(troubles)


class Alert(Static):
    """A line or two above the transport bar; takes no room while there is nothing to say."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self._text = ""
        self.display = False

    def show(self, status: Status, more: str = "") -> None:
        """Show what `status` has to say, and what the app has to say of it, if there is anything."""
        text = f"{alert_text(status)} {more}".strip()
        self.set_class(status.fault is None and status.problem is None and status.error is None, "calm")
        if text == self._text:
            return
        self._text = text
        self.display = bool(text)
        self.update(Text(to_ascii(text) if ChartView.ascii_mode else text))
