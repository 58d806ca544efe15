"""The forecast and training iterate the same operator, at every size of the vocabulary."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qwem_tui.theory.convergence import Convergence
from qwem_tui.theory.dynamics import initial_embeddings, loss_floor, modes_learned, stability_limit
from qwem_tui.theory.spectrum import top_eigenpairs
from qwem_tui.theory.target import DenseTarget
from qwem_tui.theory.trajectory import ForecastRun
from qwem_tui.training.gd import GradientDescent
from tests.theory.targets import like_a_target, targets_of_small_texts

#: Pairs slower than the first by more than this would make a run of a test too long; few runs come near to the steps.
#: Both are compared at every `STRIDE` steps.
LEARNABLE_SHARE, MOST_STEPS, STRIDE = 0.02, 20_000, 4


@settings(max_examples=25, deadline=None)
@given(target=targets_of_small_texts(), seed=st.integers(0, 2**31), data=st.data())
def test_the_forecast_is_training_where_its_basis_is_all_of_the_space(
    target: DenseTarget, seed: int, data: st.DataObject
) -> None:
    spectrum = top_eigenpairs(target, target.size)
    eigenvalues = spectrum.eigenvalues.numpy()
    lambda_1 = float(eigenvalues[0])
    assume(lambda_1 > 1e-9 * np.abs(eigenvalues).max())
    dim = data.draw(st.integers(1, int((eigenvalues >= LEARNABLE_SHARE * lambda_1).sum())))
    W0 = initial_embeddings(target.size, dim, 1e-4, seed)
    step_size = 0.5 * stability_limit(lambda_1, spectrum.lambda_next)
    trainer = GradientDescent(target, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, W0, step_size)
    forecast = ForecastRun(W0, spectrum, step_size).start
    learned = eigenvalues[:dim]
    convergence = Convergence(dim, float(learned[-1]), loss_floor(learned, target.frobenius_sq))
    while trainer.steps < MOST_STEPS:
        measured = trainer.measure()
        s, forecast_s = torch.linalg.svdvals(trainer.W).numpy(), forecast.singular_values()
        np.testing.assert_allclose(forecast_s, s, rtol=0, atol=1e-6 * lambda_1**0.5)
        assert forecast.loss(target.frobenius_sq) == pytest.approx(measured.loss, abs=1e-9)
        if convergence.settled(trainer.t, measured.loss, lambda s=s: modes_learned(s, learned)):  # type: ignore[misc]
            break
        for _ in range(STRIDE):
            trainer.step()
        forecast.advance(STRIDE)
    # gradient descent has come to rest at the rank-d minimiser of M* itself: nothing was lost by deflation
    np.testing.assert_allclose(s, np.sqrt(learned), rtol=0, atol=0.02 * lambda_1**0.5)


@settings(max_examples=100, deadline=None)
@given(target=targets_of_small_texts(12))
def test_the_stability_limit_is_that_of_the_operator_that_is_iterated(target: DenseTarget) -> None:
    spectrum = top_eigenpairs(target, target.size)
    lambda_1 = float(spectrum.eigenvalues[0])
    assume(lambda_1 > 1e-9 * float(spectrum.eigenvalues.abs().max()))
    limit = stability_limit(lambda_1, spectrum.lambda_next)
    # beside mode 1 at rest: how a deviation of its own, and one along each other eigenvector, changes in a step
    own, others = 1 - limit * lambda_1, 1 + 0.5 * limit * (spectrum.deflated.numpy() - lambda_1)
    assert min(own, *others) == pytest.approx(-1.0)


def test_only_the_most_negative_pair_is_deflated_and_only_where_it_is_in_the_basis() -> None:
    target = like_a_target(30)
    whole = top_eigenpairs(target, 30)
    assert float(whole.deflated[-1]) == 0.0
    assert torch.equal(whole.deflated[:-1], whole.eigenvalues[:-1])
    part = whole.truncated(29)
    assert torch.equal(part.deflated, part.eigenvalues)
    positive = top_eigenpairs(DenseTarget(torch.diag(torch.tensor([3.0, 1.0])).double(), 10.0, 2), 2)
    assert torch.equal(positive.deflated, positive.eigenvalues)
