from __future__ import annotations

import pytest
import torch

from qwem_tui.theory.dynamics import initial_embeddings, stability_limit
from qwem_tui.theory.spectrum import top_eigenpairs
from qwem_tui.training.gd import GradientDescent
from tests.theory.targets import like_a_target


def test_a_step_is_gradient_descent_on_the_deflated_loss() -> None:
    target = like_a_target(40)
    spectrum = top_eigenpairs(target, 5)
    W0 = 0.3 * initial_embeddings(40, 5, 1.0, seed=1)
    eta = 0.01
    trainer = GradientDescent(target, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, W0, eta)
    M = target.matrix - spectrum.lambda_min * torch.outer(spectrum.vector_min, spectrum.vector_min)
    W = W0.clone().requires_grad_()
    # the gradient of 1/8 ||W W^T - M||^2 is 1/2 (W W^T - M) W: the flow of docs/theory.md, section 3
    (gradient,) = torch.autograd.grad(((W @ W.T - M) ** 2).sum() / 8, W)
    trainer.step()
    torch.testing.assert_close(trainer.W, W0 - eta * gradient)
    assert trainer.steps == 1
    assert trainer.t == pytest.approx(eta)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_loss_is_that_of_the_whole_target(dtype: torch.dtype) -> None:
    target = like_a_target(60)
    spectrum = top_eigenpairs(target, 6)
    W0 = initial_embeddings(60, 6, 0.5, seed=2).to(dtype)
    low = target.to(torch.device("cpu"), dtype)
    trainer = GradientDescent(low, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, W0, 1e-3)
    expected = float(((W0.double() @ W0.double().T - target.matrix) ** 2).sum()) / target.frobenius_sq
    measured = trainer.measure()
    assert measured.loss == pytest.approx(expected, rel=1e-12 if dtype == torch.float64 else 1e-6)
    torch.testing.assert_close(measured.gram, (W0.T.double() @ W0.double()))


def test_deflation_keeps_the_learned_modes_and_is_stable_where_the_plain_step_is_not() -> None:
    target = like_a_target(200)
    spectrum = top_eigenpairs(target, 200)
    lambda_1 = float(spectrum.eigenvalues[0])
    assert -spectrum.lambda_min > 5 * lambda_1
    W0 = initial_embeddings(200, 3, 1e-3, seed=0)
    step_size = 0.5 * stability_limit(lambda_1, spectrum.lambda_next)
    trainer = GradientDescent(target, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, W0, step_size)
    plain = W0.clone()
    for _ in range(3000):
        trainer.step()
        plain = plain + 0.5 * step_size * (target.matrix @ plain - plain @ (plain.T @ plain))
    s = torch.linalg.svdvals(trainer.W)
    torch.testing.assert_close(s, spectrum.eigenvalues[:3].sqrt(), rtol=1e-3, atol=0)
    assert not torch.isfinite(plain).all() or float(plain.norm()) > 10 * float(s.norm())


def test_an_earlier_w_is_not_changed_by_later_steps() -> None:
    target = like_a_target(30)
    spectrum = top_eigenpairs(target, 2)
    trainer = GradientDescent(
        target, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, initial_embeddings(30, 2, 0.1, 0), 1e-3
    )
    before = trainer.W
    kept = before.clone()
    trainer.step()
    assert torch.equal(before, kept)
    assert not torch.equal(trainer.W, kept)
