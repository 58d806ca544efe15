"""The state of each category, in words: pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from qwem_tui.engine.history import Columns, crossed_at
from qwem_tui.theory.critical_size import FRACTION
from qwem_tui.tui.rendering.plots import is_drawn, order_shown, row_letter
from qwem_tui.tui.rendering.run import Run
from qwem_tui.tui.rendering.timelines import timeline
from qwem_tui.tui.rendering.view import View


@dataclass(frozen=True)
class AbilityRow:
    """A row of the table: `accuracy` is the latest measured, `reached` whether the category has crossed.

    `threshold` says of which peak it is half, `critical` has the step forecast and the modes learned there, `actual`
    the step of the crossing or why there is none, `difference` actual minus forecast in steps and in per cent.
    `dotted` is the latest accuracy of the run compared with, empty where there is none; `sentence` has all in full.
    `values` has the numbers behind these columns by their names, to sort by; NaN where there is none.
    """

    letter: str
    name: str
    accuracy: str
    dotted: str
    asked: str
    critical: str
    threshold: str
    actual: str
    difference: str
    timeline: str
    state: str
    sentence: str
    reached: bool | None
    values: dict[str, float] = field(default_factory=dict)


def _latest(columns: Columns, category: int) -> float:
    return float(columns.accuracies[-1, category]) if len(columns.accuracies) else math.nan


def _percent(accuracy: float) -> str:
    return "-" if np.isnan(accuracy) else f"{accuracy:.0%}"


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _crossed(view: View, category: int) -> tuple[int | None, bool]:
    """Return the step at which a category has crossed by the moment shown, None where it has not; is it measured?

    Beyond the present it is the one forecast.
    """
    reading = view.reading
    crossed = crossed_at(view.study.trajectory, view.columns, category)
    measured = crossed is not None
    if crossed is None and reading is not None and reading.made_of == "forecast":
        crossed = view.forecast_step(category)
    later = reading is not None and (crossed or 0) > reading.step
    return (None if later else crossed), measured


def _of_peak(threshold: float) -> str:
    """Return in words what a threshold is."""
    share = "half" if FRACTION == 0.5 else f"{FRACTION:.0%}"
    return f"{share} of a peak of {threshold / FRACTION:.0%}"


def _difference(actual: int | None, forecast: int | None) -> str:
    """Return by how many steps and per cent a crossing came later than forecast; - where one of them is unknown."""
    if actual is None or forecast is None:
        return "-"
    share = f" ({actual / forecast - 1:+.0%})" if forecast else ""
    return f"{actual - forecast:+,}{share}" if actual != forecast else "0 (0%)"


def _compared(other: Run, category: int) -> str:
    """Return a category's accuracy and crossing in the run compared with, in words."""
    crossed = crossed_at(other.study.trajectory, other.columns, category)
    return f"{other.name}: {_percent(_latest(other.columns, category))}" + (
        "" if crossed is None else f", crossed at step {crossed:,}"
    )


def ability_rows(view: View, ascii: bool = False) -> tuple[AbilityRow, ...]:
    """Return a row for each category, in `order_shown`; with `ascii` the timelines are in ASCII."""
    return tuple(_ability_row(view, number, i, ascii) for number, i in enumerate(order_shown(view)))


def _ability_row(view: View, number: int, i: int, ascii: bool) -> AbilityRow:
    study, columns = view.study, view.columns
    trajectory, analogies = study.trajectory, study.analogies
    step, lasting, crossing = view.forecast_step(i), view.lasting_step(i), trajectory.crossings[i]
    (crossed, measured), reason = _crossed(view, i), trajectory.reason[i]
    threshold = float(trajectory.threshold[i]) if reason is None or crossed is not None else math.nan
    below = f"below {_percent(threshold)}"
    reached: bool | None
    if crossed is not None:
        head = f"{crossed:,}" if measured else "forecast"
        state, reached = f"{'crossed' if measured else 'to cross'} at step {crossed:,}", True
    elif reason is not None:
        head, state, reached = reason.head, str(reason), None
    else:
        head, state, reached = below, below, False
    sentence = f"{analogies.names[i]}: {analogies.attempted[i]:,} of {analogies.total[i]:,} questions asked; {state}"
    if not math.isnan(threshold):
        sentence += f", {_of_peak(threshold)}"
    if step is not None:
        sentence += f"; forecast at step {step:,} with {crossing.modes} modes learned"
    if crossing.fleeting:
        sentence += f" for a moment only, for longer {'nowhere' if lasting is None else f'at step {lasting:,}'}"
    if view.other is not None:
        sentence += f"; {_compared(view.other, i)}"
    accuracy = _latest(columns, i) if view.reading is None else float(view.reading.accuracies[i])
    dotted = math.nan if view.other is None else _latest(view.other.columns, i)
    return AbilityRow(
        letter=row_letter(number) if is_drawn(study, i) else "",
        name=analogies.names[i],
        accuracy=_percent(accuracy),
        dotted="" if view.other is None else _percent(dotted),
        asked=f"{analogies.attempted[i]:,}/{analogies.total[i]:,}",
        critical="-" if step is None else f"{step:,}{crossing.mark} ({crossing.modes})",
        threshold="-" if math.isnan(threshold) else f"{threshold:.0%} of {threshold / FRACTION:.0%}",
        actual=head,
        difference=_difference(crossed if measured else None, step),
        timeline=timeline(view, i, crossed, ascii),
        state=state,
        sentence=sentence,
        reached=reached,
        values={
            "accuracy": accuracy,
            "dotted": dotted,
            "asked": float(analogies.attempted[i]),
            "critical": _number(step),
            "threshold": threshold,
            "actual": _number(crossed),
            "difference": _number(None if crossed is None or step is None else crossed - step),
        },
    )
