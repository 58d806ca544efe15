"""When a run is done, by its trainer."""

from __future__ import annotations

import math

from qwem_tui.engine.frame import Frame
from qwem_tui.engine.outcome import Completion, LossSettled, LossStalled, StepLimit, StepLimitOfRank, TimeOver
from qwem_tui.study.study import Forecast
from qwem_tui.theory.convergence import RANK_SHARE, Convergence, RankRecord

#: Stochastic descent ends at this many times the time in which full batches settle: noise may keep the last modes down.
_PATIENCE = 1.5
#: Full batches that settle above the least loss they had, by this share of all it can fall, cannot follow their steps.
_WORSE_SHARE = 1e-3


class StoppingCriterion:
    """Finds when a run is done, and why: modes learned and the loss settled, or its steps taken.

    word2vec, whose end nothing forecasts, ends at its number of steps, with its effective rank and the step since
    which it had 90% of that.
    """

    def __init__(self, study: Forecast) -> None:
        """Watch the run of `study` from its first frame on."""
        self._study = study
        self._settle: Convergence | None = None
        if study.loss_floor is not None:
            self._settle = Convergence(study.dim, float(study.spectrum.eigenvalues[-1]), study.loss_floor)
        self._ranks = RankRecord()
        self._least = math.inf
        #: why a run whose loss settled with the last frame is not done
        self.stalled: LossStalled | None = None

    def completion(self, frame: Frame) -> Completion | None:
        """Return why the run is done with `frame`, the next one, or None."""
        study = self._study
        self.stalled = None
        self._least = min(self._least, frame.loss)
        if self._settle is None or study.loss_floor is None:
            self._ranks.take(frame.step, frame.effective_rank)
            return None
        if self._settle.settled(frame.t, frame.loss, lambda: frame.modes_learned or 0):
            if study.config.trainer == "gd" and frame.loss > self._least + _WORSE_SHARE * (1.0 - study.loss_floor):
                self.stalled = LossStalled(frame.loss, self._least)
                self._settle.begin_again()
                return None
            return LossSettled(study.dim)
        settles_at = float(study.trajectory.steps[-1]) * study.step_size
        if study.config.trainer == "sgd" and frame.t >= _PATIENCE * settles_at:
            return TimeOver(frame.modes_learned or 0, study.dim, _PATIENCE)
        return None

    def at_limit(self, steps: int, frame: Frame) -> Completion:
        """Return why the run is done at its limit of `steps`, with `frame` as its last."""
        if self._settle is not None:
            return StepLimit(steps)
        since = self._ranks.reached_at(frame.effective_rank)
        return StepLimitOfRank(steps, frame.effective_rank, RANK_SHARE, since)
