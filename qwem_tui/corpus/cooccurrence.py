"""Weighted co-occurrence counts."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from qwem_tui.base.progress import Progress
from qwem_tui.corpus.vocabulary import Corpus

_CHUNK = 500_000
_UINT32_MAX = 2**32 - 1


# several times the speed of the same in SciPy, without its memory; compiling takes a third of a second, and keeping
# the compiled code on disk was measured to save only a third of that
@numba.njit(nogil=True)
def _count_ahead(
    ids: NDArray[np.int32], start: int, stop: int, weights: NDArray[np.uint32], counts: NDArray[np.uint32]
) -> None:
    window = len(weights)
    for i in range(start, stop):
        word = ids[i]
        if word < 0:
            continue
        row = counts[word]
        for j in range(min(window, len(ids) - 1 - i)):
            other = ids[i + 1 + j]
            if other < 0:
                break
            row[other] += weights[j]


def _add_transpose(counts: NDArray[np.integer], block: int = 1024) -> None:
    """Add to `counts` its own transpose, in place and by blocks: a second V x V array is not always affordable."""
    size = len(counts)
    for i in range(0, size, block):
        for j in range(i, size, block):
            both = counts[i : i + block, j : j + block] + counts[j : j + block, i : i + block].T
            counts[i : i + block, j : j + block] = both
            counts[j : j + block, i : i + block] = both.T


def _safe_tokens(window: int) -> int:
    """Return how many tokens may be counted in uint32: each adds at most its window to one cell, twice with C^T."""
    return _UINT32_MAX // (window * (window + 1))


def needs_wide_counts(corpus: Corpus, window: int) -> bool:
    """Return whether the counts of `corpus` may need int64."""
    return len(corpus.ids) > _safe_tokens(window)


def cooccurrence_counts(corpus: Corpus, window: int, progress: Progress) -> NDArray[np.integer]:
    """Return C (V, V), symmetric integers, weighted as word2vec's dynamic window in expectation (section 1).

    Each pair at distance j = 1..window inside a document adds window + 1 - j to C[w, v] and to C[v, w]; so a word
    beside itself adds twice that to the diagonal. The type is uint32 while no cell can overflow, int64 beyond.
    """
    size = len(corpus.vocabulary)
    weights = np.arange(window, 0, -1, dtype=np.uint32)
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
        _count_ahead(corpus.ids, start, stop, weights, counts)
        since_flush += stop - start
        progress.advance(stop)
    result: NDArray[np.integer] = counts if total is None else np.add(total, counts, out=total)
    _add_transpose(result)
    return result
