"""At which steps a run is measured, and how often its accuracies are."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace

from qwem_tui.engine.timeline import Timeline


@dataclass(frozen=True)
class Schedule:
    """At which steps a run is measured: a function of the step alone, so that it repeats.

    Singular values, ranks and loss come from d x d and V x d products: `observe_every` is 1 for full-batch descent.
    """

    evaluate_every: int
    #: ascending
    also: tuple[int, ...] = ()
    observe_every: int = 1

    def observes(self, step: int) -> bool:
        """Return whether singular values, ranks and loss are measured at `step`."""
        return step % self.observe_every == 0 or self.evaluates(step)

    def evaluates(self, step: int) -> bool:
        """Return whether accuracies are measured at `step`: every `evaluate_every` steps, and at those of `also`."""
        at = bisect_left(self.also, step)
        return step % self.evaluate_every == 0 or (at < len(self.also) and self.also[at] == step)

    def retimed(self, before: Timeline, after: Timeline, step: int) -> Schedule:
        """Return the schedule with each step of `also` beyond `step` moved to the one at which `after` has the same t.

        `before` is the timeline by which those steps were chosen.
        """
        moved = (other if other <= step else after.step_at(before.t_at(other)) for other in self.also)
        return replace(self, also=tuple(sorted(set(moved))))
