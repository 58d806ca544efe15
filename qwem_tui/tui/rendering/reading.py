"""What a run is at one step, as measured or as forecast: pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qwem_tui.engine.timeline import Timeline
from qwem_tui.theory.dynamics import effective_rank, participation_ratio
from qwem_tui.tui.rendering.run import Run


@dataclass(frozen=True, eq=False)
class Reading:
    """The numbers of a run at `step`, as far as they are known: NaN or None where not.

    Measured ones are those of the frame at that step. `accuracies` (n_categories,) are those evaluated last by then, at
    `evaluated` (None: never), or of the forecast the last of its steps by then. `t` is the time.
    """

    step: int
    t: float
    made_of: Literal["measured", "forecast"]
    singular_values: NDArray[np.float64]
    modes_learned: int | None
    effective_rank: float
    participation_ratio: float
    loss: float | None
    accuracies: NDArray[np.float64]
    evaluated: int | None


def last_step(run: Run) -> int:
    """Return the last step that can be read: the latest measured, or the last forecast."""
    latest = int(run.columns.steps[-1]) if len(run.columns.steps) else 0
    if not run.study.trajectory.is_forecast:
        return latest
    timeline = Timeline(run.study.step_size, run.changes)
    return max(latest, timeline.step_at((len(run.study.trajectory.modes) - 1) * run.study.step_size))


def nearest_step(run: Run, step: int) -> int:
    """Return the step nearest to `step` that can be read: measured ones have a frame, beyond them all are forecast."""
    steps = run.columns.steps
    if not len(steps) or step > steps[-1]:
        return min(max(0, step), last_step(run))
    after = int(np.searchsorted(steps, step))
    around = steps[max(0, after - 1) : after + 1]
    return int(around[np.abs(around - step).argmin()])


def reading_at(run: Run, step: int) -> Reading:
    """Return what is known of `run` at `step`, one that `nearest_step` gives."""
    columns = run.columns
    if len(columns.steps) and step <= columns.steps[-1]:
        return _measured(run, step)
    return _forecast(run, step)


def _measured(run: Run, step: int) -> Reading:
    columns = run.columns
    at = int(np.searchsorted(columns.steps, step, "right")) - 1
    evaluated = int(np.searchsorted(columns.evaluated_steps, step, "right")) - 1
    categories = columns.accuracies.shape[1]
    modes = float(columns.modes_learned[at])
    return Reading(
        step=int(columns.steps[at]),
        t=float(columns.t[at]),
        made_of="measured",
        singular_values=columns.singular_values[at],
        modes_learned=None if np.isnan(modes) else int(modes),
        effective_rank=float(columns.effective_rank[at]),
        participation_ratio=float(columns.participation_ratio[at]),
        loss=float(columns.loss[at]),
        accuracies=columns.accuracies[evaluated] if evaluated >= 0 else np.full(categories, np.nan),
        evaluated=int(columns.evaluated_steps[evaluated]) if evaluated >= 0 else None,
    )


def _forecast(run: Run, step: int) -> Reading:
    study, trajectory = run.study, run.study.trajectory
    timeline = Timeline(study.step_size, run.changes)
    # what is forecast of a step holds for the step size that the run began with
    at = min(round(timeline.t_at(step) / study.step_size), len(trajectory.modes) - 1)
    modes = trajectory.modes[at]
    evaluated = int(np.searchsorted(trajectory.steps, at, "right")) - 1
    return Reading(
        step=step,
        t=timeline.t_at(step),
        made_of="forecast",
        singular_values=modes,
        modes_learned=int(trajectory.modes_learned[at]),
        effective_rank=effective_rank(modes),
        participation_ratio=participation_ratio(modes),
        loss=float(trajectory.loss[at]),
        accuracies=trajectory.accuracy[evaluated],
        evaluated=timeline.step_at(int(trajectory.steps[evaluated]) * study.step_size),
    )
