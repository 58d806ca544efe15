"""Critical size: where each kind of analogy begins to work as the model grows (docs/theory.md, section 6)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.analogies.protocols import Analogies
from qwem_tui.analogies.scoring import Scorer
from qwem_tui.base.progress import Progress
from qwem_tui.theory.by_category import ByCategory
from qwem_tui.theory.reason import Reason

FRACTION = 0.5
FEWEST_QUESTIONS = 12
#: Bootstrap resamples.
DRAWS = 200
#: Embeddings that know nothing answer some questions too; an accuracy must be surely above this to count, or above
#: `_GUESSES` times that of a guess among the words.
CHANCE, _GUESSES = 0.01, 3.0
#: The name of all questions, whatever their category.
OVERALL = "overall"


@dataclass(frozen=True)
class CriticalSize:
    """How a category's accuracy grows with the size of the model.

    `accuracy` (n_dims,) over the grid; `critical_size` is the first grid size at which it reaches the fraction of
    its own peak, with a 95% bootstrap `interval`; `onset` the smallest from which it stays above zero, None
    also where it is zero at the last. All three are None where there is no critical size, and `reason` then says why.

    The sizes evaluated may bound it from one side only: `rising` where the peak may lie beyond the largest of them (see
    `_rising`), so that it may be larger than the interval says; `at_first` where it is the smallest of them, and
    not 1, so that it may be smaller.
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
    reason: Reason | None
    rising: bool = False
    at_first: bool = False


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


def chance(vocab_size: int) -> float:
    """Return the accuracy in [0, 1] up to which nothing is known to work: 1%, more where V words are few (*ours*)."""
    return max(CHANCE, min(1.0, _GUESSES / max(1, vocab_size - 3)))


def too_few(attempted: int, total: int) -> Reason | None:
    """Return why a category of `attempted` questions supports no figure, or None where it is large enough."""
    if attempted == 0:
        return Reason("not in vocabulary", "no question is covered")
    if attempted < FEWEST_QUESTIONS:
        return Reason("too few to tell", f"{attempted:,} of {total:,} questions covered")
    return None


def _unsure(peak: float, lower: float, pairs: int, by_chance: float) -> Reason | None:
    if lower > by_chance:
        return None
    if peak == 0:
        return Reason("no critical size", f"no question on {pairs} word pairs is answered right")
    return Reason("too unsure to mark", f"peak {peak:.0%} on {pairs} word pairs may be chance")


def weak_peak(
    accuracy: NDArray[np.float64], curves: NDArray[np.float64], pairs: int, by_chance: float = CHANCE
) -> Reason | None:
    """Return why the peak of `accuracy` (n_points,) is not distinguishable from chance, or None where it is.

    `curves` (draws, n_points) are those of its `pairs` word pairs resampled. It is not where its 95% bootstrap interval
    reaches down to `by_chance` (see `chance`).
    """
    at = int(accuracy.argmax())
    return _unsure(float(accuracy[at]), float(np.quantile(curves[:, at], 0.025)), pairs, by_chance)


def onset(accuracy: NDArray[np.float64], dims: Sequence[int]) -> int | None:
    """Return the smallest of `dims` from which `accuracy` (n_dims,) stays above zero; None where its last is zero."""
    zeros = np.flatnonzero(accuracy <= 0)
    first = int(zeros[-1]) + 1 if len(zeros) else 0
    return int(dims[first]) if first < len(dims) else None


@dataclass(frozen=True)
class _Resampled:
    """Questions of one category or more: their accuracy, and right ones and asked ones in every resample."""

    accuracy: NDArray[np.float64]
    attempted: int
    total: int
    pairs: int
    hits: NDArray[np.float64]
    asked: NDArray[np.float64]

    def curves(self) -> NDArray[np.float64]:
        """Return accuracy in every resample (draws, n_points); zero where no question is left in it."""
        curves = np.zeros(self.hits.shape)
        np.divide(self.hits, self.asked, out=curves, where=self.asked > 0)
        return curves


def _resampled(
    outcomes: NDArray[np.bool_], analogies: Analogies, number: int | None, draws: int, seed: int
) -> _Resampled:
    """Return the resamples of category `number`, or (None) of all questions, resampled inside each category."""
    if number is None:
        # a seed each: the draws of two categories have nothing to do with each other
        return _pooled([_resampled(outcomes, analogies, n, draws, seed + n) for n in range(len(analogies.names))])
    mine = analogies.category == number
    own, pairs = outcomes[:, mine], analogies.pairs[mine]
    weights = bootstrap_weights(pairs, draws, seed)
    accuracy = own.mean(axis=1) if own.shape[1] else np.full(len(own), np.nan)
    hits, asked = weights @ own.T.astype(np.float64), weights.sum(axis=1, keepdims=True)
    return _Resampled(accuracy, own.shape[1], int(analogies.total[number]), len(np.unique(pairs)), hits, asked)


