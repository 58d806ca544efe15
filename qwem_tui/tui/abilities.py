"""The state of each category, in words: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qwem_tui.engine.history import Columns, crossed_at
from qwem_tui.study.study import Study
from qwem_tui.tui.plots import display_order, row_letter


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


def ability_rows(study: Study, columns: Columns) -> tuple[AbilityRow, ...]:
    """Return a row for each category: those that this run reaches in order of their foretold step, then the others."""
    trajectory, analogies = study.trajectory, study.analogies
    rows = []
    for row, i in enumerate(display_order(study)):
        latest = columns.accuracies[-1, i] if len(columns.accuracies) else np.nan
        step, modes = trajectory.crossing[i], trajectory.crossing_modes[i]
        crossed = crossed_at(study.trajectory, columns, i)
        if step is None:
            state, reached = trajectory.reason[i] or "", None
        elif crossed is not None:
            state, reached = f"crossed at step {crossed:,}", True
        else:
            state, reached = f"below {trajectory.threshold[i]:.0%}", False
        sentence = (
            f"{analogies.names[i]}: {analogies.attempted[i]:,} of {analogies.total[i]:,} questions asked; {state}"
        )
        if step is not None:
            sentence += f"; predicted at step {step:,} with {modes} modes learned"
        rows.append(
            AbilityRow(
                row_letter(row) if step is not None else "",
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
