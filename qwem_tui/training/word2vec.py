"""Skip-gram with negative sampling as word2vec trains it, with one set of vectors instead of two."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.base.names import TrainerName
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.theory.dynamics import decay
from qwem_tui.training.pairs import Pairs
from qwem_tui.training.sampling import SUBSAMPLE, Batch, Sampler
from qwem_tui.training.trainer import Descent, Measurement

DEFAULT_NEGATIVES = 5
#: With shorter batches chance outgrows the slow modes: on books at 2048 all 64 singular values were noise (*ours*).
DEFAULT_BATCH_SIZE = 8192
#: Slopes are twice those at W = 0 at most, so that half of `unit_of` stays stable along kappa_min (*ours*).
DEFAULT_STEP_FRACTION = 0.5
#: A run takes its pairs this many times over from the corpus, within these numbers of steps.
_EPOCHS, _FEWEST_STEPS, _MOST_STEPS = 3, 3_000, 20_000
#: The positives that the expected coefficient matrix is estimated from, and the products with it.
_PROBE_PAIRS, _ROUNDS = 50_000, 40
#: The number of a batch that no step reaches.
_PROBE = 2**63


def linearisation(batch: Batch) -> tuple[float, float]:
    """Return (kappa_min, kappa_1), the ends of the spectrum of K, estimated from one batch (*ours*).

    Around W = 0 the logistic loss has slope -1/2 in x for a positive and 1/2 for a negative, so that a step is
    W <- W + eta K W with K = sum of +-1/2 (e_i e_j^T + e_j e_i^T) over the pairs, divided by the positives, in
    expectation. By Lanczos: power iteration that keeps all its iterates.
    """
    size = len(batch.starts) - 1
    slopes = np.full(len(batch.left), -0.5 / batch.positives)
    slopes[: batch.positives] *= -1.0
    weights = slopes[batch.pairs]
    rows = np.repeat(np.arange(size), np.diff(batch.starts))
    basis: NDArray[np.float64] = np.empty((0, size))
    images: NDArray[np.float64] = np.empty((0, size))
    x = np.random.default_rng(0).standard_normal(size)
    for _ in range(min(size, _ROUNDS)):
        basis = np.vstack([basis, x / np.linalg.norm(x)])
        image = np.bincount(rows, weights * basis[-1][batch.others], minlength=size)
        images = np.vstack([images, image])
        # twice: rounding leaves traces
        x = image - (image @ basis.T) @ basis
        x -= (x @ basis.T) @ basis
        if np.linalg.norm(x) <= 1e-12 * np.linalg.norm(image):
            break
    projected = basis @ images.T
    ends = np.linalg.eigvalsh((projected + projected.T) / 2)
    return float(ends[0]), float(ends[-1])


@dataclass(frozen=True)
class Unit:
    """What word2vec's linearisation around W = 0 says: see `unit_of`."""

    step_size: float
    kappa_1: float

    def first_time(self, s0: float) -> float:
        """Return the time t_1 in which the fastest direction grows from `s0` to 1: ln(1 / s0) / kappa_1 (*ours*).

        It scales the time axis as tau_1 does that of the quadratic loss, which has a fixed point to be half-way to.
        """
        return math.log(1.0 / s0) / self.kappa_1 if self.kappa_1 > 0 and 0 < s0 < 1 else 1.0


def unit_of(
    corpus: Corpus, window: int, seed: int, negatives: int = DEFAULT_NEGATIVES, subsample: float = SUBSAMPLE
) -> Unit:
    """Return the step size that is 1 in word2vec's own unit, the stability limit of its linearisation, and kappa_1.

    (*Ours*.) min(1 / kappa_1, 2 / |kappa_min|) for the ends of K's spectrum (`linearisation`): kappa_1 takes the place
    that lambda_1 / 2 has in 2 / lambda_1, the limit of the quadratic loss; along kappa_min a longer step overshoots by
    more than it corrects. Away from W = 0 slopes are up to twice as large: take `DEFAULT_STEP_FRACTION` of it; a whole
    unit was seen to diverge. Raises ValueError where the corpus has no pairs.
    """
    sampler = Sampler(corpus, window, _PROBE_PAIRS, seed, "word2vec", negatives, subsample)
    least, largest = linearisation(sampler.batch(_PROBE))
    sampler.close()
    limits = [1.0 / largest] if largest > 0 else []
    limits += [-2.0 / least] if least < 0 else []
    return Unit(min(limits, default=1.0), largest)


