"""The forecast dynamics of the modes against trained runs, on a small made-up target (docs/theory.md, section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
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
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget
from qwem_tui.theory.trajectory import beyond
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


@cache
def made_up(sigma: float) -> Runs:
    """Runs on a target with the shape of M*: a falling top, a bulk of both signs, one huge negative eigenvalue."""
    size, d = 300, 10
    falling = 40.0 * np.arange(1, 41) ** -0.7
    bulk = np.linspace(falling[-1], -6.0, size - 41)
    eigenvalues = torch.from_numpy(np.concatenate([falling, bulk, [-200.0]]))
    generator = torch.Generator().manual_seed(0)
    vectors = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))[0]
    matrix = vectors * eigenvalues @ vectors.T
    target = DenseTarget((matrix + matrix.T) / 2, float((eigenvalues**2).sum()), size * size)
    return train_all(target, top_eigenpairs(target, beyond(d)), d, sigma, range(4))


@pytest.mark.parametrize(("sigma", "bound"), [(1e-2, 0.04), (1e-4, 0.01), (1e-8, 0.002)])
def test_modes_grow_as_forecast(sigma: float, bound: float) -> None:
    these = made_up(sigma)
    assert mode_errors(these, "|R_kk|", HORIZON).mean() <= bound
    for worse in ("paper", "step doubled"):
        assert mode_errors(these, worse, HORIZON).mean() >= 3 * bound


@pytest.mark.parametrize(("sigma", "bound"), [(1e-2, 0.015), (1e-4, 0.002), (1e-8, 0.0002)])
def test_modes_are_half_way_when_forecast(sigma: float, bound: float) -> None:
    these = made_up(sigma)
    assert np.median(half_way_errors(these, "|R_kk|")) <= bound
    for worse in ("paper", "step doubled", "s0^2 doubled"):
        assert np.median(half_way_errors(these, worse)) >= 3 * bound


@pytest.mark.parametrize("sigma", [1e-2, 1e-4, 1e-8])
def test_the_loss_falls_as_forecast(sigma: float) -> None:
    these = made_up(sigma)
    assert loss_error(these, "|R_kk|") <= 0.015
    for worse in ("paper", "step doubled", "s0^2 doubled"):
        assert loss_error(these, worse) >= 3 * 0.015
    # to the end: no mode is left out and none is counted twice
    final = [run.loss[-1] for run in these.runs]
    np.testing.assert_allclose(final, 1.0 - these.can_fall, atol=0.01 * these.can_fall)


@pytest.mark.parametrize(("sigma", "bound"), [(1e-2, 1e-2), (1e-4, 1e-4), (1e-8, 1e-8)])
def test_the_reduced_run_is_nearly_exact(sigma: float, bound: float) -> None:
    these = made_up(sigma)
    assert reduced_errors(these, noise=False).mean() <= bound
    # a start that is not tiny is noise outside the reduced run, and what is left is how that noise changes
    assert reduced_errors(these, noise=True).mean() <= 0.5 * bound
    assert max(np.abs(run.loss - run.reduced_loss).max() for run in these.runs) <= 0.5 * bound


def test_the_half_way_step_is_found_between_steps() -> None:
    eigenvalues = np.array([4.0, 1.0, 9.0])
    logit = np.array([[-3.0, -2.5, -9.0], [-1.0, -0.5, -8.0], [1.0, 1.5, -7.0], [3.0, 3.5, -6.0]])
    s = np.sqrt(eigenvalues / (1 + np.exp(-logit)))
    np.testing.assert_allclose(half_way(s, eigenvalues), [1.5, 1.25, np.inf])
