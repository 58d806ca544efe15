"""The steps under way, and where the run is to pause."""

from __future__ import annotations

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.goals import Goal, StepReached
from qwem_tui.engine.outcome import Asked, GoalMissed, GoalReached
from qwem_tui.engine.training_loop.goal_watch import GoalWatch


class Stretch:
    """Steps that a run takes without a pause: a number of them, up to a goal, or until it is done."""

    def __init__(self, steps: int | None = None, watch: GoalWatch | None = None) -> None:
        """Begin: `steps` are to be taken, or those until `watch` sees its goal; with neither, until the run is done."""
        #: steps still to take, where they are counted
        self.steps_left = steps
        self._watch = watch

    @property
    def needs_frames(self) -> bool:
        """Return whether every step has to be measured for its goal to be seen where it is."""
        return self._watch is not None and self._watch.needs_frames

    @property
    def missed(self) -> GoalMissed | None:
        """Return its goal, as that of a run which is done before it; None where it has none."""
        return None if self._watch is None else GoalMissed(self._watch.goal)

    def goal(self, step: int) -> Goal | None:
        """Return where it ends, seen from `step`; None where the run has none but to be done."""
        if self.steps_left is not None:
            return StepReached(step + self.steps_left)
        return None if self._watch is None else self._watch.goal

    def take_step(self, step: int, t: float, frame: Frame | None) -> Asked | GoalReached | None:
        """Return why it ends with `step` at time `t`, of which `frame` was taken; None where it does not end."""
        if self.steps_left is not None:
            self.steps_left -= 1
            return Asked() if self.steps_left == 0 else None
        return None if self._watch is None else self._watch.reached(step, t, frame)
