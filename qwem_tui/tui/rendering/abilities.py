"""The state of each category, in words: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qwem_tui.engine.history import Columns, crossed_at
from qwem_tui.tui.rendering.plots import is_drawn, order_shown, row_letter
from qwem_tui.tui.rendering.view import Run, View


@dataclass(frozen=True)
class AbilityRow:
    """A row of the table: `accuracy` is the latest measured, `reached` whether the category has crossed.

    `dotted` is the latest accuracy of the run compared with, empty where there is none; `sentence` has all in full.
    """

    letter: str
    name: str
    accuracy: str
    dotted: str
    asked: str
    critical: str
    state: str
    sentence: str
    reached: bool | None


def _latest(columns: Columns, category: int) -> str:
    latest = columns.accuracies[-1, category] if len(columns.accuracies) else np.nan
    return "-" if np.isnan(latest) else f"{latest:.0%}"


def _compared(other: Run, category: int) -> str:
    """Return a category's accuracy and crossing in the run compared with, in words."""
    crossed = crossed_at(other.study.trajectory, other.columns, category)
    return f"{other.name}: {_latest(other.columns, category)}" + (
        "" if crossed is None else f", crossed at step {crossed:,}"
    )


def ability_rows(view: View) -> tuple[AbilityRow, ...]:
    """Return a row for each category, in `order_shown`."""
    study, columns = view.study, view.columns
    trajectory, analogies = study.trajectory, study.analogies
    rows = []
    reached: bool | None
    for row, i in enumerate(order_shown(view)):
        step, lasting, crossing = view.forecast_step(i), view.lasting_step(i), trajectory.crossings[i]
        crossed, reason = crossed_at(trajectory, columns, i), trajectory.reason[i]
        if crossed is not None:
            head = state = f"crossed at step {crossed:,}"
            reached = True
        elif reason is not None:
            head, state, reached = reason.head, str(reason), None
        else:
            head = state = f"below {trajectory.threshold[i]:.0%}"
            reached = False
        sentence = (
            f"{analogies.names[i]}: {analogies.attempted[i]:,} of {analogies.total[i]:,} questions asked; {state}"
        )
        if step is not None:
            sentence += f"; forecast at step {step:,} with {crossing.modes} modes learned"
        if crossing.fleeting:
            sentence += f" for a moment only, for longer {'nowhere' if lasting is None else f'at step {lasting:,}'}"
        if view.other is not None:
            sentence += f"; {_compared(view.other, i)}"
        rows.append(
            AbilityRow(
                row_letter(row) if is_drawn(study, i) else "",
                analogies.names[i],
                _latest(columns, i),
                "" if view.other is None else _latest(view.other.columns, i),
                f"{analogies.attempted[i]:,}/{analogies.total[i]:,}",
                "-" if step is None else f"{step:,}{crossing.mark} ({crossing.modes})",
                head,
                sentence,
                reached,
            )
        )
    return tuple(rows)
