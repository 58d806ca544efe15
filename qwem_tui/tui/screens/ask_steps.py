"""Asks for a number of steps."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input

from qwem_tui.tui.screens.question import Question

MOST_STEPS = 1_000_000_000


class AskSteps(Question[int]):
    """Dismisses with the number given, or None."""

    TITLE_TEXT = "take how many steps?"

    def compose_question(self) -> ComposeResult:
        """Yield the question."""
        yield Input("10", type="integer", select_on_focus=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with a valid number."""
        if event.value.isdecimal() and 1 <= int(event.value) <= MOST_STEPS:
            self.dismiss(int(event.value))
        else:
            self.refuse(f"Give a whole number from 1 to {MOST_STEPS:,}.")
