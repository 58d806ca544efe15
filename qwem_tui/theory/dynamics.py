"""The dynamics of the modes, before and without any training (docs/theory.md, sections 3 and 4)."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

#: The share of the stability limit that a step takes by default.
DEFAULT_STEP_FRACTION = 0.5


def stability_limit(lambda_1: float, lambda_next: float = 0.0) -> float:
    """Return the largest stable step size of gradient descent on the deflated target (*ours*).

    See docs/theory.md, section 3.

    min(2 / lambda_1, 4 / (lambda_1 + |lambda_next|)): deflation takes the most negative eigenpair out (see
    `training.gd`), so that `lambda_next`, the second most negative eigenvalue, is what is left to overshoot. It
    matters where it exceeds lambda_1, as in text of strict alternation with a narrow window.
    """
    return min(2.0 / lambda_1, 4.0 / (lambda_1 + max(0.0, -lambda_next)))


def initial_embeddings(size: int, dim: int, sigma: float, seed: int) -> torch.Tensor:
    """Return W(0) (V, d) float64 with entries drawn from N(0, sigma^2); the same on every device for a seed."""
    generator = torch.Generator().manual_seed(seed)
    return sigma * torch.randn(size, dim, generator=generator, dtype=torch.float64)


def initial_modes(W0: torch.Tensor, vectors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (s0, Q): the modes' starting singular values (d,) and their right singular directions (d, d).

    W(0)^T V*_d = Q R by QR and s0_k = |R_kk| (*ours*): mode k starts from the part of W(0) that the modes before
    it do not take. Columns of Q are signed so that R_kk >= 0.
    """
    Q, R = torch.linalg.qr(W0.T @ vectors)
    diagonal = torch.diagonal(R)
    signs = torch.where(diagonal < 0, -1.0, 1.0).to(diagonal.dtype)
    return diagonal.abs(), Q * signs


def mode_trajectory(
    s0: NDArray[np.float64], eigenvalues: NDArray[np.float64], step_size: float, steps: int
) -> NDArray[np.float64]:
    """Return s_k(n) (steps + 1, d) by the discrete map s <- s (1 + eta/2 (lambda - s^2)) (*ours*)."""
    trajectory = np.empty((steps + 1, len(s0)))
    s = np.array(s0, dtype=np.float64)
    trajectory[0] = s
    for n in range(1, steps + 1):
        s = s * (1.0 + 0.5 * step_size * (eigenvalues - s * s))
        trajectory[n] = s
    return trajectory


def tau(eigenvalue: float, s0: float) -> float:
    """Return the time tau_k = (1 / lambda_k) ln(lambda_k / s0^2) at which a mode is about half-way (Lemma 3.1)."""
    return math.log(eigenvalue / s0**2) / eigenvalue


def normalised_loss(
    singular_values: NDArray[np.float64], eigenvalues: NDArray[np.float64], frobenius_sq: float
) -> NDArray[np.float64]:
    """Return ||W W^T - M*||_F^2 / ||M*||_F^2 of aligned modes; singular_values (..., d) give a result (...)."""
    squares = singular_values**2
    return np.asarray(1.0 - (squares * (2.0 * eigenvalues - squares)).sum(axis=-1) / frobenius_sq)


def loss_floor(eigenvalues: NDArray[np.float64], frobenius_sq: float) -> float:
    """Return the least normalised loss of rank d: 1 - sum lambda_k^2 / ||M*||_F^2 (Theorem 1, Eckart-Young)."""
    return float(1.0 - (eigenvalues**2).sum() / frobenius_sq)


#: NumPy's products (OpenBLAS) of up to so many multiplications are done by one thread. Where other programs keep the
#: cores busy, threads wait for one another in each: a step of 800 x 64 takes 17 ms instead of 1.
_BY_ONE_THREAD = 400_000
_FEWEST_ROWS = 32


def _parts(rows: int, columns: int) -> list[slice]:
    """Return the parts of `rows` that are multiplied with (`columns`, `columns`) at once; all where they were tiny."""
    at_once = _BY_ONE_THREAD // columns**2
    if at_once < _FEWEST_ROWS:
        return [slice(0, rows)]
    return [slice(start, start + at_once) for start in range(0, rows, at_once)]


