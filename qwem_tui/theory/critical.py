"""Critical size: where each kind of analogy begins to work as the model grows (section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Progress

FRACTION = 0.5
FEWEST_QUESTIONS = 12
#: Bootstrap resamples.
DRAWS = 200
#: Embeddings that know nothing answer some questions too; an accuracy must be surely above this to count.
CHANCE = 0.01
#: The name under which all categories together go.
OVERALL = "overall"


@dataclass(frozen=True)
class CriticalSize:
    """How a category's accuracy grows with the size of the model.

    `accuracy` (n_dims,) over the grid; `critical_size` is the first grid size at which it reaches the fraction of
    its own peak, with a 95% bootstrap `interval`; `onset` the smallest from which it stays above zero. All three are
    None where there is no critical size, and `reason` then says why.
    """

    name: str
    attempted: int
    total: int
    accuracy: NDArray[np.float64]
    peak: float
    peak_dim: int
    critical_size: int | None
    interval: tuple[int, int] | None
    onset: int | None
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
    embeddings = vectors * eigenvalues.clamp(min=0).sqrt()
    return scorer.correct_by_size(embeddings.float(), dims, progress)


def first_reaching(curve: NDArray[np.float64], threshold: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the first index along the last axis at which `curve` (..., n) >= `threshold` (...), or -1."""
    reached = curve >= np.asarray(threshold)[..., None]
    if not reached.shape[-1]:
        return np.full(reached.shape[:-1], -1)
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1), -1)


def bootstrap_weights(pairs: NDArray[np.int64], draws: int, seed: int) -> NDArray[np.float64]:
    """Return how often each question of one category counts (draws, n) with its word pairs resampled (*ours*).

    `pairs` (n, 2) numbers the two word pairs of each. Pairs are drawn with replacement; a question counts as often as
    both of its pairs were drawn, product of the two.
    """
    present, numbered = np.unique(pairs, return_inverse=True)
    numbered = numbered.reshape(pairs.shape)
    generator = np.random.default_rng(seed)
    if not len(present):
        return np.zeros((draws, 0))
    drawn = generator.multinomial(len(present), np.full(len(present), 1 / len(present)), size=draws).astype(np.float64)
    return np.asarray(drawn[:, numbered[:, 0]] * drawn[:, numbered[:, 1]])


