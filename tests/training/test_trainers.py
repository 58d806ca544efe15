from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch

from qwem_tui.theory.dynamics import decayed, effective_rank, initial_embeddings, stability_limit
from qwem_tui.training.gd import GradientDescent
from qwem_tui.training.pairs import Pairs
from qwem_tui.training.sampling import Batch, Sampler
from qwem_tui.training.sgd import Sampling, StochasticDescent, default_batch_size, quiet_step_size
from qwem_tui.training.trainer import Trainer
from qwem_tui.training.word2vec import Word2Vec, linearisation, unit_of
from tests.training.small import WINDOW, clustered_corpus, counts_of, small_corpus, small_spectrum, small_target

CPU = torch.device("cpu")
SIZE = len(small_corpus().vocabulary)
ALL = ("gd", "sgd", "plain", "word2vec")


def start(dim: int, sigma: float = 0.3) -> torch.Tensor:
    return initial_embeddings(SIZE, dim, sigma, seed=2)


def gd(W0: torch.Tensor, step_size: float) -> GradientDescent:
    spectrum, target = small_spectrum(W0.shape[1]), small_target().to(CPU, W0.dtype)
    return GradientDescent(target, target.frobenius_sq, spectrum.lambda_min, spectrum.vector_min, W0, step_size)


def sgd(
    W0: torch.Tensor, step_size: float, batch_size: int = 500, k: float = 1.0, plain: bool = False
) -> StochasticDescent:
    spectrum, target = small_spectrum(W0.shape[1], k), small_target(k).to(CPU, W0.dtype)
    return StochasticDescent(
        target,
        target.frobenius_sq,
        spectrum.lambda_min,
        spectrum.vector_min,
        W0,
        step_size,
        small_corpus(),
        Sampling(WINDOW, batch_size, seed=4, negative_weight=k),
        plain=plain,
    )


def word2vec(W0: torch.Tensor, step_size: float, batch_size: int = 500) -> Word2Vec:
    return Word2Vec(W0, step_size, small_corpus(), WINDOW, batch_size, seed=4, negatives=3, subsample=0.02)


def made(kind: str, W0: torch.Tensor, step_size: float) -> Trainer:
    makers: dict[str, Callable[[], Trainer]] = {
        "gd": lambda: gd(W0, step_size),
        "sgd": lambda: sgd(W0, step_size),
        "plain": lambda: sgd(W0, step_size, plain=True),
        "word2vec": lambda: word2vec(W0, step_size),
    }
    return makers[kind]()


def jumped(trainer: StochasticDescent, W0: torch.Tensor, step: int) -> torch.Tensor:
    """Return where the step after `step` others leads from `W0`."""
    trainer.load_state_dict({**trainer.state_dict(), "W": W0, "steps": torch.tensor(step)})
    trainer.step()
    return trainer.W


@pytest.mark.parametrize("k", [1.0, 2.5])
@pytest.mark.parametrize("plain", [False, True])
def test_the_expected_step_of_sgd_is_the_full_batch_one(plain: bool, k: float) -> None:
    W0, eta, batches = start(5), 1e-3, 1500
    spectrum = small_spectrum(5, k)
    M = small_target(k).matrix
    if not plain:
        M = M - spectrum.lambda_min * torch.outer(spectrum.vector_min, spectrum.vector_min)
    exact = 0.5 * eta * (M - W0 @ W0.T) @ W0
    trainer = sgd(W0, eta, batch_size=1000, k=k, plain=plain)
    changes = torch.stack([jumped(trainer, W0, n) - W0 for n in range(batches)])
    trainer.close()
    error = changes.mean(dim=0) - exact
    assert float(error.norm() / exact.norm()) < 0.1
    # a wrong factor would show here
    assert float((changes.mean(dim=0) * exact).sum() / exact.square().sum()) == pytest.approx(1.0, abs=0.04)
    deviation = error / (changes.std(dim=0) / batches**0.5)
    assert float(deviation.square().mean()) == pytest.approx(1.0, abs=0.35)
    assert float(deviation.abs().max()) < 5


def test_reducing_the_noise_does_reduce_it() -> None:
    W0 = start(5, 1e-3)
    assert sgd(W0, 1.0, 20_000).noise() < 0.6 * sgd(W0, 1.0, 20_000, plain=True).noise()


@pytest.mark.parametrize("k", [1.0, 2.5])
def test_the_weights_need_no_counts(k: float) -> None:
    corpus = small_corpus()
    C = counts_of(corpus, WINDOW)
    joint, word = C / C.sum(), corpus.vocabulary.counts / corpus.vocabulary.counts.sum()
    q = 1 / (joint + k * np.outer(word, word))
    batch = Sampler(corpus, WINDOW, 2000, seed=9).batch(0)
    # at W = 0 a plain pair counts q l'(0): taken off, so that the sign turns
    found = sgd(torch.zeros(SIZE, 3, dtype=torch.float64), 1.0, k=k, plain=True).coefficients(Pairs(batch, CPU))
    expected = q[batch.left, batch.right] * np.where(np.arange(4000) < 2000, 1.0, -k)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-9)