def _pooled(parts: Sequence[_Resampled]) -> _Resampled:
    attempted = sum(part.attempted for part in parts)
    right = np.sum([np.nan_to_num(part.accuracy) * part.attempted for part in parts], axis=0)
    return _Resampled(
        right / attempted if attempted else np.full(len(parts[0].accuracy), np.nan),
        attempted,
        sum(part.total for part in parts),
        sum(part.pairs for part in parts),
        np.sum([part.hits for part in parts], axis=0),
        np.sum([part.asked for part in parts], axis=0),
    )


def resampled_curves(
    outcomes: NDArray[np.bool_], analogies: Analogies, number: int | None, draws: int, seed: int
) -> NDArray[np.float64]:
    """Return accuracy curves (draws, n_points) of category `number`, or (None) overall, with word pairs resampled.

    `outcomes` (n_points, N) are of all questions. Pairs are resampled inside each category (*ours*).
    """
    return _resampled(outcomes, analogies, number, draws, seed).curves()


def _rising(curves: NDArray[np.float64], sizes: NDArray[np.int64]) -> bool:
    """Return whether resampled curves (draws, n_dims) may still rise beyond the largest of `sizes` (*ours*).

    In more than 2.5% of them: no size does better than the largest, it is not perfect, and it does better by a tenth
    than all sizes up to half of it. A plateau is not rising: a peak a little higher moves no critical size by much.
    """
    last = curves[:, -1]
    smaller = curves[:, sizes <= sizes[-1] / 2].max(axis=1, initial=0.0)
    return bool(((last >= curves.max(axis=1)) & (last < 1) & (last > 1.1 * smaller)).mean() > 0.025)


def _critical_size(
    name: str, found: _Resampled, dims: Sequence[int], fraction: float, by_chance: float
) -> CriticalSize:
    sizes, curve = np.asarray(dims), found.accuracy
    peak_at = int(curve.argmax()) if found.attempted else 0
    peak = float(curve[peak_at])
    critical = interval = begins = None
    rising = at_first = False
    reason = too_few(found.attempted, found.total)
    if reason is None:
        curves = found.curves()
        reason = weak_peak(curve, curves, found.pairs, by_chance)
    if reason is None:
        peaks = curves.max(axis=1)
        known = peaks > 0
        low, high = np.quantile(
            sizes[first_reaching(curves, fraction * peaks)[known]], [0.025, 0.975], method="nearest"
        )
        interval = (int(low), int(high))
        critical = int(sizes[first_reaching(curve, np.asarray(fraction * peak))])
        begins = onset(curve, dims)
        rising = _rising(curves[known], sizes)
        at_first = critical == dims[0] > 1
    return CriticalSize(
        name, found.attempted, found.total, curve, peak, int(sizes[peak_at]), critical, interval, begins, reason,
        rising, at_first,
    )  # fmt: skip


def critical_sizes(
    outcomes: NDArray[np.bool_],
    dims: Sequence[int],
    analogies: Analogies,
    fraction: float = FRACTION,
    draws: int = DRAWS,
    seed: int = 0,
    by_chance: float = CHANCE,
) -> ByCategory[CriticalSize]:
    """Return the critical size of every category, and the overall one, from `outcomes` (n_dims, N).

    As docs/theory.md, section 6: there is none where fewer than `FEWEST_QUESTIONS` could be attempted, or where the
    peak is not distinguishable from chance (see `weak_peak`). Word pairs are resampled inside each category, for the
    overall one too.
    """

    def found(name: str, number: int | None) -> CriticalSize:
        return _critical_size(name, _resampled(outcomes, analogies, number, draws, seed), dims, fraction, by_chance)

    categories = tuple(found(name, number) for number, name in enumerate(analogies.names))
    return ByCategory(categories, found(OVERALL, None))


def unknown_sizes(analogies: Analogies, reason: Reason) -> ByCategory[CriticalSize]:
    """Return that no size is known of any category, nor overall, and the `reason`."""

    def unknown(name: str, attempted: int, total: int) -> CriticalSize:
        return CriticalSize(name, int(attempted), int(total), np.empty(0), np.nan, 0, None, None, None, reason)

    named = zip(analogies.names, analogies.attempted, analogies.total, strict=True)
    return ByCategory(
        tuple(unknown(*each) for each in named),
        unknown(OVERALL, analogies.attempted.sum(), analogies.total.sum()),
    )


def supported_order(sizes: Iterable[CriticalSize]) -> tuple[str, ...]:
    """Return the longest list of names in which every critical size is surely below the next (*ours*).

    Intervals in it do not overlap; one that is `rising` has no upper end. Each category that is not in it overlaps one
    that is.
    """
    ends = [
        (math.inf if size.rising else size.interval[1], size.interval[0], size.name)
        for size in sizes
        if size.interval is not None
    ]
    chain: list[str] = []
    reach = -math.inf
    for high, low, name in sorted(ends):
        if low > reach:
            chain.append(name)
            reach = high
    return tuple(chain)
