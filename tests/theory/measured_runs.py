"""Trained runs beside what was forecast of them, and by how much the two differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.theory.dynamics import (
    ReducedRun,
    initial_embeddings,
    initial_modes,
    loss_floor,
    mode_trajectory,
    normalised_loss,
    tau,
)
from qwem_tui.theory.spectrum import Spectrum
from qwem_tui.theory.target import DenseTarget
from qwem_tui.training.gd import GradientDescent

#: How far predictions are compared, in units of tau_d.
HORIZON, LONG_HORIZON = 1.5, 2.4
#: A prediction by what it starts from; and two that are wrong by a factor of two, in the step or in the start's square.
KINDS = ("|R_kk|", "paper", "step doubled", "s0^2 doubled")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """A trained run and what was forecast of it at each step.

    `measured` (n_steps + 1, d) and `loss` (n_steps + 1,) are of the run; `reduced` and `reduced_loss` those of
    `ReducedRun`, and `reduced_with_noise` has the noise of W(0) that it leaves out put back; `predicted` has the modes
    of each of KINDS.
    """

    measured: Floats
    loss: Floats
    reduced: Floats
    reduced_loss: Floats
    reduced_with_noise: Floats
    predicted: dict[str, Floats]


@dataclass(frozen=True)
class Runs:
    """Runs from one sigma, to LONG_HORIZON tau_d; `can_fall` is how much the normalised loss can fall."""

    eigenvalues: Floats
    frobenius_sq: float
    step_size: float
    tau_d: float
    runs: tuple[Run, ...]

    @property
    def can_fall(self) -> float:
        return 1.0 - loss_floor(self.eigenvalues, self.frobenius_sq)

    def steps(self, horizon: float) -> int:
        """Return the last step within `horizon` tau_d."""
        return int(horizon * self.tau_d / self.step_size)


def train(target: DenseTarget, wide: Spectrum, W0: torch.Tensor, step_size: float, steps: int) -> Run:
    d, eigenvalues = W0.shape[1], wide.eigenvalues.numpy()
    trainer = GradientDescent(target, target.frobenius_sq, wide.lambda_min, wide.vector_min, W0, step_size)
    Z0 = wide.vectors.T @ W0
    beside = ReducedRun(Z0.numpy(), eigenvalues, step_size, 0)
    noise_gram = (W0.T @ W0 - Z0.T @ Z0).numpy()
    measured, reduced, with_noise = (np.empty((steps + 1, d)) for _ in range(3))
    loss, reduced_loss = np.empty(steps + 1), np.empty(steps + 1)
    for n in range(steps + 1):
        state = trainer.measure()
        gram = np.stack([state.gram.numpy(), beside.Z.T @ beside.Z, beside.Z.T @ beside.Z + noise_gram])
        singular = np.sqrt(np.linalg.eigvalsh(gram)[:, ::-1].clip(min=0))
        measured[n], reduced[n], with_noise[n] = singular
        loss[n], reduced_loss[n] = state.loss, beside.loss(target.frobenius_sq)
        trainer.step()
        beside.advance(1)
    ours = initial_modes(W0, wide.vectors[:, :d])[0].numpy()
    papers = torch.linalg.svdvals(W0).numpy()
    starts = dict(zip(KINDS, [(ours, 1), (papers, 1), (ours, 2), (ours * 2**0.5, 1)], strict=True))
    predicted = {
        kind: mode_trajectory(s0, eigenvalues[:d], factor * step_size, steps) for kind, (s0, factor) in starts.items()
    }
    return Run(measured, loss, reduced, reduced_loss, with_noise, predicted)


def train_all(target: DenseTarget, wide: Spectrum, d: int, sigma: float, seeds: Iterable[int]) -> Runs:
    """Return runs by eta = 0.5 / lambda_1; `wide` holds the pairs beyond d too."""
    eigenvalues = wide.eigenvalues[:d].numpy()
    step_size = 0.5 / float(eigenvalues[0])
    # the modes before mode d leave it one direction of W(0), in which it starts from about sigma
    tau_d = tau(float(eigenvalues[-1]), sigma)
    steps = int(np.ceil(LONG_HORIZON * tau_d / step_size))
    starts = (initial_embeddings(target.size, d, sigma, seed) for seed in seeds)
    runs = tuple(train(target, wide, W0, step_size, steps) for W0 in starts)
    return Runs(eigenvalues, target.frobenius_sq, step_size, tau_d, runs)


def mode_errors(these: Runs, kind: str, horizon: float, in_order: bool = False) -> Floats:
    """Return the mean over runs and t of |s_k - forecast| / sqrt(lambda_k), by mode (d,).

    The k-th largest singular value is held against the mode of the k-th largest eigenvalue; `in_order`: against the
    k-th largest forecast at that step, which is kinder to modes that overtake each other.
    """
    upto = these.steps(horizon) + 1
    forecast = [run.predicted[kind][:upto] for run in these.runs]
    if in_order:
        forecast = [-np.sort(-modes, axis=1) for modes in forecast]
    off = np.abs(np.array([run.measured[:upto] for run in these.runs]) - np.array(forecast))
    return np.asarray((off / np.sqrt(these.eigenvalues)).mean(axis=(0, 1)))


def reduced_errors(these: Runs, noise: bool) -> Floats:
    """Return |s_k - that of the reduced run| / sqrt(lambda_k): (n_runs, n_steps + 1, d)."""
    reduced = [run.reduced_with_noise if noise else run.reduced for run in these.runs]
    measured = np.array([run.measured for run in these.runs])
    return np.asarray(np.abs(measured - np.array(reduced)) / np.sqrt(these.eigenvalues))


def half_way(s: Floats, eigenvalues: Floats) -> Floats:
    """Return the first steps (d,), as real numbers, at which s_k^2 = lambda_k / 2; inf where it is not reached.

    Between two steps the logit of s_k^2 / lambda_k is linear, which is what Lemma 3.1 says of a small start.
    """
    share = (s**2 / eigenvalues).clip(1e-300, 1 - 1e-12)
    logit = np.log(share) - np.log1p(-share)
    found = np.full(len(eigenvalues), np.inf)
    for k, column in enumerate(logit.T):
        at = int((column >= 0).argmax())
        if column[at] >= 0:
            assert at > 0, "a mode is half-way before the run begins"
            found[k] = at - column[at] / (column[at] - column[at - 1])
    return found


def half_way_errors(these: Runs, kind: str) -> Floats:
    """Return the relative errors of the half-way times (n_runs, d); inf where either is not reached in the run."""
    errors = np.full((len(these.runs), len(these.eigenvalues)), np.inf)
    for row, run in zip(errors, these.runs, strict=True):
        measured = half_way(run.measured, these.eigenvalues)
        predicted = half_way(run.predicted[kind], these.eigenvalues)
        both = np.isfinite(measured) & np.isfinite(predicted)
        row[both] = np.abs(predicted[both] / measured[both] - 1)
    return errors


def loss_error(these: Runs, kind: str) -> float:
    """Return the largest |loss - forecast| over runs and steps, as a share of all that the loss can fall."""
    forecast = [normalised_loss(run.predicted[kind], these.eigenvalues, these.frobenius_sq) for run in these.runs]
    measured = [run.loss for run in these.runs]
    return float(np.abs(np.array(measured) - np.array(forecast)).max() / these.can_fall)
