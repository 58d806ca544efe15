"""The state of each category, in words: pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qwem_tui.engine.history import Columns, crossed_at
from qwem_tui.tui.rendering.plots import is_drawn, order_shown, row_letter
from qwem_tui.tui.rendering.run import Run
from qwem_tui.tui.rendering.view import View


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
    return _percent(columns.accuracies[-1, category] if len(columns.accuracies) else np.nan)


def _percent(accuracy: float) -> str:
    return "-" if np.isnan(accuracy) else f"{accuracy:.0%}"


def _crossed(view: View, category: int) -> tuple[int | None, str]:
    """Return the step at which a category has crossed by the moment shown, None where it has not, and that in words.

    As measured, or beyond the present as forecast.
    """
    reading = view.reading
    crossed = crossed_at(view.study.trajectory, view.columns, category)
    words = "" if crossed is None else f"crossed at step {crossed:,}"
    if crossed is None and reading is not None and reading.made_of == "forecast":
        crossed = view.forecast_step(category)
        words = "" if crossed is None else f"to cross at {crossed:,}"
    return (None, "") if reading is not None and (crossed or 0) > reading.step else (crossed, words)


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
        (crossed, words), reason = _crossed(view, i), trajectory.reason[i]
        if crossed is not None:
            head = state = words
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
                _latest(columns, i) if view.reading is None else _percent(view.reading.accuracies[i]),
                "" if view.other is None else _latest(view.other.columns, i),
                f"{analogies.attempted[i]:,}/{analogies.total[i]:,}",
                "-" if step is None else f"{step:,}{crossing.mark} ({crossing.modes})",
                head,
                sentence,
                reached,
            )
        )
    return tuple(rows)
