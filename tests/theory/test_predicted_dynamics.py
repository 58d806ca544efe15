"""The forecast dynamics of the modes against trained runs, on a small made-up target (docs/theory.md, section 3)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from qwem_tui.theory.spectrum import top_eigenpairs
from qwem_tui.theory.target import DenseTarget
from qwem_tui.theory.trajectory import beyond
from tests.theory.measured_runs import (
    HORIZON,
    Runs,
    half_way,
    half_way_errors,
    loss_error,
    mode_errors,
    reduced_errors,
    train_all,
)


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
