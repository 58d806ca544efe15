"""The state of each category, in words: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qwem_tui.engine.history import crossed_at
from qwem_tui.tui.plots import display_order, row_letter
from qwem_tui.tui.view import View


@dataclass(frozen=True)
class AbilityRow:
    """A row of the table: `accuracy` is the latest measured, `reached` whether the category has crossed.

    `sentence` says all of it in full.
    """

    letter: str
    name: str
    accuracy: str
    asked: str
    critical: str
    state: str
    sentence: str
    reached: bool | None


def ability_rows(view: View) -> tuple[AbilityRow, ...]:
    """Return a row for each category, in `display_order`."""
    study, columns = view.study, view.columns
    trajectory, analogies = study.trajectory, study.analogies
    rows = []
    for row, i in enumerate(display_order(study)):
        latest = columns.accuracies[-1, i] if len(columns.accuracies) else np.nan
        step, modes = view.predicted_step(i), trajectory.crossing_modes[i]
        crossed, reason = crossed_at(trajectory, columns, i), trajectory.reason[i]
        if crossed is not None:
            state, reached = f"crossed at step {crossed:,}", True
        elif reason is not None:
            state, reached = reason, None
        else:
            state, reached = f"below {trajectory.threshold[i]:.0%}", False
        sentence = (
            f"{analogies.names[i]}: {analogies.attempted[i]:,} of {analogies.total[i]:,} questions asked; {state}"
        )
        if step is not None:
            sentence += f"; predicted at step {step:,} with {modes} modes learned"
        rows.append(
            AbilityRow(
                row_letter(row) if trajectory.measurable(i) else "",
                analogies.names[i],
                "-" if np.isnan(latest) else f"{latest:.0%}",
                f"{analogies.attempted[i]:,}/{analogies.total[i]:,}",
                "-" if step is None else f"{step:,} ({modes})",
                state.partition(":")[0],
                sentence,
                reached,
            )
        )
    return tuple(rows)
