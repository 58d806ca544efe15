from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from qwem_tui.theory.marchenko_pastur import FEWEST_EIGENVALUES, BulkFit, MarchenkoPastur, fit, kolmogorov_distance


def wishart(n: int, d: int, variance: float, seed: int = 0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the eigenvalues of X X^T, X (n x d) of independent Gaussian entries, ascending."""
    X = np.random.default_rng(seed).normal(size=(n, d)) * variance**0.5
    return np.linalg.eigvalsh(X @ X.T)


def density(law: MarchenkoPastur, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the density of the continuous part at `x`, in 1 / units of x; it integrates to 1 - `zero_mass`."""
    low, high = law.edges
    inside = (x > low) & (x < high)
    at = np.where(inside, x, 1.0)
    root = np.sqrt(np.where(inside, (high - at) * (at - low), 0.0))
    return np.asarray(root / (2 * np.pi * law.variance * law.ratio * at))


@pytest.mark.parametrize("ratio", [0.1, 0.5, 1.0, 3.0])
def test_the_density_integrates_to_the_cdf(ratio: float) -> None:
    law = MarchenkoPastur(2.0, ratio)
    low, high = law.edges
    # squared spacing: the density is infinite at 0 where the ratio is 1
    x = low + (high - low) * np.linspace(0, 1, 200_001) ** 2
    areas = np.cumsum((density(law, x)[1:] + density(law, x)[:-1]) / 2 * np.diff(x))
    assert areas[-1] == pytest.approx(1 - law.zero_mass, abs=2e-3)
    assert np.abs(law.zero_mass + areas - law.cdf(x)[1:]).max() < 2e-3
    assert law.cdf(np.array([-1e-9, high, 2 * high])).tolist() == [0.0, 1.0, 1.0]
    assert density(law, np.array([-1.0, 0.0, high * 1.01])).tolist() == [0.0, 0.0, 0.0]


def test_the_moments_are_the_known_ones() -> None:
    law = MarchenkoPastur(3.0, 0.4)
    x = np.linspace(*law.edges, 100_001)
    mean = np.trapezoid(x * density(law, x), x)
    second = np.trapezoid(x**2 * density(law, x), x)
    assert mean == pytest.approx(3.0, rel=1e-4)
    assert second == pytest.approx(9.0 * 1.4, rel=1e-4)


@pytest.mark.parametrize(("n", "d", "variance"), [(200, 600, 1.0), (150, 150, 2.0), (300, 100, 0.5)])
def test_noise_gives_back_its_ratio_and_its_variance(n: int, d: int, variance: float) -> None:
    eigenvalues = wishart(n, d, variance)
    found = fit(eigenvalues)
    assert found.columns == pytest.approx(d, rel=0.04)
    assert found.law.ratio == pytest.approx(n / d, rel=0.04)
    assert found.law.variance == pytest.approx(variance, rel=0.04)
    assert found.upper_edge == pytest.approx(variance * (d**0.5 + n**0.5) ** 2, rel=0.03)
    assert found.distance < found.noise_distance
    assert found.above(eigenvalues) <= 1


@pytest.mark.parametrize(("n", "d"), [(100, 300), (200, 80)])
def test_a_factor_of_two_does_not_pass_for_a_fit(n: int, d: int) -> None:
    eigenvalues = wishart(n, d, 1.0) / d
    truth = kolmogorov_distance(eigenvalues, MarchenkoPastur(1.0, n / d))
    assert truth < 0.03
    assert kolmogorov_distance(eigenvalues, MarchenkoPastur(2.0, n / d)) > 4 * truth
    assert kolmogorov_distance(eigenvalues, MarchenkoPastur(1.0, 2 * n / d)) > 4 * truth


def test_a_spike_lies_above_the_edge_of_its_bulk() -> None:
    generator = np.random.default_rng(1)
    R = generator.normal(size=(40, 120)) + 2.0 * generator.normal(size=120) / 120**0.5
    R += 0.5
    eigenvalues = np.linalg.eigvalsh(R @ R.T)
    found = fit(eigenvalues[:-1])
    assert found.columns == pytest.approx(120, rel=0.15)
    assert found.above(eigenvalues) == 1


def test_unequal_columns_act_as_fewer() -> None:
    scale = np.linspace(1.0, 0.05, 200, dtype=np.float64)
    R = np.random.default_rng(2).normal(size=(60, 200)) * scale
    found = fit(np.asarray(np.linalg.eigvalsh(R @ R.T), np.float64))
    by_moments = (scale**2).sum() ** 2 / (scale**4).sum()
    assert found.columns < 160
    assert found.columns == pytest.approx(by_moments, rel=0.15)


def test_few_eigenvalues_of_noise_stay_within_the_noise_distance() -> None:
    fits = [fit(wishart(11, 30, 1.0, seed)) for seed in range(30)]
    assert sum(each.distance <= each.noise_distance for each in fits) >= 26
    # eight values that are all the same are nothing like noise
    assert fit(np.array([0.0] * 8 + [1.0] * 8)).distance > fits[0].noise_distance


def test_what_has_no_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="no shape"):
        fit(np.ones(FEWEST_EIGENVALUES - 1))
    with pytest.raises(ValueError, match="zero"):
        fit(np.zeros(20))
    with pytest.raises(ValueError, match="positive"):
        MarchenkoPastur(0.0, 1.0)


@pytest.mark.parametrize("ratio", [0.4, 1.0, 1.8])
def test_the_eigenvalues_expected_are_those_that_noise_has(ratio: float) -> None:
    n = 120
    d = round(n / ratio)
    draws = []
    for seed in range(20):
        X = np.random.default_rng(seed).standard_normal((n, d))
        draws.append(np.linalg.eigvalsh(X @ X.T))
    mean = np.mean(draws, axis=0)
    law = MarchenkoPastur(1.0, n / d)
    eigenvalues = np.asarray(draws[0], np.float64)
    found = BulkFit(law, float(d), d * law.edges[1], 0.0, eigenvalues).expected()
    np.testing.assert_allclose(found, mean, atol=0.02 * mean.max())
