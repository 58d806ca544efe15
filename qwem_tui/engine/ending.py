"""When a run is done, by its trainer."""

from __future__ import annotations

from qwem_tui.engine.frame import Frame
from qwem_tui.study.study import Outlook
from qwem_tui.theory.settle import RANK_SHARE, RankWatch, SettleWatch

#: Stochastic descent ends at this many times the time in which full batches settle: noise may keep the last modes down.
_PATIENCE = 1.5


class Ending:
    """Says when a run is done: modes learned and the loss settled, or, for word2vec, the effective rank."""

    def __init__(self, study: Outlook) -> None:
        """Watch the run of `study` from its first frame on."""
        self._study = study
        self._settle: SettleWatch | None = None
        if study.loss_floor is not None:
            self._settle = SettleWatch(study.dim, float(study.spectrum.eigenvalues[-1]), study.loss_floor)
        self._rank = RankWatch(study.time_unit)

    def reason(self, frame: Frame) -> str | None:
        """Take the next frame; return why the run is done with it, or None."""
        study = self._study
        if self._settle is None:
            if not self._rank.settled(frame.step, frame.t, frame.effective_rank):
                return None
            reached = self._rank.reached_at(frame.effective_rank)
            return f"effective rank {frame.effective_rank:.1f}, {RANK_SHARE:.0%} of it since step {reached:,}"
        if self._settle.settled(frame.t, frame.loss, lambda: frame.modes_learned or 0):
            return f"all {study.dim} modes learned and the loss settled"
        settles_at = float(study.trajectory.steps[-1]) * study.step_size
        if study.config.trainer == "sgd" and frame.t >= _PATIENCE * settles_at:
            return f"{frame.modes_learned} of {study.dim} modes learned at {_PATIENCE:g} times the time foretold"
        return None
