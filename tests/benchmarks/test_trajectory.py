"""Forecast crossings against trained runs on a real corpus (docs/theory.md, section 6).

Skips without the data.

A category's first crossing is measured without a gap: every category watched is scored at every step from step 0 until
it reaches its threshold, so that nothing before the crossing, near the forecast one or not, is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest
import torch

from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Silent
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Study, prepare
from qwem_tui.theory.critical_size import critical_sizes, outcomes_by_size, size_grid
from qwem_tui.theory.dynamics import modes_learned
from qwem_tui.training.gd import GradientDescent
from tests.benchmarks.reference_corpus import BOOKS, CPU, QUESTIONS

DIM, FEWEST_ATTEMPTED = 64, 100
#: A run ends here even where a category has not crossed yet, in units of the last crossing forecast.
PATIENCE = 1.5

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here"),
]


@dataclass(frozen=True)
class MeasuredCrossing:
    """Where a category crosses its threshold: at which step and with how many modes learned; None where it does not."""

    name: str
    attempted: int
    critical_size: int | None
    forecast_step: int
    forecast_modes: int
    step: int | None
    modes: int | None

    @property
    def difference(self) -> float:
        """Return how much later than forecast it crosses, relative to the forecast step."""
        return np.inf if self.step is None else self.step / self.forecast_step - 1

    @property
    def bias(self) -> float:
        """Return the modes learned when it crosses against its critical size, as a relative difference."""
        return np.nan if self.modes is None or self.critical_size is None else self.modes / self.critical_size - 1


def first_crossings(study: Study, watched: list[int]) -> dict[int, tuple[int, int]]:
    """Train, and return the step and the modes learned at which each category first reaches its threshold."""
    trainer = GradientDescent(
        study.target,
        study.target.frobenius_sq,
        study.spectrum.lambda_min,
        study.spectrum.vector_min,
        study.W0.to(study.dtype),
        study.step_size,
    )
    eigenvalues = study.spectrum.eigenvalues.numpy()
    questions, category = study.analogies.questions, study.analogies.category
    scorers = {number: Scorer(questions[category == number], CPU) for number in watched}
    last = PATIENCE * max(study.trajectory.crossing[number] or 0 for number in watched)
    found: dict[int, tuple[int, int]] = {}
    while len(found) < len(watched) and trainer.steps <= last:
        W = trainer.W.float()
        for number in [number for number in watched if number not in found]:
            if scorers[number].correct(W).mean() >= study.trajectory.threshold[number]:
                squares = torch.linalg.eigvalsh(trainer.measure().gram).flip(0).clamp(min=0)
                found[number] = (trainer.steps, modes_learned(squares.sqrt().numpy(), eigenvalues))
        trainer.step()
    return found


# one at a time: ten thousand words take a gigabyte
@lru_cache(maxsize=1)
def crossings(size: int, sigma: float) -> tuple[Study, list[MeasuredCrossing]]:
    config = StudyConfig((str(BOOKS),), size, DIM, analogies=str(QUESTIONS), protocol="questions", sigma=sigma, seed=0)
    study = prepare(config, CPU, Silent())
    analogies, trajectory = study.analogies, study.trajectory
    dims = size_grid(DIM)
    scorer = Scorer(analogies.questions, CPU)
    sizes = critical_sizes(
        outcomes_by_size(study.spectrum.eigenvalues, study.spectrum.vectors, scorer, dims), dims, analogies
    ).categories
    forecast = {
        number: (crossing.step, crossing.modes)
        for number, crossing in enumerate(trajectory.crossings)
        if analogies.attempted[number] >= FEWEST_ATTEMPTED and crossing.step is not None and crossing.modes is not None
    }
    left_out = [
        f"{analogies.names[number]}: {trajectory.reason[number]}"
        for number in range(len(analogies.names))
        if analogies.attempted[number] >= FEWEST_ATTEMPTED and number not in forecast
    ]
    print(f"\nCategories with {FEWEST_ATTEMPTED} questions of which nothing is forecast: {left_out or 'none'}")
    assert not left_out
    measured = first_crossings(study, list(forecast))
    result = []
    for number, (step, modes) in forecast.items():
        name, attempted, critical = analogies.names[number], sizes[number].attempted, sizes[number].critical_size
        result.append(MeasuredCrossing(name, attempted, critical, step, modes, *measured.get(number, (None, None))))
    return study, result


@pytest.mark.parametrize("sigma", [1e-4, 1e-8])
@pytest.mark.parametrize("size", [3000, 10_000])
def test_categories_cross_when_forecast(size: int, sigma: float) -> None:
    study, found = crossings(size, sigma)
    assert study.dtype == (torch.float32 if sigma == 1e-4 else torch.float64)
    print(
        f"\nV = {size}, d = {DIM}, sigma {sigma:g}, {str(study.dtype).removeprefix('torch.')}, step size "
        f"{study.step_size * float(study.spectrum.eigenvalues[0]):.2f} / lambda_1, forecast to end at step "
        f"{study.expected_steps}"
    )
    print(f"{'':28} {'':>9} {'':>4} {'modes learned':>17} {'step':>17} {'':>10}")
    head = f"{'attempted':>9} {'d*_c':>4} {'forecast':>8} {'measured':>8} {'forecast':>8} {'measured':>8}"
    print(f"{'category':28} {head} {'difference':>10}")
    for each in found:
        measured = f"{each.modes!s:>8} {each.forecast_step:8} {each.step!s:>8} {each.difference:10.2%}"
        print(f"{each.name:28} {each.attempted:9} {each.critical_size!s:>4} {each.forecast_modes:8} {measured}")
    differences = np.array([each.difference for each in found])
    biases = np.array([each.bias for each in found])
    bias = float(np.nanmedian(biases))
    off = np.median([np.abs((each.modes or 0) - each.forecast_modes) for each in found])
    print(
        f"Median |difference| in step {np.median(np.abs(differences)):.2%} (largest {np.abs(differences).max():.2%}), "
        f"in modes learned {off:g}.\nModes learned at the crossing against d*_c: median {bias:+.0%} "
        f"({(biases > 0).sum()} of {len(found)} above it): half-grown modes already help, so a run crosses before d*_c "
        "modes are learned."
    )
    assert len(found) >= 5
    assert np.median(np.abs(differences)) <= 0.03
    assert bias <= 0