def test_a_plain_step_descends_the_papers_loss_on_its_batch() -> None:
    corpus, W0, eta = small_corpus(), start(4), 1e-3
    C = counts_of(corpus, WINDOW)
    joint, word = C / C.sum(), corpus.vocabulary.counts / corpus.vocabulary.counts.sum()
    batch = Sampler(corpus, WINDOW, 500, seed=4).batch(0)
    q = torch.from_numpy((1 / (joint + np.outer(word, word)))[batch.left, batch.right])
    W = W0.clone().requires_grad_()
    x = (W[torch.from_numpy(batch.left)] * W[torch.from_numpy(batch.right)]).sum(dim=1)
    sign = torch.where(torch.arange(1000) < 500, -1.0, 1.0)
    (gradient,) = torch.autograd.grad((q * (sign * x + x**2 / 4)).sum() / 500, W)
    trainer = sgd(W0, eta, plain=True)
    trainer.step()
    trainer.close()
    torch.testing.assert_close(trainer.W, W0 - 0.5 * eta * gradient)


def test_a_step_of_word2vec_descends_the_logistic_loss_on_its_batch() -> None:
    W0, eta = start(4, 1.0), 0.7
    trainer = word2vec(W0, eta)
    batch = Sampler(small_corpus(), WINDOW, 500, 4, "word2vec", 3, 0.02).batch(0)
    W = W0.clone().requires_grad_()
    x = (W[torch.from_numpy(batch.left)] * W[torch.from_numpy(batch.right)]).sum(dim=1)
    loss = -torch.nn.functional.logsigmoid(torch.cat([x[:500], -x[500:]])).sum() / 500
    (gradient,) = torch.autograd.grad(loss, W)
    trainer.step()
    trainer.close()
    torch.testing.assert_close(trainer.W, W0 - eta * gradient)
    assert word2vec(torch.zeros_like(W0), eta).measure().loss == pytest.approx(4 * np.log(2))


def test_the_linearisation_holds_the_ends_of_the_spectrum() -> None:
    batch: Batch = Sampler(small_corpus(), WINDOW, 20_000, 0, "word2vec", 3, 0.02).batch(0)
    K = np.zeros((SIZE, SIZE))
    slopes = np.where(np.arange(len(batch.left)) < batch.positives, 0.5, -0.5) / batch.positives
    np.add.at(K, (batch.left, batch.right), slopes)
    values = np.linalg.eigvalsh(K + K.T)
    assert linearisation(batch) == pytest.approx((values[0], values[-1]), rel=1e-9)
    expected = min(1 / values[-1], -2 / values[0])
    assert unit_of(small_corpus(), WINDOW, 0, 3, 0.02).step_size == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("kind", ALL)
def test_a_saved_run_goes_on_bit_for_bit(kind: str, dtype: torch.dtype) -> None:
    W0 = start(4, 0.1).to(dtype)
    whole = made(kind, W0, 1e-2)
    for _ in range(20):
        whole.step()
    first = made(kind, W0, 1e-2)
    for _ in range(10):
        first.step()
    state = {key: value.clone() for key, value in first.state_dict().items()}
    first.measure()
    first.step()
    assert all(value.device == CPU and value.is_contiguous() for value in state.values())
    second = made(kind, torch.zeros_like(W0), 5.0)
    second.measure()
    second.load_state_dict(state)
    assert second.steps == 10
    for _ in range(10):
        second.step()
    assert torch.equal(second.W, whole.W)
    assert second.W.dtype == dtype
    assert (second.steps, second.t, second.step_size) == (20, whole.t, 1e-2)
    assert second.measure().loss == whole.measure().loss
    for trainer in (whole, first, second):
        trainer.close()


@pytest.mark.parametrize("kind", ALL)
def test_a_foreign_state_is_refused_and_changes_nothing(kind: str) -> None:
    trainer = made(kind, start(4), 1e-2)
    state = trainer.state_dict()
    wrong: list[tuple[dict[str, torch.Tensor], str]] = [
        ({key: value for key, value in state.items() if key != "steps"}, "lacks steps"),
        ({**state, "momentum": torch.zeros(())}, "unknown momentum"),
        ({**state, "W": torch.zeros(SIZE, 5, dtype=torch.float64)}, r"\(40, 5\)"),
        ({**state, "W": state["W"].float()}, "float32"),
    ]
    for each, message in wrong:
        with pytest.raises(ValueError, match=message):
            trainer.load_state_dict(each)
    assert torch.equal(trainer.W, start(4))
    assert trainer.steps == 0


@pytest.mark.parametrize("kind", ALL)
def test_time_goes_on_where_the_step_size_changes(kind: str) -> None:
    trainer = made(kind, start(3, 1e-3), 0.1)
    for _ in range(3):
        trainer.step()
    assert trainer.t == 3 * 0.1
    trainer.step_size = 0.025
    assert trainer.t == 3 * 0.1
    for _ in range(2):
        trainer.step()
    assert trainer.t == pytest.approx(0.35)
    resumed = made(kind, start(3), 0.1)
    resumed.load_state_dict(trainer.state_dict())
    trainer.step()
    resumed.step()
    assert resumed.t == trainer.t == pytest.approx(0.375)
    trainer.close()
    resumed.close()


