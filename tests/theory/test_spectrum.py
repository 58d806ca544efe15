from __future__ import annotations

import numpy as np
import pytest
import torch

from qwem_tui.theory.spectrum import top_eigenpairs
from qwem_tui.theory.target import DenseTarget


def like_a_target(size: int, seed: int = 0) -> DenseTarget:
    """A symmetric matrix with a huge negative eigenvalue, as M* has."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(size, size, generator=generator, dtype=torch.float64)
    matrix = (noise + noise.T) / 2 - 1.5
    matrix += 40 * torch.outer(noise[0], noise[0]) / size
    return DenseTarget(matrix, float((matrix**2).sum()), size * size)


@pytest.mark.parametrize("dense_up_to", [0, 10_000])
@pytest.mark.parametrize(("size", "d"), [(3, 1), (5, 5), (40, 7), (200, 20), (700, 64)])
def test_agrees_with_a_dense_solver(size: int, d: int, dense_up_to: int) -> None:
    target = like_a_target(size)
    values, vectors = torch.linalg.eigh(target.matrix)
    found = top_eigenpairs(target, d, dense_up_to=dense_up_to)
    torch.testing.assert_close(found.eigenvalues, values.flip(0)[:d], rtol=1e-9, atol=1e-9)
    assert found.lambda_min == pytest.approx(float(values[0]), rel=1e-9)
    assert found.lambda_next == pytest.approx(float(values[1]), rel=1e-9)
    overlap = (found.vectors * vectors.flip(1)[:, :d]).sum(dim=0).abs()
    torch.testing.assert_close(overlap, torch.ones(d, dtype=torch.float64), rtol=0, atol=1e-6)
    assert abs(float(found.vector_min @ vectors[:, 0])) == pytest.approx(1.0, abs=1e-8)


def test_the_residual_is_what_it_says() -> None:
    target = like_a_target(300)
    found = top_eigenpairs(target, 10, dense_up_to=0)
    misses = (target.matrix @ found.vectors - found.vectors * found.eigenvalues).norm(dim=0)
    assert float(misses.max()) / abs(found.lambda_min) <= 1.01 * max(found.residual, 1e-14)
    assert found.residual < 1e-9


def test_equal_eigenvalues_are_all_found() -> None:
    matrix = torch.diag(torch.tensor([-50.0] + [3.0] * 30 + [1.0] * 169, dtype=torch.float64))
    found = top_eigenpairs(DenseTarget(matrix, 1.0, 1), 40, dense_up_to=0)
    expected = np.array([3.0] * 30 + [1.0] * 10)
    np.testing.assert_allclose(found.eigenvalues.numpy(), expected, atol=1e-8)


def test_same_seed_same_answer_with_signs_fixed() -> None:
    target = like_a_target(300)
    first, second = (top_eigenpairs(target, 5, seed=seed, dense_up_to=0) for seed in (0, 3))
    torch.testing.assert_close(first.vectors, second.vectors, rtol=0, atol=1e-6)
    largest = first.vectors.abs().argmax(dim=0)
    assert (first.vectors[largest, torch.arange(5)] > 0).all()


def test_d_outside_the_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.\.5"):
        top_eigenpairs(like_a_target(5), 6)
