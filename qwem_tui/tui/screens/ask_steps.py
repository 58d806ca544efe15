"""Asks for a number of steps."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.validation import Integer
from textual.widgets import Input

MOST_STEPS = 1_000_000_000


class AskSteps(ModalScreen[int | None]):
    """Dismisses with the number given, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def compose(self) -> ComposeResult:
        """Yield the question."""
        with Vertical(id="ask") as box:
            box.border_title = "take how many steps?"
            box.border_subtitle = "enter: go, esc: cancel"
            yield Input("10", type="integer", validators=[Integer(1, MOST_STEPS)], select_on_focus=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with a valid number."""
        if event.validation_result is not None and event.validation_result.is_valid:
            self.dismiss(int(event.value))
        else:
            self.notify(f"Give a whole number from 1 to {MOST_STEPS:,}.", severity="warning")
