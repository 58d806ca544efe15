"""Weighted co-occurrence counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.names import WindowShape
from qwem_tui.base.numba_cache import compiled
from qwem_tui.base.progress import Progress
from qwem_tui.corpus.vocabulary import Corpus

_CHUNK = 500_000
_UINT32_MAX = 2**32 - 1
_THREADS = 2
_PACKED_ROWS = 256


# several times the speed of the same in SciPy, without its memory
@compiled
def _count_ahead(
    ids: NDArray[np.int32],
    start: int,
    stop: int,
    weights: NDArray[np.uint32],
    counts: NDArray[np.integer],
    share: int,
    shares: int,
) -> None:
    window = len(weights)
    for i in range(start, stop):
        word = ids[i]
        # each share has rows of its own
        if word < 0 or word % shares != share:
            continue
        row = counts[word]
        for j in range(min(window, len(ids) - 1 - i)):
            other = ids[i + 1 + j]
            if other < 0:
                break
            row[other] += weights[j]


def _count_shared(
    ids: NDArray[np.int32], start: int, stop: int, weights: NDArray[np.uint32], counts: NDArray[np.integer]
) -> None:
    """Add the pairs whose first word is among `ids[start:stop]` to `counts` (V, V); each thread has rows of its own."""
    with ThreadPoolExecutor(_THREADS, "counting") as pool:
        shares = range(_THREADS)
        for _ in pool.map(lambda share: _count_ahead(ids, start, stop, weights, counts, share, _THREADS), shares):
            pass


def _add_transpose(counts: NDArray[np.integer], block: int = 1024) -> None:
    """Add to `counts` its own transpose, in place and by blocks: a second V x V array is not always affordable."""
    size = len(counts)
    for i in range(0, size, block):
        for j in range(i, size, block):
            both = counts[i : i + block, j : j + block] + counts[j : j + block, i : i + block].T
            counts[i : i + block, j : j + block] = both
            counts[j : j + block, i : i + block] = both.T


# NumPy takes four times as long for the same: it gathers rows, then columns, then adds the transpose
@compiled
def _gather_symmetric(
    ahead: NDArray[np.integer], rows: NDArray[np.int64], first: int, every: int, result: NDArray[np.integer]
) -> None:
    block, size = 64, len(rows)
    tiles = (size + block - 1) // block
    for tile in range(first, tiles, every):
        low, high = tile * block, min(size, (tile + 1) * block)
        for other in range(tile, tiles):
            start, stop = other * block, min(size, (other + 1) * block)
            for i in range(low, high):
                for j in range(max(i, start), stop):
                    both = ahead[rows[i], rows[j]] + ahead[rows[j], rows[i]]
                    result[i, j] = both
                    result[j, i] = both


def window_weights(window: int, shape: WindowShape) -> NDArray[np.uint32]:
    """Return what a pair at distance j = 1..L counts (L,): *dynamic* L + 1 - j, *flat* 1 (docs/theory.md)."""
    return np.arange(window, 0, -1, dtype=np.uint32) if shape == "dynamic" else np.ones(window, np.uint32)


def _safe_tokens(window: int) -> int:
    """Return how many tokens may be counted in uint32: each adds at most its window to one cell, twice with C^T.

    That of the dynamic window, the larger one.
    """
    return _UINT32_MAX // (window * (window + 1))


def needs_wide_counts(tokens: int, window: int) -> bool:
    """Return whether the counts of N = `tokens` tokens may need int64."""
    return tokens > _safe_tokens(window)


def cooccurrence_counts(
    corpus: Corpus, window: int, progress: Progress, shape: WindowShape = "dynamic"
) -> NDArray[np.integer]:
    """Return C (V, V), symmetric integers, by default weighted as word2vec's dynamic window in expectation.

    See docs/theory.md, section 1.

    Each pair at distance j = 1..window inside a document adds window + 1 - j (`shape` flat: 1) to C[w, v] and to
    C[v, w]; so a word beside itself adds twice that to the diagonal. The type is uint32 while no cell can overflow,
    int64 beyond.
    """
    size = len(corpus.vocabulary)
    weights = window_weights(window, shape)
    safe = _safe_tokens(window)
    counts = np.zeros((size, size), np.uint32)
    total: NDArray[np.int64] | None = None
    progress.stage("counting", len(corpus.ids))
    since_flush = 0
    for start in range(0, len(corpus.ids), min(_CHUNK, safe)):
        stop = min(start + min(_CHUNK, safe), len(corpus.ids))
        if since_flush + stop - start > safe:
            total = counts.astype(np.int64) if total is None else np.add(total, counts, out=total)
            counts[:] = 0
            since_flush = 0
        _count_shared(corpus.ids, start, stop, weights, counts)
        since_flush += stop - start
        progress.advance(stop)
    result: NDArray[np.integer] = counts if total is None else np.add(total, counts, out=total)
    _add_transpose(result)
    return result


class RunningCounts:
    """Co-occurrence counts of one stretch of a corpus after another, summed (*ours*).

    A pair counts where its first word stands, whatever stretch its second one is in: those of stretches that do not
    overlap add up to the counts of all of them, and those of the whole corpus to `cooccurrence_counts`.
    """

    def __init__(self, corpus: Corpus, window: int, shape: WindowShape = "dynamic") -> None:
        """Begin with nothing counted; takes 4 V^2 bytes, 8 V^2 where a cell might overflow in uint32."""
        size = len(corpus.vocabulary)
        self._ids = corpus.ids
        self._weights = window_weights(window, shape)
        dtype = np.int64 if wide_sums(corpus, window) else np.uint32
        self._ahead: NDArray[np.integer] = np.zeros((size, size), dtype)
        # by rows, some at a time: where in them pairs were seen, and what they count
        self._packed: list[tuple[NDArray[np.uint32], NDArray[np.integer]]] = []

    def count(self, start: int, stop: int) -> None:
        """Add the pairs whose first word is among `corpus.ids[start:stop]`; not once packed."""
        _count_shared(self._ids, start, stop, self._weights, self._ahead)

    def pack(self) -> None:
        """Keep what is counted without the pairs never seen, where that is smaller; after it, it can only be added."""
        rows = [
            self._ahead[start : start + _PACKED_ROWS].reshape(-1) for start in range(0, len(self._ahead), _PACKED_ROWS)
        ]
        seen = sum(int(np.count_nonzero(block)) for block in rows)
        if seen * (self._ahead.itemsize + 4) >= self._ahead.nbytes:
            return
        for block in rows:
            where = np.flatnonzero(block).astype(np.uint32)
            self._packed.append((where, block[where]))
        self._ahead = self._ahead[:0].copy()

    def add(self, other: RunningCounts) -> None:
        """Add all that `other`, packed or not, has counted; not once packed."""
        if not other._packed:
            self._ahead += other._ahead
        for number, (where, values) in enumerate(other._packed):
            block = self._ahead[number * _PACKED_ROWS : (number + 1) * _PACKED_ROWS].reshape(-1)
            block[where] += values

    def symmetric(self, keep: NDArray[np.bool_]) -> NDArray[np.integer]:
        """Return C (n, n) of what is counted, over the n words marked in `keep` (V,): a copy; not once packed."""
        rows = np.flatnonzero(keep)
        result = np.empty((len(rows), len(rows)), self._ahead.dtype)
        with ThreadPoolExecutor(_THREADS) as pool:
            for done in [
                pool.submit(_gather_symmetric, self._ahead, rows, first, _THREADS, result) for first in range(_THREADS)
            ]:
                done.result()
        return result


def wide_sums(corpus: Corpus, window: int) -> bool:
    """Return whether `RunningCounts` need int64: no cell exceeds n L (L + 1), n the count of the most frequent word."""
    return int(corpus.vocabulary.counts.max()) * window * (window + 1) > _UINT32_MAX
