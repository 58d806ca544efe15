"""The closing lines of a run without a screen. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.history import Columns, History, crossed_at
from qwem_tui.engine.status import Phase
from qwem_tui.study.study import Forecast


def closing_lines(
    forecast: Forecast | None,
    history: History | None,
    phase: Phase,
    folder: Path,
    *,
    why: str,
    way_on: str,
    problem: str = "",
    stopped_by: str | None = None,
    resumed: bool = False,
) -> list[str]:
    """Return the report of a run that has ended in `phase`, in lines; none where it failed before it began to train.

    `why` it is done or paused, `way_on`: how it can be resumed, and the `problem` of its files are in words already,
    and printable. `stopped_by` is the name of the signal that stopped it, None: there was none. `resumed`: it had begun
    in another process.
    """
    frame = history.latest() if history is not None else None
    stopped = "Stopped" if stopped_by is None else f"Stopped by {stopped_by}"
    if forecast is None or history is None or frame is None:
        if phase is not Phase.STOPPED:
            return []
        left = f"the run is as it was: {way_on}" if resumed else "nothing was saved"
        return [f"{stopped} before training began: {left}."]
    where = f"at step {frame.step:,} (t/{forecast.time_name} = {frame.t / forecast.time_unit:.2f})"
    if phase is Phase.DONE:
        ended = f"Done {where}: {why}."
    elif phase is Phase.PAUSED and stopped_by is None:
        ended = f"{stopped} {where}. {why}".rstrip()
    else:
        ended = f"{stopped} {where}; {way_on}."
    return [
        *forecast.warnings,
        *([problem] if problem else []),
        ended,
        _learned(forecast, frame),
        *_analogies(forecast, frame, history.columns()),
        f"Run folder: {printable(str(folder))}",
    ]


def _learned(forecast: Forecast, frame: Frame) -> str:
    floor = "" if forecast.loss_floor is None else f" (floor {forecast.loss_floor:.4f})"
    if frame.modes_learned is None:
        modes = f"effective rank {frame.effective_rank:.1f} of {forecast.dim}"
        modes += "; modes learned are not defined for this trainer"
    else:
        modes = f"{frame.modes_learned} of {forecast.dim} modes learned"
    return f"Loss {frame.loss:.4f}{floor}, {modes}."


def _analogies(forecast: Forecast, frame: Frame, columns: Columns) -> Iterator[str]:
    """Yield the accuracy of all questions and of each category that has some; nothing where they were not asked."""
    analogies = forecast.analogies
    if frame.accuracies is None or frame.overall_accuracy is None:
        return
    asked, total = int(analogies.attempted.sum()), int(analogies.total.sum())
    yield (
        f"Analogies ({analogies.protocol} protocol): {frame.overall_accuracy:.1%} of {asked:,} questions attempted, of "
        f"{total:,}."
    )
    for category, name in enumerate(analogies.names):
        if attempted := analogies.attempted[category]:
            yield (
                f"  {frame.accuracies[category]:6.1%}  {printable(name)}  ({attempted:,} of "
                f"{analogies.total[category]:,} attempted; "
                f"{', '.join(_crossing(forecast, columns, category))})"
            )


def _crossing(forecast: Forecast, columns: Columns, category: int) -> Iterator[str]:
    """Yield when a category has crossed its threshold, and when the forecast had it, or why it has not."""
    trajectory = forecast.trajectory
    crossed, expected = crossed_at(trajectory, columns, category), trajectory.crossings[category]
    if crossed is not None:
        yield f"crossed at step {crossed:,}"
    if (reason := trajectory.reason[category]) is not None:
        yield str(reason)
    elif expected.step is not None:
        yield f"forecast for step {expected.step:,}{expected.mark}"
    elif crossed is None:
        yield f"below {trajectory.threshold[category]:.0%}"
