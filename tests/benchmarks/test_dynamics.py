"""The forecast dynamics of the modes against trained runs on a real corpus (docs/theory.md, section 3).

Skips without the data.

The runs are those of `training.gd`, which are deflated: the step size here would be stable without, and the learned
modes are the same.
"""

from __future__ import annotations

import gzip
from functools import cache

import numpy as np
import pytest

from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import build_corpus
from qwem_tui.theory.spectrum import top_eigenpairs
from qwem_tui.theory.target import target_matrix
from qwem_tui.theory.trajectory import beyond
from tests.benchmarks.reference_corpus import BOOKS, WINDOW
from tests.theory.measured_runs import (
    HORIZON,
    KINDS,
    LONG_HORIZON,
    Runs,
    half_way_errors,
    loss_error,
    mode_errors,
    reduced_errors,
    train_all,
)

SIZE, DIM, SEEDS = 1500, 32, range(6)

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here"),
]


@cache
def trained() -> dict[float, Runs]:
    with gzip.open(BOOKS, "rt", encoding="utf-8") as lines:
        corpus = build_corpus(lines, letters, SIZE)
    target = target_matrix(cooccurrence_counts(corpus, WINDOW, Silent()), corpus.vocabulary.counts)
    wide = top_eigenpairs(target, beyond(DIM))
    return {sigma: train_all(target, wide, DIM, sigma, SEEDS) for sigma in (1e-2, 1e-4, 1e-8)}


@pytest.mark.parametrize(("sigma", "bound"), [(1e-2, 0.04), (1e-4, 0.012), (1e-8, 0.005)])
def test_modes_grow_as_forecast(sigma: float, bound: float) -> None:
    these = trained()[sigma]
    print(
        f"\nsigma {sigma:g}, lambda_1 {these.eigenvalues[0]:.1f}, lambda_d {these.eigenvalues[-1]:.1f}, tau_d "
        f"{these.tau_d:.3f} = {these.steps(1)} steps: |s_k measured - forecast| in % of sqrt(lambda_k), mean over t "
        f"and {len(these.runs)} seeds"
    )
    print(f"{'':28}{'modes':>10} {'':>10} {'in order':>10} {'':>10}")
    print(f"{'from':>14} {'t up to':>12} {'1 to 32':>10} {'25 to 32':>10} {'1 to 32':>10}")
    for kind in KINDS:
        for horizon in (HORIZON, LONG_HORIZON):
            by_mode, in_order = mode_errors(these, kind, horizon), mode_errors(these, kind, horizon, in_order=True)
            figures = " ".join(f"{100 * each.mean():10.2f}" for each in (by_mode, by_mode[-8:], in_order))
            print(f"{kind:>14} {f'{horizon} tau_d':>12} {figures}")
    assert mode_errors(these, "|R_kk|", HORIZON).mean() <= bound
    for worse in ("paper", "step doubled"):
        assert mode_errors(these, worse, HORIZON).mean() >= 3 * bound


@pytest.mark.parametrize(("sigma", "bound"), [(1e-2, 0.025), (1e-4, 0.01), (1e-8, 0.002)])
def test_modes_are_half_way_when_forecast(sigma: float, bound: float) -> None:
    these = trained()[sigma]
    print(f"\nsigma {sigma:g}: relative error of the half-way time, median over modes and {len(these.runs)} seeds")
    for kind in KINDS:
        errors = half_way_errors(these, kind)
        missing = int(np.isinf(errors).sum())
        print(f"{kind:>14} {np.median(errors):8.3%}   not reached within {LONG_HORIZON} tau_d: {missing}")
    assert np.median(half_way_errors(these, "|R_kk|")) <= bound
    for worse in ("paper", "step doubled", "s0^2 doubled"):
        assert np.median(half_way_errors(these, worse)) >= 2 * bound


@pytest.mark.parametrize("sigma", [1e-2, 1e-4, 1e-8])
def test_the_loss_falls_as_forecast(sigma: float) -> None:
    these = trained()[sigma]
    errors = {kind: loss_error(these, kind) for kind in KINDS}
    listed = ", ".join(f"{kind} {error:.2%} ({error * these.can_fall:.5f})" for kind, error in errors.items())
    print(f"\nsigma {sigma:g}: floor {1 - these.can_fall:.4f}; largest |loss - forecast| of all it can fall: {listed}")
    assert errors["|R_kk|"] <= 0.01
    for worse in ("paper", "step doubled", "s0^2 doubled"):
        assert errors[worse] >= 0.03


@pytest.mark.parametrize(("sigma", "bound"), [(1e-2, 1.5e-2), (1e-4, 1e-3), (1e-8, 1e-5)])
def test_the_reduced_run_is_nearly_exact(sigma: float, bound: float) -> None:
    these = trained()[sigma]
    off = max(np.abs(run.loss - run.reduced_loss).max() for run in these.runs) / these.can_fall
    # what is left is W(0) outside the span of these modes: taken with all V of them it vanishes
    alone, with_noise = reduced_errors(these, noise=False), reduced_errors(these, noise=True)
    print(
        f"\nsigma {sigma:g}, reduced run of {beyond(DIM)} modes: s_k off by {alone.mean():.2e} of sqrt(lambda_k) in "
        f"the mean, {alone.max():.2e} at most (with the noise that it leaves out put back: {with_noise.mean():.2e}, "
        f"{with_noise.max():.2e}); loss by {off:.2e} of all it can fall"
    )
    assert alone.mean() <= bound
    assert off <= bound
