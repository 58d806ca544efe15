"""Pairs of words drawn from a corpus, batch by batch: batch n is a function of the seed and n alone."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numba
import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.numba_cache import compiled
from qwem_tui.corpus.vocabulary import BORDER, Corpus

#: *weighted*: the laws of the weighted counts C and of the unigrams (docs/theory.md, section 1). *word2vec*: those of
#: the C tool.
PairLaw = Literal["weighted", "word2vec"]
#: word2vec's `-sample`: words more frequent than about this share of the corpus are drawn less often.
SUBSAMPLE = 1e-3
#: This many batches are drawn ahead.
_AHEAD = 2
_POSITIVE, _NEGATIVE = 0, 1
_UNIT = 2.0**-53


@dataclass(frozen=True)
class Batch:
    """N pairs of words, of which the first `positives` are positive and the others negative.

    `left` and `right` (N,) are rows of the vocabulary. Each pair stands twice, once for either of its words, in a list
    grouped by that word: word i has the places `starts[i]` up to `starts[i + 1]` of `others` (2 N,), the word beside
    it, and of `pairs` (2 N,), the number of the pair. All int32; `starts` (V + 1,).
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    positives: int
    starts: NDArray[np.int32]
    others: NDArray[np.int32]
    pairs: NDArray[np.int32]


@numba.njit(inline="always")
def _mixed(z: np.uint64) -> np.uint64:
    # the output function of splitmix64 (Steele, Lea and Flood 2014)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@numba.njit(inline="always")
def _begun(seed: np.uint64, number: np.uint64, stream: np.uint64) -> np.uint64:
    """Return where the random numbers of one batch start: three rounds keep neighbouring batches apart."""
    return _mixed(_mixed(_mixed(seed) + number) + stream)


@numba.njit(inline="always")
def _unit(state: np.uint64) -> float:
    """Return a number in [0, 1), of 53 random bits."""
    return float(_mixed(state) >> np.uint64(11)) * _UNIT


@numba.njit(inline="always")
def _from_alias(u: float, share: NDArray[np.float64], alias: NDArray[np.int32]) -> int:
    """Return an index by Walker's method: `u` picks a column, and what is left of it one of the column's two."""
    scaled = u * len(share)
    column = int(scaled)
    return column if scaled - column < share[column] else int(alias[column])