def _weighted_curves(outcomes: NDArray[np.bool_], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    asked = weights.sum(axis=1, keepdims=True)
    hits = weights @ outcomes.T.astype(np.float64)
    curves = np.zeros(hits.shape)
    np.divide(hits, asked, out=curves, where=asked > 0)
    return curves


def bootstrap_curves(
    outcomes: NDArray[np.bool_], pairs: NDArray[np.int64], draws: int, seed: int
) -> NDArray[np.float64]:
    """Return accuracy curves (draws, n_points) of one category with its word pairs resampled (*ours*).

    `outcomes` (n_points, n) are per question; see `bootstrap_weights`. Nothing is scored again. A draw in which no
    question is left gives zeros.
    """
    return _weighted_curves(outcomes, bootstrap_weights(pairs, draws, seed))


def too_few(attempted: int, total: int) -> str | None:
    """Return why a category of so many questions says nothing, or None where it is large enough.

    Reasons have a head that stands by itself, a colon, and the details.
    """
    if attempted == 0:
        return "not in this text: no question is covered"
    if attempted < FEWEST_QUESTIONS:
        return f"too few to tell: {attempted:,} of {total:,} questions covered"
    return None


def _unsure(peak: float, lower: float, pairs: int) -> str | None:
    if lower > CHANCE:
        return None
    return f"too unsure to mark: peak {peak:.0%} on {pairs} word pairs may be chance"


def weak_peak(outcomes: NDArray[np.bool_], pairs: NDArray[np.int64], draws: int, seed: int) -> str | None:
    """Return why an accuracy is not distinguishable from zero, or None where it is.

    `outcomes` (n,) are per question of one category at its peak, `pairs` (n, 2) the two word pairs of each. It is not
    where its 95% bootstrap interval reaches down to `CHANCE`.
    """
    lower = float(np.quantile(bootstrap_curves(outcomes[None], pairs, draws, seed), 0.025))
    return _unsure(float(outcomes.mean()), lower, len(np.unique(pairs)))


def onset(accuracy: NDArray[np.float64], dims: Sequence[int]) -> int | None:
    """Return the smallest of `dims` from which `accuracy` (n_dims,) stays above zero; None where its last is zero."""
    zeros = np.flatnonzero(accuracy <= 0)
    first = int(zeros[-1]) + 1 if len(zeros) else 0
    return int(dims[first]) if first < len(dims) else None


def _critical_size(
    name: str,
    outcomes: NDArray[np.bool_],
    weights: NDArray[np.float64],
    pairs: int,
    total: int,
    dims: Sequence[int],
    fraction: float,
) -> CriticalSize:
    """Return the critical size of questions with these `outcomes` (n_dims, n) and bootstrap `weights` (draws, n)."""
    sizes, attempted = np.asarray(dims), outcomes.shape[1]
    curve = outcomes.mean(axis=1) if attempted else np.full(len(sizes), np.nan)
    peak_at = int(curve.argmax()) if attempted else 0
    peak = float(curve[peak_at])
    reason = too_few(attempted, total)
    critical = interval = begins = None
    if reason is None:
        curves = _weighted_curves(outcomes, weights)
        reason = _unsure(peak, float(np.quantile(curves[:, peak_at], 0.025)), pairs)
    if reason is None:
        peaks = curves.max(axis=1)
        crossings = first_reaching(curves, fraction * peaks)[peaks > 0]
        low, high = np.quantile(sizes[crossings], [0.025, 0.975], method="nearest")
        interval = (int(low), int(high))
        critical = int(sizes[first_reaching(curve, np.asarray(fraction * peak))])
        begins = onset(curve, dims)
    return CriticalSize(name, attempted, total, curve, peak, int(sizes[peak_at]), critical, interval, begins, reason)


def critical_sizes(
    outcomes: NDArray[np.bool_],
    dims: Sequence[int],
    analogies: Analogies,
    fraction: float = FRACTION,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[CriticalSize, ...]:
    """Return the critical size of every category from `outcomes` (n_dims, N) (section 6).

    There is none where fewer than `FEWEST_QUESTIONS` could be attempted, or where the peak is not distinguishable
    from zero (see `weak_peak`).
    """
    found = []
    for number, name in enumerate(analogies.names):
        mine = analogies.category == number
        pairs, total = analogies.pairs[mine], int(analogies.total[number])
        weights = bootstrap_weights(pairs, draws, seed)
        found.append(_critical_size(name, outcomes[:, mine], weights, len(np.unique(pairs)), total, dims, fraction))
    return tuple(found)


def overall_critical_size(
    outcomes: NDArray[np.bool_],
    dims: Sequence[int],
    analogies: Analogies,
    fraction: float = FRACTION,
    draws: int = DRAWS,
    seed: int = 0,
) -> CriticalSize:
    """Return the critical size of all questions together; word pairs are resampled inside each category."""
    weights, pairs = np.zeros((draws, len(analogies.questions))), 0
    for number in range(len(analogies.names)):
        mine = analogies.category == number
        weights[:, mine] = bootstrap_weights(analogies.pairs[mine], draws, seed + number)
        pairs += len(np.unique(analogies.pairs[mine]))
    return _critical_size(OVERALL, outcomes, weights, pairs, int(analogies.total.sum()), dims, fraction)


def supported_order(sizes: Iterable[CriticalSize]) -> tuple[tuple[str, ...], ...]:
    """Return the names of those with a critical size in groups that the intervals tell apart, smallest first (*ours*).

    Every interval of a group lies wholly below every interval of the next; inside a group no order is supported.
    """
    known = sorted((size.interval, size.name) for size in sizes if size.interval is not None)
    groups: list[list[str]] = []
    reach = 0
    for (low, high), name in known:
        if not groups or low > reach:
            groups.append([])
        groups[-1].append(name)
        reach = max(reach, high)
    return tuple(tuple(group) for group in groups)
