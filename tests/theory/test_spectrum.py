from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from qwem_tui.base.errors import Cancelled
from qwem_tui.base.progress import Silent
from qwem_tui.theory import spectrum
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget
from tests.theory.targets import like_a_target


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


@pytest.fixture
def never_dense(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the Krylov space alone give the answer."""

    def dense(*arguments: object) -> Spectrum:
        raise AssertionError("the dense solver was asked")

    monkeypatch.setattr(spectrum, "_dense", dense)


def of_spectrum(values: list[float], size: int, dtype: torch.dtype) -> DenseTarget:
    """A target with these eigenvalues, and 0 for all others."""
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(size, len(values), generator=generator, dtype=torch.float64)
    basis = torch.linalg.qr(noise)[0]
    matrix = (basis * torch.tensor(values, dtype=torch.float64)) @ basis.T
    return DenseTarget(((matrix + matrix.T) / 2).to(dtype), 1.0, 1)


@pytest.mark.usefixtures("never_dense")
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-8), (torch.float32, 1e-4)])
@pytest.mark.parametrize(
    "values",
    [
        [-700.0, 5.0, 4.0, 3.0],
        [-700.0, -6.0, *([3.0] * 50)],
        [float(value) for value in range(-60, 60)],
        [900.0, *np.geomspace(100, 1, 150), -1.0],
    ],
    ids=["rank 4", "equal", "rank 119", "powers"],
)
def test_targets_of_low_rank_are_decomposed_by_lanczos(values: list[float], dtype: torch.dtype, close: float) -> None:
    # blocks run out of new directions at once: all that follow are arbitrary
    found = top_eigenpairs(of_spectrum(values, 800, dtype), 60, dense_up_to=0)
    ordered = sorted([*values, *([0.0] * (800 - len(values)))])
    np.testing.assert_allclose(found.eigenvalues, ordered[:-61:-1], rtol=0, atol=close)
    np.testing.assert_allclose([found.lambda_min, found.lambda_next], ordered[:2], rtol=0, atol=close)
    every = torch.cat([found.vectors, found.vector_min[:, None]], dim=1)
    torch.testing.assert_close(every.T @ every, torch.eye(61, dtype=torch.float64), rtol=0, atol=1e-12)


def test_same_seed_same_answer_with_signs_fixed() -> None:
    target = like_a_target(300)
    first, second = (top_eigenpairs(target, 5, seed=seed, dense_up_to=0) for seed in (0, 3))
    torch.testing.assert_close(first.vectors, second.vectors, rtol=0, atol=1e-6)
    largest = first.vectors.abs().argmax(dim=0)
    assert (first.vectors[largest, torch.arange(5)] > 0).all()


def test_d_outside_the_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.\.5"):
        top_eigenpairs(like_a_target(5), 6)


def test_nothing_is_decomposed_by_lanczos_that_would_need_all_of_the_space() -> None:
    # noise has no few directions that hold most of it
    target = like_a_target(400)
    found = top_eigenpairs(target, 60, dense_up_to=0)
    expected = torch.linalg.eigvalsh(target.matrix).flip(0)[:60]
    torch.testing.assert_close(found.eigenvalues, expected, rtol=1e-11, atol=0)
    assert found.residual < 1e-13


@cache
def known_target(size: int) -> tuple[DenseTarget, torch.Tensor, torch.Tensor]:
    """A float32 target with the shape of M*, with the eigenvalues (ascending) and vectors of its entries as kept."""
    positive = 80.0 * torch.arange(1, size // 2 + 1, dtype=torch.float64) ** -0.6
    negative = -12.0 * torch.linspace(1, 0.01, size - len(positive) - 1, dtype=torch.float64)
    generator = torch.Generator().manual_seed(4)
    noise = torch.randn(size, size, generator=generator)
    noise[:, 0] = 1.0 + 0.1 * noise[:, 0]
    basis = torch.linalg.qr(noise)[0].double()
    values = torch.cat([torch.tensor([-1.1 * size], dtype=torch.float64), positive, negative])
    matrix = (basis * values) @ basis.T
    kept = ((matrix + matrix.T) / 2).float()
    exact = torch.linalg.eigh(kept.double())
    return DenseTarget(kept, float((kept.double() ** 2).sum()), size * size), exact[0], exact[1]


@pytest.mark.parametrize("d", [1, 48])
def test_a_target_kept_in_float32_has_its_eigenpairs_found_in_float64(d: int) -> None:
    target, values, vectors = known_target(1700)
    found = top_eigenpairs(target, d, dense_up_to=0)
    assert found.eigenvalues.dtype == found.vectors.dtype == found.vector_min.dtype == torch.float64
    assert found.vectors.shape == (1700, d)
    expected = values.flip(0)[:d]
    torch.testing.assert_close(found.eigenvalues, expected, rtol=1e-6, atol=0)
    assert found.lambda_min == pytest.approx(float(values[0]), rel=1e-6)
    assert found.lambda_next == pytest.approx(float(values[1]), rel=1e-6)
    # the subspace, which stays well defined where single eigenvalues are close
    cosines = torch.linalg.svdvals(found.vectors.T @ vectors.flip(1)[:, :d])
    assert float(cosines.min()) > 1 - 1e-5
    assert abs(float(found.vector_min @ vectors[:, 0])) == pytest.approx(1.0, abs=1e-9)
    every = torch.cat([found.vectors, found.vector_min[:, None]], dim=1)
    torch.testing.assert_close(every.T @ every, torch.eye(d + 1, dtype=torch.float64), rtol=0, atol=1e-12)
    # what is said of the residual is true of the pairs handed out, in units of the largest |lambda|
    lambdas = torch.cat([found.eigenvalues, torch.tensor([found.lambda_min], dtype=torch.float64)])
    misses = (target.matrix.double() @ every - every * lambdas).norm(dim=0) / abs(found.lambda_min)
    assert found.residual < 4e-6
    assert float(misses.max()) <= 1.01 * found.residual
    # lambda_next, which has no vector handed out, may hold the worst
    assert float(misses.max()) > 0.05 * found.residual


def test_a_wanted_precision_is_kept_and_a_coarse_one_is_admitted() -> None:
    target, values, _ = known_target(1700)
    coarse = top_eigenpairs(target, 8, tolerance=1e-3, dense_up_to=0)
    misses = (target.matrix.double() @ coarse.vectors - coarse.vectors * coarse.eigenvalues).norm(dim=0)
    assert float(misses.max()) / abs(coarse.lambda_min) <= 1.01 * coarse.residual
    assert coarse.residual < 2e-3
    fine = top_eigenpairs(target, 8, dense_up_to=0)
    assert fine.residual <= coarse.residual
    # in float32 as in float64, truncation keeps the largest
    torch.testing.assert_close(fine.truncated(3).eigenvalues, values.flip(0)[:3], rtol=1e-6, atol=0)
    assert fine.truncated(3).vectors.shape == (1700, 3)


def test_a_target_kept_in_float32_is_solved_densely_where_that_is_asked() -> None:
    matrix = like_a_target(400).matrix.float()
    exact = torch.linalg.eigvalsh(matrix.double())
    found = top_eigenpairs(DenseTarget(matrix, 1.0, 1), 20)
    assert found.eigenvalues.dtype == torch.float64
    torch.testing.assert_close(found.eigenvalues, exact.flip(0)[:20], rtol=1e-11, atol=0)
    assert found.residual < 1e-12


@pytest.mark.usefixtures("never_dense")
def test_threads_change_nothing_that_is_found() -> None:
    target, _, _ = known_target(1700)
    alone = top_eigenpairs(target, 24, dense_up_to=0)
    torch.set_num_threads(3)
    shared = top_eigenpairs(target, 24, dense_up_to=0)
    assert torch.get_num_threads() == 3
    assert torch.equal(alone.eigenvalues, shared.eigenvalues)
    assert torch.equal(alone.vectors, shared.vectors)


def test_the_number_of_threads_is_what_it_was_when_work_ends_early() -> None:
    class Stop(Silent):
        def advance(self, done: float) -> None:
            assert torch.get_num_threads() == 1
            raise Cancelled

    torch.set_num_threads(2)
    with pytest.raises(Cancelled):
        top_eigenpairs(known_target(1700)[0], 24, dense_up_to=0, progress=Stop())
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("d", [8, 48])
def test_looks_are_few(d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    solve = torch.linalg.eigh

    def watched(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sizes.append(len(matrix))
        values, vectors = solve(matrix)
        return values, vectors

    # before anything is watched: making it solves it too, unless another test has made it
    target, _, _ = known_target(1700)
    monkeypatch.setattr(torch.linalg, "eigh", watched)
    top_eigenpairs(target, d, dense_up_to=0)
    # those behind the last look settle the pairs inside a smaller space
    looks = sizes[: sizes.index(max(sizes)) + 1]
    assert 1 < len(looks) <= 6
    assert looks == sorted(looks)
    # enough is a size of 800
    assert 700 < looks[-1] < 1000
