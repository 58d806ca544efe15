"""A few steps of a trainer, timed: how fast this machine is (*ours*)."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import torch

from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.study.costs import Pace, Timer
from qwem_tui.study.study import StudyConfig
from qwem_tui.theory.dynamics import DEFAULT_STEP_FRACTION, initial_embeddings, stability_limit
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.target import DenseTarget
from qwem_tui.training.gd import GradientDescent
from qwem_tui.training.sgd import StochasticDescent, default_batch_size, quiet_step_size

#: Steps are timed until they have taken so many seconds together, but at least and at most so many.
_SECONDS, _LEAST_STEPS, _MOST_STEPS = 1.0, 3, 50


def _timed(step: Callable[[], None], wait: Callable[[], None]) -> list[float]:
    """Return the seconds of some steps, after one that is not counted: it compiles and allocates."""
    step()
    wait()
    taken: list[float] = []
    while len(taken) < _LEAST_STEPS or (sum(taken) < _SECONDS and len(taken) < _MOST_STEPS):
        began = time.perf_counter()
        step()
        wait()
        taken.append(time.perf_counter() - began)
    return taken


def _waiting(device: torch.device) -> Callable[[], None]:
    """Return what waits until the device has done all that it was given."""
    return torch.cuda.synchronize if device.type == "cuda" else lambda: None


def gd_timer(study: StudyConfig) -> Timer:
    """Return what times steps of gradient descent on full batches."""

    def pace(target: DenseTarget, spectrum: Spectrum, corpus: Corpus, dim: int) -> Pace:
        trainer = GradientDescent(*_parts(target, spectrum, dim, study), _step_size(spectrum))
        taken = _timed(trainer.step, _waiting(spectrum.vectors.device))
        return Pace("gd", target.size, dim, median(taken), len(taken), None, None)

    return pace


def sgd_timer(study: StudyConfig) -> Timer:
    """Return what times steps of the paper's algorithm on pairs, at the step size at which chance does little."""

    def pace(target: DenseTarget, spectrum: Spectrum, corpus: Corpus, dim: int) -> Pace:
        batch = default_batch_size(target.size)
        trainer = StochasticDescent(
            *_parts(target, spectrum, dim, study), 1.0, corpus, study.window, batch, study.seed, study.negative_weight
        )
        try:
            eigenvalues = spectrum.eigenvalues[:dim].cpu().numpy()
            limit = stability_limit(float(eigenvalues[0]), spectrum.lambda_next)
            trainer.step_size = quiet_step_size(trainer, eigenvalues, limit)
            taken = _timed(trainer.step, _waiting(spectrum.vectors.device))
        finally:
            trainer.close()
        return Pace("sgd", target.size, dim, median(taken), len(taken), 2 * batch, trainer.step_size)

    return pace


def _step_size(spectrum: Spectrum) -> float:
    return DEFAULT_STEP_FRACTION * stability_limit(float(spectrum.eigenvalues[0]), spectrum.lambda_next)


def _parts(
    target: DenseTarget, spectrum: Spectrum, dim: int, study: StudyConfig
) -> tuple[DenseTarget, float, float, torch.Tensor, torch.Tensor]:
    W0 = initial_embeddings(target.size, dim, study.sigma, study.seed).to(spectrum.vectors.device, target.dtype)
    return target, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, W0