def alias_table(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return (share, alias), each (n,), for drawing i with probability weights_i / sum(weights) in constant time.

    Walker 1977, built by Vose's method (1991). `weights` (n,) are not negative and not all zero.
    """
    scaled = weights * (len(weights) / weights.sum())
    share, alias = np.ones(len(weights)), np.arange(len(weights), dtype=np.int32)
    small, large = list(np.flatnonzero(scaled < 1)), list(np.flatnonzero(scaled >= 1))
    while small and large:
        less, more = small.pop(), large[-1]
        share[less], alias[less] = scaled[less], more
        scaled[more] -= 1.0 - scaled[less]
        if scaled[more] < 1:
            small.append(large.pop())
    return share, alias


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@compiled
def _draw_positives(
    ids: NDArray[np.int32],
    distance_share: NDArray[np.float64],
    distance_alias: NDArray[np.int32],
    seed: np.uint64,
    number: np.uint64,
    left: NDArray[np.int32],
    right: NDArray[np.int32],
) -> None:
    """Fill `left` and `right` (B,): a uniform token, a distance by weight, a side; again where they leave the text."""
    state = _begun(seed, number, np.uint64(_POSITIVE))
    size = len(ids)
    drawn = 0
    while drawn < len(left):
        state += _GOLDEN
        at = int(_unit(state) * size)
        state += _GOLDEN
        u = 2.0 * _unit(state)
        back = u >= 1.0
        distance = 1 + _from_alias(u - 1.0 if back else u, distance_share, distance_alias)
        low = at - distance if back else at
        high = low + distance
        if low < 0 or high >= size:
            continue
        crosses = False
        for i in range(low, high + 1):
            crosses |= ids[i] < 0
        if crosses:
            continue
        left[drawn] = ids[at]
        right[drawn] = ids[low if back else high]
        drawn += 1


@compiled
def _draw_thinned(
    ids: NDArray[np.int32],
    keep: NDArray[np.float64],
    distance_share: NDArray[np.float64],
    distance_alias: NDArray[np.int32],
    seed: np.uint64,
    number: np.uint64,
    left: NDArray[np.int32],
    right: NDArray[np.int32],
) -> None:
    """Fill `left` and `right` (B,) from the corpus that subsampling leaves: a distance counts the words kept."""
    state = _begun(seed, number, np.uint64(_POSITIVE))
    size = len(ids)
    drawn = 0
    while drawn < len(left):
        state += _GOLDEN
        at = int(_unit(state) * size)
        word = ids[at]
        if word < 0:
            continue
        state += _GOLDEN
        if _unit(state) >= keep[word]:
            continue
        state += _GOLDEN
        u = 2.0 * _unit(state)
        direction = -1 if u >= 1.0 else 1
        to_go = 1 + _from_alias(u - 1.0 if u >= 1.0 else u, distance_share, distance_alias)
        other = -1
        while to_go > 0:
            at += direction
            if at < 0 or at >= size or ids[at] < 0:
                break
            other = ids[at]
            state += _GOLDEN
            to_go -= _unit(state) < keep[other]
        if to_go == 0:
            left[drawn] = word
            right[drawn] = other
            drawn += 1


@compiled
def _draw_words(
    share: NDArray[np.float64], alias: NDArray[np.int32], seed: np.uint64, number: np.uint64, out: NDArray[np.int32]
) -> None:
    """Fill `out` (n,) with independent words."""
    state = _begun(seed, number, np.uint64(_NEGATIVE))
    for i in range(len(out)):
        state += _GOLDEN
        out[i] = _from_alias(_unit(state), share, alias)


@compiled
def _group(
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    starts: NDArray[np.int32],
    others: NDArray[np.int32],
    pairs: NDArray[np.int32],
) -> None:
    """Group pairs by each of their words, in their order (a counting sort); `starts` (V + 1,) comes as zeros."""
    for i in range(len(left)):
        starts[left[i]] += 1
        starts[right[i]] += 1
    total = 0
    for word in range(len(starts)):
        total, starts[word] = total + starts[word], total
    for i in range(len(left)):
        for word, other in ((left[i], right[i]), (right[i], left[i])):
            place = starts[word]
            others[place] = other
            pairs[place] = i
            starts[word] += 1
    # each start has moved on to the next word's
    for word in range(len(starts) - 1, 0, -1):
        starts[word] = starts[word - 1]
    starts[0] = 0


def keep_probability(counts: NDArray[np.int64], threshold: float = SUBSAMPLE) -> NDArray[np.float64]:
    """Return with which probability a token of each word is kept (V,): min(1, sqrt(t/f) + t/f), f its share.

    That of word2vec's C code, not of its paper; `counts` (V,) are at least 1, `threshold` t > 0.
    """
    relative = threshold * counts.sum() / counts
    return np.asarray(np.minimum(1.0, np.sqrt(relative) + relative))


def _longest_distance(ids: NDArray[np.int32], window: int) -> int:
    """Return the longest distance up to `window` at which two tokens of one document stand."""
    borders = np.flatnonzero(ids == BORDER)
    lengths = np.diff(borders, prepend=-1, append=len(ids)) - 1
    return int(min(window, lengths.max() - 1))


class Sampler:
    """Batches of positive and negative pairs; the next ones are drawn ahead in one background thread.

    *weighted* (docs/theory.md, section 1). Positives: the ordered pair (i, j) has probability C_ij / sum(C) exactly.
    Negatives: two words, each by its unigram probability P_i, independently; one for each positive.

    *word2vec* (Mikolov et al. 2013, as in their C code). Tokens of frequent words are left out at random before
    distances are counted (`keep_probability`). The window is dynamic: b uniform in 1..L for each centre and all
    2 b words around it, which in expectation has distance j with weight L + 1 - j; pairs are drawn from that law one by
    one, so that those of a batch are independent. (Drawing b and then one word within b would favour short distances.)
    Negatives: the positive's first word beside one drawn by counts^(3/4), `negatives` times for each positive; the C
    code leaves out a negative that is the positive's own second word, this does not.
    """

    def __init__(
        self,
        corpus: Corpus,
        window: int,
        batch_size: int,
        seed: int,
        law: PairLaw = "weighted",
        negatives: int = 1,
        subsample: float = SUBSAMPLE,
    ) -> None:
        """Prepare batches of `batch_size` positives (B), with `negatives` for each of them.

        Raises ValueError where no two words stand in one document, or a number is below 1.
        """
        if min(window, batch_size, negatives) < 1:
            raise ValueError("window, batch_size and negatives must be at least 1.")
        if law == "weighted" and negatives != 1:
            raise ValueError("The weighted law has one negative for each positive: weigh the negatives instead.")
        distances = _longest_distance(corpus.ids, window)
        if distances < 1:
            raise ValueError("No document has two words of the vocabulary: there are no pairs to draw.")
        self.batch_size = batch_size
        self._ids = corpus.ids
        self._size = len(corpus.vocabulary)
        self._negatives = negatives
        self._seed = np.uint64(seed)
        # distances beyond the longest document could never be accepted
        self._distance = alias_table(np.arange(window, window - distances, -1, dtype=np.float64))
        counts = corpus.vocabulary.counts
        self._keep = keep_probability(counts, subsample) if law == "word2vec" else None
        self._word = alias_table(counts.astype(np.float64) ** (0.75 if law == "word2vec" else 1.0))
        self._worker: ThreadPoolExecutor | None = ThreadPoolExecutor(1, "sampler")
        self._ahead: dict[int, Future[Batch]] = {}

    def batch(self, number: int) -> Batch:
        """Return batch `number`, drawn here and now: the same whenever and wherever it is asked for."""
        which, positives = np.uint64(number), self.batch_size
        total = positives * (1 + self._negatives)
        left, right = np.empty(total, np.int32), np.empty(total, np.int32)
        if self._keep is None:
            _draw_positives(self._ids, *self._distance, self._seed, which, left[:positives], right[:positives])
            both = np.empty(2 * positives, np.int32)
            _draw_words(*self._word, self._seed, which, both)
            left[positives:], right[positives:] = both[:positives], both[positives:]
        else:
            first, second = left[:positives], right[:positives]
            _draw_thinned(self._ids, self._keep, *self._distance, self._seed, which, first, second)
            left[positives:] = np.repeat(first, self._negatives)
            _draw_words(*self._word, self._seed, which, right[positives:])
        starts = np.zeros(self._size + 1, np.int32)
        others, pairs = np.empty(2 * total, np.int32), np.empty(2 * total, np.int32)
        _group(left, right, starts, others, pairs)
        return Batch(left, right, positives, starts, others, pairs)

    def take(self, number: int) -> Batch:
        """Return batch `number`, and draw those after it in the background.

        Asking in sequence is what it is made for; any other order is right too, and waits.
        """
        if self._worker is None:
            return self.batch(number)
        wanted = range(number, number + 1 + _AHEAD)
        for other in [other for other in self._ahead if other not in wanted]:
            self._ahead.pop(other).cancel()
        for each in wanted:
            if each not in self._ahead:
                self._ahead[each] = self._worker.submit(self.batch, each)
        return self._ahead.pop(number).result()

    def close(self) -> None:
        """End the background thread, and wait for it; batches are then drawn when they are asked for."""
        if self._worker is not None:
            self._worker.shutdown(wait=True, cancel_futures=True)
            self._worker = None
            self._ahead.clear()
