"""Watching a run for a goal."""

from __future__ import annotations

import numpy as np

from qwem_tui.base.errors import UsageError
from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import (
    CategoryCrossed,
    Goal,
    LossBelow,
    ModesLearned,
    ReachedThreshold,
    StepReached,
    TimeReached,
)
from qwem_tui.engine.outcome import GoalReached
from qwem_tui.study.study import Forecast


class GoalWatch:
    """Finds the step at which a goal is reached."""

    def __init__(self, goal: Goal, study: Forecast, latest: Frame, crossed: frozenset[int]) -> None:
        """Watch from the frame `latest` on; `crossed` are the categories, by number, that have crossed already.

        Raises UsageError where the goal is behind already, or can never be reached in this run.
        """
        self._study = study
        self._crossed = crossed
        self._count = self._wanted_modes(goal, latest)
        #: what is watched for, the next mode by its number
        self.goal = ModesLearned(self._count) if isinstance(goal, ModesLearned) else goal
        self._category = self._wanted_category()
        if isinstance(goal, TimeReached) and latest.t >= goal.units * study.time_unit:
            raise UsageError(f"t / {study.time_name} = {goal.units:g} is behind already, at step {latest.step:,}.")
        if isinstance(goal, StepReached) and latest.step >= goal.step:
            raise UsageError(f"Step {goal.step:,} is behind already, at step {latest.step:,}.")
        if isinstance(goal, LossBelow):
            if latest.loss < goal.loss:
                raise UsageError(f"The loss is below {goal.loss:g} already: {latest.loss:.4f}.")
            if study.loss_floor is not None and goal.loss <= study.loss_floor:
                raise UsageError(f"The loss cannot fall below its floor of {study.loss_floor:.4f}.")

    def _wanted_modes(self, goal: Goal, latest: Frame) -> int:
        if not isinstance(goal, ModesLearned):
            return 0
        if latest.modes_learned is None:
            raise UsageError(f"Modes learned are not defined for {self._study.config.trainer}: choose another goal.")
        wanted = latest.modes_learned + 1 if goal.count is None else goal.count
        if wanted > self._study.dim:
            raise UsageError(f"The model has {self._study.dim} modes, and {latest.modes_learned} of them are learned.")
        if wanted <= latest.modes_learned:
            raise UsageError(f"{latest.modes_learned} modes are learned already.")
        return wanted

    def _wanted_category(self) -> int | None:
        """Return the category's number; None where the next is wanted."""
        if not isinstance(self.goal, CategoryCrossed):
            return None
        trajectory, names = self._study.trajectory, self._study.analogies.names
        open_ones = [i for i in range(len(names)) if trajectory.measurable(i) and i not in self._crossed]
        if self.goal.name is None:
            if not open_ones:
                raise UsageError("No category is left that could cross its threshold.")
            return None
        matching = [i for i, name in enumerate(names) if name.casefold() == self.goal.name.casefold()]
        if not matching:
            known = ", ".join(printable(names[i]) for i in open_ones)
            advice = f"choose one of {known}" if known else "and none is left that could cross its threshold"
            raise UsageError(f"There is no category called {printable(self.goal.name)}: {advice}.")
        if matching[0] in self._crossed:
            raise UsageError(f"{printable(names[matching[0]])} has crossed its threshold already.")
        if (reason := trajectory.no_threshold[matching[0]]) is not None:
            raise UsageError(f"{printable(names[matching[0]])} has no threshold to cross: {reason}.")
        return matching[0]

    @property
    def needs_frames(self) -> bool:
        """Return whether every step has to be measured for the goal to be seen where it is."""
        return isinstance(self.goal, ModesLearned | LossBelow)

    def reached(self, step: int, t: float, frame: Frame | None) -> GoalReached | None:
        """Return what was reached at `step` and time `t`, of which `frame` was taken; None: nothing yet."""
        goal = self.goal
        match goal:
            case StepReached(wanted):
                return self._reached() if step >= wanted else None
            case TimeReached(units):
                return self._reached() if t >= units * self._study.time_unit else None
        if frame is None:
            return None
        match goal:
            case ModesLearned():
                return self._reached() if (frame.modes_learned or 0) >= self._count else None
            case LossBelow(loss):
                return self._reached() if frame.loss < loss else None
        crossed = self._newly_crossed(frame)
        return self._reached(crossed) if crossed else None

    def _reached(self, crossed: tuple[ReachedThreshold, ...] = ()) -> GoalReached:
        return GoalReached(self.goal, self._study.time_name, crossed)

    def _newly_crossed(self, frame: Frame) -> tuple[ReachedThreshold, ...]:
        if frame.accuracies is None:
            return ()
        trajectory, names = self._study.trajectory, self._study.analogies.names
        with np.errstate(invalid="ignore"):
            above = frame.accuracies >= trajectory.threshold
        return tuple(
            ReachedThreshold(names[i], float(trajectory.threshold[i]))
            for i in np.flatnonzero(above).tolist()
            if trajectory.measurable(i) and i not in self._crossed and self._category in (None, i)
        )
