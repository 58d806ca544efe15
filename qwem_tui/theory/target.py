"""The target matrix M* (Theorem 1) and products with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from qwem_tui.base.progress import Progress, Silent

#: What a closed form may factorise (compared in docs/theory.md, section 7).
TargetName = Literal["mstar", "ppmi", "pmi"]
_ROWS_AT_ONCE = 1024
_THREADS = 2


class TargetOperator(Protocol):
    """Something that M* can be multiplied through: dense today; rows in shards or sparse plus rank one later."""

    @property
    def size(self) -> int:
        """Return V."""

    @property
    def dtype(self) -> torch.dtype:
        """Return the precision in which entries are kept."""

    def matmul(self, X: torch.Tensor) -> torch.Tensor:
        """Return M* X (V, c) for X (V, c), in the precision of X."""

    def matmul_rows(self, rows: slice, X: torch.Tensor) -> torch.Tensor:
        """Return those `rows` alone of M* X (V, c) for X (V, c), in the precision of X."""


@dataclass(frozen=True)
class DenseTarget:
    """M* as a dense symmetric (V, V) tensor, with ||M*||_F^2 and the number of ordered pairs with C_ij > 0."""

    matrix: torch.Tensor
    frobenius_sq: float
    pairs_seen: int

    @property
    def size(self) -> int:
        """Return V."""
        return len(self.matrix)

    @property
    def dtype(self) -> torch.dtype:
        """Return the precision in which entries are kept."""
        return self.matrix.dtype

    def matmul(self, X: torch.Tensor) -> torch.Tensor:
        """Return M* X (V, c) for X (V, c), in the precision of X."""
        if X.dtype == self.matrix.dtype:
            return self.matrix @ X
        # some rows at a time: the whole matrix in another precision is not always affordable
        starts = range(0, self.size, _ROWS_AT_ONCE)
        return torch.cat([self.matmul_rows(slice(start, start + _ROWS_AT_ONCE), X) for start in starts])

    def matmul_rows(self, rows: slice, X: torch.Tensor) -> torch.Tensor:
        """Return those `rows` alone of M* X (V, c) for X (V, c), in the precision of X."""
        return self.matrix[rows].to(X.dtype) @ X

    def to(self, device: torch.device, dtype: torch.dtype) -> DenseTarget:
        """Return the same target on `device` in `dtype`; shares memory where nothing changes."""
        return DenseTarget(self.matrix.to(device, dtype), self.frobenius_sq, self.pairs_seen)


def _ratio_to_mstar(joint: NDArray[np.float64], independent: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(2.0 * (joint - independent) / (joint + independent))


def _ratio_to_pmi(joint: NDArray[np.float64], independent: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.zeros_like(joint)
    seen = joint > 0
    np.log(joint / independent, out=result, where=seen)
    return result


def _ratio_to_ppmi(joint: NDArray[np.float64], independent: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(_ratio_to_pmi(joint, independent), 0.0)


_ENTRIES = {"mstar": _ratio_to_mstar, "pmi": _ratio_to_pmi, "ppmi": _ratio_to_ppmi}


def target_matrix(
    counts: NDArray[np.integer],
    unigram: NDArray[np.int64],
    kind: TargetName = "mstar",
    negative_weight: float = 1.0,
    dtype: torch.dtype = torch.float64,
    block: int = 128,
    progress: Progress | None = None,
) -> DenseTarget:
    """Return the matrix that embeddings factorise: M*, or one of the baselines it is compared with.

    `counts` (V, V) are the weighted co-occurrence counts, symmetric; `unigram` (V,) the words' own counts, from
    which P_i is taken; `negative_weight` is k > 0. Entries are worked out in float64 and kept in `dtype`.

    *mstar*: M*_ij = (P_ij - k P_i P_j) / (1/2 (P_ij + k P_i P_j)) (Theorem 1); a pair never seen has exactly -2.
    *pmi*: ln(P_ij / (k P_i P_j)), 0 for a pair never seen; *ppmi*: its positive part (Levy and Goldberg 2014; for
    k > 1 they are shifted by ln k).
    """
    progress = progress or Silent()
    size = len(unigram)
    joint_total = float(counts.sum(dtype=np.int64))
    word = unigram / unigram.sum()
    matrix = torch.empty(size, size, dtype=dtype)

    def fill(start: int) -> tuple[float, int]:
        rows = slice(start, start + block)
        joint = counts[rows] / joint_total
        entries = _ENTRIES[kind](joint, negative_weight * np.outer(word[rows], word))
        matrix[rows] = torch.from_numpy(entries)
        return float(np.einsum("ij,ij->", entries, entries)), int(np.count_nonzero(joint))

    frobenius_sq, pairs_seen = 0.0, 0
    starts = range(0, size, block)
    # summed up in the order of the rows, whichever thread is first
    with ThreadPoolExecutor(_THREADS, "target") as pool:
        try:
            for start, (squares, seen) in zip(starts, pool.map(fill, starts), strict=True):
                frobenius_sq += squares
                pairs_seen += seen
                progress.advance(start)
        except BaseException:
            # whoever stops the work should not wait for the rows that nobody needs
            pool.shutdown(cancel_futures=True)
            raise
    return DenseTarget(matrix, frobenius_sq, pairs_seen)
