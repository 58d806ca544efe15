"""What the panes show: one run, and perhaps another to compare it with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from qwem_tui.engine.history import Columns
from qwem_tui.engine.timeline import Timeline
from qwem_tui.study.study import Forecast
from qwem_tui.tui.rendering.palette import Palette
from qwem_tui.tui.rendering.reading import Reading, reading_at
from qwem_tui.tui.rendering.run import Run


@dataclass(frozen=True, eq=False)
class View:
    """A run, how to draw it, and another one, drawn dotted in place of what was forecast.

    `mode`, counted from 1, and `category`, by name, are those whose curves are brought forward; None: all are alike.
    `cursor` is the step at which the time cursor stands (one that `nearest_step` gives), None: the latest is shown.
    `staircase`: the modes are rows of shades instead of curves. `span` is the part of the time axis that is shown;
    None: all of it.
    """

    run: Run
    log_x: bool
    colors: Palette
    other: Run | None = None
    mode: int | None = None
    cursor: int | None = None
    category: str | None = None
    staircase: bool = False
    span: tuple[float, float] | None = None

    @property
    def study(self) -> Forecast:
        """Return what was known of the run before it began."""
        return self.run.study

    @cached_property
    def reading(self) -> Reading | None:
        """Return what the run is at the time cursor; None where there is none."""
        return None if self.cursor is None else reading_at(self.run, self.cursor)

    @property
    def cursor_x(self) -> float | None:
        """Return where the time cursor is on the time axis; None where there is none."""
        return None if self.reading is None else self.reading.t / self.study.time_unit

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
        return (
            id(self.study),
            self.columns.version,
            self.log_x,
            self.colors,
            self.run.changes,
            other,
            self.mode,
            self.cursor,
            self.category,
            self.staircase,
            self.span,
        )
