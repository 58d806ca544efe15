from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from qwem_tui.theory.dynamics import (
    ReducedRun,
    effective_rank,
    initial_embeddings,
    initial_modes,
    loss_floor,
    mode_trajectory,
    modes_learned,
    normalised_loss,
    participation_ratio,
    stability_limit,
    tau,
)


def lemma_3_1(s0: float, eigenvalue: float, t: float) -> float:
    grown = math.exp(eigenvalue * t)
    return math.sqrt(s0**2 * eigenvalue * grown / (eigenvalue + s0**2 * (grown - 1)))


def test_small_steps_follow_lemma_3_1() -> None:
    eigenvalue, s0, step_size = 4.0, 1e-3, 1e-4
    path = mode_trajectory(np.array([s0]), np.array([eigenvalue]), step_size, 60_000)[:, 0]
    for n in (0, 10_000, 30_000, 40_000, 60_000):
        assert path[n] == pytest.approx(lemma_3_1(s0, eigenvalue, n * step_size), rel=4e-3)


def test_an_aligned_start_follows_the_discrete_map_exactly() -> None:
    eigenvalues = np.array([5.0, 3.0, 1.0])
    s0 = np.array([0.02, 0.05, 0.1])
    step_size = 0.5 * stability_limit(5.0)
    W = torch.diag(torch.from_numpy(s0))
    M = torch.diag(torch.from_numpy(eigenvalues))
    path = mode_trajectory(s0, eigenvalues, step_size, 40)
    for n in range(41):
        np.testing.assert_allclose(torch.diagonal(W).numpy(), path[n], rtol=1e-12)
        W = W + 0.5 * step_size * (M - W @ W.T) @ W


def test_the_stable_step_minds_the_second_most_negative_eigenvalue() -> None:
    assert stability_limit(4.0) == stability_limit(4.0, -3.0) == stability_limit(4.0, 1.0) == 0.5
    assert stability_limit(4.0, -12.0) == 0.25
    # the cross term of a learned mode with that direction, as docs/theory.md, section 3 has it
    factor = 1 + 0.5 * stability_limit(4.0, -12.0) * (-12.0 - 4.0)
    assert factor == pytest.approx(-1.0)


def test_tau_is_the_half_way_time_of_s_squared() -> None:
    eigenvalue, s0 = 7.0, 1e-4
    assert lemma_3_1(s0, eigenvalue, tau(eigenvalue, s0)) ** 2 == pytest.approx(eigenvalue / 2, rel=1e-6)


def test_initial_modes_are_the_diagonal_of_r() -> None:
    W0 = initial_embeddings(50, 4, 1e-3, seed=5)
    vectors = torch.linalg.qr(torch.randn(50, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1)))[0]
    s0, Q = initial_modes(W0, vectors)
    R = Q.T @ (W0.T @ vectors)
    torch.testing.assert_close(torch.diagonal(R), s0)
    torch.testing.assert_close(torch.tril(R, -1), torch.zeros(4, 4, dtype=torch.float64), atol=1e-15, rtol=0)
    # mode 1 starts from the whole length of its row, which is sigma sqrt(d) on average
    assert float(s0[0]) == pytest.approx(float((vectors[:, 0] @ W0).norm()))


def test_initial_embeddings_have_the_spread_asked_for_and_repeat() -> None:
    W0 = initial_embeddings(2000, 30, 1e-4, seed=1)
    assert float(W0.std()) == pytest.approx(1e-4, rel=0.02)
    assert torch.equal(W0, initial_embeddings(2000, 30, 1e-4, seed=1))
    assert not torch.equal(W0, initial_embeddings(2000, 30, 1e-4, seed=2))


def test_loss_is_one_at_zero_and_the_floor_when_learned() -> None:
    eigenvalues = np.array([3.0, 2.0])
    frobenius_sq = 20.0
    assert float(normalised_loss(np.zeros(2), eigenvalues, frobenius_sq)) == 1.0
    learned = float(normalised_loss(np.sqrt(eigenvalues), eigenvalues, frobenius_sq))
    assert learned == pytest.approx(loss_floor(eigenvalues, frobenius_sq)) == pytest.approx(1 - 13 / 20)


def test_the_reduced_run_is_exact_where_it_holds_all_modes() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(30, 30, generator=generator, dtype=torch.float64)
    M = (noise + noise.T) / 2
    values, vectors = torch.linalg.eigh(M)
    W = initial_embeddings(30, 4, 1e-2, seed=3)
    step_size = 0.2 / float(values.abs().max())
    run = ReducedRun((vectors.flip(1).T @ W).numpy(), values.flip(0).numpy(), step_size, 0)
    for _ in range(200):
        W = W + 0.5 * step_size * (M - W @ W.T) @ W
    early = run.copy()
    run.advance(200)
    np.testing.assert_allclose(run.singular_values(), torch.linalg.svdvals(W).numpy(), rtol=1e-9)
    frobenius_sq = float((M**2).sum())
    assert run.loss(frobenius_sq) == pytest.approx(float(((W @ W.T - M) ** 2).sum()) / frobenius_sq, rel=1e-10)
    assert (early.step, run.step) == (0, 200)


def test_modes_learned_counts_from_half_of_the_eigenvalue() -> None:
    eigenvalues = np.array([4.0, 2.0, 1.0])
    assert modes_learned(np.array([2.0, 1.0, 0.7]), eigenvalues) == 2
    assert modes_learned(np.zeros(3), eigenvalues) == 0


def test_ranks_of_equal_and_of_single_values() -> None:
    assert effective_rank(np.full(8, 0.3)) == pytest.approx(8)
    assert participation_ratio(np.full(8, 0.3)) == pytest.approx(8)
    assert effective_rank(np.array([2.0, 0.0, 0.0])) == pytest.approx(1)
    assert participation_ratio(np.array([2.0, 0.0, 0.0])) == pytest.approx(1)
    assert effective_rank(np.zeros(2)) == participation_ratio(np.zeros(2)) == 0.0
    s = np.array([3.0, 1.0])
    assert participation_ratio(s) == pytest.approx(100 / 82)
    assert effective_rank(s) == pytest.approx(math.exp(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25))))


@pytest.mark.parametrize(("rows", "columns"), [(250, 64), (97, 64), (98, 64), (120, 110), (120, 200)])
def test_a_reduced_step_is_that_of_the_formula_in_however_many_parts(rows: int, columns: int) -> None:
    random = np.random.default_rng(0)
    Z, eigenvalues = 0.1 * random.normal(size=(rows, columns)), np.linspace(3.0, -1.0, rows)
    run = ReducedRun(Z.copy(), eigenvalues, 0.2, 7)
    other = run.copy()
    run.advance(2)
    assert run.step == 9
    for _ in range(2):
        Z = Z + 0.1 * (eigenvalues[:, None] * Z - Z @ Z.T @ Z)
    np.testing.assert_allclose(run.Z, Z, rtol=1e-12, atol=1e-14)
    # a run that stands where it began is not moved by it, and may go on by another step size
    other.step_size = 0.1
    other.advance(1)
    assert np.abs(other.Z - run.Z).max() > 1e-3
    np.testing.assert_allclose(run.Z, Z, rtol=1e-12, atol=1e-14)
