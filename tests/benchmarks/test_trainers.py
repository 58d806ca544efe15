"""The three trainers on a real corpus: how fast, how far, how alike. Skips without the data.

Times are of training; measuring is left out of them, but for gd, whose step uses the product that measuring makes.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.files import read_analogies
from qwem_tui.analogies.protocols import attempt
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Silent
from qwem_tui.corpus.cooccurrence import cooccurrence_counts
from qwem_tui.corpus.tokenizers import letters
from qwem_tui.corpus.vocabulary import Corpus, build_corpus
from qwem_tui.theory.dynamics import (
    DEFAULT_STEP_FRACTION,
    effective_rank,
    initial_embeddings,
    loss_floor,
    modes_learned,
    stability_limit,
    tau,
)
from qwem_tui.theory.spectrum import Spectrum, top_eigenpairs
from qwem_tui.theory.target import DenseTarget, target_matrix
from qwem_tui.training.gd import GradientDescent
from qwem_tui.training.sampling import PairLaw, Sampler
from qwem_tui.training.sgd import Sampling, StochasticDescent, default_batch_size, quiet_step_size
from qwem_tui.training.trainer import Trainer
from qwem_tui.training.word2vec import DEFAULT_BATCH_SIZE, DEFAULT_NEGATIVES, Word2Vec, default_steps, unit_of
from qwem_tui.training.word2vec import DEFAULT_STEP_FRACTION as WORD2VEC_FRACTION
from tests.benchmarks.reference_corpus import BOOKS, CPU, QUESTIONS, WINDOW

SIZE, DIM, SIGMA = 3000, 64, 1e-4
#: Runs of the quadratic loss end here, in units of tau_d.
HORIZON = 1.5

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not BOOKS.exists(), reason="the reference corpus is not here"),
]


@dataclass(frozen=True)
class Books:
    corpus: Corpus
    target: DenseTarget
    spectrum: Spectrum

    @property
    def eigenvalues(self) -> NDArray[np.float64]:
        return self.spectrum.eigenvalues.numpy()

    @property
    def limit(self) -> float:
        return stability_limit(float(self.eigenvalues[0]), self.spectrum.lambda_next)


@dataclass(frozen=True)
class Run:
    """What a run showed: seconds, modes learned and effective rank each time it was looked at."""

    W: torch.Tensor
    singular_values: NDArray[np.float64]
    loss: float
    steps: int
    seconds: NDArray[np.float64]
    learned: NDArray[np.int64]
    rank: NDArray[np.float64]


@cache
def books() -> Books:
    with gzip.open(BOOKS, "rt", encoding="utf-8") as lines:
        corpus = build_corpus(lines, letters, SIZE)
    target = target_matrix(cooccurrence_counts(corpus, WINDOW, Silent()), corpus.vocabulary.counts)
    return Books(corpus, target.to(CPU, torch.float32), top_eigenpairs(target, DIM))


def followed(trainer: Trainer, every: int, going: Callable[[], bool]) -> Run:
    """Train while `going`, and look at the run every so many steps."""
    eigenvalues = books().eigenvalues
    looks: list[tuple[float, int, float]] = []
    spent = 0.0
    while going():
        began = time.perf_counter()
        for _ in range(every):
            trainer.step()
        stepped = time.perf_counter()
        measured = trainer.measure()
        spent += (time.perf_counter() if trainer.name == "gd" else stepped) - began
        s = torch.linalg.eigvalsh(measured.gram).flip(0).clamp(min=0).sqrt().numpy()
        looks.append((spent, modes_learned(s, eigenvalues), effective_rank(s)))
    trainer.close()
    seconds, learned, rank = (np.array(each) for each in zip(*looks, strict=True))
    return Run(trainer.W, s, measured.loss, trainer.steps, seconds, learned, rank)


@cache
def gd() -> Run:
    torch.set_num_threads(2)
    b, W0 = books(), initial_embeddings(SIZE, DIM, SIGMA, 0).float()
    eta = DEFAULT_STEP_FRACTION * b.limit
    trainer = GradientDescent(b.target, b.target.frobenius_sq, b.spectrum.lambda_min, b.spectrum.vector_min, W0, eta)
    return followed(trainer, 1, lambda: trainer.t < HORIZON * tau(b.eigenvalues[-1], SIGMA))


@cache
def sgd() -> Run:
    # the other core draws pairs
    torch.set_num_threads(1)
    b, W0, batch_size = books(), initial_embeddings(SIZE, DIM, SIGMA, 0).float(), default_batch_size(SIZE)
    trainer = StochasticDescent(
        b.target,
        b.target.frobenius_sq,
        b.spectrum.lambda_min,
        b.spectrum.vector_min,
        W0,
        1.0,
        b.corpus,
        Sampling(WINDOW, batch_size, seed=0),
    )
    trainer.step_size = quiet_step_size(trainer, b.eigenvalues, b.limit)
    print(f"\nsgd: B = {batch_size:,}, step size {trainer.step_size / b.limit:.3f} of the limit")
    return followed(trainer, 10, lambda: trainer.t < HORIZON * tau(b.eigenvalues[-1], SIGMA))


@cache
def word2vec() -> Run:
    torch.set_num_threads(1)
    b, W0 = books(), initial_embeddings(SIZE, DIM, SIGMA, 0).float()
    unit, steps = unit_of(b.corpus, WINDOW, 0).step_size, default_steps(b.corpus, WINDOW)
    print(f"\nword2vec: B = {DEFAULT_BATCH_SIZE:,} with {DEFAULT_NEGATIVES} negatives each, {steps:,} steps")
    trainer = Word2Vec(W0, WORD2VEC_FRACTION * unit, b.corpus, WINDOW, DEFAULT_BATCH_SIZE, 0, steps=steps)
    return followed(trainer, 50, lambda: trainer.steps < steps)


def accuracy(W: torch.Tensor) -> float:
    asked = attempt(read_analogies(QUESTIONS), books().corpus.vocabulary.index, "questions").questions
    return float(Scorer(asked, CPU).correct(W).mean())


def closed_form() -> torch.Tensor:
    spectrum = books().spectrum
    return (spectrum.vectors * spectrum.eigenvalues.sqrt()).float()


def shared(one: torch.Tensor, other: torch.Tensor, k: int) -> float:
    """Return ||U_k^T U'_k||^2 / k of the top k left singular vectors: 1 for the same subspace, k / V by chance."""
    bases = [torch.linalg.svd(W.double(), full_matrices=False)[0][:, :k] for W in (one, other)]
    return float((bases[0].T @ bases[1]).square().sum()) / k