def default_steps(corpus: Corpus, window: int, batch_size: int = DEFAULT_BATCH_SIZE) -> int:
    """Return how many steps a run takes by default: three times over the pairs of the corpus, within limits (*ours*).

    A dynamic window holds window + 1 pairs a word on average, counting either order.
    """
    pairs = corpus.tokens_in_vocab * (window + 1)
    return min(_MOST_STEPS, max(_FEWEST_STEPS, round(_EPOCHS * pairs / batch_size)))


class Word2Vec(Descent):
    """W <- W - eta dL/dW, with L the mean over positives of -log sigmoid(x) and of their negatives' -log sigmoid(-x).

    Mikolov et al. 2013 with x = w_i . w_j, weights tied as in the paper's comparison: frequent words subsampled, a
    dynamic window, negatives by counts^(3/4); the laws are those of `Sampler`. A pair moves its two words as word2vec's
    own code does at a learning rate of eta / B, B the batch size, and like there eta falls in a straight line over the
    run (`decay`): without that, chance is most of what is left at its end (*ours*, on books at V = 3000: 4% of the
    analogies without, 21% with it). t is the sum of the step sizes, in a unit that the theory of the quadratic loss
    does not know: W does not end at the eigenvalues of M*, and neither tau_k nor the number of modes learned is defined
    for it.
    """

    name: TrainerName = "word2vec"

    def __init__(
        self,
        W0: torch.Tensor,
        step_size: float,
        corpus: Corpus,
        window: int,
        batch_size: int,
        seed: int,
        negatives: int = DEFAULT_NEGATIVES,
        subsample: float = SUBSAMPLE,
        steps: int | None = None,
    ) -> None:
        """Start at `W0` (V, d), on the device and in the dtype of the run; `step_size` is eta (see `unit_of`),
        which decays over `steps` (None: it stays).

        A batch has `batch_size` positives and `negatives` for each, a function of `seed` and the step alone;
        `subsample` is word2vec's `-sample`. Raises ValueError where the corpus has no pairs.
        """
        super().__init__(W0, step_size)
        self._sampler = Sampler(corpus, window, batch_size, seed, "word2vec", negatives, subsample)
        self._probe: Pairs | None = None
        self._decays_over = steps

    def step(self) -> None:
        """Take one step, on a batch of its own."""
        W = self._W
        pairs = Pairs(self._sampler.take(self.steps), W.device)
        # the slopes, with a minus: sigmoid(-x) of a positive, -sigmoid(x) of a negative
        x, b = pairs.products(W), pairs.positives
        x[:b].neg_()
        x.sigmoid_()
        x[b:].neg_()
        share = 1.0 if self._decays_over is None else decay(self.steps, self._decays_over)
        self._advance(W + pairs.spread(x.mul_(share * self.step_size / b), W), share)

    def measure(self) -> Measurement:
        """Return the Gram matrix W^T W and the logistic loss on one batch, always the same and in no step's.

        It is the mean over its positives of -log sigmoid(x) and of their negatives' -log sigmoid(-x), in nats: at W = 0
        it is (1 + negatives) ln 2. It is not the normalised loss of M* that the other trainers report.
        """
        if self._probe is None:
            self._probe = Pairs(self._sampler.batch(_PROBE), self._W.device)
        x, b = self._probe.products(self._W).double(), self._probe.positives
        x[:b].neg_()
        W = self._W.double()
        return Measurement((W.T @ W).cpu(), float(torch.nn.functional.softplus(x).sum()) / b)

    def close(self) -> None:
        """End the thread that draws batches ahead."""
        self._sampler.close()
