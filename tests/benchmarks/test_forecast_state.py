"""The state forecast at steps that have not happened against real runs (docs/theory.md, section 3).

Those on the reference corpus skip without the data. Times are worth reading on quiet cores alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.samples.catalogue import TOYWORLD
from qwem_tui.engine.trainers import make_trainer
from qwem_tui.study.config import StudyConfig
from qwem_tui.study.study import Study, prepare
from qwem_tui.theory.dynamics import modes_learned
from qwem_tui.theory.forecast_state import KeptStates, StateForecast, forecast_state
from qwem_tui.theory.target import DenseTarget
from qwem_tui.theory.trajectory import ForecastRun, beyond
from tests.benchmarks.costs import load
from tests.benchmarks.reference_corpus import BOOKS, CPU, QUESTIONS

DIM, WORDS, NEIGHBOURS = 64, 200, 10
LEAST_OVERLAP, LEAST_ALIKE, MOST_PRODUCTS = 0.98, 0.99, 20
NEEDS_BOOKS = pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here")

pytestmark = pytest.mark.benchmark


@dataclass(frozen=True)
class Counted:
    """A target that notes with how many columns it was multiplied."""

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


def looked_at(study: Study, forecast: StateForecast) -> list[int]:
    """Return twelve steps: three before the first mode is learned, three while the last quarter is, six others."""
    eigenvalues, run = study.spectrum.eigenvalues.numpy(), forecast.run()
    learned = [0]
    while learned[-1] < study.dim:
        run.advance(1)
        learned.append(modes_learned(run.singular_values(), eigenvalues))
    first, quarter, last = (int(np.argmax(np.array(learned) >= n)) for n in (1, study.dim * 3 // 4, study.dim))
    early, late = np.linspace(0, first - 1, 4)[1:], np.linspace(quarter, last - 1, 3)
    between, after = np.linspace(first, quarter, 6)[:-1], [study.expected_steps]
    return sorted({int(step) for step in (*early, *between, *late, *after)})


def neighbours(W: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """Return the nearest words (n, 10) of `words` (n,) by cosine."""
    unit = torch.nn.functional.normalize(W.float())
    cosine = unit[words] @ unit.T
    cosine[torch.arange(len(words)), words] = -2.0
    nearest: torch.Tensor = cosine.topk(NEIGHBOURS).indices
    return nearest


def overlap(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one[:, :, None] == other[:, None, :]).any(dim=2).double().mean())


def books(size: int, sigma: float) -> StudyConfig:
    return StudyConfig((str(BOOKS),), size, DIM, analogies=str(QUESTIONS), protocol="questions", sigma=sigma, seed=0)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(StudyConfig((str(TOYWORLD.path),)), id="toyworld"),
        *(
            pytest.param(books(size, sigma), id=f"{size}-{sigma:g}", marks=NEEDS_BOOKS)
            for size in (3000, 10_000)
            for sigma in (1e-4, 1e-2)
        ),
    ],
)
def test_neighbours_and_answers_are_those_of_the_run(config: StudyConfig) -> None:
    study = prepare(config, CPU, Silent())
    wide, target = study.statistics.wide.truncated(beyond(study.dim)), Counted(study.target)
    began = time.perf_counter()
    forecast = forecast_state(study.W0, target, wide, study.step_size)
    seconds = time.perf_counter() - began
    products = sum(target.columns) / study.dim
    steps, states, old = looked_at(study, forecast), KeptStates(forecast), ForecastRun(study.W0, wide, study.step_size)
    print(
        f"\nV = {study.target.size:,}, d = {study.dim}, sigma {config.sigma:g}, {study.precision}: a basis of "
        f"{forecast.basis.shape[1]} by {products:g} products with (V, d) in {seconds:.1f} s ({load()})"
    )
    assert len(steps) == 12
    random = np.random.default_rng(0)
    words = torch.from_numpy(random.choice(study.target.size, min(WORDS, study.target.size), replace=False))
    scorer, trainer = Scorer(study.analogies.questions, CPU), make_trainer(study)
    eigenvalues = study.spectrum.eigenvalues.numpy()
    overlaps, alike, took = [], [], []
    # the last first, so that no step is helped by the one before
    lists = {}
    for step in reversed(steps):
        began = time.perf_counter()
        W = states.at(step)
        lists[step] = neighbours(W, words)
        took.append(time.perf_counter() - began)
    print(f"{'step':>6} {'modes':>5} {'neighbours':>10} {'answers':>8}   as before: neighbours, answers")
    for step in steps:
        while trainer.steps < step:
            trainer.step()
        near, right = neighbours(trainer.W, words), scorer.correct(trainer.W.float())
        modes = modes_learned(torch.linalg.svdvals(trainer.W.double()).numpy(), eigenvalues)
        overlaps.append(overlap(near, lists[step]))
        alike.append(float((scorer.correct(states.at(step).float()) == right).mean()))
        before = old.at(step)
        frozen = f"{overlap(near, neighbours(before, words)):10.1%} {(scorer.correct(before) == right).mean():8.1%}"
        print(f"{step:6} {modes:5} {overlaps[-1]:10.1%} {alike[-1]:8.1%}   {frozen}")
    print(
        f"Worst {min(overlaps):.1%} of neighbours, {min(alike):.1%} of answers; a step with {len(words)} lists: the "
        f"last, walked to from the start, {took[0]:.2f} s, any other at most {max(took[1:]):.2f} s ({load()})"
    )
    assert products <= MOST_PRODUCTS
    assert min(overlaps) >= LEAST_OVERLAP
    assert min(alike) >= LEAST_ALIKE
