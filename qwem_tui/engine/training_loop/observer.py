"""From the trainer's state to a Frame."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.device import one_thread
from qwem_tui.engine.frame import Frame
from qwem_tui.study.study import Forecast
from qwem_tui.theory.dynamics import effective_rank, modes_learned, participation_ratio
from qwem_tui.training.trainer import Trainer


class Observer:
    """Makes frames of one run."""

    def __init__(self, study: Forecast) -> None:
        """Prepare the questions and eigenvalues of `study`."""
        self._eigenvalues = study.spectrum.eigenvalues.cpu().numpy()
        self._has_modes = study.has_modes
        self._analogies = study.analogies
        device, others = study.spectrum.vectors.device, study.analogies.alternatives
        self._scorer = Scorer(study.analogies.questions, device, alternatives=others)
        #: which questions (N,) were right in the last frame; None where that had no accuracies
        self.correct: NDArray[np.bool_] | None = None

    def frame(self, trainer: Trainer, evaluate: bool, steps_per_second: float) -> Frame:
        """Return the frame of the trainer's present state, with accuracies where `evaluate`."""
        measured = trainer.measure()
        squares = torch.linalg.eigvalsh(measured.gram).flip(0).clamp(min=0) if math.isfinite(measured.loss) else None
        s = np.full(len(self._eigenvalues), np.nan) if squares is None else squares.sqrt().numpy()
        accuracies = overall = self.correct = None
        if evaluate and len(self._analogies.questions):
            with one_thread():
                self.correct = correct = self._scorer.correct(trainer.W.float())
            accuracies, overall = self._analogies.accuracies(correct), float(correct.mean())
        return Frame(
            step=trainer.steps,
            t=trainer.t,
            loss=measured.loss,
            singular_values=s,
            modes_learned=modes_learned(s, self._eigenvalues) if self._has_modes else None,
            effective_rank=effective_rank(s),
            participation_ratio=participation_ratio(s),
            accuracies=accuracies,
            overall_accuracy=overall,
            steps_per_second=steps_per_second,
        )
