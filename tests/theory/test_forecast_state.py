"""The state forecast at any step is that of training, wherever the basis holds all that training can reach."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qwem_tui.base.errors import Cancelled
from qwem_tui.base.progress import Silent
from qwem_tui.theory.dynamics import initial_embeddings, stability_limit
from qwem_tui.theory.forecast_state import POWERS, KeptStates, StateForecast, forecast_state
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget
from qwem_tui.theory.trajectory import ForecastRun
from qwem_tui.training.gd import GradientDescent
from tests.theory.targets import like_a_target, targets_of_small_texts

LEARNABLE_SHARE, STRIDE = 0.02, 4


@dataclass(frozen=True)
class Counted:
    """A target that notes how many columns it was multiplied with."""

    target: DenseTarget
    columns: list[int] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.target.size

    @property
    def dtype(self) -> torch.dtype:
        return self.target.dtype

    def matmul(self, X: torch.Tensor) -> torch.Tensor:
        self.columns.append(X.shape[1])
        return self.target.matmul(X)

    def matmul_rows(self, rows: slice, X: torch.Tensor) -> torch.Tensor:
        raise AssertionError


def trained(
    target: DenseTarget, spectrum: Spectrum, W0: torch.Tensor, step_size: float
) -> Callable[[int], torch.Tensor]:
    """Return what tells W (V, d) at steps that ascend."""
    start = (target, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, W0.to(target.dtype))
    trainer = GradientDescent(*start, step_size)

    def at(step: int) -> torch.Tensor:
        while trainer.steps < step:
            trainer.step()
        return trainer.W

    return at


@settings(max_examples=25, deadline=None)
@given(target=targets_of_small_texts(), seed=st.integers(0, 2**31), data=st.data())
def test_the_forecast_is_training_where_the_basis_is_all_that_it_reaches(
    target: DenseTarget, seed: int, data: st.DataObject
) -> None:
    eigenvalues = top_eigenpairs(target, target.size).eigenvalues
    lambda_1 = float(eigenvalues[0])
    assume(lambda_1 > 1e-9 * float(eigenvalues.abs().max()))
    dim = data.draw(st.integers(1, int((eigenvalues >= LEARNABLE_SHARE * lambda_1).sum())))
    # so few pairs that the rest has to come from the start's own noise, up to all of them
    spectrum = top_eigenpairs(target, data.draw(st.integers(dim, target.size)))
    W0 = initial_embeddings(target.size, dim, 1e-4, seed)
    step_size = 0.5 * stability_limit(lambda_1, spectrum.lambda_next)
    forecast = forecast_state(W0, target, spectrum, step_size, powers=target.size)
    rank = forecast.basis.shape[1]
    assert rank <= target.size
    torch.testing.assert_close(forecast.basis.T @ forecast.basis, torch.eye(rank).double(), rtol=0, atol=1e-10)
    at, run, unit = trained(target, spectrum, W0, step_size), forecast.run(), lambda_1**0.5
    # until the slowest of the modes is learned
    while run.step < 40 / (step_size * float(eigenvalues[dim - 1])):
        W = at(run.step)
        s = torch.linalg.svdvals(W).numpy()
        np.testing.assert_allclose(run.singular_values(), s, rtol=0, atol=1e-6 * unit)
        torch.testing.assert_close(forecast.embeddings(run), W, rtol=0, atol=1e-6 * unit)
        run.advance(STRIDE)
    assert (s**2 > 0.5 * float(eigenvalues[dim - 1])).all()


SIZE, DIM = 400, 6


def noisy(dtype: torch.dtype = torch.float64) -> tuple[DenseTarget, Spectrum, torch.Tensor, float]:
    """A target of many nearly equal eigenvalues, of which eight are known; W(0), and eta."""
    target = like_a_target(SIZE)
    spectrum = top_eigenpairs(target, DIM + 2)
    step_size = 0.5 * stability_limit(float(spectrum.eigenvalues[0]), spectrum.lambda_next)
    return target.to(torch.device("cpu"), dtype), spectrum, initial_embeddings(SIZE, DIM, 1e-4, 3), step_size


def worst(forecast: Callable[[int], torch.Tensor]) -> float:
    """Return the largest relative difference of W W^T between `forecast` and training at a dozen steps."""
    target, spectrum, W0, step_size = noisy()
    at = trained(target, spectrum, W0, step_size)
    differences = []
    for step in range(0, 120, 10):
        W, forecast_W = at(step), forecast(step).double()
        differences.append(float((forecast_W @ forecast_W.T - W @ W.T).norm() / (W @ W.T).norm()))
    return max(differences)


def test_what_the_noise_becomes_is_forecast_as_well() -> None:
    target, spectrum, W0, step_size = noisy()
    counted = Counted(target)
    forecast = forecast_state(W0, counted, spectrum, step_size)
    assert counted.columns == [DIM] * (POWERS + 1)
    assert forecast.basis.shape == (SIZE, DIM + 2 + (POWERS + 1) * DIM)
    assert worst(forecast.at) < 0.03
    # noise that stays as it is, and a space less deep, are worse by far
    assert worst(ForecastRun(W0, spectrum, step_size).at) > 0.5
    assert worst(forecast_state(W0, target, spectrum, step_size, powers=6).at) > 0.1


def test_the_precision_is_that_of_training() -> None:
    target, spectrum, W0, step_size = noisy(torch.float32)
    forecast = forecast_state(W0, target, spectrum, step_size)
    assert forecast.basis.dtype == torch.float32
    torch.testing.assert_close(forecast.at(0), W0.float(), rtol=1e-4, atol=1e-9)
    assert forecast.at(5).dtype == torch.float32
    assert worst(forecast.at) < 0.03


def small() -> StateForecast:
    target = like_a_target(30)
    spectrum = top_eigenpairs(target, 10)
    step_size = 0.5 * stability_limit(float(spectrum.eigenvalues[0]), spectrum.lambda_next)
    return forecast_state(initial_embeddings(30, 3, 1e-4, 0), target, spectrum, step_size)


def test_any_step_is_near_one_that_is_kept() -> None:
    forecast = small()
    states = KeptStates(forecast, most_bytes=20 * forecast.start.nbytes)
    assert states.steps == (0,)
    # in no order, between and at what is kept
    for step in (700, 0, 3, 640, 699, 1500, 33):
        torch.testing.assert_close(states.at(step), forecast.at(step), rtol=0, atol=0)
    steps = states.steps
    assert len(steps) <= 20
    assert steps[-1] > 1300
    gaps = np.diff(steps)
    assert gaps.min() == gaps.max() == 128
    with pytest.raises(ValueError, match="not -1"):
        states.at(-1)


def test_a_step_size_that_changes_on_the_way_is_followed() -> None:
    target, spectrum, W0, step_size = noisy()
    start = (target, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, W0)
    trainer = GradientDescent(*start, step_size)
    states = KeptStates(forecast_state(W0, target, spectrum, step_size, powers=20))
    before = states.at(100)
    # one change after another becomes known, as in a run
    slower, faster = (21, 0.25 * step_size), (40, 1.5 * step_size)
    once = states.changed((slower,))
    assert once.steps == (0, 16)
    once.walk(90)
    both = once.changed((slower, faster))
    assert both.steps == (0, 16, 32)
    for _ in range(60):
        trainer.step_size = {21: slower[1], 40: faster[1]}.get(trainer.steps, trainer.step_size)
        trainer.step()
    scale = float(trainer.W.norm())
    assert float((both.at(60) - trainer.W).norm()) < 0.01 * scale
    assert float((once.at(60) - trainer.W).norm()) > 0.1 * scale
    assert torch.equal(states.at(100), before)
    assert both.changed(both.changes).steps == both.steps


def test_several_threads_may_ask_at_once() -> None:
    forecast = small()
    states = KeptStates(forecast, most_bytes=0)
    asked = [37 * number % 600 for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(states.at, asked))
    for step, W in zip(asked, found, strict=True):
        torch.testing.assert_close(W, forecast.at(step), rtol=0, atol=0)


class Impatient(Silent):
    """Ends work after so many reports."""

    def __init__(self, most: int) -> None:
        self.left = most

    def advance(self, done: float) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


def test_both_the_basis_and_a_long_walk_can_be_cancelled() -> None:
    target, spectrum, W0, step_size = noisy()
    with pytest.raises(Cancelled):
        forecast_state(W0, target, spectrum, step_size, progress=Impatient(4))
    forecast = small()
    states = KeptStates(forecast)
    with pytest.raises(Cancelled):
        states.at(1000, Impatient(4))
    # what was walked is kept
    assert states.steps[-1] == 80
    torch.testing.assert_close(states.at(90), forecast.at(90), rtol=0, atol=0)
