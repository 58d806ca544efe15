"""Asks to which checkpoint of a run to go back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from textual.app import ComposeResult
from textual.widgets import OptionList, Static

from qwem_tui.tui.rendering.view import View
from qwem_tui.tui.screens.question import Question, shown


def checkpoint_lines(view: View, steps: Sequence[int]) -> tuple[str, ...]:
    """Return a line for each of `steps`: t in its unit, modes learned and loss, as far as the step was measured.

    Where there are several, that with the least loss is marked.
    """
    columns, study = view.columns, view.study
    kept = np.isin(columns.steps, list(steps))
    least = columns.steps[kept][np.argmin(columns.loss[kept])] if np.count_nonzero(kept) > 1 else -1
    lines = []
    for step in steps:
        at = int(np.searchsorted(columns.steps, step))
        if at == len(columns.steps) or columns.steps[at] != step:
            lines.append(f"step {step:>9,}")
            continue
        modes = columns.modes_learned[at]
        learned = (
            f"effective rank {columns.effective_rank[at]:.1f}"
            if np.isnan(modes)
            else f"{modes:.0f} of {study.dim} modes"
        )
        lines.append(
            f"step {step:>9,}  t/{study.time_name} {columns.t[at] / study.time_unit:5.2f}  loss "
            f"{columns.loss[at]:.4f}{' least' if step == least else ''}  {learned}"
        )
    return tuple(lines)


class ChooseCheckpoint(Question[int]):
    """Dismisses with the step of a checkpoint, or None."""

    TITLE_TEXT = "go back to which checkpoint?"
    KEYS_TEXT = "up, down: choose; enter: branch there; esc: cancel; F1: help"

    def __init__(self, view: View, steps: Sequence[int]) -> None:
        """Ask for one of `steps`, ascending and not empty, of the run of `view`."""
        super().__init__()
        self._steps = tuple(reversed(steps))
        self._lines = checkpoint_lines(view, self._steps)

    def compose_question(self) -> ComposeResult:
        """Yield the list, the latest checkpoint first."""
        yield Static("A run of its own begins there, paused; this one stays as it is.", markup=False)
        yield OptionList(*(shown(line) for line in self._lines), markup=False, compact=True)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the step chosen."""
        event.stop()
        self.dismiss(self._steps[event.option_index])
