"""Asks for a step size while a run is under way."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input, Static

from qwem_tui.engine.commands import SetStepSize
from qwem_tui.study.study import Forecast
from qwem_tui.tui.screens.question import Question, number


class AskStepSize(Question[SetStepSize]):
    """Dismisses with the step size asked for, or None; one beyond the stability limit is asked for twice."""

    TITLE_TEXT = "step size from now on?"

    def __init__(self, study: Forecast, step_size: float) -> None:
        """Ask; `step_size` is eta as it is now in the run of `study`."""
        super().__init__()
        self._limit = study.step_limit
        self._step_size = step_size
        self._insisted: str | None = None

    def compose_question(self) -> ComposeResult:
        """Yield the question."""
        fraction = self._step_size / self._limit
        yield Static(
            f"In units of the stability limit, which is eta = {self._limit:.3g}. Now {fraction:.3g} of it: eta = "
            f"{self._step_size:.3g}. The steps forecast move with it.",
            markup=False,
        )
        yield Input(f"{fraction:.3g}", select_on_focus=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with a step size that makes sense, or that was insisted on."""
        fraction = number(event.value)
        if fraction is None or fraction <= 0:
            self.refuse("Give a number above 0, such as 0.5.")
        elif fraction >= 1 and event.value != self._insisted:
            self._insisted = event.value
            self.refuse(f"At {fraction:g} of the stability limit the run may diverge: enter again insists.")
        else:
            self.dismiss(SetStepSize(fraction, forced=fraction >= 1))