@pytest.mark.parametrize("kind", ALL)
def test_an_earlier_w_is_not_changed_by_later_steps(kind: str) -> None:
    trainer = made(kind, start(3), 1e-2)
    trainer.step()
    before, state = trainer.W, trainer.state_dict()
    kept = before.clone()
    trainer.step()
    assert torch.equal(before, kept)
    assert torch.equal(state["W"], kept)
    assert not torch.equal(trainer.W, kept)
    trainer.close()


@pytest.mark.parametrize("kind", ["sgd", "word2vec"])
def test_closing_ends_the_thread(kind: str) -> None:
    before = set(threading.enumerate())
    trainer = made(kind, start(3), 1e-2)
    trainer.step()
    (thread,) = set(threading.enumerate()) - before
    trainer.close()
    assert not thread.is_alive()
    trainer.step()
    assert trainer.steps == 2


def test_sgd_reports_the_exact_loss() -> None:
    W0 = start(4)
    trainer, target = sgd(W0, 1e-3), small_target()
    expected = float(((W0 @ W0.T - target.matrix) ** 2).sum()) / target.frobenius_sq
    measured = trainer.measure()
    assert measured.loss == pytest.approx(expected, rel=1e-12)
    assert measured.loss == pytest.approx(gd(W0, 1e-3).measure().loss, rel=1e-12)
    torch.testing.assert_close(measured.gram, W0.T @ W0)


def test_sgd_learns_the_closed_form() -> None:
    dim = 2
    spectrum = small_spectrum(dim)
    eigenvalues = spectrum.eigenvalues.numpy()
    trainer = sgd(start(dim, 1e-2), 1.0, batch_size=default_batch_size(SIZE))
    limit = stability_limit(float(eigenvalues[0]), spectrum.lambda_next)
    trainer.step_size = quiet_step_size(trainer, eigenvalues, limit, noise=0.02)
    assert 0 < trainer.step_size <= 0.5 * limit
    while trainer.t < 8 * np.log(eigenvalues[-1] / 1e-4) / eigenvalues[-1]:
        trainer.step()
    trainer.close()
    s = torch.linalg.svdvals(trainer.W)
    torch.testing.assert_close(s, spectrum.eigenvalues.sqrt(), rtol=0.05, atol=0)
    overlap = torch.linalg.qr(trainer.W)[0].T @ spectrum.vectors
    assert float(overlap.square().sum()) / dim > 0.9


def test_the_default_batch_grows_with_the_vocabulary() -> None:
    assert [default_batch_size(size) for size in (2, 1000, 3000, 10_000)] == [10_000, 100_000, 900_000, 1_000_000]


def test_word2vec_learns_one_thing_after_another() -> None:
    corpus, negatives, subsample = clustered_corpus(), 3, 1.0
    W0 = initial_embeddings(len(corpus.vocabulary), 5, 1e-3, seed=2)
    step_size = 0.25 * unit_of(corpus, WINDOW, 4, negatives, subsample).step_size
    trainer = Word2Vec(W0, step_size, corpus, WINDOW, 2000, 4, negatives, subsample)
    losses, ranks = [], []
    for n in range(301):
        if n % 20 == 0:
            measured = trainer.measure()
            losses.append(measured.loss)
            ranks.append(effective_rank(torch.linalg.eigvalsh(measured.gram).clamp(min=0).sqrt().numpy()))
        trainer.step()
    trainer.close()
    assert losses[0] == pytest.approx(4 * np.log(2), rel=1e-3)
    assert losses[-1] < losses[0] - 0.1
    # noise of full rank first, then what is learned first alone, then the rest beside it
    dip = int(np.argmin(ranks))
    assert 0 < dip < len(ranks) - 1
    assert ranks[0] > 4.5
    assert ranks[dip] < 3.5
    assert ranks[-1] > 4.5


def test_word2vec_slows_down_over_its_run_and_goes_on_where_it_was() -> None:
    def fresh() -> Word2Vec:
        return Word2Vec(start(4), 0.5, small_corpus(), WINDOW, 50, seed=4, negatives=2, steps=20)

    whole, first = fresh(), fresh()
    moves = []
    for _ in range(20):
        before = whole.W
        whole.step()
        moves.append(float((whole.W - before).norm()))
    assert whole.t == pytest.approx(0.5 * decayed(20, 20), rel=1e-12)
    assert sum(moves[-4:]) < 0.4 * sum(moves[:4])
    for _ in range(9):
        first.step()
    second = fresh()
    second.load_state_dict(first.state_dict())
    for _ in range(11):
        second.step()
    assert torch.equal(second.W, whole.W)
    assert second.t == whole.t
    for trainer in (whole, first, second):
        trainer.close()
