"""The target matrix M* (Theorem 1) and products with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray


class TargetOperator(Protocol):
    """Something that M* can be multiplied through: dense today; rows in shards or sparse plus rank one later."""

    @property
    def size(self) -> int:
        """Return V."""

    def matmul(self, X: torch.Tensor) -> torch.Tensor:
        """Return M* X (V, c) for X (V, c)."""


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

    def matmul(self, X: torch.Tensor) -> torch.Tensor:
        """Return M* X (V, c) for X (V, c)."""
        return self.matrix @ X

    def to(self, device: torch.device, dtype: torch.dtype) -> DenseTarget:
        """Return the same target on `device` in `dtype`; shares memory where nothing changes."""
        return DenseTarget(self.matrix.to(device, dtype), self.frobenius_sq, self.pairs_seen)


def mstar(
    counts: NDArray[np.integer], unigram: NDArray[np.int64], negative_weight: float = 1.0, block: int = 512
) -> DenseTarget:
    """Return M*_ij = (P_ij - k P_i P_j) / (1/2 (P_ij + k P_i P_j)) in float64 (Theorem 1).

    `counts` (V, V) are the weighted co-occurrence counts, symmetric; `unigram` (V,) the words' own counts, from
    which P_i is taken; `negative_weight` is k > 0. A pair never seen has exactly -2.
    """
    size = len(unigram)
    joint_total = float(counts.sum(dtype=np.int64))
    word = unigram / unigram.sum()
    matrix = np.empty((size, size))
    frobenius_sq = 0.0
    pairs_seen = 0
    for start in range(0, size, block):
        rows = slice(start, start + block)
        joint = counts[rows] / joint_total
        independent = negative_weight * np.outer(word[rows], word)
        matrix[rows] = 2.0 * (joint - independent) / (joint + independent)
        frobenius_sq += float(np.einsum("ij,ij->", matrix[rows], matrix[rows]))
        pairs_seen += int(np.count_nonzero(joint))
    return DenseTarget(torch.from_numpy(matrix), frobenius_sq, pairs_seen)
