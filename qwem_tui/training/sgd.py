"""Stochastic gradient descent on the quadratic loss: the paper's algorithm, on pairs drawn from the corpus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.base.names import TrainerName
from qwem_tui.corpus.vocabulary import Corpus
from qwem_tui.theory.dynamics import DEFAULT_STEP_FRACTION
from qwem_tui.theory.target import DenseTarget
from qwem_tui.training.pairs import Pairs
from qwem_tui.training.quadratic import QuadraticDescent
from qwem_tui.training.sampling import Sampler
from qwem_tui.training.trainer import Measurement

#: The default noise of the last mode (see `quiet_step_size`): with twice of it a run takes half as many pairs, and its
#: embeddings answer fewer analogies.
NOISE = 0.1
#: Batches that no step reaches begin here.
_PROBE = 2**63
_LEAST_BATCH, _LARGEST_BATCH = 10_000, 1_000_000


def default_batch_size(size: int) -> int:
    """Return the default number of positives in a batch for V = `size` words: V^2 / 10, within 10^4 to 10^6 (*ours*).

    With the step size from `quiet_step_size`, what a run costs in pairs does not depend on it; smaller batches only
    make for more steps, each with its fixed cost of the order of V d^2, or V^2 d where the loss is measured.
    """
    return min(_LARGEST_BATCH, max(_LEAST_BATCH, size * size // 10))


@dataclass(frozen=True)
class Sampling:
    """How pairs are drawn: of a batch's `batch_size` positives each from a `window`, and as many negatives of weight k.

    What is drawn is a function of `seed` and the step alone.
    """

    window: int
    batch_size: int
    seed: int
    negative_weight: float = 1.0


class StochasticDescent(QuadraticDescent):
    """W <- W + eta/2 (M_hat - W W^T) W, with M_hat an unbiased estimate of a matrix from one batch of pairs.

    The paper's loss is the mean of q (-x + x^2 / 4) over positive pairs plus k times the mean of q (x + x^2 / 4) over
    negative ones, x = w_i . w_j and q_ij = 1 / (P_ij + k P_i P_j). No counts are needed for q: where m = M*_ij,
    P_ij = k P_i P_j (2 + m) / (2 - m), so q = (2 - m) / (4 k P_i P_j), P_ij q = (2 + m) / 4 and
    k P_i P_j q = (2 - m) / 4. In expectation the loss is sum_ij (x^2 / 4 - m x / 2) = 1/4 ||W W^T - M*||^2 + const, and
    its gradient (W W^T - M*) W: a pair (i, j) gives q l'(x) w_j to row i and q l'(x) w_i to row j. A step takes eta/2
    times the batch's mean, so that t is the axis of gradient flow and of `training.gd` (docs/theory.md, section 3).

    `plain` does just that. Otherwise three parts of it, all known exactly, are not left to chance (*ours*):

    - The quadratic terms: their expectation is W (W^T W), which costs V d^2, and no pair needs its inner product.
    - Of the negatives' linear term, what it would be if M* were D = lambda_min v v^T, its most negative mode: a
      negative then counts (D_ij - m) / (4 P_i P_j) instead of k q, and (2 - D) / 4 is added for all pairs at once, by
      two rank-one terms. The -2 of the many pairs never seen is most of what negatives say: on books (12.8 million
      tokens, V = 3000) this takes the variance of their coefficients from 12.4 V^4 to 1.7 V^4, that of all from 14.9
      to 4.2 V^4 (`noise`).
    - That mode is deflated: the expected step is the one of M* - D as in `training.gd`. The learned modes are the
      same, and the stable step size rises to `stability_limit`.
    """

    name: TrainerName = "sgd"

    def __init__(
        self,
        target: DenseTarget,
        frobenius_sq: float,
        lambda_min: float,
        vector_min: torch.Tensor,
        W0: torch.Tensor,
        step_size: float,
        corpus: Corpus,
        sampling: Sampling,
        plain: bool = False,
    ) -> None:
        """Start at `W0` (V, d), on the device and in the dtype of `target`; `step_size` is eta in t.

        `target` is M* of `corpus` at the window and the negative weight of `sampling`. Raises ValueError where the
        corpus has no pairs.
        """
        super().__init__(frobenius_sq, lambda_min, vector_min, W0, step_size)
        self._target = target
        self._negative_weight = sampling.negative_weight
        self._plain = plain
        counts = corpus.vocabulary.counts
        self._inverse_unigram = torch.from_numpy(counts.sum() / counts).to(W0)
        self._sampler = Sampler(corpus, sampling.window, sampling.batch_size, sampling.seed)

    @property
    def batch_size(self) -> int:
        """Return B, the number of positive pairs in a batch."""
        return self._sampler.batch_size

    def coefficients(self, pairs: Pairs) -> torch.Tensor:
        """Return what each pair (N,) counts in M_hat, times B: both its entries are this large.

        2 - m is 0 only where float32 cannot tell m from 2, which takes a pair 10^7 times as frequent as by chance.
        """
        left, right, b = pairs.left, pairs.right, pairs.positives
        m = self._target.matrix.view(-1).index_select(0, left.long() * self._target.size + right)
        if self._plain:
            x = pairs.products(self._W)
            c = 2.0 - m
            c[:b] *= (1.0 - 0.5 * x[:b]) / self._negative_weight
            c[b:] *= -1.0 - 0.5 * x[b:]
        else:
            c = m
            c[:b] = (2.0 - m[:b]) / self._negative_weight
            v = self._vector_min
            c[b:] -= self._lambda_min * v.index_select(0, left[b:]) * v.index_select(0, right[b:])
        inverse = self._inverse_unigram
        return c.mul_(inverse.index_select(0, left)).mul_(inverse.index_select(0, right)).mul_(0.25)

    def step(self) -> None:
        """Take one step, on a batch of its own."""
        W = self._W
        pairs = Pairs(self._sampler.take(self.steps), W.device)
        change = pairs.spread(self.coefficients(pairs).mul_(1.0 / pairs.positives), W)
        if not self._plain:
            # in expectation the sampled part is M* + 1 1^T - D/2: take off what is too much, and D once more
            along = self._vector_min @ W
            change -= W.sum(dim=0)
            change.addr_(self._vector_min, along, alpha=-0.5 * self._lambda_min)
            change -= W @ (W.T @ W)
        self._advance(W + 0.5 * self.step_size * change)

    def noise(self, batches: int = 1) -> float:
        """Return S = E[c^2] over positives plus negatives, from batches that no step uses (*ours*).

        c is what a pair counts (`coefficients`; where `plain`, at the present W). An entry of M_hat, before both
        orders of a pair are added up, has variance S / (V^2 B) on average.
        """
        total = 0.0
        for number in range(batches):
            pairs = Pairs(self._sampler.batch(_PROBE + number), self._W.device)
            total += float(self.coefficients(pairs).double().square().sum()) / pairs.positives
        return total / batches

    def measure(self) -> Measurement:
        """Return the Gram matrix W^T W and the exact normalised loss of M*: one product with M*, V^2 d."""
        W = self._W.double()
        gram = W.T @ W
        overlap = (W * self._target.matmul(self._W)).sum()
        loss = 1.0 + float((gram * gram).sum() - 2.0 * overlap) / self._frobenius_sq
        return Measurement(gram.cpu(), loss)

    def close(self) -> None:
        """End the thread that draws batches ahead."""
        self._sampler.close()


def quiet_step_size(
    trainer: StochasticDescent, eigenvalues: NDArray[np.float64], limit: float, noise: float = NOISE
) -> float:
    """Return a step size (in t) at which noise is a small part of every learned mode (*ours*).

    At rest, chance adds about r_k lambda_k to s_k^2, with r_k = eta S / (2 B V lambda_k) and S as in
    `StochasticDescent.noise`: a step puts variance eta^2 S lambda_k / (2 B V^2) into each entry of mode k's column, and
    what lies outside the learned modes decays by eta lambda_k / 2 a step. Returned is the eta at which the last of
    `eigenvalues` (d,), descending, has r = `noise`, but at most half of `limit`: the stability limit without noise, by
    `stability_limit` from lambda_next, or from lambda_min where the trainer is plain.
    """
    size, last = len(trainer.W), float(eigenvalues[-1])
    quiet = 2.0 * noise * trainer.batch_size * size * last / trainer.noise()
    return min(quiet, DEFAULT_STEP_FRACTION * limit)
