"""Critical size: where each kind of analogy begins to work as the model grows (section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Progress, Silent

FRACTION = 0.5
FEWEST_QUESTIONS = 12
#: Embeddings that know nothing answer some questions too; an accuracy must be surely above this to count.
CHANCE = 0.01


@dataclass(frozen=True)
class CriticalSize:
    """How a category's accuracy grows with the size of the model.

    `accuracy` (n_dims,) over the grid; `critical_size` is the first grid size at which it reaches the fraction of
    its own peak, with a 95% bootstrap `interval`; all None where there is none, and `reason` then says why.
    """

    name: str
    attempted: int
    total: int
    accuracy: NDArray[np.float64]
    peak: float
    peak_dim: int
    critical_size: int | None
    interval: tuple[int, int] | None
    reason: str | None


def size_grid(largest: int) -> tuple[int, ...]:
    """Return the default grid of sizes: every d to 32, then steps of about 10%, to `largest` inclusive."""
    grid = list(range(1, min(largest, 32) + 1))
    while grid[-1] < largest:
        grid.append(min(largest, max(grid[-1] + 1, round(grid[-1] * 1.1))))
    return tuple(grid)


def outcomes_by_size(
    eigenvalues: torch.Tensor,
    vectors: torch.Tensor,
    scorer: Scorer,
    dims: Sequence[int],
    progress: Progress | None = None,
) -> NDArray[np.bool_]:
    """Return which questions the closed-form embeddings of each size answer: (n_dims, N) (Theorem 1).

    Embeddings of size d are the first d columns of V diag(lambda)^(1/2).
    """
    progress = progress or Silent()
    embeddings = vectors * eigenvalues.clamp(min=0).sqrt()
    outcomes = []
    for number, d in enumerate(dims):
        outcomes.append(scorer.correct(embeddings[:, :d]))
        progress.advance(number + 1)
    return np.array(outcomes)


def first_reaching(curve: NDArray[np.float64], threshold: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the first index along the last axis at which `curve` (..., n) >= `threshold` (...), or -1."""
    reached = curve >= np.asarray(threshold)[..., None]
    if not reached.shape[-1]:
        return np.full(reached.shape[:-1], -1)
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1), -1)


def bootstrap_curves(
    outcomes: NDArray[np.bool_], pairs: NDArray[np.int64], draws: int, seed: int
) -> NDArray[np.float64]:
    """Return accuracy curves (draws, n_points) of one category with its word pairs resampled (*ours*).

    `outcomes` (n_points, n) are per question, `pairs` (n, 2) the two word pairs of each. Pairs are drawn with
    replacement; a question counts as often as both of its pairs were drawn, product of the two. Nothing is scored
    again. A draw in which no question is left gives zeros.
    """
    present, numbered = np.unique(pairs, return_inverse=True)
    numbered = numbered.reshape(pairs.shape)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(present), np.full(len(present), 1 / len(present)), size=draws)
    weights = drawn[:, numbered[:, 0]] * drawn[:, numbered[:, 1]]
    asked = weights.sum(axis=1, keepdims=True)
    hits = weights @ outcomes.T.astype(np.int64)
    curves = np.zeros(hits.shape)
    np.divide(hits, asked, out=curves, where=asked > 0)
    return curves


def too_few(attempted: int, total: int) -> str | None:
    """Return why a category of so many questions says nothing, or None where it is large enough.

    Reasons have a head that stands by itself, a colon, and the details.
    """
    if attempted == 0:
        return "not in this text: no question is covered"
    if attempted < FEWEST_QUESTIONS:
        return f"too few to tell: {attempted:,} of {total:,} questions covered"
    return None


def weak_peak(outcomes: NDArray[np.bool_], pairs: NDArray[np.int64], draws: int, seed: int) -> str | None:
    """Return why an accuracy is not distinguishable from zero, or None where it is.

    `outcomes` (n,) are per question of one category at its peak, `pairs` (n, 2) the two word pairs of each. It is not
    where its 95% bootstrap interval reaches down to `CHANCE`.
    """
    if np.quantile(bootstrap_curves(outcomes[None], pairs, draws, seed), 0.025) > CHANCE:
        return None
    return f"too unsure to mark: peak {outcomes.mean():.0%} on {len(np.unique(pairs))} word pairs may be chance"


def critical_sizes(
    outcomes: NDArray[np.bool_],
    dims: Sequence[int],
    analogies: Analogies,
    fraction: float = FRACTION,
    draws: int = 200,
    seed: int = 0,
) -> tuple[CriticalSize, ...]:
    """Return the critical size of every category from `outcomes` (n_dims, N) (section 6).

    There is none where fewer than `FEWEST_QUESTIONS` could be attempted, or where the peak is not distinguishable
    from zero (see `weak_peak`).
    """
    sizes = np.asarray(dims)
    found = []
    for number, name in enumerate(analogies.names):
        mine = analogies.category == number
        attempted, total = int(analogies.attempted[number]), int(analogies.total[number])
        curve = outcomes[:, mine].mean(axis=1) if attempted else np.full(len(sizes), np.nan)
        peak_at = int(curve.argmax()) if attempted else 0
        peak = float(curve[peak_at])
        reason = too_few(attempted, total)
        critical = interval = None
        if reason is None:
            reason = weak_peak(outcomes[peak_at, mine], analogies.pairs[mine], draws, seed)
            if reason is None:
                curves = bootstrap_curves(outcomes[:, mine], analogies.pairs[mine], draws, seed)
                peaks = curves.max(axis=1)
                crossings = first_reaching(curves, fraction * peaks)[peaks > 0]
                low, high = np.quantile(sizes[crossings], [0.025, 0.975], method="nearest")
                interval = (int(low), int(high))
                critical = int(sizes[first_reaching(curve, np.asarray(fraction * peak))])
        found.append(CriticalSize(name, attempted, total, curve, peak, int(sizes[peak_at]), critical, interval, reason))
    return tuple(found)