class ReducedRun:
    """Gradient descent inside the span of the top K eigenvectors, K > d (*ours*).

    With Z = V_K^T W, the map W <- W + eta/2 (M - W W^T) W closes on these K rows as far as W has no weight elsewhere:
    Z <- Z + eta/2 (Lambda Z - Z Z^T Z). Unlike the map of single modes it holds the competition of the last modes with
    those just beyond d, which sets how long a run takes to settle, at a cost of K d^2 a step.
    """

    def __init__(
        self,
        Z: NDArray[np.float64],
        eigenvalues: NDArray[np.float64],
        step_size: float,
        step: int,
        deflated: NDArray[np.float64] | None = None,
    ) -> None:
        """Stand at `step` with Z (K, d); `eigenvalues` (K,) are those of M*, descending.

        `deflated` (K,) are those of the target M that steps iterate (None: M*; see `Spectrum.deflated`). `step_size`
        is eta, and may be set to another value for the steps that follow.
        """
        self.Z = Z
        self.step = step
        self.step_size = step_size
        self._eigenvalues = eigenvalues
        self._deflated = eigenvalues if deflated is None else deflated

    def copy(self) -> ReducedRun:
        """Return a run of its own that stands where this one does."""
        return ReducedRun(self.Z, self._eigenvalues, self.step_size, self.step, self._deflated)

    def advance(self, steps: int) -> None:
        """Take N = `steps` steps."""
        half_step = 0.5 * self.step_size
        growth, parts = 1.0 + half_step * self._deflated[:, None], _parts(*self.Z.shape)
        for _ in range(steps):
            Z = self.Z
            gram = half_step * sum(Z[rows].T @ Z[rows] for rows in parts)
            self.Z = growth * Z
            for rows in parts:
                self.Z[rows] -= Z[rows] @ gram
            self.step += 1

    def loss(self, frobenius_sq: float) -> float:
        """Return the normalised loss ||W W^T - M*||_F^2 / ||M*||_F^2."""
        gram = self.Z.T @ self.Z
        overlap = (self._eigenvalues[:, None] * self.Z * self.Z).sum()
        return float(1.0 + ((gram * gram).sum() - 2.0 * overlap) / frobenius_sq)

    def singular_values(self) -> NDArray[np.float64]:
        """Return the singular values of Z (d,), descending."""
        return np.asarray(np.linalg.svd(self.Z, compute_uv=False))


#: As in word2vec's own code it falls in a straight line, though not below this share of the first (there 1e-4).
LEAST_SHARE = 0.01


def decay(step: int, steps: int) -> float:
    """Return which share of the step size the step after `step` others takes, in a run of `steps` (Mikolov's code)."""
    return max(LEAST_SHARE, 1.0 - step / steps)


def decayed(step: int, steps: int) -> float:
    """Return the sum of `decay` over the first `step` steps: t after them, in units of the step size."""
    # the straight part ends where 1 - n / steps falls below the least share
    straight = min(step, math.ceil((1.0 - LEAST_SHARE) * steps))
    return straight - straight * (straight - 1) / (2 * steps) + (step - straight) * LEAST_SHARE


def modes_learned(singular_values: NDArray[np.float64], eigenvalues: NDArray[np.float64]) -> int:
    """Return #{k : s_k^2 >= lambda_k / 2} (*ours*): 0 at the start, d at the end, monotone in between."""
    return int((singular_values**2 >= eigenvalues / 2).sum())


def effective_rank(singular_values: NDArray[np.float64]) -> float:
    """Return exp of the entropy of s / sum(s) (Roy and Vetterli 2007); 0 where all s are 0, NaN where any is."""
    if np.isnan(singular_values).any():
        return float("nan")
    total = singular_values.sum()
    if total <= 0:
        return 0.0
    p = singular_values[singular_values > 0] / total
    return float(np.exp(-(p * np.log(p)).sum()))


def participation_ratio(singular_values: NDArray[np.float64]) -> float:
    """Return (sum s^2)^2 / sum s^4; 0 where all s are 0."""
    squares = singular_values**2
    denominator = (squares**2).sum()
    return 0.0 if denominator == 0 else float(squares.sum() ** 2 / denominator)
