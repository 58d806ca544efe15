"""Until when to run: goals, as they are typed and as they are watched for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qwem_tui.base.errors import UsageError
from qwem_tui.base.printable import printable
from qwem_tui.engine.frame import Frame
from qwem_tui.study.study import Forecast


@dataclass(frozen=True)
class ModesLearned:
    """So many modes are learned; None: one more than now."""

    count: int | None = None


@dataclass(frozen=True)
class CategoryCrossed:
    """A category crosses its threshold, at a step that is evaluated; None: whichever is the next to do so."""

    name: str | None = None


@dataclass(frozen=True)
class TimeReached:
    """t reaches so many of its units (tau_1; word2vec's t_1)."""

    units: float


@dataclass(frozen=True)
class LossBelow:
    """The loss is below `loss`."""

    loss: float


@dataclass(frozen=True)
class StepReached:
    """Step `step` is taken."""

    step: int


Goal = ModesLearned | CategoryCrossed | TimeReached | LossBelow | StepReached

GOALS = "mode, mode=8, category, category=NAME, t=1.5, loss=0.8 or step=500"


def parse_goal(text: str) -> Goal:
    """Return the goal that `text` names, such as `mode`, `category=family`, `t=1.5`; raises UsageError if none."""
    kind, equals, value = (part.strip() for part in text.partition("="))
    try:
        match kind, bool(equals):
            case "mode", False:
                return ModesLearned()
            case "category", False:
                return CategoryCrossed()
            case "category", True if value:
                return CategoryCrossed(value)
            case (("mode" | "step"), True) if int(value) >= 1:
                return ModesLearned(int(value)) if kind == "mode" else StepReached(int(value))
            case (("t" | "loss"), True) if 0 < float(value) < math.inf:
                return TimeReached(float(value)) if kind == "t" else LossBelow(float(value))
    except ValueError:
        pass
    raise UsageError(f"{printable(text)!r} is no goal of a run: give {GOALS}.")


def _shortest(number: float) -> str:
    return f"{number:g}" if float(f"{number:g}") == number else repr(number)


def goal_text(goal: Goal) -> str:
    """Return `goal` as `parse_goal` reads it, to the last digit."""
    match goal:
        case ModesLearned(count):
            return "mode" if count is None else f"mode={count}"
        case CategoryCrossed(name):
            return "category" if name is None else f"category={name}"
        case TimeReached(units):
            return f"t={_shortest(units)}"
        case LossBelow(loss):
            return f"loss={_shortest(loss)}"
        case StepReached(step):
            return f"step={step}"


class GoalWatch:
    """Watches a run for a goal."""

    def __init__(self, goal: Goal, study: Forecast, latest: Frame, crossed: frozenset[int]) -> None:
        """Watch from the frame `latest` on; `crossed` are the categories, by number, that have crossed already.

        Raises UsageError where the goal is behind already, or can never be reached in this run.
        """
        self._goal = goal
        self._study = study
        self._crossed = set(crossed)
        self._count = self._wanted_modes(latest)
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

    def _wanted_modes(self, latest: Frame) -> int:
        if not isinstance(self._goal, ModesLearned):
            return 0
        if latest.modes_learned is None:
            raise UsageError(f"Modes learned are not defined for {self._study.config.trainer}: choose another goal.")
        wanted = latest.modes_learned + 1 if self._goal.count is None else self._goal.count
        if wanted > self._study.dim:
            raise UsageError(f"The model has {self._study.dim} modes, and {latest.modes_learned} of them are learned.")
        if wanted <= latest.modes_learned:
            raise UsageError(f"{latest.modes_learned} modes are learned already.")
        return wanted

    def _wanted_category(self) -> int | None:
        """Return the category's number; None where the next is wanted."""
        if not isinstance(self._goal, CategoryCrossed):
            return None
        trajectory, names = self._study.trajectory, self._study.analogies.names
        open_ones = [i for i in range(len(names)) if trajectory.measurable(i) and i not in self._crossed]
        if self._goal.name is None:
            if not open_ones:
                raise UsageError("No category is left that could cross its threshold.")
            return None
        matching = [i for i, name in enumerate(names) if name.casefold() == self._goal.name.casefold()]
        if not matching:
            known = ", ".join(printable(names[i]) for i in open_ones)
            advice = f"choose one of {known}" if known else "and none is left that could cross its threshold"
            raise UsageError(f"There is no category called {printable(self._goal.name)}: {advice}.")
        if matching[0] in self._crossed:
            raise UsageError(f"{printable(names[matching[0]])} has crossed its threshold already.")
        if (reason := trajectory.no_threshold[matching[0]]) is not None:
            raise UsageError(f"{printable(names[matching[0]])} has no threshold to cross: {reason}.")
        return matching[0]

    @property
    def needs_frames(self) -> bool:
        """Return whether every step has to be measured for the goal to be seen where it is."""
        return isinstance(self._goal, ModesLearned | LossBelow)

    def reached(self, step: int, t: float, frame: Frame | None) -> str | None:
        """Return what was reached, in words, at `step` and time `t`, of which `frame` was taken; None: not yet."""
        match self._goal:
            case StepReached(wanted):
                return f"step {wanted:,}" if step >= wanted else None
            case TimeReached(units):
                return f"t / {self._study.time_name} = {units:g}" if t >= units * self._study.time_unit else None
        if frame is None:
            return None
        match self._goal:
            case ModesLearned():
                return f"mode {self._count} learned" if (frame.modes_learned or 0) >= self._count else None
            case LossBelow(loss):
                return f"loss below {loss:g}" if frame.loss < loss else None
        return self._newly_crossed(frame)

    def _newly_crossed(self, frame: Frame) -> str | None:
        if frame.accuracies is None:
            return None
        trajectory, names = self._study.trajectory, self._study.analogies.names
        with np.errstate(invalid="ignore"):
            above = frame.accuracies >= trajectory.threshold
        news = [
            i
            for i in np.flatnonzero(above).tolist()
            if trajectory.measurable(i) and i not in self._crossed and self._category in (None, i)
        ]
        if not news:
            return None
        return ", ".join(f"{printable(names[i])} crossed {trajectory.threshold[i]:.0%}" for i in news)
