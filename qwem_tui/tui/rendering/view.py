"""What the panes show: one run, and perhaps another to compare it with."""

from __future__ import annotations

from dataclasses import dataclass

from qwem_tui.engine.history import Columns
from qwem_tui.engine.timeline import StepSizeChange, Timeline
from qwem_tui.study.study import Forecast
from qwem_tui.tui.rendering.palette import Palette


@dataclass(frozen=True, eq=False)
class Run:
    """A run so far: what was known of it, what was measured, the changes of its step size, and what it is called."""

    study: Forecast
    columns: Columns
    changes: tuple[StepSizeChange, ...] = ()
    name: str = ""


@dataclass(frozen=True, eq=False)
class View:
    """A run, how to draw it, and another one, drawn dotted in place of what was forecast.

    `mode`, counted from 1, is the one whose curves are brought forward; None: all are alike.
    """

    run: Run
    log_x: bool
    colors: Palette
    other: Run | None = None
    mode: int | None = None

    @property
    def study(self) -> Forecast:
        """Return what was known of the run before it began."""
        return self.run.study

    @property
    def columns(self) -> Columns:
        """Return what was measured."""
        return self.run.columns

    @property
    def runs(self) -> tuple[Run, ...]:
        """Return all runs shown."""
        return (self.run,) if self.other is None else (self.run, self.other)

    @property
    def dotted(self) -> str:
        """Return what the dotted lines are; empty where there are none."""
        if self.other is not None:
            return self.other.name
        return "closed form" if self.study.trajectory.is_forecast else ""

    @property
    def timeline(self) -> Timeline:
        """Return which step of the run has which t."""
        return Timeline(self.study.step_size, self.run.changes)

    def forecast_step(self, category: int) -> int | None:
        """Return the step at which a category is forecast to cross, at the step sizes in use; None where none is."""
        return self._at(self.study.trajectory.crossing[category])

    def lasting_step(self, category: int) -> int | None:
        """Return the step at which a category whose crossing is fleeting crosses for longer; None where none is."""
        return self._at(self.study.trajectory.crossings[category].lasting)

    def _at(self, forecast: int | None) -> int | None:
        return None if forecast is None else self.timeline.step_at(forecast * self.study.step_size)

    @property
    def key(self) -> tuple[object, ...]:
        """Return what changes whenever a picture of this would."""
        other = None if self.other is None else self.other.columns.version
        return (id(self.study), self.columns.version, self.log_x, self.colors, self.run.changes, other, self.mode)