@pytest.mark.parametrize(("law", "negatives", "least"), [("weighted", 1, 5e6), ("word2vec", 5, 5e6)])
def test_pairs_per_second_on_one_core(law: PairLaw, negatives: int, least: float) -> None:
    sampler = Sampler(books().corpus, WINDOW, 1_000_000, 0, law, negatives)
    sampler.batch(0)
    began = time.thread_time()
    for number in range(1, 4):
        sampler.batch(number)
    spent = time.thread_time() - began
    rate = 3e6 * (1 + negatives) / spent
    print(f"\n{law}: {3 / spent:.1f} million positives, {rate / 1e6:.1f} million pairs a second, drawn and grouped")
    assert rate > least


def row(name: str, run: Run | None, W: torch.Tensor, reached: NDArray[np.bool_]) -> str:
    if run is None:
        return f"{name:12} {'':>8} {'':>8} {'':>9} {'':>8} {'':>10} {accuracy(W):9.2%}"
    at = int(np.argmax(reached))
    rate = run.steps / run.seconds[-1]
    when = f"{run.seconds[at]:8.1f} {(at + 1) * run.steps // len(run.seconds):8}"
    learned = "" if name == "word2vec" else str(run.learned[-1])
    return f"{name:12} {when} {learned:>9} {run.rank[-1]:8.1f} {rate:10.1f} {accuracy(W):9.2%} {run.loss:9.4f}"


def test_three_trainers() -> None:
    b = books()
    full, noisy, logistic = gd(), sgd(), word2vec()
    after_dip = np.arange(len(logistic.rank)) >= np.argmin(logistic.rank)
    rows = [
        row("gd", full, full.W, full.learned >= 0.9 * DIM),
        row("sgd", noisy, noisy.W, noisy.learned >= 0.9 * DIM),
        row("word2vec", logistic, logistic.W, after_dip & (logistic.rank >= 0.9 * logistic.rank[-1])),
        row("closed form", None, closed_form(), np.empty(0, np.bool_)),
    ]
    floor = loss_floor(b.eigenvalues, b.target.frobenius_sq)
    print(f"\nV = {SIZE}, d = {DIM}, sigma {SIGMA:g}, float32; loss floor {floor:.4f}")
    print(f"{'':12} {'to 90% of modes':>17} {'modes':>9} {'eff.':>8} {'steps':>10} {'':>9} {'':>9}")
    print(f"{'':12} {'s':>8} {'steps':>8} {'learned':>9} {'rank':>8} {'a second':>10} {'accuracy':>9} {'loss':>9}")
    print("\n".join(rows))
    print(
        "(word2vec: to 90% of its own final effective rank, after its dip; its own loss; modes learned is not defined)"
    )
    errors, ours = (np.abs(run.singular_values / np.sqrt(b.eigenvalues) - 1) for run in (noisy, full))
    print(
        f"|s_k / sqrt(lambda_k) - 1|: sgd mean {errors.mean():.2%}, largest {errors.max():.2%}; "
        f"gd mean {ours.mean():.2%}, largest {ours.max():.2%}"
    )
    for k in (10, DIM):
        overlaps = [f"{shared(run.W, closed_form(), k):.3f}" for run in (full, noisy, logistic)]
        print(
            f"Squared overlap of the top {k} left singular subspaces with QWEM's closed form: gd {overlaps[0]}, "
            f"sgd {overlaps[1]}, word2vec {overlaps[2]}"
        )
    assert (full.learned >= 0.9 * DIM).any()
    assert (noisy.learned >= 0.9 * DIM).any()
    assert errors.mean() < 0.04
    assert shared(noisy.W, closed_form(), 10) > 0.9
    assert logistic.rank[-1] > 2 * logistic.rank.min()
