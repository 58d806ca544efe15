"""Asks for a pace."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input, Static

from qwem_tui.engine.commands import SetPace
from qwem_tui.tui.screens.question import Question, number

LEAST_PACE, MOST_PACE = 0.01, 1e6


class AskPace(Question[SetPace]):
    """Dismisses with the pace asked for, or None."""

    TITLE_TEXT = "how many steps per second at most?"

    def __init__(self, pace: float | None) -> None:
        """Ask; `pace` is that in force, None at full speed."""
        super().__init__()
        self._pace = pace

    def compose_question(self) -> ComposeResult:
        """Yield the question."""
        now = "full speed" if self._pace is None else f"{self._pace:.3g} steps per second"
        yield Static(f"Now: {now}. Leave it empty for full speed.", markup=False)
        yield Input("" if self._pace is None else f"{self._pace:.3g}", placeholder="full speed", select_on_focus=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with a pace that makes sense."""
        if not event.value.strip():
            self.dismiss(SetPace(None))
            return
        pace = number(event.value)
        if pace is None or not LEAST_PACE <= pace <= MOST_PACE:
            self.refuse(f"Give a number from {LEAST_PACE:g} to {MOST_PACE:,.0f}, such as 2, or nothing.")
        else:
            self.dismiss(SetPace(pace))
